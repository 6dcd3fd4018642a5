//! The timeline as CSV: flat, with a header, `props` as JSON text.

use std::io;

use crate::event::Event;
use crate::kernel::Simulation;

use super::tally::Tally;
use super::write::BLOCK_BYTES;

/// The columns, in their order.
pub(crate) const COLUMNS: [&str; 8] = [
    "event_id",
    "event_time",
    "event_type",
    "user_id",
    "session_id",
    "page_path",
    "button_id",
    "props",
];

/// Writes a simulation's rows to `write`, block by block, in order.
pub(crate) fn write_csv(
    mut simulation: Simulation,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    let mut rows = csv::Writer::from_writer(Vec::with_capacity(BLOCK_BYTES));
    rows.write_record(COLUMNS)?;
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
