//! The Arrow schema of a timeline.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};

use event_simulator::event::{self, ValueType};

/// The key by which Arrow tells the type of a field beyond that of its storage.
const EXTENSION: &str = "ARROW:extension:name";

/// Arrow's canonical extension type for text that is JSON.
const JSON: &str = "arrow.json";

/// The time zone of times.
pub(crate) const UTC: &str = "UTC";

/// Digits of a decimal: as many as fit into 64 bits, in which Parquet then keeps them.
const PRECISION: u8 = 18;

/// The schema of a table with these columns and metadata.
pub fn schema(
    columns: impl IntoIterator<Item = (String, ValueType)>,
    metadata: impl IntoIterator<Item = (String, String)>,
) -> Schema {
    let fields: Vec<Field> =
        columns.into_iter().map(|(name, value)| field(&name, &value)).collect();
    Schema::new_with_metadata(fields, metadata.into_iter().collect::<BTreeMap<_, _>>())
}

fn field(name: &str, value: &ValueType) -> Field {
    let of_type = data_type(value);
    let is_required =
        event::Field::ALL.into_iter().any(|field| field.name() == name && field.is_required());
    match of_type {
        Some(of_type) => Field::new(name, of_type, !is_required),
        None => as_json(Field::new(name, DataType::Utf8, !is_required)),
    }
}

fn as_json(field: Field) -> Field {
    field.with_metadata(BTreeMap::from([(EXTENSION.to_owned(), JSON.to_owned())]))
}

/// The same column, whose text is JSON.
pub(crate) fn json_field(field: &Field) -> FieldRef {
    Arc::new(as_json(field.clone()))
}

/// The type of a column's values; none for those that are text of JSON.
fn data_type(value: &ValueType) -> Option<DataType> {
    Some(match value {
        ValueType::Boolean => DataType::Boolean,
        ValueType::Integer => DataType::Int64,
        ValueType::Number => DataType::Float64,
        ValueType::Decimal(digits) => DataType::Decimal128(PRECISION, *digits as i8),
        ValueType::Text => DataType::Utf8,
        ValueType::DateTime => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        ValueType::Date => DataType::Date32,
        ValueType::List(of) => DataType::List(Arc::new(field("element", of))),
        // A group without fields can be said neither in Parquet nor to most who read it.
        ValueType::Object(members) if !members.is_empty() => {
            let fields = members.iter().map(|(name, value)| Arc::new(member(name, value)));
            DataType::Struct(fields.collect::<Fields>())
        }
        ValueType::Object(_) | ValueType::Null | ValueType::Any => return None,
    })
}

/// A member of an object, which can always be missing.
fn member(name: &str, value: &ValueType) -> Field {
    field(name, value).with_nullable(true)
}

/// True for a column of text that is JSON.
pub(crate) fn is_json(field: &Field) -> bool {
    field.metadata().get(EXTENSION).is_some_and(|name| name == JSON)
}
