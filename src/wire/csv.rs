//! Events as CSV: flat, with a header, `props` as JSON text.

use std::io;

use crate::event::Event;

/// The columns, in their order.
pub const COLUMNS: [&str; 8] = [
    "event_id",
    "event_time",
    "event_type",
    "user_id",
    "session_id",
    "page_path",
    "button_id",
    "props",
];

/// Writes one event as a row.
///
/// # Errors
/// Those of the writer.
pub fn write_row<W: io::Write>(rows: &mut csv::Writer<W>, event: &Event) -> io::Result<()> {
    let props = serde_json::to_string(&event.props)?;
    rows.write_record([
        event.event_id.as_str(),
        &event.event_time.to_string(),
        &event.event_type,
        &event.user_id,
        &event.session_id,
        event.page_path.as_deref().unwrap_or_default(),
        event.button_id.as_deref().unwrap_or_default(),
        &props,
    ])?;
    Ok(())
}
