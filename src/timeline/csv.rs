//! The timeline as CSV: flat, with a header, `props` as JSON text.

use std::borrow::Cow;
use std::io;

use crate::event::{Event, Field};
use crate::kernel::Simulation;

use super::tally::Tally;
use super::write::BLOCK_BYTES;

/// Writes a simulation's rows to `write`, block by block, in order.
pub(crate) fn write_csv(
    mut simulation: Simulation,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    let mut rows = csv::Writer::from_writer(Vec::with_capacity(BLOCK_BYTES));
    rows.write_record(Field::NAMES)?;
    while let Some(record) = simulation.next_record() {
        tally.add(&record);
        write_row(&mut rows, &simulation.model().event(&record))?;
        rows.flush()?;
        if rows.get_ref().len() >= BLOCK_BYTES {
            let mut block = rows.into_inner().map_err(csv::IntoInnerError::into_error)?;
            write(&mut block, &tally)?;
            rows = csv::Writer::from_writer(Vec::with_capacity(BLOCK_BYTES));
        }
    }
    write(&mut rows.into_inner().map_err(csv::IntoInnerError::into_error)?, &tally)?;
    Ok(tally)
}

/// Writes one event as a row.
pub(crate) fn write_row<W: io::Write>(rows: &mut csv::Writer<W>, event: &Event) -> io::Result<()> {
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
