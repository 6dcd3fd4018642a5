//! The conditions that may tell what was found from what was not.

use std::ops::Range;

use super::code_length;
use super::condition::{Condition, batch_size};
use super::population::{FactColumn, FactTable, Scale};

/// A condition and the bits that it takes to say.
pub(super) struct ConditionCandidate {
    pub(super) condition: Condition,
    pub(super) bits: f64,
    /// The bits by which it is held against others: one label is a simple thing, however many there are.
    pub(super) preference: f64,
}

impl ConditionCandidate {
    fn new(condition: Condition, bits: f64) -> Self {
        Self { condition, bits, preference: bits }
    }
}

/// The bits that a label takes at most when conditions are held against each other.
const SIMPLE_BITS: f64 = 6.0;

/// More labels than these must be of several things each.
const MOST_LISTED: usize = 10;

/// More runs than these are told only if they are batches of one size.
const MOST_RUNS: usize = 40;

/// Things of a population, some of them found.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) population: &'a FactTable,
    /// Indices of the things that are looked at, in order.
    pub(super) members: &'a [u32],
    /// For each thing of the population, whether it was found.
    pub(super) found: &'a [bool],
}

impl Sample<'_> {
    pub(super) fn whole(&self) -> u64 {
        self.members.len() as u64
    }

    pub(super) fn found_count(&self) -> u64 {
        self.members.iter().filter(|&&member| self.is_found(member)).count() as u64
    }

    fn is_found(&self, member: u32) -> bool {
        self.found[member as usize]
    }

    /// The conditions that hold for all that was found, or for nothing else.
    pub(super) fn candidates(&self) -> Vec<ConditionCandidate> {
        let mut candidates = Vec::new();
        let columns = code_length::number(4 * self.population.columns.len() as u64 + 4);
        for (index, column) in self.population.columns.iter().enumerate() {
            let start = candidates.len();
            match &column.scale {
                Scale::Labels(labels) => {
                    self.label_sets(index, column, labels.len(), &mut candidates);
                }
                Scale::Amounts => self.bounds(index, column, &mut candidates),
            }
            for candidate in &mut candidates[start..] {
                let more = columns + column.attribute.handicap();
                candidate.bits += more;
                candidate.preference += more;
            }
        }
        self.runs(&mut candidates);
        self.every_so_many(&mut candidates);
        for name in ["user_id", "session_id"] {
            let attribute = super::attribute::Attribute::Named(name);
            if let Some(column) = self.population.position(&attribute) {
                self.ends_of_groups(column, &mut candidates);
            }
        }
        candidates
    }

    /// Of each label, the members that have it and those of them that were found.
    fn tally(&self, column: &FactColumn, labels: usize) -> Vec<(u64, u64)> {
        let mut tally = vec![(0, 0); labels];
        for &member in self.members {
            let entry = &mut tally[column.values[member as usize] as usize];
            entry.0 += 1;
            entry.1 += u64::from(self.is_found(member));
        }
        tally
    }

    fn label_sets(
        &self,
        index: usize,
        column: &FactColumn,
        labels: usize,
        to: &mut Vec<ConditionCandidate>,
    ) {
        let tally = self.tally(column, labels);
        let all = tally.iter().filter(|(whole, _)| *whole > 0).count();
        let (whole, found) = (self.whole() as f64, self.found_count() as f64);
        // So many things of a label are found by chance once in so many labels.
        let by_chance = code_length::number(all as u64) / (whole / found).log2().max(1e-9);
        let mut add = |test: &dyn Fn(u64, u64) -> bool| {
            let chosen = (0..).zip(&tally).filter(|(_, (whole, found))| test(*whole, *found));
            let labels: Vec<u32> = chosen.map(|(label, _)| label).collect();
            let members: u64 = labels.iter().map(|label| tally[*label as usize].0).sum();
            // Many labels of a thing each are no more than a list of the things.
            let is_list = labels.len() > MOST_LISTED && members < 2 * labels.len() as u64;
            if labels.is_empty() || labels.len() == all || is_list {
                return;
            }
            let chosen = labels.len() as u64;
            let bits = code_length::number(all as u64) + code_length::choice(all as u64, chosen);
            let preference = if chosen > 2 { bits } else { bits.min(SIMPLE_BITS * chosen as f64) };
            let condition = Condition::OneOf { column: index, labels, all };
            if !to.iter().any(|candidate| candidate.condition == condition) {
                to.push(ConditionCandidate { condition, bits, preference });
            }
        };
        add(&|whole, found| whole > 0 && found == whole);
        add(&|whole, found| found == whole && whole as f64 > by_chance);
        add(&|_, found| found > 0);
    }

    fn bounds(&self, index: usize, column: &FactColumn, to: &mut Vec<ConditionCandidate>) {
        let value = |member: u32| column.values[member as usize];
        let range = |found: bool| {
            let values = self.members.iter().filter(|m| self.is_found(**m) == found);
            values.fold((u32::MAX, 0), |(low, high), &m| (low.min(value(m)), high.max(value(m))))
        };
        let (found, other) = (range(true), range(false));
        let (least, most) = (found.0.min(other.0), found.1.max(other.1));
        if least >= most {
            return;
        }
        let bits = code_length::number(u64::from(most - least));
        let mut add = |low: Option<u32>, high: Option<u32>| {
            let bounds = f64::from(u8::from(low.is_some()) + u8::from(high.is_some()));
            let condition = Condition::Between { column: index, low, high };
            to.push(ConditionCandidate::new(condition, bits * bounds + 1.0));
        };
        let low = Some(found.0).filter(|low| *low > least);
        let high = Some(found.1).filter(|high| *high < most);
        if low.is_some() || high.is_some() {
            add(low, high);
        }
        if least < other.0 && other.0 - 1 < found.1 {
            add(None, Some(other.0 - 1));
        }
        if other.1 < most && other.1 + 1 > found.0 {
            add(Some(other.1 + 1), None);
        }
    }

    /// The ranges of members that were all found, as ranks and as indices of the population.
    fn found_runs(&self) -> Vec<(usize, Range<u32>)> {
        let mut runs: Vec<(usize, Range<u32>)> = Vec::new();
        let mut goes_on = false;
        for &member in self.members {
            let is_found = self.is_found(member);
            match runs.last_mut().filter(|_| goes_on) {
                Some((length, run)) if is_found => {
                    *length += 1;
                    run.end = member + 1;
                }
                _ if is_found => runs.push((1, member..member + 1)),
                _ => {}
            }
            goes_on = is_found;
        }
        runs
    }

    fn runs(&self, to: &mut Vec<ConditionCandidate>) {
        /// Handicap of runs but for an end: any small set of neighbours is one.
        const HANDICAP: f64 = 4.0;
        let runs = self.found_runs();
        let (whole, found) = (self.whole(), self.found_count());
        let ends = self.members.first().copied().zip(self.members.last().copied());
        let (Some((first, last)), Some((_, first_run)), Some((_, last_run))) =
            (ends, runs.first(), runs.last())
        else {
            return;
        };
        let mut add = |ranges: Vec<Range<u32>>| {
            if ranges.len() > MOST_RUNS && batch_size(&ranges, false).is_none() {
                return;
            }
            let from_start = ranges.first().is_some_and(|range| range.start == first);
            let end = ranges.last().map_or(0, |range| range.end);
            let to_end = end > last;
            let bounds = 2 * ranges.len() as u64 - u64::from(from_start) - u64::from(to_end);
            let handicap = if bounds > 1 { HANDICAP } else { 0.0 };
            let bits = handicap
                + code_length::number(whole)
                + code_length::choice(whole + 1, bounds.min(whole));
            let filled = self.filled(ranges[0].start..end, to_end);
            let condition = Condition::Runs { ranges, from_start, to_end, filled };
            to.push(ConditionCandidate::new(condition, bits));
        };
        let rarity = (whole as f64 / found as f64).log2();
        let is_long =
            |length: usize| length as f64 * rarity > 2.0 * code_length::number(whole) && length > 2;
        let long: Vec<Range<u32>> = runs
            .iter()
            .filter(|(length, _)| is_long(*length))
            .map(|(_, run)| run.clone())
            .collect();
        if !long.is_empty() && long.len() < runs.len() {
            add(long);
        }
        let hull = first_run.start..last_run.end;
        if runs.len() > 1 && (hull.start > first || hull.end <= last) {
            add(vec![hull]);
        }
        add(runs.into_iter().map(|(_, run)| run).collect());
    }

    /// The part of a range that was found; nothing if the half that is further from the frayed edge is not whole.
    fn filled(&self, range: Range<u32>, to_end: bool) -> f64 {
        let inside: Vec<bool> = self
            .members
            .iter()
            .filter(|member| range.contains(*member))
            .map(|&member| self.is_found(member))
            .collect();
        let (first, second) = inside.split_at(inside.len() / 2);
        let firm = if to_end { second } else { first };
        let found = inside.iter().filter(|found| **found).count();
        if firm.iter().all(|found| *found) { found as f64 / inside.len() as f64 } else { 0.0 }
    }

    fn every_so_many(&self, to: &mut Vec<ConditionCandidate>) {
        const HANDICAP: f64 = 6.0;
        let ranks = || (0..).zip(self.members).filter(|(_, m)| self.is_found(**m)).map(|(r, _)| r);
        let Some(first) = ranks().next() else { return };
        let step = ranks().fold(0_usize, |step, rank| {
            let (mut a, mut b) = (step, rank - first);
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        });
        if step > 1 {
            let bits = HANDICAP + 2.0 * code_length::number(step as u64);
            to.push(ConditionCandidate::new(Condition::Every { step, first: first % step }, bits));
        }
    }

    /// Groups of which all events from some on were found, or all up to some.
    fn ends_of_groups(&self, column: usize, to: &mut Vec<ConditionCandidate>) {
        const HANDICAP: f64 = 8.0;
        let values = &self.population.columns[column].values;
        let labels = self.population.labels(column).len();
        let mut sizes = vec![0_u64; labels];
        let (mut from, mut until) = (vec![u32::MAX; labels], vec![u32::MAX; labels]);
        let (mut are_tails, mut are_heads) = (true, true);
        for &member in self.members {
            let group = values[member as usize] as usize;
            sizes[group] += 1;
            if self.is_found(member) {
                from[group] = from[group].min(member);
                are_heads &= until[group] == u32::MAX;
            } else {
                are_tails &= from[group] == u32::MAX;
                until[group] = until[group].min(member);
            }
        }
        let sizes = || sizes.iter().copied();
        let bits = HANDICAP + sizes().filter(|s| *s > 0).map(code_length::number).sum::<f64>();
        if are_tails {
            to.push(ConditionCandidate::new(Condition::Tails { column, from }, bits));
        }
        if are_heads {
            to.push(ConditionCandidate::new(Condition::Heads { column, until }, bits));
        }
    }
}
