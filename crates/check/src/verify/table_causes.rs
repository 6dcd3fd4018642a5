//! The probable causes of what differs between tables.

use std::collections::BTreeMap;

use event_simulator::time::{TimeForm, WrittenTime};

use super::cause::{Cause, NumberChange};

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// Cells of a column that are looked at; beyond, the picture is clear enough.
const MOST_CELLS: usize = 10_000;

/// The differences of tables, counted by what they have in common.
#[derive(Default)]
pub(super) struct TableCauses {
    /// Expected and actual numbers that differ, by table and column.
    altered: BTreeMap<(&'static str, &'static str), Vec<(f64, f64)>>,
    /// Numbers that agree, by table and column.
    agreeing: BTreeMap<(&'static str, &'static str), u64>,
    /// `event_counts` by type and hour since the epoch: expected and actual events.
    hours: BTreeMap<(String, i64), (i64, i64)>,
    duplicated_rows: u64,
    missing_rows: u64,
    unexpected_rows: u64,
}

impl TableCauses {
    pub(super) fn cell(
        &mut self,
        table: &'static str,
        column: &'static str,
        keys: &[String],
        (expected, actual): (Option<f64>, Option<f64>),
        agree: bool,
    ) {
        if let (Some(expected), Some(actual)) = (expected, actual) {
            self.count_hour(table, keys, expected, actual);
            if agree {
                *self.agreeing.entry((table, column)).or_default() += 1;
            } else {
                let cells = self.altered.entry((table, column)).or_default();
                if cells.len() < MOST_CELLS {
                    cells.push((expected, actual));
                }
            }
        }
    }

    pub(super) fn row_is_duplicated(&mut self) {
        self.duplicated_rows += 1;
    }

    pub(super) fn row_is_missing(&mut self, table: &'static str, keys: &[String], value: f64) {
        self.missing_rows += 1;
        self.count_hour(table, keys, value, 0.0);
    }

    pub(super) fn row_is_unexpected(&mut self, table: &'static str, keys: &[String], value: f64) {
        self.unexpected_rows += 1;
        self.count_hour(table, keys, 0.0, value);
    }

    fn count_hour(&mut self, table: &str, keys: &[String], expected: f64, actual: f64) {
        let ("event_counts", [date, hour, event_type]) = (table, keys) else { return };
        let day = WrittenTime::of_text(date).filter(|day| day.form == TimeForm::Date);
        if let (Some(day), Ok(hour)) = (day, hour.parse::<i64>()) {
            let hours = day.time.as_millis() as i64 / MILLIS_PER_HOUR + hour;
            let entry = self.hours.entry((event_type.clone(), hours)).or_default();
            entry.0 += expected.round() as i64;
            entry.1 += actual.round() as i64;
        }
    }

    pub(super) fn into_causes(self) -> Vec<Cause> {
        let mut causes = Vec::new();
        causes.extend(self.shifted_hours().map(|hours| Cause::HoursShifted { hours }));
        if self.duplicated_rows > 0 {
            causes.push(Cause::RowsDuplicated);
        }
        for (&(table, column), cells) in &self.altered {
            let agreeing = self.agreeing.get(&(table, column)).copied().unwrap_or_default();
            let change = number_change(column, cells, agreeing);
            causes.extend(change.map(|change| {
                let cells = cells.len();
                Cause::CellsAltered { table, column, cells, change }
            }));
        }
        if self.missing_rows > 0 && self.unexpected_rows == 0 {
            causes.push(Cause::RowsMissing);
        }
        if self.unexpected_rows > 0 && self.missing_rows == 0 {
            causes.push(Cause::RowsUnexpected);
        }
        causes
    }

    /// The hours by which the actual events are moved, as by a time zone.
    fn shifted_hours(&self) -> Option<i64> {
        if self.hours.values().all(|(expected, actual)| expected == actual) {
            return None;
        }
        let fits = |shift: i64| {
            self.hours.iter().all(|((event_type, hour), (expected, _))| {
                let moved = self.hours.get(&(event_type.clone(), hour + shift));
                moved.map_or(0, |(_, actual)| *actual) == *expected || *expected == 0
            })
        };
        (-14..=14).filter(|&shift| shift != 0).find(|&shift| fits(shift))
    }
}

/// The change that all numbers of a column have in common, each expected and actual.
fn number_change(column: &str, cells: &[(f64, f64)], agreeing: u64) -> Option<NumberChange> {
    let all = |test: &dyn Fn(f64, f64) -> bool| cells.iter().all(|&(e, a)| test(e, a));
    let is_times =
        |factor: f64| move |e: f64, a: f64| (a - e * factor).abs() <= 1e-4 * e.abs() * factor;
    for (factor, change) in [
        (0.01, NumberChange::PercentageAsFraction),
        (100.0, NumberChange::FractionAsPercentage),
        (1_000.0, NumberChange::SecondsAsMillis),
        (0.001, NumberChange::MillisAsSeconds),
        (1.0 / 60.0, NumberChange::SecondsAsMinutes),
    ] {
        if all(&is_times(factor)) && !all(&|e, _| e == 0.0) {
            return Some(change);
        }
    }
    let is_count = all(&|e, a| e.fract() == 0.0 && a.fract() == 0.0) && !column.starts_with("avg");
    if is_count && all(&|e, a| a > e) {
        return Some(if column.starts_with("unique") {
            NumberChange::NotDistinct
        } else if all(&is_times(2.0)) {
            NumberChange::Doubled
        } else {
            NumberChange::More
        });
    }
    if is_count && all(&|e, a| a < e) {
        return Some(NumberChange::Fewer);
    }
    for decimals in 0..6 {
        let scale = 10_f64.powi(decimals);
        let is_rounded = |e: f64, a: f64| {
            (a * scale - (e * scale)).abs() <= 0.500_001
                && (a * scale - (a * scale).round()).abs() < 1e-6
        };
        if all(&is_rounded) {
            return Some(NumberChange::Rounded { decimals });
        }
        let is_cut = |e: f64, a: f64| ((e * scale).trunc() - a * scale).abs() < 1e-6;
        if all(&is_cut) {
            return Some(NumberChange::CutOff { decimals });
        }
    }
    (agreeing == 0 && cells.len() > 1).then_some(NumberChange::AllOther)
}
