//! The probable causes of what differs between tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::finding::FindingKind;

use super::cause::Cause;
use super::cell_change::{CellChange, CellPair, LEAST_BITS_OF_CELLS, common_change};
use super::grid::{GridPair, Unit};
use super::over_rows::over_rows;
use super::policy_rules::SourceArrivals;
use super::prediction::{Prediction, from_tables};
use super::recomputed::Recomputation;
use super::row_causes;
use super::sketch::sketched;
use super::source_timeline::SourceTimeline;

/// The bits of evidence that a prediction needs.
const LEAST_BITS: f64 = 12.0;

/// The bits of evidence for a change of some cells of a column.
const LEAST_BITS_OF_SOME: f64 = 20.0;

/// Causes of one kind of damage each, beyond which it is no longer one.
const MOST_CAUSES: usize = 8;

/// What is left to be explained: units of tables by their position, and the number of their differences.
type UnitsLeft = BTreeMap<(usize, Unit), u64>;

/// The causes, in the order in which they should be looked into: what explains most comes first.
pub(in crate::verify) fn table_causes(
    pairs: &[GridPair<'_>],
    timeline: Option<&SourceTimeline>,
    arrivals: Option<&SourceArrivals>,
) -> Vec<Cause> {
    if let Some(cause) = nothing_counted(pairs) {
        return vec![cause];
    }
    let mut left = UnitsLeft::new();
    for (table, pair) in pairs.iter().enumerate() {
        let units = pair.differences();
        left.extend(units.into_iter().map(|(unit, count)| ((table, unit), count)));
    }
    let mut causes = Vec::new();
    if !left.is_empty() {
        let all: u64 = left.values().sum();
        let hypotheses = all_hypotheses(pairs, timeline, arrivals, &left);
        while causes.len() < MOST_CAUSES
            && let Some((cause, explained)) = best(pairs, &hypotheses, &left, all)
        {
            causes.push(cause);
            left.retain(|unit, _| !explained.contains(unit));
        }
        rest(pairs, &left, &mut causes);
    }
    causes.extend(pairs.iter().filter_map(row_causes::repeated));
    causes
}

/// The cause where several tables should have rows, and none has any.
fn nothing_counted(pairs: &[GridPair<'_>]) -> Option<Cause> {
    let expected = || pairs.iter().map(|pair| pair.expected.len() as u64).filter(|rows| *rows > 0);
    let is_so = expected().count() > 1 && pairs.iter().all(|pair| pair.actual.is_empty());
    let rows = expected().sum();
    let reason = "no table has rows: nothing is counted, as by a filter that nothing passes";
    is_so.then(|| Cause::new(FindingKind::Missing, rows, rows, reason.to_owned()))
}

/// So many numbers that they are no chance.
const MANY: usize = usize::MAX;

/// A hypothesis, and the units that it explains.
struct TableHypothesis {
    reason: String,
    units: BTreeSet<(usize, Unit)>,
    bits: f64,
    /// The numbers that agree with it, without those that follow from others.
    numbers: usize,
    /// True if it says how all tables are made: then a small part of what is wrong may be so by accident.
    is_of_pipeline: bool,
}

/// What a hypothesis of how all tables are made explains at least: one in so many of the differences.
const LEAST_PART: u64 = 100;

impl TableHypothesis {
    /// One about columns of a table, which has been held against so many of their cells.
    fn of_column(reason: String, units: BTreeSet<(usize, Unit)>, numbers: usize) -> Self {
        Self { reason, units, bits: LEAST_BITS, numbers, is_of_pipeline: false }
    }
}

/// A reason for which so many numbers speak: one may agree by chance.
fn told(reason: &str, numbers: usize) -> String {
    match numbers {
        1 => format!("{reason}; it fits, but by one number only"),
        _ => reason.to_owned(),
    }
}

fn all_hypotheses(
    pairs: &[GridPair<'_>],
    timeline: Option<&SourceTimeline>,
    arrivals: Option<&SourceArrivals>,
    left: &UnitsLeft,
) -> Vec<TableHypothesis> {
    let explains_all = |hypothesis: &TableHypothesis| {
        hypothesis.bits >= LEAST_BITS && left.keys().all(|unit| hypothesis.units.contains(unit))
    };
    let is_enough = |prediction: &Prediction| explains_all(&of_prediction(pairs, prediction));
    let of_rules = arrivals.map(|arrivals| arrivals.predictions(pairs, is_enough));
    let mut all: Vec<TableHypothesis> = of_rules
        .into_iter()
        .flatten()
        .chain(from_tables(pairs))
        .chain(over_rows(pairs))
        .map(|p| of_prediction(pairs, &p))
        .collect();
    for &(table, unit) in left.keys() {
        if let Unit::Cells(column) = unit {
            all.extend(of_column(pairs, table, column));
        }
    }
    all.extend(
        sketched(pairs).map(|(reason, units)| TableHypothesis::of_column(reason, units, MANY)),
    );
    let mut all = merged(all);
    if !all.iter().any(explains_all)
        && let Some(timeline) = timeline
    {
        let recomputation = Recomputation::new(timeline, pairs);
        all.extend(recomputation.predictions().iter().map(|p| of_prediction(pairs, p)));
    }
    all
}

/// The hypotheses, of which those with one reason are one.
fn merged(hypotheses: Vec<TableHypothesis>) -> Vec<TableHypothesis> {
    let mut merged: Vec<TableHypothesis> = Vec::new();
    for hypothesis in hypotheses {
        match merged.iter_mut().find(|other| other.reason == hypothesis.reason) {
            Some(other) => {
                other.units.extend(hypothesis.units);
                other.bits += hypothesis.bits;
                other.numbers = other.numbers.saturating_add(hypothesis.numbers);
            }
            None => merged.push(hypothesis),
        }
    }
    merged
}

fn of_prediction(pairs: &[GridPair<'_>], prediction: &Prediction) -> TableHypothesis {
    let mut units = BTreeSet::new();
    let (mut bits, mut numbers) = (0.0, 0);
    for (table, grid) in &prediction.grids {
        let explained = pairs[*table].explained_by(grid);
        bits += explained.bits;
        numbers += explained.numbers;
        if prediction.is_of_all && pairs[*table].differs_from(grid) {
            bits = f64::NEG_INFINITY;
        }
        units.extend(explained.units.into_iter().map(|unit| (*table, unit)));
    }
    TableHypothesis {
        reason: prediction.reason.clone(),
        units,
        bits,
        numbers,
        is_of_pipeline: true,
    }
}

/// The change of a whole column, and of two that are swapped.
fn of_column(pairs: &[GridPair<'_>], table: usize, column: usize) -> Option<TableHypothesis> {
    let pair = &pairs[table];
    let numbers = pair.differing(column).count();
    if let Some(form) = pair.for_people[column]
        && pair.differing(column).all(|(_, _, actual)| actual.is_some_and(f64::is_nan))
    {
        let reason = format!("numbers are written for people, {form}");
        let units = BTreeSet::from([(table, Unit::Cells(column))]);
        return Some(TableHypothesis::of_column(reason, units, MANY));
    }
    let cells = |column: usize| -> Vec<CellPair<'_>> {
        pair.common(column).map(|(_, expected, actual)| (expected, actual)).collect()
    };
    let change = common_change(pair, column, &cells(column), LEAST_BITS_OF_CELLS)?;
    let name = pair.shape.values[column];
    let own = (table, Unit::Cells(column));
    if let CellChange::OfColumn(other, other_name) = change
        && common_change(pair, other, &cells(other), LEAST_BITS_OF_CELLS)
            == Some(CellChange::OfColumn(column, name))
    {
        let reason = format!("the columns {name} and {other_name} are swapped");
        let units = BTreeSet::from([own, (table, Unit::Cells(other))]);
        return Some(TableHypothesis::of_column(reason, units, numbers.saturating_mul(2)));
    }
    // What a rounded number has left is its own evidence.
    let numbers = if change.rounds() { MANY } else { numbers };
    let reason = match change {
        CellChange::Rounded(decimals) => {
            let tolerance = 0.5 / libm::pow(10.0, f64::from(decimals));
            format!("{change}; if that is wanted: --tolerance {name}={tolerance}")
        }
        _ => change.to_string(),
    };
    Some(TableHypothesis::of_column(reason, BTreeSet::from([own]), numbers))
}

/// The hypothesis that explains most of what is left.
fn best(
    pairs: &[GridPair<'_>],
    hypotheses: &[TableHypothesis],
    left: &UnitsLeft,
    all: u64,
) -> Option<(Cause, Vec<(usize, Unit)>)> {
    let mut best: Option<(u64, &TableHypothesis)> = None;
    for hypothesis in hypotheses.iter().filter(|hypothesis| hypothesis.bits >= LEAST_BITS) {
        let explained: u64 =
            left.iter().filter(|(unit, _)| hypothesis.units.contains(unit)).map(|(_, n)| n).sum();
        if hypothesis.is_of_pipeline && explained * LEAST_PART < all {
            continue;
        }
        if explained > best.map_or(0, |(most, _)| most) {
            best = Some((explained, hypothesis));
        }
    }
    let (explained, hypothesis) = best?;
    let units: Vec<(usize, Unit)> =
        left.keys().filter(|unit| hypothesis.units.contains(unit)).copied().collect();
    let has_cells = units.iter().any(|(_, unit)| matches!(unit, Unit::Cells(_)));
    let lacks_only = |(table, _): &(usize, Unit)| {
        pairs[*table].actual.keys().all(|keys| pairs[*table].expected.contains_key(keys))
    };
    let kind = match has_cells {
        true => FindingKind::Altered,
        false if units.iter().all(lacks_only) => FindingKind::Missing,
        false => FindingKind::Unexpected,
    };
    let cause = Cause::new(kind, explained, all, told(&hypothesis.reason, hypothesis.numbers));
    Some((cause.in_place(names(pairs, &units)), units))
}

/// The tables and columns of units; of many columns only their number.
fn names(pairs: &[GridPair<'_>], units: &[(usize, Unit)]) -> String {
    const SHOWN: usize = 3;
    let tables: BTreeSet<usize> = units.iter().map(|(table, _)| *table).collect();
    let table_names: Vec<&str> = tables.iter().map(|table| pairs[*table].shape.name).collect();
    let columns: Vec<String> = units
        .iter()
        .filter_map(|(table, unit)| match unit {
            Unit::Cells(column) => Some((table, column)),
            Unit::Rows => None,
        })
        .map(|(table, column)| {
            let shape = pairs[*table].shape;
            format!("{}.{}", shape.name, shape.values[*column])
        })
        .collect();
    if columns.is_empty() || columns.len() > SHOWN || columns.len() < units.len() {
        table_names.join(", ")
    } else {
        columns.join(", ")
    }
}

/// The causes of what no hypothesis on whole columns explains: damage of some rows, or none that is known.
fn rest(pairs: &[GridPair<'_>], left: &UnitsLeft, causes: &mut Vec<Cause>) {
    let mut unknown = 0;
    for (&(table, unit), &count) in left {
        let pair = &pairs[table];
        match unit {
            Unit::Rows => {
                causes.extend(row_causes::missing(pair));
                causes.extend(row_causes::unexpected(pair));
            }
            Unit::Cells(column) => match some_rows(pair, column, count) {
                Some(cause) => causes.push(cause),
                None => unknown += count,
            },
        }
    }
    if unknown > 0 {
        causes.push(Cause::unknown(FindingKind::Altered, unknown));
    }
}

/// The change of a column in some rows that have something in common.
fn some_rows(pair: &GridPair<'_>, column: usize, count: u64) -> Option<Cause> {
    let differing: Vec<CellPair<'_>> =
        pair.differing(column).map(|(_, expected, actual)| (expected, actual)).collect();
    let change = common_change(pair, column, &differing, LEAST_BITS_OF_SOME);
    let rows: Vec<_> = pair.common(column).collect();
    let found: Vec<bool> =
        rows.iter().map(|(_, e, actual)| !pair.agree(column, e[column], *actual)).collect();
    let facts = row_causes::facts(pair, rows.iter().map(|(keys, measures, _)| (*keys, *measures)));
    let name = format!("{}.{}", pair.shape.name, pair.shape.values[column]);
    let told = |change: CellChange| {
        let numbers = if change.rounds() { MANY } else { differing.len() };
        told(&change.to_string(), numbers)
    };
    let reason = match (change, row_causes::scope(&facts, &found)) {
        (Some(change), Some(scope)) => format!("{name} in {scope}: {}", told(change)),
        (Some(change), None) => {
            format!("{name} in {count} of {} rows: {}", rows.len(), told(change))
        }
        (None, _) => {
            let scope = row_causes::narrow_scope(&facts, &found)?;
            format!("{name} differs in {scope}, and in no other")
        }
    };
    Some(Cause::new(FindingKind::Altered, count, count, reason))
}
