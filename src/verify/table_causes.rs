//! Why computed tables probably are not those that were expected.

use std::collections::BTreeMap;

use crate::time::WrittenTime;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// Cells of a column that are looked at; beyond, the picture is clear enough.
const MOST_CELLS: usize = 10_000;

/// What the differences of tables have in common.
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
        if let (Some(midnight), Ok(hour)) = (WrittenTime::of_text(date), hour.parse::<i64>()) {
            let hours = midnight.time.as_millis() as i64 / MILLIS_PER_HOUR + hour;
            let entry = self.hours.entry((event_type.clone(), hours)).or_default();
            entry.0 += expected.round() as i64;
            entry.1 += actual.round() as i64;
        }
    }

    pub(super) fn into_causes(self) -> Vec<String> {
        let mut causes = Vec::new();
        causes.extend(self.shifted_hours());
        if self.duplicated_rows > 0 {
            causes.push(
                "duplicated: rows were appended by a second run, or a key column is not grouped by"
                    .to_owned(),
            );
        }
        for (place, cells) in &self.altered {
            let agreeing = self.agreeing.get(place).copied().unwrap_or_default();
            causes.extend(cause_of_cells(place.1, cells, agreeing).map(|cause| {
                format!("altered: {}.{} ({} cells): {cause}", place.0, place.1, cells.len())
            }));
        }
        if self.missing_rows > 0 && self.unexpected_rows == 0 {
            causes.push(
                "missing: groups without rows: an inner join or a filter drops them, or the run ended \
                 before all was in"
                    .to_owned(),
            );
        }
        if self.unexpected_rows > 0 && self.missing_rows == 0 {
            causes.push(
                "unexpected: rows of another run, or days and hours of another time zone"
                    .to_owned(),
            );
        }
        causes
    }

    /// Whether the actual hours are the expected ones moved by a time zone.
    fn shifted_hours(&self) -> Option<String> {
        if self.hours.values().all(|(expected, actual)| expected == actual) {
            return None;
        }
        let fits = |shift: i64| {
            self.hours.iter().all(|((event_type, hour), (expected, _))| {
                let moved = self.hours.get(&(event_type.clone(), hour + shift));
                moved.map_or(0, |(_, actual)| *actual) == *expected || *expected == 0
            })
        };
        let shift = (-14..=14).filter(|&shift| shift != 0).find(|&shift| fits(shift))?;
        Some(format!(
            "altered: hours and the edges of days are moved by {shift:+} h: the pipeline groups by a \
             local time zone, the expectations by UTC"
        ))
    }
}

/// What happened to the numbers of a column.
fn cause_of_cells(column: &str, cells: &[(f64, f64)], agreeing: u64) -> Option<String> {
    let all = |test: &dyn Fn(f64, f64) -> bool| cells.iter().all(|&(e, a)| test(e, a));
    let is_times =
        |factor: f64| move |e: f64, a: f64| (a - e * factor).abs() <= 1e-4 * e.abs() * factor;
    for (factor, cause) in [
        (0.01, "100 times less: a fraction where a percentage is meant"),
        (100.0, "100 times more: a percentage where a fraction was, or the factor applied twice"),
        (1_000.0, "1000 times more: milliseconds instead of seconds"),
        (0.001, "1000 times less: seconds taken for milliseconds"),
        (1.0 / 60.0, "60 times less: minutes instead of seconds"),
    ] {
        if all(&is_times(factor)) && !all(&|e, _| e == 0.0) {
            return Some(cause.to_owned());
        }
    }
    let is_count = all(&|e, a| e.fract() == 0.0 && a.fract() == 0.0) && !column.starts_with("avg");
    if is_count && column.starts_with("unique") && all(&|e, a| a > e) {
        return Some("more: counted without DISTINCT, or distinct over a finer group".to_owned());
    }
    if is_count && all(&|e, a| a > e) {
        let twice = if all(&is_times(2.0)) { "twice as many" } else { "more" };
        return Some(format!("{twice}: duplicates were counted, or a join multiplies rows"));
    }
    if is_count && all(&|e, a| a < e) {
        return Some("fewer: events were lost or filtered".to_owned());
    }
    for decimals in 0..6 {
        let scale = 10_f64.powi(decimals);
        let is_rounded = |e: f64, a: f64| {
            (a * scale - (e * scale)).abs() <= 0.500_001
                && (a * scale - (a * scale).round()).abs() < 1e-6
        };
        if all(&is_rounded) {
            return Some(format!(
                "rounded to {decimals} decimals; if that is wanted: --tolerance {column}={}",
                0.5 / scale
            ));
        }
        let is_cut = |e: f64, a: f64| ((e * scale).trunc() - a * scale).abs() < 1e-6;
        if all(&is_cut) {
            return Some(format!("cut off after {decimals} decimals: integer division?"));
        }
    }
    (agreeing == 0 && cells.len() > 1).then(|| "no cell agrees: another definition?".to_owned())
}
