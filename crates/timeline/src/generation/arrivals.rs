//! What arrives of a timeline, in any form, and the ledger of what differs.

use std::io;

use event_simulator::deliveries::{Deliveries, Delivery, DeliveryWriter};

use super::tally::Tally;
use crate::conversion::{ArrivalConverter, LineConverter};
use crate::files::BLOCK_BYTES;

/// What is written of the deliveries of a simulation.
#[derive(Clone, Debug)]
pub(super) enum ArrivalForm {
    /// What a log of arrivals has.
    Log,
    /// The same in another form, with room for a line.
    Converted(ArrivalConverter, Vec<u8>),
    /// What is to be sent, and when.
    Envelopes,
    /// The ledger.
    Ledger,
}

impl ArrivalForm {
    pub(super) fn converted(converter: LineConverter) -> Self {
        Self::Converted(ArrivalConverter::new(converter), Vec::new())
    }
}

/// Gives the lines to `write`, block by block, in order, with the tally so far.
pub(super) fn write_arrivals(
    mut deliveries: Deliveries,
    mut form: ArrivalForm,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(deliveries.model());
    let mut writer = DeliveryWriter::new(deliveries.model());
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    while let Some(delivery) = deliveries.next() {
        match &mut form {
            ArrivalForm::Log => writer.write_log(&delivery, &mut block),
            ArrivalForm::Converted(converter, line) => {
                line.clear();
                writer.write_log(&delivery, line);
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                let failed = converter.convert(line, &mut block).err();
                if let Some(error) = failed.filter(|_| delivery.is_true()) {
                    return Err(io::Error::other(error));
                }
                block.push(b'\n');
            }
            ArrivalForm::Envelopes => writer.write_envelope(&delivery, &mut block),
            ArrivalForm::Ledger => deliveries.take_ledger(&mut block),
        }
        tally.add_arrival(Delivery::received_at(&delivery));
        if block.len() >= BLOCK_BYTES {
            tally.set_faults(deliveries.fault_counts());
            write(&mut block, &tally)?;
            block.clear();
        }
    }
    if matches!(form, ArrivalForm::Ledger) {
        deliveries.take_ledger(&mut block);
    }
    tally.set_faults(deliveries.fault_counts());
    write(&mut block, &tally)?;
    Ok(tally)
}
