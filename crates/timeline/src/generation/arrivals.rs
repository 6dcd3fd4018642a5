//! What arrives of a timeline, and the ledger of what differs.

use std::io;

use event_simulator::deliveries::{Deliveries, Delivery, DeliveryWriter};

use super::tally::Tally;
use crate::files::BLOCK_BYTES;

/// What is written of the deliveries of a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArrivalLines {
    /// What a log of arrivals has.
    Log,
    /// What is to be sent, and when.
    Envelopes,
    /// The ledger.
    Ledger,
}

/// Gives the lines to `write`, block by block, in order, with the tally so far.
pub(super) fn write_arrivals(
    mut deliveries: Deliveries,
    lines: ArrivalLines,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(deliveries.model());
    let mut writer = DeliveryWriter::new(deliveries.model());
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    while let Some(delivery) = deliveries.next() {
        match lines {
            ArrivalLines::Log => writer.write_log(&delivery, &mut block),
            ArrivalLines::Envelopes => writer.write_envelope(&delivery, &mut block),
            ArrivalLines::Ledger => deliveries.take_ledger(&mut block),
        }
        tally.add_arrival(Delivery::received_at(&delivery));
        if block.len() >= BLOCK_BYTES {
            tally.set_faults(deliveries.fault_counts());
            write(&mut block, &tally)?;
            block.clear();
        }
    }
    if lines == ArrivalLines::Ledger {
        deliveries.take_ledger(&mut block);
    }
    tally.set_faults(deliveries.fault_counts());
    write(&mut block, &tally)?;
    Ok(tally)
}
