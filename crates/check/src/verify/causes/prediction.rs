//! Tables as they would be if a hypothesis were true.

use std::collections::{BTreeMap, BTreeSet};

use event_simulator::VirtualTime;
use event_simulator::time::{TimeForm, WrittenTime};
use event_simulator::wire::EventFields;

use super::grid::{Grid, GridPair, Measures, RowKeys};
use super::text_change::TextChange;

/// The tables that a hypothesis predicts, by the position of their pair.
pub(super) struct Prediction {
    pub(super) reason: String,
    pub(super) grids: BTreeMap<usize, Grid>,
    /// True if it is about what all tables are computed from, so that each must be as predicted.
    pub(super) is_of_all: bool,
}

/// Changes an event, and says whether it is there.
pub(super) type EventChange<'c> = &'c mut dyn FnMut(&mut EventFields<'_>) -> bool;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Predictions made from the expected tables alone.
pub(super) fn from_tables(pairs: &[GridPair<'_>]) -> Vec<Prediction> {
    let mut all = Vec::new();
    for days in day_shifts(pairs) {
        let reason = match days {
            -1 => "all dates are a day early: a date read as local midnight".to_owned(),
            1 => "all dates are a day late: a date read as local midnight".to_owned(),
            _ => format!(
                "all dates are moved by {days:+} days: another start, or a target that gives its own \
                 times; run `expect` on what arrived"
            ),
        };
        all.push(with_keys(pairs, "date", reason, &|date| moved_date(date, days)));
    }
    // Without an hour 24 it may as well be a local time.
    if keys_of(pairs, "hour").any(|hour| hour == "24") {
        let numbered = "hours are numbered from 1 to 24".to_owned();
        all.push(with_keys(pairs, "hour", numbered, &|hour| {
            Some((hour.parse::<u32>().ok()? + 1).to_string())
        }));
    }
    let twelve = "hours are those of a 12-hour clock".to_owned();
    all.push(with_keys(pairs, "hour", twelve, &|hour| {
        Some(((hour.parse::<u32>().ok()? + 11) % 12 + 1).to_string())
    }));
    let twelve = "hours are those of a 12-hour clock, from 0".to_owned();
    all.push(with_keys(pairs, "hour", twelve, &|hour| {
        Some((hour.parse::<u32>().ok()? % 12).to_string())
    }));
    let steps = "steps are numbered from 0".to_owned();
    all.push(with_keys(pairs, "step", steps, &|step| {
        Some(step.parse::<u32>().ok()?.checked_sub(1)?.to_string())
    }));
    for column in ["page_path", "button_id", "event_type", "journey"] {
        for change in key_changes(pairs, column) {
            let reason = format!("{column} {change}");
            let changed =
                |text: &str| Some(change.changed(text).unwrap_or_else(|| text.to_owned()));
            all.push(with_keys(pairs, column, reason.clone(), &changed));
            // Some texts may have gone another way, such as those that are escaped.
            let there: BTreeSet<&str> = keys_of(pairs, column).collect();
            all.push(with_keys(pairs, column, reason, &|text| {
                if there.contains(text) { Some(text.to_owned()) } else { changed(text) }
            }));
        }
    }
    all.extend(swapped_keys(pairs));
    all.extend(["date", "page_path"].iter().flat_map(|column| without_label(pairs, column)));
    all.extend(hour_shifts(pairs));
    all
}

/// The actual texts of a key column.
fn keys_of<'p>(pairs: &'p [GridPair<'_>], column: &'p str) -> impl Iterator<Item = &'p str> {
    pairs.iter().flat_map(move |pair| {
        let position = pair.shape.keys.iter().position(|key| *key == column);
        position.into_iter().flat_map(|at| pair.actual.keys().map(move |keys| &*keys[at]))
    })
}

/// The tables with another text in a key column; rows with one key are added up.
fn with_keys(
    pairs: &[GridPair<'_>],
    column: &str,
    reason: String,
    change: &dyn Fn(&str) -> Option<String>,
) -> Prediction {
    let mut grids = BTreeMap::new();
    for (table, pair) in pairs.iter().enumerate() {
        let Some(position) = pair.shape.keys.iter().position(|key| *key == column) else {
            continue;
        };
        let rekeyed = |keys: &RowKeys| {
            let mut keys = keys.clone();
            keys[position] = change(&keys[position]).unwrap_or_default();
            keys
        };
        grids.insert(table, regrouped(pair, rekeyed));
    }
    Prediction { reason, grids, is_of_all: false }
}

/// The expected rows under other keys. Whole numbers of rows with one key are added up; of other measures
/// nothing can be known.
fn regrouped(pair: &GridPair<'_>, rekeyed: impl Fn(&RowKeys) -> RowKeys) -> Grid {
    let mut grid = Grid::new();
    for (keys, measures) in &pair.expected {
        match grid.get_mut(&rekeyed(keys)) {
            None => _ = grid.insert(rekeyed(keys), measures.clone()),
            Some(sums) => add(pair, sums, measures),
        }
    }
    grid
}

/// Adds a row's whole numbers to others; of other measures nothing can be known.
pub(super) fn add(pair: &GridPair<'_>, sums: &mut Measures, measures: &Measures) {
    for ((name, sum), measure) in pair.shape.values.iter().zip(sums).zip(measures) {
        let is_additive = !name.starts_with("avg") && !name.starts_with("unique");
        *sum = if is_additive { sum.zip(*measure).map(|(a, b)| a + b) } else { Some(f64::NAN) };
    }
}

fn days_of(date: &str) -> Option<i64> {
    let time = WrittenTime::of_text(date).filter(|time| time.form == TimeForm::Date)?.time;
    Some(time.as_millis().cast_signed() / MILLIS_PER_DAY)
}

fn date_of(days: i64) -> Option<String> {
    let millis = u64::try_from(days.checked_mul(MILLIS_PER_DAY)?).ok()?;
    Some(VirtualTime::from_millis(millis)?.date())
}

fn moved_date(date: &str, days: i64) -> Option<String> {
    date_of(days_of(date)?.checked_add(days)?)
}

/// The numbers of days by which all dates may be moved.
fn day_shifts(pairs: &[GridPair<'_>]) -> Vec<i64> {
    let mut shifts = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.shape.keys[0] == "date") {
        let first = |grid: &Grid| days_of(&grid.keys().next()?[0]);
        if let Some((expected, actual)) = first(&pair.expected).zip(first(&pair.actual)) {
            shifts.push(actual - expected);
        }
    }
    shifts.sort_unstable();
    shifts.dedup();
    shifts.retain(|days| *days != 0);
    shifts
}

/// The changes that all of a key column's texts may have gone through.
fn key_changes(pairs: &[GridPair<'_>], column: &str) -> Vec<TextChange> {
    let mut changes: Vec<TextChange> = Vec::new();
    for pair in pairs {
        let Some(position) = pair.shape.keys.iter().position(|key| *key == column) else {
            continue;
        };
        let texts = |grid: &Grid, other: &Grid| {
            let known: BTreeSet<&String> = other.keys().map(|keys| &keys[position]).collect();
            let texts: BTreeSet<String> = grid
                .keys()
                .map(|keys| &keys[position])
                .filter(|text| !known.contains(text))
                .cloned()
                .collect();
            texts
        };
        let gone = texts(&pair.expected, &pair.actual);
        let come = texts(&pair.actual, &pair.expected);
        for sent in gone.iter().take(3) {
            for received in &come {
                changes.extend(TextChange::of(sent, received));
            }
        }
        let all = |change: &TextChange| {
            gone.iter().all(|text| {
                change.changed(text).is_some_and(|now| pair_has(&come, pair, position, &now))
            })
        };
        changes.retain(|change| {
            !matches!(change, TextChange::Replaced(..) | TextChange::Hashed(_)) || gone.len() == 1
        });
        changes.retain(all);
    }
    changes.sort();
    changes.dedup();
    changes
}

fn pair_has(come: &BTreeSet<String>, pair: &GridPair<'_>, position: usize, text: &str) -> bool {
    come.contains(text) || pair.actual.keys().any(|keys| keys[position] == text)
}

/// The tables without the rows of one label of a column, for each that is missing from one of them.
fn without_label(pairs: &[GridPair<'_>], column: &'static str) -> Vec<Prediction> {
    let of_column = || {
        pairs.iter().enumerate().filter_map(|(table, pair)| {
            let position = pair.shape.keys.iter().position(|key| *key == column)?;
            Some((table, pair, position))
        })
    };
    let mut gone: BTreeSet<&String> = BTreeSet::new();
    for (_, pair, position) in of_column() {
        let labels = |grid: &'_ Grid| -> BTreeSet<String> {
            grid.keys().map(|keys| keys[position].clone()).collect()
        };
        let there = labels(&pair.actual);
        let all = pair.expected.keys().map(|keys| &keys[position]);
        gone.extend(all.filter(|label| !there.contains(*label)));
    }
    let without = |label: &String| {
        let grids = of_column().map(|(table, pair, position)| {
            let rows = pair.expected.iter().filter(|(keys, _)| keys[position] != *label);
            (table, rows.map(|(keys, row)| (keys.clone(), row.clone())).collect())
        });
        let reason = format!("there are no rows of {column} {label}");
        Prediction { reason, grids: grids.collect(), is_of_all: false }
    };
    gone.into_iter().map(without).collect()
}

fn swapped_keys(pairs: &[GridPair<'_>]) -> Vec<Prediction> {
    let mut all = Vec::new();
    for (table, pair) in pairs.iter().enumerate() {
        let keys = pair.shape.keys;
        for a in 0..keys.len() {
            for b in a + 1..keys.len() {
                let swapped = |row: &RowKeys| {
                    let mut row = row.clone();
                    row.swap(a, b);
                    row
                };
                all.push(Prediction {
                    reason: format!("the columns {} and {} are swapped", keys[a], keys[b]),
                    grids: BTreeMap::from([(table, regrouped(pair, swapped))]),
                    is_of_all: false,
                });
            }
        }
    }
    all
}

/// `event_counts` by the hours of a zone that is whole hours from UTC.
fn hour_shifts(pairs: &[GridPair<'_>]) -> Vec<Prediction> {
    let table = pairs.iter().position(|pair| pair.shape.name == "event_counts");
    let Some(table) = table else { return Vec::new() };
    let moved = |keys: &RowKeys, by: i64| {
        let hours = days_of(&keys[0])? * 24 + keys[1].parse::<i64>().ok()? + by;
        let (date, hour) = (date_of(hours.div_euclid(24))?, hours.rem_euclid(24));
        Some(vec![date, hour.to_string(), keys[2].clone()])
    };
    let shifts = (-14..=14).filter(|by| *by != 0);
    shifts
        .map(|by| Prediction {
            reason: format!(
                "hours and the edges of days are moved by {by:+} h: the pipeline groups by a local time \
                 zone, the expectations by UTC"
            ),
            grids: BTreeMap::from([(
                table,
                regrouped(&pairs[table], |keys| moved(keys, by).unwrap_or_default()),
            )]),
            is_of_all: false,
        })
        .collect()
}
