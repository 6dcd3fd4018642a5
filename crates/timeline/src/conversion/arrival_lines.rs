//! What arrives, as the lines of a log of arrivals, and those in another form.

use event_simulator::deliveries::DELIVERY_ID;
use event_simulator::event::Field;
use event_simulator::time::{TEXT_LEN, VirtualTime};
use event_simulator::wire::{RECEIVED_AT, scan};

use super::line_converter::{ConvertError, LineConverter};

/// When a delivery arrives, and the line that a log of arrivals has of it.
pub(crate) fn log_line(line: &[u8]) -> Option<(VirtualTime, Vec<u8>)> {
    let names = [RECEIVED_AT, DELIVERY_ID, "body", "raw", "raw_hex"];
    let [Some(at), Some(_), body, raw, hex] = scan::members(line, names).ok()? else {
        return None;
    };
    let log_line = match (body, raw, hex) {
        (Some(body), ..) => {
            let members = body.strip_suffix(b"}")?;
            let comma: &[u8] = if members == b"{" { b"" } else { b"," };
            [members, comma, b"\"received_at\":", at, b"}"].concat()
        }
        (None, Some(raw), _) => scan::text(raw).ok()?.into_owned().into_bytes(),
        (None, None, Some(hex)) => {
            let digits = scan::text(hex).ok()?;
            let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
            bytes?
        }
        (None, None, None) => return None,
    };
    Some((scan::time(at).ok()?, log_line))
}

/// Turns the lines of a log of arrivals into another form. What is no event stays as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalConverter(LineConverter);

impl ArrivalConverter {
    pub(crate) fn new(converter: LineConverter) -> Self {
        Self(converter)
    }

    /// Appends a line in the other form, or as it is if it is no event.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn convert(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), ConvertError> {
        let start = out.len();
        let converted = self.0.convert(line, out);
        if converted.is_ok() {
            return Ok(());
        }
        out.truncate(start);
        if convert_local(&mut self.0, line, out).is_some() {
            return Ok(());
        }
        out.truncate(start);
        out.extend_from_slice(line);
        converted
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
