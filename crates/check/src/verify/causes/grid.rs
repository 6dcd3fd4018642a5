//! Tables as numbers by keys, expected and actual.

use std::collections::{BTreeMap, BTreeSet};

use event_simulator::expectations::tables::Shape;

use crate::verify::tolerance::Tolerances;

use super::code_length;

/// A row's keys.
pub(in crate::verify) type RowKeys = Vec<String>;

/// A row's measures in the order of the shape; none for null, and not a number for what is none.
pub(in crate::verify) type Measures = Vec<Option<f64>>;

/// The rows of a table by their keys.
pub(in crate::verify) type Grid = BTreeMap<RowKeys, Measures>;

/// A table as it is expected and as it is.
pub(in crate::verify) struct GridPair<'a> {
    pub(in crate::verify) shape: &'static Shape,
    pub(in crate::verify) expected: Grid,
    pub(in crate::verify) actual: Grid,
    /// Of keys that stand more than once, the measures of all their rows.
    pub(in crate::verify) repeated: BTreeMap<RowKeys, Vec<Measures>>,
    /// Columns that the actual table has.
    pub(in crate::verify) has: Vec<bool>,
    /// Of each column how its numbers are written for people, if what is none is one so.
    pub(in crate::verify) for_people: Vec<Option<&'static str>>,
    pub(in crate::verify) tolerances: &'a Tolerances,
}

/// What differs in a table: its keys, or one of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Rows,
    Cells(usize),
}

impl GridPair<'_> {
    pub(super) fn agree(&self, column: usize, expected: Option<f64>, actual: Option<f64>) -> bool {
        match (expected, actual) {
            (Some(expected), Some(actual)) => {
                self.tolerances.allow(self.shape.values[column], expected, actual)
            }
            (expected, actual) => expected.is_none() && actual.is_none(),
        }
    }

    /// The units that differ, and the number of their differences.
    pub(super) fn differences(&self) -> BTreeMap<Unit, u64> {
        let mut found = BTreeMap::new();
        let missing = self.expected.keys().filter(|keys| !self.actual.contains_key(*keys));
        let unexpected = self.actual.keys().filter(|keys| !self.expected.contains_key(*keys));
        let rows = missing.chain(unexpected).count() as u64;
        let cells = (0..self.shape.values.len()).filter(|column| self.has[*column]);
        let cells =
            cells.map(|column| (Unit::Cells(column), self.differing(column).count() as u64));
        found.extend([(Unit::Rows, rows)].into_iter().chain(cells).filter(|(_, n)| *n > 0));
        found
    }

    /// The common rows in which a column differs: their keys, expected measures, and actual cell.
    pub(super) fn differing(
        &self,
        column: usize,
    ) -> impl Iterator<Item = (&RowKeys, &Measures, Option<f64>)> {
        self.common(column)
            .filter(move |(_, expected, actual)| !self.agree(column, expected[column], *actual))
    }

    /// The rows on both sides: their keys, expected measures, and actual cell of a column.
    pub(super) fn common(
        &self,
        column: usize,
    ) -> impl Iterator<Item = (&RowKeys, &Measures, Option<f64>)> {
        self.expected.iter().filter_map(move |(keys, expected)| {
            Some((keys, expected, self.actual.get(keys)?[column]))
        })
    }

    /// True if the expected table is this one.
    pub(super) fn expects(&self, grid: &Grid) -> bool {
        // Expectations are written with six decimals.
        const AS_WRITTEN: f64 = 1e-6;
        let is_same = |(ours, theirs): (&Option<f64>, &Option<f64>)| match (ours, theirs) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= AS_WRITTEN,
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        };
        self.expected.keys().eq(grid.keys())
            && self.expected.values().zip(grid.values()).all(|(a, b)| a.iter().zip(b).all(is_same))
    }

    /// True if the actual table is another one than predicted.
    pub(super) fn differs_from(&self, predicted: &Grid) -> bool {
        let columns = || (0..self.shape.values.len()).filter(|column| self.has[*column]);
        !predicted.keys().eq(self.actual.keys())
            || predicted.values().zip(self.actual.values()).any(|(ours, theirs)| {
                columns().any(|column| !self.agree(column, ours[column], theirs[column]))
            })
    }

    /// What a predicted table explains.
    pub(super) fn explained_by(&self, predicted: &Grid) -> GridExplanation {
        let mut explanation = GridExplanation::default();
        let GridExplanation { units, bits, numbers } = &mut explanation;
        let keys_change = !predicted.keys().eq(self.expected.keys());
        let keys_agree = predicted.keys().eq(self.actual.keys());
        if keys_change && !keys_agree {
            return explanation;
        }
        if keys_change {
            units.push(Unit::Rows);
            let come = predicted.keys().filter(|keys| !self.expected.contains_key(*keys)).count();
            let gone = self.expected.keys().filter(|keys| !predicted.contains_key(*keys)).count();
            *bits += BITS_OF_A_KEY * come as f64;
            *bits += code_length::choice(self.expected.len() as u64, gone as u64);
            *numbers += come + gone;
        }
        let mut of_rows: BTreeMap<&RowKeys, RowNumbers> = BTreeMap::new();
        for column in (0..self.shape.values.len()).filter(|column| self.has[*column]) {
            let mut evidence = 0.0;
            let mut rows = Vec::new();
            let is_explained = predicted.iter().all(|(keys, measures)| {
                let Some(actual) = self.actual.get(keys) else { return true };
                let expected = self.expected.get(keys).map(|expected| expected[column]);
                if expected != Some(measures[column]) {
                    evidence += bits_of(actual[column]);
                    rows.push((keys, actual[column]));
                }
                self.agree(column, measures[column], actual[column])
            });
            if is_explained {
                units.push(Unit::Cells(column));
                *bits += evidence;
                let is_quotient = is_quotient(self.shape.values[column]);
                for (keys, number) in rows {
                    of_rows.entry(keys).or_default().add(is_quotient, number);
                }
            } else if self.differing(column).next().is_none() {
                // It says that a column is another one, and the column is as it should be.
                units.retain(|unit| *unit != Unit::Rows);
            }
        }
        *numbers += of_rows.values().map(RowNumbers::count).sum::<usize>();
        explanation
    }
}

