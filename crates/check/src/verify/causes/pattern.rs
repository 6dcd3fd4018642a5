//! The pattern in what was found: conditions that explain it, or none.

use super::candidates::Sample;
use super::code_length;
use super::condition::Condition;
use super::evenness::is_even;

/// Conditions are combined up to this many deep.
const DEEPEST: usize = 3;

/// The bits that a condition must save over naming each thing found. A condition by coincidence saves so much
/// once in a million times.
const LEAST_SAVED: f64 = 20.0;

/// The best conditions, each of which is followed up.
const TRIED: usize = 6;

/// The members that are looked at for one choice among conditions.
const MOST_STEPS: usize = 200_000;

/// The part (one in so many) of what was found that may stay unexplained beside a pattern.
const MOST_UNEXPLAINED: u64 = 10;

/// Things that fulfil all conditions, and what was found among them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PatternPart {
    pub(super) conditions: Vec<Condition>,
    pub(super) found: u64,
    pub(super) among: u64,
    pub(super) spread: Spread,
}

impl PatternPart {
    /// True for patterns that say something of order: a few runs, a label, or none.
    pub(super) fn is_plain(&self) -> bool {
        const MOST_RUNS: usize = 3;
        let is_plain = |condition: &Condition| match condition {
            Condition::Runs { ranges, .. } => ranges.len() <= MOST_RUNS,
            Condition::OneOf { labels, .. } => labels.len() <= MOST_RUNS,
            _ => false,
        };
        match self.spread {
            Spread::Even => self.conditions.is_empty(),
            _ => self.conditions.iter().all(is_plain),
        }
    }
}

/// How what was found lies among those that fulfil the conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    /// It is all of them.
    All,
    /// It is nearly all of them, of an end whose edge is frayed.
    Nearly,
    /// It is scattered evenly over them.
    Even,
    /// Neither.
    Unknown,
}

/// The parts that explain what was found, those that are sure first; none if nothing does.
pub(super) fn pattern(sample: Sample<'_>) -> Option<Vec<PatternPart>> {
    let mut explanation = explain(sample, DEEPEST);
    let is_explained = explanation.unexplained() * MOST_UNEXPLAINED <= sample.found_count();
    explanation.parts.retain(|part| part.spread != Spread::Unknown);
    (is_explained && !explanation.parts.is_empty()).then_some(explanation.parts)
}

/// Parts, and the bits that they and what they leave open take.
struct Explanation {
    parts: Vec<PatternPart>,
    bits: f64,
}

impl Explanation {
    fn of_part(sample: Sample<'_>, spread: Spread) -> Self {
        let (among, found) = (sample.whole(), sample.found_count());
        let is_whole = found == among;
        // The edge of an end frays as it will.
        let is_clear = is_whole || spread == Spread::Nearly;
        let bits = if is_clear { 0.0 } else { code_length::found(among, found) };
        let parts = vec![PatternPart { conditions: Vec::new(), found, among, spread }];
        Self { parts, bits }
    }

    fn unexplained(&self) -> u64 {
        let unknown = self.parts.iter().filter(|part| part.spread == Spread::Unknown);
        unknown.map(|part| part.found).sum()
    }
}

fn explain(sample: Sample<'_>, depth: usize) -> Explanation {
    let (among, found) = (sample.whole(), sample.found_count());
    if found == 0 {
        return Explanation { parts: Vec::new(), bits: 0.0 };
    }
    if found == among {
        return Explanation::of_part(sample, Spread::All);
    }
    let splits = if depth > 0 { splits(sample) } else { Vec::new() };
    let tried = (MOST_STEPS / sample.members.len()).clamp(1, TRIED);
    let explanations = splits.iter().take(tried).map(|split| split.explained(sample, depth));
    let best = explanations.min_by(|a, b| {
        let key = |explanation: &Explanation| (explanation.unexplained(), explanation.bits);
        let ((a_unexplained, a_bits), (b_unexplained, b_bits)) = (key(a), key(b));
        a_unexplained.cmp(&b_unexplained).then(a_bits.total_cmp(&b_bits))
    });
    match best {
        Some(best) => best,
        None if splits.is_empty() && is_even(sample) => Explanation::of_part(sample, Spread::Even),
        None => Explanation::of_part(sample, Spread::Unknown),
    }
}

