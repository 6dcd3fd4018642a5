//! What arrives of a timeline, in any form, and the ledger of what differs.

use std::io;

use event_simulator::deliveries::{Deliveries, Delivery, DeliveryWriter};
use event_simulator::event::Field;
use event_simulator::time::TEXT_LEN;
use event_simulator::wire::scan;

use super::tally::Tally;
use crate::conversion::LineConverter;
use crate::files::BLOCK_BYTES;

/// What is written of the deliveries of a simulation.
#[derive(Clone, Debug)]
pub(super) enum ArrivalForm {
    /// What a log of arrivals has.
    Log,
    /// The same in another form.
    Converted(ArrivalConverter),
    /// What is to be sent, and when.
    Envelopes,
    /// The ledger.
    Ledger,
}

impl ArrivalForm {
    pub(super) fn converted(converter: LineConverter) -> Self {
        Self::Converted(ArrivalConverter { converter, line: Vec::new() })
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
            ArrivalForm::Converted(converter) => {
                converter.write(&delivery, &mut writer, &mut block)?;
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

/// Turns the lines of a log of arrivals into another form. What is no event stays as it arrived.
#[derive(Clone, Debug)]
pub(super) struct ArrivalConverter {
    converter: LineConverter,
    line: Vec<u8>,
}

impl ArrivalConverter {
    fn write(
        &mut self,
        delivery: &Delivery,
        writer: &mut DeliveryWriter,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.line.clear();
        writer.write_log(delivery, &mut self.line);
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let start = out.len();
        match self.converter.convert(line, out) {
            Ok(()) => {}
            Err(error) if delivery.is_true() => return Err(io::Error::other(error)),
            Err(_) => {
                out.truncate(start);
                if convert_local(&mut self.converter, line, out).is_none() {
                    out.truncate(start);
                    out.extend_from_slice(line);
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

/// The bytes of a time without the `Z` that says how it relates to UTC.
const LOCAL_LEN: usize = TEXT_LEN - 1;

/// Converts an event whose time has no offset: as if it were UTC, as a program takes it that does not know better. Where the
/// other form has that time as text, it stands there without an offset, too. None if it is no such event.
fn convert_local(converter: &mut LineConverter, line: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let [time] = scan::members(line, [Field::EventTime.name()]).ok()?;
    let local = time?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if local.len() != LOCAL_LEN {
        return None;
    }
    let with_offset = [local, b"Z\""].concat();
    let place = memchr::memmem::find(line, &[local, b"\""].concat())? + LOCAL_LEN;
    let start = out.len();
    converter.convert(&[&line[..place], b"Z", &line[place..]].concat(), out).ok()?;
    if let Some(found) = memchr::memmem::find(&out[start..], &with_offset) {
        out.remove(start + found + LOCAL_LEN);
    }
    Some(())
}