/// What a predicted table explains, and the evidence for it: what agrees with it and not with what was expected.
#[derive(Debug, Default)]
pub(super) struct GridExplanation {
    pub(super) units: Vec<Unit>,
    pub(super) bits: f64,
    /// The numbers that agree, without those that follow from others.
    pub(super) numbers: usize,
}

/// The numbers of a row that are as predicted.
#[derive(Debug, Default)]
struct RowNumbers {
    quotients: BTreeSet<u64>,
    others: BTreeSet<u64>,
}

impl RowNumbers {
    fn add(&mut self, is_quotient: bool, number: Option<f64>) {
        let numbers = if is_quotient { &mut self.quotients } else { &mut self.others };
        numbers.insert(number.map_or(0, f64::to_bits));
    }

    /// Those that do not follow from each other: quotients change with what they are quotients of, and what is the same in
    /// two columns is often one thing.
    fn count(&self) -> usize {
        if self.others.is_empty() { self.quotients.len() } else { self.others.len() }
    }
}

/// True for a column of means or shares.
fn is_quotient(column: &str) -> bool {
    column.starts_with("avg_")
        || ["ctr", "conversion", "rate", "lift", "mean", "retention"].contains(&column)
}

/// The evidence of a key that is as predicted.
const BITS_OF_A_KEY: f64 = 4.0;

/// The evidence of a cell that is as predicted: the more digits agree, the less is it coincidence.
pub(super) fn bits_of(cell: Option<f64>) -> f64 {
    const MOST: f64 = 20.0;
    let Some(number) = cell.filter(|number| number.is_finite()) else { return 1.0 };
    let digits = if number.fract() == 0.0 { number.abs() } else { number.abs() * 1e4 };
    (1.0 + digits).log2().clamp(1.0, MOST)
}
