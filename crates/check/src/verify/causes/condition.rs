//! A condition that some of a population's things fulfil.

use std::ops::Range;

use super::population::FactTable;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// A column has one of these labels, sorted.
    OneOf { column: usize, labels: Vec<u32>, all: usize },
    /// A column's amount lies between these, both included; none is no bound.
    Between { column: usize, low: Option<u32>, high: Option<u32> },
    /// It stands in one of these ranges of the population.
    Runs { ranges: Vec<Range<u32>>, from_start: bool, to_end: bool, filled: f64 },
    /// Of those that are left, it is the one at `first`, and every `step`-th from there.
    Every { step: usize, first: usize },
    /// Of each group, what stands at or behind the group's own place.
    Tails { column: usize, from: Vec<u32> },
    /// Of each group, what stands before the group's own place.
    Heads { column: usize, until: Vec<u32> },
}

/// An end of the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// Runs that fill this part of what lies between the first and the last make up an end, though its edge may be
/// frayed, as where parallel workers stop.
const LEAST_FILLED: f64 = 0.8;

impl Condition {
    /// The end of the population that it describes, if it does.
    pub(super) fn edge(&self) -> Option<Edge> {
        match self {
            Self::Runs { from_start, to_end, filled, .. } if *filled >= LEAST_FILLED => {
                match (from_start, to_end) {
                    (true, false) => Some(Edge::Start),
                    (false, true) => Some(Edge::End),
                    _ => None,
                }
            }
            Self::Tails { .. } => Some(Edge::End),
            Self::Heads { .. } => Some(Edge::Start),
            _ => None,
        }
    }

    /// For each member, whether the condition holds.
    pub(super) fn holds(&self, population: &FactTable, members: &[u32]) -> Vec<bool> {
        let values = |column: usize| {
            let values = &population.columns[column].values;
            move |index: u32| values[index as usize]
        };
        match self {
            Self::OneOf { column, labels, .. } => {
                let value = values(*column);
                members.iter().map(|&m| labels.binary_search(&value(m)).is_ok()).collect()
            }
            Self::Between { column, low, high } => {
                let value = values(*column);
                let holds = |value: u32| {
                    low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
                };
                members.iter().map(|&m| holds(value(m))).collect()
            }
            Self::Runs { ranges, .. } => members
                .iter()
                .map(|member| {
                    let after = ranges.partition_point(|range| range.end <= *member);
                    ranges.get(after).is_some_and(|range| range.contains(member))
                })
                .collect(),
            Self::Every { step, first } => {
                (0..members.len()).map(|rank| rank % step == *first).collect()
            }
            Self::Tails { column, from } => {
                let value = values(*column);
                members.iter().map(|&m| m >= from[value(m) as usize]).collect()
            }
            Self::Heads { column, until } => {
                let value = values(*column);
                members.iter().map(|&m| m < until[value(m) as usize]).collect()
            }
        }
    }

    /// The condition in words that follow "events".
    pub(super) fn describe(&self, population: &FactTable) -> String {
        let attribute = |column: usize| &population.columns[column].attribute;
        match self {
            Self::OneOf { column, labels, all } => {
                let names = population.labels(*column);
                let labels: Vec<&str> =
                    labels.iter().map(|&label| names[label as usize].as_str()).collect();
                attribute(*column).one_of(&labels, *all)
            }
            Self::Between { column, low, high } => attribute(*column).between(*low, *high),
            Self::Runs { ranges, to_end, filled, .. } => {
                describe_runs(population, ranges, self.edge(), *to_end, *filled)
            }
            Self::Every { step, .. } => format!("(every {}one)", ordinal(*step)),
            Self::Tails { column, .. } => {
                let group = group_name(population, *column);
                format!("at the end of each {group} (all from some event on)")
            }
            Self::Heads { column, .. } => {
                let group = group_name(population, *column);
                format!("at the start of each {group} (all up to some event)")
            }
        }
    }
}

fn group_name(population: &FactTable, column: usize) -> &'static str {
    match population.columns[column].attribute {
        super::attribute::Attribute::Named("session_id") => "session",
        _ => "user",
    }
}

fn ordinal(number: usize) -> String {
    match number {
        2 => "second ".to_owned(),
        3 => "third ".to_owned(),
        other => format!("{other}th "),
    }
}

/// Runs that are shown.
const SHOWN: usize = 3;

fn describe_runs(
    population: &FactTable,
    ranges: &[Range<u32>],
    edge: Option<Edge>,
    to_end: bool,
    filled: f64,
) -> String {
    let at = |index: u32| population.places.at(index as usize);
    if let ([first, ..], [.., last]) = (ranges, ranges) {
        let (first, last) = (at(first.start), at(last.end - 1));
        let frayed = if filled < 1.0 { ", with a frayed edge" } else { "" };
        match edge {
            Some(Edge::Start) => return format!("at the beginning, up to {last}{frayed}"),
            Some(Edge::End) => return format!("at the end, from {first} on{frayed}"),
            None if ranges.len() == 1 => return format!("in one run, from {first} to {last}"),
            None => {}
        }
    }
    let shown: Vec<String> = ranges
        .iter()
        .take(SHOWN)
        .map(|range| format!("{} to {}", at(range.start), at(range.end - 1)))
        .collect();
    let more = if ranges.len() > SHOWN { ", ..." } else { "" };
    let batch = batch_size(ranges, to_end);
    let batches = batch.map_or(String::new(), |size| format!(" of whole batches of {size}"));
    format!("in {} runs{batches}: {}{more}", ranges.len(), shown.join(", "))
}

/// The size of batches of which all runs consist, each where a batch begins.
pub(super) fn batch_size(ranges: &[Range<u32>], to_end: bool) -> Option<u32> {
    const LEAST: u32 = 5;
    let common = |a: u32, b: u32| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let last = ranges.len() - 1;
    let ends = ranges.iter().enumerate().filter(|(index, _)| !(to_end && *index == last));
    let size = ranges.iter().map(|r| r.start).chain(ends.map(|(_, r)| r.end)).fold(0, common);
    (size >= LEAST).then_some(size)
}
