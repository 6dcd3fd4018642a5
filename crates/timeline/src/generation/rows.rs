//! A timeline, or what arrives of it, as rows of CSV.

use std::io::{self, BufRead, Write};

use event_simulator::Simulation;
use event_simulator::deliveries::DeliveryWriter;
use event_simulator::wire::csv::{write_header, write_row};
use event_simulator::wire::scan;

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

/// Writes lines of deliveries as rows of CSV, below a header: what arrived stands in one of the last three columns.
///
/// # Errors
/// Those of reading and writing, and a line that is no delivery.
pub fn write_delivery_rows(mut deliveries: impl BufRead, out: &mut impl Write) -> io::Result<()> {
    let (mut rows, mut line) = (DeliveryRows::default(), Vec::new());
    while deliveries.read_until(b'\n', &mut line)? > 0 {
        out.write_all(&rows.encode(&line)?)?;
        line.clear();
    }
    out.flush()
}

/// Turns lines of deliveries into rows, below a header.
#[derive(Default)]
pub(super) struct DeliveryRows {
    has_header: bool,
}

impl DeliveryRows {
    /// The rows of a block of whole lines.
    pub(super) fn encode(&mut self, lines: &[u8]) -> io::Result<Vec<u8>> {
        let names = DeliveryWriter::column_names();
        let mut rows = csv::Writer::from_writer(Vec::with_capacity(lines.len()));
        if !self.has_header {
            rows.write_record(names)?;
            self.has_header = true;
        }
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            for cell in scan::members(line, names).map_err(io::Error::other)? {
                match cell {
                    Some(text @ [b'"', ..]) => {
                        rows.write_field(scan::text(text).map_err(io::Error::other)?.as_bytes())?;
                    }
                    cell => rows.write_field(cell.unwrap_or_default())?,
                }
            }
            rows.write_record(None::<&[u8]>)?;
        }
        rows.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
