//! Events as CSV: flat, with a header, `props` as JSON text.

use std::borrow::Cow;
use std::io;

use crate::event::{Event, Field};

/// Writes one event as a row.
///
/// # Errors
/// Those of the writer.
pub fn write_row<W: io::Write>(rows: &mut csv::Writer<W>, event: &Event) -> io::Result<()> {
    for field in Field::ALL {
        rows.write_field(cell(event, field)?.as_bytes())?;
    }
    rows.write_record(None::<&[u8]>)?;
    Ok(())
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
