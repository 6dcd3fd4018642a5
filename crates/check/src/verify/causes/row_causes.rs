//! The causes of rows that are missing, unexpected, or there more than once.

use std::collections::BTreeSet;

use crate::verify::finding::FindingKind;

use super::attribute::Attribute;
use super::candidates::Sample;
use super::cause::Cause;
use super::code_length;
use super::grid::{GridPair, Measures, RowKeys};
use super::pattern::{PatternPart, Spread, pattern};
use super::population::{FactColumn, FactTable, LabelTable, Places, Scale};

/// The rows of a table as things with attributes: their keys, and the measures that are whole numbers.
pub(super) fn facts<'r>(
    pair: &GridPair<'_>,
    rows: impl Iterator<Item = (&'r RowKeys, &'r Measures)> + Clone,
) -> FactTable {
    let mut columns = Vec::new();
    for (position, name) in pair.shape.keys.iter().enumerate() {
        let mut labels = LabelTable::default();
        let values = rows.clone().map(|(keys, _)| labels.index(&keys[position])).collect();
        let scale = Scale::Labels(labels.into_labels());
        columns.push(FactColumn { attribute: Attribute::Named(name), values, scale });
    }
    for (position, name) in pair.shape.values.iter().enumerate() {
        let measures = || rows.clone().map(|(_, measures)| measures[position]);
        let is_whole = |measure: Option<f64>| {
            measure.is_some_and(|m| m.fract() == 0.0 && (0.0..f64::from(u32::MAX)).contains(&m))
        };
        if measures().all(is_whole) {
            let values = measures().map(|measure| measure.unwrap_or_default() as u32).collect();
            let attribute = Attribute::Measure(name);
            columns.push(FactColumn { attribute, values, scale: Scale::Amounts });
        }
    }
    FactTable { size: rows.count(), columns, places: Places::default() }
}

/// Which rows were found, if that can be said: those of one label, or what else explains it in full. Nothing
/// if it is all rows.
pub(super) fn scope(facts: &FactTable, found: &[bool]) -> Option<String> {
    let members: Vec<u32> = (0..facts.size as u32).collect();
    let sample = Sample { population: facts, members: &members, found };
    if sample.found_count() == sample.whole() {
        return None;
    }
    if let Some(exact) = of_labels(sample).or_else(|| of_bound(sample)) {
        return Some(exact);
    }
    let parts = pattern(sample)?;
    if parts.iter().any(|part| part.spread != Spread::All) {
        return None;
    }
    let described: Vec<String> = parts.iter().map(|part| rows(part, facts)).collect();
    Some(described.join("; "))
}

/// The bits of evidence for rows of just some labels, or beyond just some bound. Tables are small, so that the
/// rule of a pattern would name none; labels and bounds are what filters and limits are about.
const LEAST_BITS: f64 = 3.0;

/// The rows beyond a bound of a measure, if they are just those that were found.
fn of_bound(sample: Sample<'_>) -> Option<String> {
    let (facts, found) = (sample.population, sample.found_count());
    let unnamed = code_length::choice(sample.whole(), found);
    let named = code_length::number(sample.whole()) + (facts.columns.len() as f64).log2();
    if unnamed - named < LEAST_BITS {
        return None;
    }
    let amounts = facts.columns.iter().filter(|column| matches!(column.scale, Scale::Amounts));
    amounts.into_iter().find_map(|column| {
        let values = |is_found: bool| {
            let members = sample.members.iter().map(|member| *member as usize);
            members.filter(move |m| sample.found[*m] == is_found).map(|m| column.values[m])
        };
        let (low, high) = (values(true).min()?, values(true).max()?);
        let bounds = if high < values(false).min()? {
            column.attribute.between(None, Some(high))
        } else if low > values(false).max()? {
            column.attribute.between(Some(low), None)
        } else {
            return None;
        };
        Some(format!("all {found} rows {bounds}"))
    })
}

/// The rows of some labels of a column, if they are just those that were found.
fn of_labels(sample: Sample<'_>) -> Option<String> {
    let (facts, found) = (sample.population, sample.found_count());
    let unnamed = code_length::choice(sample.whole(), found);
    let has_labels = |column: &&FactColumn| matches!(column.scale, Scale::Labels(_));
    let columns = (facts.columns.iter().filter(has_labels).count() as f64).log2();
    facts.columns.iter().enumerate().find_map(|(position, column)| {
        let names = facts.labels(position);
        let label = |member: u32| column.values[member as usize];
        let is_found = |member: &&u32| sample.found[**member as usize];
        let labels: BTreeSet<u32> =
            sample.members.iter().filter(is_found).map(|member| label(*member)).collect();
        let named = code_length::choice(names.len() as u64, labels.len() as u64);
        let is_just =
            |member: &u32| labels.contains(&label(*member)) == sample.found[*member as usize];
        if unnamed - named - columns < LEAST_BITS || !sample.members.iter().all(is_just) {
            return None;
        }
        let texts: Option<Vec<&str>> =
            labels.iter().map(|label| names.get(*label as usize).map(String::as_str)).collect();
        Some(format!("all {found} rows {}", column.attribute.one_of(&texts?, names.len())))
    })
}