/// A condition, the members for which it holds, and the others.
struct Split {
    condition: Condition,
    inside: Vec<u32>,
    outside: Vec<u32>,
    /// The bits to say the condition.
    condition_bits: f64,
    /// The bits to say it and what it leaves open.
    bits: f64,
}

/// The splits that shorten the description, the best first.
fn splits(sample: Sample<'_>) -> Vec<Split> {
    let unsplit = code_length::found(sample.whole(), sample.found_count());
    let mut splits = Vec::new();
    for candidate in sample.candidates() {
        if candidate.bits + LEAST_SAVED > unsplit {
            continue;
        }
        let holds = candidate.condition.holds(sample.population, sample.members);
        let pick = |side: bool| -> Vec<u32> {
            let members = sample.members.iter().zip(&holds);
            members.filter(|(_, holds)| **holds == side).map(|(member, _)| *member).collect()
        };
        let (inside, outside) = (pick(true), pick(false));
        let (of_inside, of_outside) = (of(sample, &inside), of(sample, &outside));
        let (in_found, out_found) = (of_inside.found_count(), of_outside.found_count());
        if in_found == 0 || in_found < inside.len() as u64 && out_found > 0 {
            continue;
        }
        let sides = code_length::found(inside.len() as u64, in_found)
            + code_length::found(outside.len() as u64, out_found);
        if candidate.bits + sides + LEAST_SAVED <= unsplit {
            let condition_bits = candidate.preference;
            let is_end = candidate.condition.edge().is_some();
            let sides =
                if is_end { code_length::found(outside.len() as u64, out_found) } else { sides };
            let (condition, bits) = (candidate.condition, condition_bits + sides);
            splits.push(Split { condition, inside, outside, condition_bits, bits });
        }
    }
    splits.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    splits
}

fn of<'a>(sample: Sample<'a>, members: &'a [u32]) -> Sample<'a> {
    Sample { members, ..sample }
}

impl Split {
    fn explained(&self, sample: Sample<'_>, depth: usize) -> Explanation {
        let inside = of(sample, &self.inside);
        let is_end = self.condition.edge().is_some();
        let mut explanation = if is_end && inside.found_count() < inside.whole() {
            Explanation::of_part(inside, Spread::Nearly)
        } else {
            explain(inside, depth - 1)
        };
        for part in &mut explanation.parts {
            part.conditions.insert(0, self.condition.clone());
        }
        let outside = explain(of(sample, &self.outside), depth - 1);
        explanation.parts.extend(outside.parts);
        explanation.bits += self.condition_bits + outside.bits;
        explanation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::causes::attribute::Attribute;
    use crate::verify::causes::population::{FactColumn, FactTable, Places, Scale};
    use proptest::prelude::*;

    fn facts(values: &[Vec<u32>]) -> FactTable {
        let column = |values: &Vec<u32>| FactColumn {
            attribute: Attribute::Named("event_type"),
            values: values.clone(),
            scale: Scale::Labels((0..8).map(|label| label.to_string()).collect()),
        };
        let columns = values.iter().map(column).collect();
        FactTable { size: values[0].len(), columns, places: Places::default() }
    }

    proptest! {
        /// What is found at random has no pattern but that it is scattered.
        #[test]
        fn coincidences_are_not_named(
            values in prop::collection::vec(prop::collection::vec(0_u32..8, 300), 4),
            found in prop::collection::vec(prop::bool::weighted(0.1), 300),
        ) {
            let population = facts(&values);
            let members: Vec<u32> = (0..300).collect();
            let sample = Sample { population: &population, members: &members, found: &found };
            for part in pattern(sample).into_iter().flatten() {
                prop_assert_eq!(part.spread, Spread::Even);
                prop_assert!(part.conditions.is_empty());
            }
        }

        /// All things of a label are found again as such.
        #[test]
        fn a_label_is_named(values in prop::collection::vec(0_u32..8, 300)) {
            let population = facts(std::slice::from_ref(&values));
            let found: Vec<bool> = values.iter().map(|label| *label == 3).collect();
            let members: Vec<u32> = (0..300).collect();
            let sample = Sample { population: &population, members: &members, found: &found };
            let labels = vec![3];
            let conditions = vec![Condition::OneOf { column: 0, labels, all: 8 }];
            let count = sample.found_count();
            let part = PatternPart { conditions, found: count, among: count, spread: Spread::All };
            prop_assert_eq!(pattern(sample), Some(vec![part]));
        }
    }
}
