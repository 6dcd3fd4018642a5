//! Single numbers of several results.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::measures::{NumberPlace, PLAN, REPLAY};
use crate::picture::Form;
use crate::recorded::RecordedResult;

/// A number of each result.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NumberRow {
    name: String,
    form: Form,
    /// In the order of the results; null where one does not have it.
    values: Vec<Value>,
    /// The last less the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<f64>,
    /// The same as a share of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
}

impl NumberRow {
    pub(super) fn new(name: impl Into<String>, form: Form, values: Vec<Value>) -> Self {
        let [first, last] = [values.first(), values.last()].map(|value| value?.as_f64());
        let difference = first.zip(last).map(|(first, last)| last - first);
        let change = first.zip(difference).map(|(first, difference)| difference / first);
        let change = change.filter(|change| change.is_finite());
        Self { name: name.into(), form, values, difference, change }
    }

    /// The greatest of the values.
    fn size(&self) -> f64 {
        self.values.iter().filter_map(Value::as_f64).fold(0.0, f64::max)
    }
}

/// The member of each result at a pointer.
pub(super) fn values(results: &[&RecordedResult], pointer: &str) -> Vec<Value> {
    let value = |result: &&RecordedResult| result.value.pointer(pointer).cloned();
    results.iter().map(|result| value(result).unwrap_or_default()).collect()
}

/// Rows of those numbers that any of the results has.
pub(super) fn rows(results: &[&RecordedResult], numbers: &[NumberPlace]) -> Vec<NumberRow> {
    let row = |(name, path, form): &NumberPlace| {
        NumberRow::new(*name, *form, values(results, &format!("/{path}")))
    };
    let is_something = |row: &NumberRow| row.values.iter().any(|value| !value.is_null());
    numbers.iter().map(row).filter(is_something).collect()
}

/// Rows of counts by name, the greatest first; 0 where a result does not have the name.
pub(super) fn by_name(
    results: &[&RecordedResult],
    form: Form,
    of: impl Fn(&Value) -> Vec<(String, f64)>,
) -> Vec<NumberRow> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (place, result) in results.iter().enumerate() {
        for (name, value) in of(&result.value) {
            all.entry(name).or_insert_with(|| vec![0.0; results.len()])[place] = value;
        }
    }
    let values = |values: Vec<f64>| values.into_iter().map(number).collect();
    let row = |(name, of): (String, Vec<f64>)| NumberRow::new(name, form, values(of));
    let mut rows: Vec<NumberRow> = all.into_iter().map(row).collect();
    rows.sort_by(|a, b| b.size().total_cmp(&a.size()));
    rows
}

/// A whole number as one.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// The numbers of several results.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NumberComparison {
    names: Vec<String>,
    numbers: Vec<NumberRow>,
    /// The expected share of each event type, of plans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mix: Vec<NumberRow>,
    /// The expected share of the sessions that reach each goal, of plans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    goals: Vec<NumberRow>,
}

impl NumberComparison {
    pub(super) fn of_replays(results: &[&RecordedResult]) -> Self {
        let numbers = rows(results, &REPLAY);
        Self { names: super::names(results), numbers, mix: Vec::new(), goals: Vec::new() }
    }

    pub(super) fn of_plans(results: &[&RecordedResult]) -> Self {
        let mix = |plan: &Value| pairs(&plan["mix"]);
        let goals = |plan: &Value| {
            let goals = plan["flow"]["goals"].as_array();
            let pair = |goal: &Value| {
                Some((goal["goal"].as_str()?.to_owned(), goal["sessions"].as_f64()?))
            };
            goals.into_iter().flatten().filter_map(pair).collect()
        };
        Self {
            names: super::names(results),
            numbers: rows(results, &PLAN),
            mix: by_name(results, Form::Share, mix),
            goals: by_name(results, Form::Share, goals),
        }
    }
}

/// Pairs of a name and a number.
pub(super) fn pairs(value: &Value) -> Vec<(String, f64)> {
    let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_f64()?));
    value.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// The members of an object that are numbers.
pub(super) fn members(value: &Value) -> Vec<(String, f64)> {
    let member = |(name, value): (&String, &Value)| Some((name.clone(), value.as_f64()?));
    value.as_object().into_iter().flatten().filter_map(member).collect()
}
