//! The keys of picks: rows of a table, whose columns are drawn together.

use serde::Serialize;
use serde_json::{Value, json};

use super::table_file::{MOST_ROWS, read_table};
use super::values::{AnyValue, OptionalGroup};
use crate::random::zipf_weights;
use crate::scenario::key_rows::keys;
use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{Decimal, FILE_NAME, NAME, NameList, Optional};
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Keys, Section, Visit};
use crate::scenario::spelling::nearest;
use crate::scenario::yaml::Content;

keys! {
    /// A row of a table.
    pub struct PickSpec {
        /// The rows: mappings with the same names.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        rows: Vec<Value> = Vec::new(), RowsKind;
        /// A CSV file with the rows below a header instead, from the folder of the scenario on.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String> = None, Optional(FILE_NAME);
        /// The names of the columns that are written; without it all but that of the weights.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
        /// The column with the rows' weights; without it each row is as likely as another.
        #[serde(skip_serializing_if = "Option::is_none")]
        weight: Option<String> = None, Optional(NAME);
        /// The power of the row's number by which its frequency falls, instead of weights.
        #[serde(skip_serializing_if = "Option::is_none")]
        zipf: Option<f64> = None, Optional(Decimal { min: 0.0, max: 10.0, unit: "" });
    }
}

impl PickSpec {
    /// True for a column that is written.
    pub(crate) fn takes(&self, column: &str) -> bool {
        if self.columns.is_empty() {
            self.weight.as_deref() != Some(column)
        } else {
            self.columns.iter().any(|taken| taken == column)
        }
    }

    /// The weights of the rows.
    pub(crate) fn weights(&self) -> Vec<f64> {
        if let Some(exponent) = self.zipf {
            return zipf_weights(self.rows.len() as u32, exponent);
        }
        let Some(column) = &self.weight else { return vec![1.0; self.rows.len()] };
        self.rows.iter().map(|row| row[column.as_str()].as_f64().unwrap_or(0.0)).collect()
    }

    /// What is wrong, and the cure.
    fn problem(&self) -> Option<(&'static str, String, String)> {
        let Some(Value::Object(first)) = self.rows.first() else {
            let help = "add `rows: [{ sku: A1, price: 9.5 }]`, or `file: products.csv`";
            return Some(("", "there are no rows to pick from".to_owned(), help.to_owned()));
        };
        let names: Vec<&str> = first.keys().map(String::as_str).collect();
        let unknown = |key, column: &String| {
            let help = match nearest(column, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", names.join(", ")),
            };
            (key, format!("there is no column `{column}`"), help)
        };
        let is_unknown = |column: &&String| !first.contains_key(column.as_str());
        if let Some(column) = self.columns.iter().find(is_unknown) {
            return Some(unknown("columns", column));
        }
        if let Some(column) = self.weight.iter().find(is_unknown) {
            return Some(unknown("weight", column));
        }
        if self.weight.is_some() && self.zipf.is_some() {
            let help = "keep one of them".to_owned();
            return Some(("zipf", "weights and zipf exclude one another".to_owned(), help));
        }
        let column = self.weight.as_deref()?;
        let is_weight = |weight: &Value| weight.as_f64().is_some_and(|w| (0.0..=1e9).contains(&w));
        if let Some(at) = self.rows.iter().position(|row| !is_weight(&row[column])) {
            let found = &self.rows[at][column];
            let message = format!("row {} has the weight {found}", at + 1);
            return Some(("weight", message, "weights are numbers from 0 to 1e9".to_owned()));
        }
        let is_zero = self.weights().iter().all(|weight| *weight <= 0.0);
        let help = "give one a weight above 0".to_owned();
        is_zero.then(|| ("weight", "all rows have the weight 0".to_owned(), help))
    }
}

/// A pick, whose file is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct PickKind;

impl KeyKind<Option<PickSpec>> for PickKind {
    fn visit(&self, value: &mut Option<PickSpec>, field: &KeyValue<'_>, visit: &mut Visit) {
        OptionalGroup.visit(value, field, visit);
        let Some(pick) = value.as_mut().filter(|_| visit.is_sound(&field.path)) else { return };
        if let Some(name) = pick.file.take() {
            let path = join(&field.path, "file");
            if !pick.rows.is_empty() {
                let problem = Problem::error(path, "rows and a file exclude one another");
                return visit.report(problem.at(field.position).help("keep one of them"));
            }
            match visit.side_file(&name).and_then(|bytes| read_table(&bytes)) {
                Ok(rows) => pick.rows = rows,
                Err(message) => {
                    let problem = Problem::error(path, format!("{name}: {message}"));
                    return visit.report(problem.at(field.position));
                }
            }
        }
        if let Some((key, message, help)) = pick.problem()
            && !visit.has_unknown_keys(&field.path)
        {
            let path = if key.is_empty() { field.path.clone() } else { join(&field.path, key) };
            visit.report(Problem::error(path, message).at(field.position).help(help));
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        KeyKind::<Option<PickSpec>>::schema(&OptionalGroup, keys)
    }

    fn limits(&self) -> String {
        String::new()
    }

    fn default(&self, _: &Option<PickSpec>) -> Option<Value> {
        None
    }
}

/// Mappings that all have the same names.
#[derive(Clone, Copy, Debug)]
struct RowsKind;

impl KeyKind<Vec<Value>> for RowsKind {
    fn visit(&self, value: &mut Vec<Value>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(node) = field.node else { return };
        let Content::List(items) = &node.content else {
            let problem = field.expected("a list of mappings");
            return visit.report(problem.help("such as `[{ sku: A1, price: 9.5 }]`"));
        };
        if !(1..=MOST_ROWS).contains(&items.len()) {
            let message = format!("expected 1 to {MOST_ROWS} rows, found {}", items.len());
            return visit.report(field.problem(message));
        }
        value.clear();
        for (index, item) in items.iter().enumerate() {
            let place = field.item(index, Some(item));
            match &item.content {
                Content::Map(entries) if !entries.is_empty() => {
                    visit.report_duplicates(entries, &place.path);
                }
                _ => return visit.report(place.expected("names and values")),
            }
            let mut row = None;
            AnyValue.visit(&mut row, &place, visit);
            let Some(row) = row else { return };
            if let Some(problem) = other_names(value, &row) {
                return visit.report(place.problem(problem));
            }
            value.push(row);
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "type": "array", "items": { "type": "object" }, "minItems": 1, "maxItems": MOST_ROWS })
    }

    fn limits(&self) -> String {
        "mappings".to_owned()
    }

    fn default(&self, _: &Vec<Value>) -> Option<Value> {
        None
    }
}

/// What is wrong with a row that has other names than the first one.
fn other_names(rows: &[Value], row: &Value) -> Option<String> {
    let (first, row) = (rows.first()?.as_object()?, row.as_object()?);
    let missing = first.keys().find(|name| !row.contains_key(*name));
    let more = row.keys().find(|name| !first.contains_key(*name));
    match (missing, more) {
        (Some(name), _) => {
            Some(format!("this row has no `{name}`, the first one has: write `{name}: null`"))
        }
        (_, Some(name)) => Some(format!("this row has a `{name}`, the first one has not")),
        (None, None) => None,
    }
}
