//! A timeline as rows of CSV.

use std::io;

use event_simulator::Simulation;
use event_simulator::wire::csv::{write_header, write_row};

use super::tally::Tally;
use crate::files::BLOCK_BYTES;

/// Writes a simulation's rows to `write`, block by block, in order.
pub(super) fn write_csv(
    mut simulation: Simulation,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    let mut rows = csv::Writer::from_writer(Vec::with_capacity(BLOCK_BYTES));
    let own = simulation.model().own_fields();
    write_header(&mut rows, &own)?;
    while let Some(record) = simulation.next_record() {
        tally.add(&record);
        write_row(&mut rows, &simulation.model().event(&record), &own)?;
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
