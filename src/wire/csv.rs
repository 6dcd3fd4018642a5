//! Events as CSV: flat, with a header; `props` and what else is no text as JSON.

use std::borrow::Cow;
use std::io;

use serde_json::Value;

use crate::event::{Event, Field};

/// Writes the header: the fields of every event, then those that the scenario's events have of their own.
///
/// # Errors
/// Those of the writer.
pub fn write_header<W: io::Write>(rows: &mut csv::Writer<W>, own: &[String]) -> io::Result<()> {
    rows.write_record(Field::NAMES.into_iter().chain(own.iter().map(String::as_str)))?;
    Ok(())
}

/// Writes one event as a row below that header.
///
/// # Errors
/// Those of the writer.
pub fn write_row<W: io::Write>(
    rows: &mut csv::Writer<W>,
    event: &Event,
    own: &[String],
) -> io::Result<()> {
    for field in Field::ALL {
        rows.write_field(cell(event, field)?.as_bytes())?;
    }
    for name in own {
        rows.write_field(own_cell(event.own.get(name)).as_bytes())?;
    }
    rows.write_record(None::<&[u8]>)?;
    Ok(())
}

fn own_cell(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(value) => Cow::Owned(value.to_string()),
    }
}

/// The value that a cell of an own field stands for: a list, an object, a number or a flag as JSON has it,
/// otherwise a text. An empty cell is none.
pub(super) fn own_value(cell: &str) -> Option<Cow<'_, [u8]>> {
    if cell.is_empty() {
        return None;
    }
    let is_json = serde_json::from_str::<Value>(cell)
        .is_ok_and(|value| !value.is_string() && !value.is_null());
    Some(if is_json {
        Cow::Borrowed(cell.as_bytes())
    } else {
        Cow::Owned(Value::from(cell).to_string().into_bytes())
    })
}

fn cell(event: &Event, field: Field) -> io::Result<Cow<'_, str>> {
    Ok(match field {
        Field::EventId => Cow::Borrowed(&event.event_id),
        Field::EventTime => Cow::Owned(event.event_time.to_string()),
        Field::EventType => Cow::Borrowed(&event.event_type),
        Field::UserId => Cow::Borrowed(&event.user_id),
        Field::SessionId => Cow::Borrowed(&event.session_id),
        Field::PagePath => Cow::Borrowed(event.page_path.as_deref().unwrap_or_default()),
        Field::ButtonId => Cow::Borrowed(event.button_id.as_deref().unwrap_or_default()),
        Field::Props => Cow::Owned(serde_json::to_string(&event.props)?),
    })
}
