//! Turning lines into the form in which they are sent.

use bytes::Bytes;
use event_simulator_timeline::LineConverter;

use crate::config::{Config, SentFormat};

/// Turns lines into another form, if they are to be.
#[derive(Debug)]
pub(crate) struct Converter {
    converter: Option<LineConverter>,
    /// Whose form it is, and the most bytes of an event there.
    taker: Option<(&'static str, usize)>,
}

impl Converter {
    pub(crate) fn for_config(config: &Config) -> Self {
        let format = &config.target.format;
        let taker = format.wire().map(|wire| (wire.title, wire.limits.event_bytes));
        let converter = match format.format {
            SentFormat::AsItIs => None,
            SentFormat::Wire(wire) => Some(LineConverter::of_wire(wire, format.settings())),
            SentFormat::Fields => Some(LineConverter::Fields(format.fields.clone())),
            SentFormat::Template => format.template.clone().map(LineConverter::Template),
        };
        Self { converter, taker }
    }

    /// The event of a line in the other form; the error is a line that cannot have it, or an event that is
    /// larger than the receiver takes.
    pub(crate) fn convert(&mut self, line: &[u8]) -> Result<Option<Bytes>, String> {
        let Some(converter) = &mut self.converter else { return Ok(None) };
        let mut converted = Vec::with_capacity(2 * line.len());
        converter.convert(line, &mut converted).map_err(|error| match self.taker {
            Some((title, _)) => format!("not an event that {title} can have: {error}"),
            None => error.to_string(),
        })?;
        if let Some((title, most)) = self.taker.filter(|(_, most)| converted.len() > *most) {
            let bytes = converted.len();
            return Err(format!("{bytes} bytes as {title} has it, which takes {most} at most"));
        }
        Ok(Some(converted.into()))
    }
}
