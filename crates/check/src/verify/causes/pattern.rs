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
    let mut parts = explain(sample, DEEPEST);
    let unexplained = unexplained(&parts);
    let is_explained = unexplained * MOST_UNEXPLAINED <= sample.found_count();
    parts.retain(|part| part.spread != Spread::Unknown);
    (is_explained && !parts.is_empty()).then_some(parts)
}

fn unexplained(parts: &[PatternPart]) -> u64 {
    parts.iter().filter(|part| part.spread == Spread::Unknown).map(|part| part.found).sum()
}

fn explain(sample: Sample<'_>, depth: usize) -> Vec<PatternPart> {
    let (among, found) = (sample.whole(), sample.found_count());
    let part = |spread| vec![PatternPart { conditions: Vec::new(), found, among, spread }];
    if found == 0 {
        return Vec::new();
    }
    if found == among {
        return part(Spread::All);
    }
    let splits = if depth > 0 { splits(sample) } else { Vec::new() };
    let mut best: Option<Vec<PatternPart>> = None;
    for split in splits.iter().take(TRIED) {
        let parts = split.explained(sample, depth);
        if unexplained(&parts) == 0 {
            return parts;
        }
        if best.as_ref().is_none_or(|best| unexplained(&parts) < unexplained(best)) {
            best = Some(parts);
        }
    }
    match best {
        Some(best) => best,
        None if splits.is_empty() && is_even(sample) => part(Spread::Even),
        None => part(Spread::Unknown),
    }
}

/// A condition, the members for which it holds, and the others.
struct Split {
    condition: Condition,
    inside: Vec<u32>,
    outside: Vec<u32>,
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
            let bits = candidate.preference + sides;
            splits.push(Split { condition: candidate.condition, inside, outside, bits });
        }
    }
    splits.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    splits
}

fn of<'a>(sample: Sample<'a>, members: &'a [u32]) -> Sample<'a> {
    Sample { members, ..sample }
}

impl Split {
    fn explained(&self, sample: Sample<'_>, depth: usize) -> Vec<PatternPart> {
        let inside = of(sample, &self.inside);
        let (among, found) = (inside.whole(), inside.found_count());
        let is_end = self.condition.edge().is_some();
        let mut parts = if is_end && found < among {
            let spread = Spread::Nearly;
            vec![PatternPart { conditions: Vec::new(), found, among, spread }]
        } else {
            explain(inside, depth - 1)
        };
        for part in &mut parts {
            part.conditions.insert(0, self.condition.clone());
        }
        parts.extend(explain(of(sample, &self.outside), depth - 1));
        parts
    }
}
