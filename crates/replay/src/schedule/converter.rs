//! Turning lines into the form in which they are sent.

use bytes::Bytes;
use event_simulator::wire::EventFields;
use event_simulator_timeline::LineConverter;

use crate::config::{Config, SentFormat};
use crate::source::SourceEvent;

/// The form in which an event is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SentForm {
    /// Its own.
    Own,
    /// Another one.
    Converted(Bytes),
    /// As it arrives, byte for byte and in no envelope: it is no event.
    Raw,
}

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

    /// The form of an event whose line, with its time rewritten, is `line`; the error is one that cannot have it, or is
    /// larger than the receiver takes. What arrives goes on as it is where it is no event.
    pub(crate) fn convert(&mut self, event: &SourceEvent, line: &[u8]) -> Result<SentForm, String> {
        let Some(converter) = &mut self.converter else { return Ok(SentForm::Own) };
        let mut converted = Vec::with_capacity(2 * line.len());
        if let Err(error) = converter.convert(line, &mut converted) {
            if event.is_delivery && EventFields::of_line(line).is_err() {
                return Ok(SentForm::Raw);
            }
            return Err(match self.taker {
                Some((title, _)) => format!("not an event that {title} can have: {error}"),
                None => error.to_string(),
            });
        }
        if let Some((title, most)) = self.taker.filter(|(_, most)| converted.len() > *most) {
            let bytes = converted.len();
            return Err(format!("{bytes} bytes as {title} has it, which takes {most} at most"));
        }
        Ok(SentForm::Converted(converted.into()))
    }
}