fn rows(part: &PatternPart, facts: &FactTable) -> String {
    let conditions: Vec<String> = part.conditions.iter().map(|c| c.describe(facts)).collect();
    let space = if conditions.is_empty() { "" } else { " " };
    format!("all {} rows{space}{}", part.among, conditions.join(", "))
}

/// The rows of few labels of a column, if they are those that were found, and not most of all.
pub(super) fn narrow_scope(facts: &FactTable, found: &[bool]) -> Option<String> {
    let members: Vec<u32> = (0..facts.size as u32).collect();
    let sample = Sample { population: facts, members: &members, found };
    if sample.found_count() * 2 > sample.whole() { None } else { of_labels(sample) }
}

pub(super) fn missing(pair: &GridPair<'_>) -> Option<Cause> {
    let found: Vec<bool> =
        pair.expected.keys().map(|keys| !pair.actual.contains_key(keys)).collect();
    let all = found.iter().filter(|found| **found).count() as u64;
    if all == 0 {
        return None;
    }
    let (kind, table) = (FindingKind::Missing, pair.shape.name);
    if pair.actual.is_empty() {
        return Some(Cause::new(kind, all, all, format!("{table} has no rows")));
    }
    let facts = facts(pair, pair.expected.iter());
    Some(match scope(&facts, &found) {
        Some(scope) => {
            let reason =
                format!("{table}: {scope}: a filter, a limit, or an inner join drops them");
            Cause::new(kind, all, all, reason)
        }
        None => Cause::unknown(kind, all),
    })
}

pub(super) fn unexpected(pair: &GridPair<'_>) -> Option<Cause> {
    let rows: Vec<(&RowKeys, &Measures)> =
        pair.actual.iter().filter(|(keys, _)| !pair.expected.contains_key(*keys)).collect();
    let all = rows.len() as u64;
    if all == 0 {
        return None;
    }
    let (kind, table) = (FindingKind::Unexpected, pair.shape.name);
    let cause = |reason: String| Some(Cause::new(kind, all, all, format!("{table}: {reason}")));
    let is_zero = |measures: &Measures| measures.iter().flatten().all(|measure| *measure == 0.0);
    if rows.iter().all(|(_, measures)| is_zero(measures)) {
        return cause(
            "rows of zeros where nothing happened: a calendar, or an outer join".to_owned(),
        );
    }
    for (position, name) in pair.shape.keys.iter().enumerate() {
        if rows.iter().all(|(keys, _)| keys[position].is_empty()) {
            return cause(format!(
                "rows without {name}: events without one are counted too, or a total over all"
            ));
        }
    }
    let telling = pair.shape.keys.iter().enumerate().filter(|(_, name)| **name != "hour");
    for (position, name) in telling {
        let known: BTreeSet<&String> = pair.expected.keys().map(|keys| &keys[position]).collect();
        let others: BTreeSet<&str> = rows
            .iter()
            .map(|(keys, _)| &keys[position])
            .filter(|text| !known.contains(text))
            .map(String::as_str)
            .collect();
        if rows.iter().all(|(keys, _)| others.contains(keys[position].as_str())) {
            let first = others.iter().next().copied().unwrap_or_default();
            let number = others.len();
            let which = if number == 1 { format!("{first:?}") } else { format!("{first:?}, ...") };
            return cause(format!(
                "rows of a {name} that is not expected, {number} of them ({which})"
            ));
        }
    }
    Some(Cause::unknown(kind, all))
}

pub(super) fn repeated(pair: &GridPair<'_>) -> Option<Cause> {
    let all: u64 = pair.repeated.values().map(|rows| rows.len() as u64 - 1).sum();
    if all == 0 {
        return None;
    }
    let (kind, table) = (FindingKind::Duplicated, pair.shape.name);
    let cause = |reason: String| Some(Cause::new(kind, all, all, format!("{table}: {reason}")));
    let are_equal = pair.repeated.values().all(|rows| rows.windows(2).all(|two| two[0] == two[1]));
    if !are_equal {
        let is_sum = pair.repeated.iter().all(|(keys, rows)| {
            let sum = rows.iter().filter_map(|row| row[0]).sum::<f64>();
            pair.expected.get(keys).is_some_and(|row| pair.agree(0, row[0], Some(sum)))
        });
        return if is_sum {
            let column = pair.shape.values[0];
            cause(format!(
                "rows of one key add up to the {column} that it should have: a further column is \
                 grouped by, or parts were not added up"
            ))
        } else {
            Some(Cause::unknown(kind, all))
        };
    }
    let times = pair.repeated.values().next().map_or(0, Vec::len);
    let is_every = pair.actual.keys().all(|keys| pair.repeated.contains_key(keys));
    if is_every && pair.repeated.values().all(|rows| rows.len() == times) {
        return cause(format!(
            "every row stands {times} times: appended by a second run, or a join"
        ));
    }
    let found: Vec<bool> =
        pair.actual.keys().map(|keys| pair.repeated.contains_key(keys)).collect();
    match scope(&facts(pair, pair.actual.iter()), &found) {
        Some(scope) => cause(format!("{scope} stand again: a part that was appended twice")),
        None => Some(Cause::unknown(kind, all)),
    }
}
