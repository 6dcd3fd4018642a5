//! What differs between two reports of one pipeline.

use serde::Serialize;
use serde_json::{Map, Value};

use super::shapes::SHAPES;
use super::tables::Tables;

/// A row that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowChange {
    /// The table.
    pub table: &'static str,
    /// The columns that tell the row apart.
    pub key: Map<String, Value>,
    /// Its other columns before; none if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Map<String, Value>>,
    /// Its other columns now; none if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Map<String, Value>>,
}

type RowMembers = Map<String, Value>;

/// A row: the text of its key, the key, and the rest.
type KeyedRow = (String, RowMembers, RowMembers);

/// The rows of `after` that are not as in `before`, and those that are gone, table by table in order of their keys.
///
/// # Errors
/// None that depends on the tables; those of writing JSON are passed on.
pub fn row_changes(before: &Tables, after: &Tables) -> Result<Vec<RowChange>, serde_json::Error> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut changes = Vec::new();
    for shape in &SHAPES {
        let rows = |tables: &Value| -> Vec<KeyedRow> {
            let rows = tables.get(shape.name).and_then(Value::as_array).into_iter().flatten();
            let parted = rows.filter_map(Value::as_object).map(|row| {
                let is_key = |name: &str| shape.keys.contains(&name);
                let (key, rest): (RowMembers, RowMembers) = row
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .partition(|(name, _)| is_key(name));
                (Value::Object(key.clone()).to_string(), key, rest)
            });
            parted.collect()
        };
        let mut old: foldhash::HashMap<String, _> =
            rows(&before).into_iter().map(|(text, key, rest)| (text, (key, rest))).collect();
        let table = shape.name;
        for (text, key, is) in rows(&after) {
            let was = old.remove(&text).map(|(_, was)| was);
            if was.as_ref() != Some(&is) {
                changes.push(RowChange { table, key, was, is: Some(is) });
            }
        }
        let mut gone: Vec<_> = old.into_iter().collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        let gone = gone.into_iter().map(|(_, (key, was))| (key, was));
        changes.extend(gone.map(|(key, was)| RowChange { table, key, was: Some(was), is: None }));
    }
    Ok(changes)
}
