//! Turning lines into the wire format in which they are sent.

use bytes::Bytes;
use event_simulator::wire::{EventFields, FormatEncoder, WireFormat};

use crate::config::Config;

/// Turns lines into another wire format, if they are to be.
#[derive(Debug)]
pub(crate) struct Converter {
    wire: Option<(&'static WireFormat, FormatEncoder)>,
}

impl Converter {
    pub(crate) fn for_config(config: &Config) -> Self {
        let format = &config.target.format;
        let wire = format.wire().map(|wire| (wire, FormatEncoder::new(wire, format.settings())));
        Self { wire }
    }

    /// The event of a line in the other format; the error is a line that is no event of ours, or an event
    /// that is larger than the receiver takes.
    pub(crate) fn convert(&mut self, line: &[u8]) -> Result<Option<Bytes>, String> {
        let Some((format, encoder)) = &mut self.wire else { return Ok(None) };
        let mut converted = Vec::with_capacity(2 * line.len());
        let event = EventFields::of_line(line);
        let encoded = event.and_then(|event| encoder.encode(&event, &mut converted));
        encoded.map_err(|error| format!("not an event that {} can have: {error}", format.title))?;
        let most = format.limits.event_bytes;
        if converted.len() > most {
            let (title, bytes) = (format.title, converted.len());
            return Err(format!("{bytes} bytes as {title} has it, which takes {most} at most"));
        }
        Ok(Some(converted.into()))
    }
}
