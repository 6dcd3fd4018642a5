//! The native format: one JSON object a line, as `serde_json` writes an [`Event`](crate::Event).

mod encode;
mod own_line;
mod write_line;

use crate::model::Model;

use super::codec::Codec;
use super::fields::{EventFields, FieldError};

pub use encode::Encoder;

/// The native format, one JSON object a line.
#[derive(Clone, Copy, Debug)]
pub struct JsonLines;

impl Codec for JsonLines {
    const NAME: &'static str = "jsonl";
    const CONTENT_TYPE: &'static str = "application/x-ndjson";
    type Encoder = Encoder;

    fn encoder(model: &Model) -> Encoder {
        Encoder::new(model)
    }

    fn decode(line: &[u8]) -> Result<EventFields<'_>, FieldError> {
        EventFields::of_line(line)
    }
}

impl<'a> EventFields<'a> {
    /// The fields of a JSON line; members that an event does not have are passed over.
    ///
    /// # Errors
    ///
    /// Every [`FieldError`] but [`FieldError::Props`]: only the end of `props` is looked for.
    pub fn of_line(line: &'a [u8]) -> Result<Self, FieldError> {
        match own_line::fields(line) {
            Some(fields) => Ok(fields),
            None => Self::of_any_line(line),
        }
    }
}
