//! Patterns among events, in words.

use event_simulator::quantity::grouped;

use crate::verify::finding::FindingKind;

use super::attribute::Attribute;
use super::condition::{Condition, Edge};
use super::consumer_partition::key_partitions;
use super::pattern::{PatternPart, Spread};
use super::population::FactTable;

/// A part of a pattern in words: which events, and what makes such a pattern.
pub(super) fn describe(
    kind: FindingKind,
    part: &PatternPart,
    population: &FactTable,
    advice: &str,
) -> String {
    let events = events(part, population);
    match hint(kind, part, population) {
        Some(hint) => format!("{events}: {hint}"),
        None if kind == FindingKind::Duplicated => format!("{events}: {advice}"),
        None => events,
    }
}

/// The events of a part, in words.
pub(super) fn events(part: &PatternPart, population: &FactTable) -> String {
    let PatternPart { conditions, found, among, spread } = part;
    let (found, all) = (grouped(*found), grouped(*among));
    let conditions: Vec<String> = conditions.iter().map(|c| words(c, population)).collect();
    let conditions = conditions.join(", ");
    let space = if conditions.is_empty() { "" } else { " " };
    match spread {
        Spread::All if *among == 1 => format!("the one event{space}{conditions}"),
        Spread::All => format!("all {all} events{space}{conditions}"),
        Spread::Nearly => format!("{found} of the {all} events{space}{conditions}"),
        _ => format!("{found} of the {all} events{space}{conditions}, scattered evenly"),
    }
}

/// A condition in words; users and sessions that are whole partitions of a log are named so.
fn words(condition: &Condition, population: &FactTable) -> String {
    let plain = || condition.describe(population);
    let Condition::OneOf { column, labels, .. } = condition else { return plain() };
    let name = match population.columns[*column].attribute {
        Attribute::Named(name @ ("user_id" | "session_id")) if labels.len() > 1 => name,
        _ => return plain(),
    };
    let keys: Vec<(&str, bool)> = (0..)
        .zip(population.labels(*column))
        .filter(|(_, key)| !key.is_empty())
        .map(|(label, key)| (key.as_str(), labels.binary_search(&label).is_ok()))
        .collect();
    let Some(found) = key_partitions(&keys) else { return plain() };
    let partitions: Vec<String> = found.partitions.iter().map(ToString::to_string).collect();
    let plural = if partitions.len() == 1 { "" } else { "s" };
    let (partitions, of, hash) = (partitions.join(", "), found.of, found.hash.name());
    format!("of partition{plural} {partitions} of {of} by {name} ({hash})")
}

/// What makes such a pattern.
fn hint(kind: FindingKind, part: &PatternPart, population: &FactTable) -> Option<&'static str> {
    let last = part.conditions.last();
    if part.spread == Spread::Even {
        return match kind {
            FindingKind::Missing => {
                Some("rejected and not retried, delivered at most once, or sampled")
            }
            FindingKind::OutOfOrder => Some(
                "retries, or parallel workers or partitions; use user_id as the partition key (or \
                 pass --unordered if order is not promised)",
            ),
            _ => None,
        };
    }
    let is_repeat = |condition: &Condition| match condition {
        Condition::OneOf { column, .. } => matches!(
            population.columns[*column].attribute,
            Attribute::RepeatOf(_) | Attribute::RepeatedLater(_)
        ),
        _ => false,
    };
    match (kind, last?) {
        (FindingKind::Missing, _) if part.conditions.iter().any(is_repeat) => {
            Some("deduplicated by too few fields")
        }
        (FindingKind::Missing, condition) => missing_hint(condition, population),
        (FindingKind::Late | FindingKind::OutOfOrder, Condition::Runs { .. }) => {
            Some("batches that were delivered after newer ones")
        }
        _ => None,
    }
}

fn missing_hint(condition: &Condition, population: &FactTable) -> Option<&'static str> {
    const STOPPED: &str = "the consumer stopped early, or a last batch was not flushed";
    const STARTED_LATE: &str = "the consumer started late (offset `latest`?)";
    match condition.edge() {
        Some(Edge::Start) => return Some(STARTED_LATE),
        Some(Edge::End) => return Some(STOPPED),
        None => {}
    }
    let (column, is_tail, few) = match condition {
        Condition::Tails { .. } | Condition::Heads { .. } => return None,
        Condition::Runs { .. } => return Some("lost batches or files, or an outage"),
        Condition::Every { .. } => {
            return Some("sampled, or one of several consumers does not write");
        }
        Condition::OneOf { column, labels, .. } => (*column, false, labels.len() < 3),
        Condition::Between { column, low, .. } => (*column, low.is_none(), false),
    };
    match population.columns[column].attribute {
        Attribute::Named("user_id" | "session_id") if !few => {
            Some("a partition or shard that is not read, or a filter")
        }
        Attribute::FromEnd(_) if is_tail => Some("a buffer that is not flushed at the end"),
        Attribute::LineLength => Some("a limit on sizes"),
        Attribute::BeyondAscii => Some("an encoding"),
        Attribute::FromStart(_)
        | Attribute::FromEnd(_)
        | Attribute::SessionNumber
        | Attribute::SessionLength
        | Attribute::Pause
        | Attribute::Date
        | Attribute::Hour => None,
        _ => Some("a filter or a schema drops them"),
    }
}
