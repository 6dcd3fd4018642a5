//! A wire format, as one trait.

use crate::event::Record;
use crate::model::Model;

use super::fields::{EventFields, FieldError};

/// A wire format: how the events of a model become bytes, and bytes events again.
///
/// ```
/// use event_simulator::Scenario;
/// use event_simulator::wire::{Codec, Encode, JsonLines};
///
/// let mut simulation = Scenario::default().compile()?.simulate(7);
/// let mut encoder = JsonLines::encoder(simulation.model());
/// let mut line = Vec::new();
/// if let Some(record) = simulation.next_record() {
///     encoder.encode(&record, &mut line);
/// }
/// let event = JsonLines::decode(&line)?;
/// assert_eq!(event.event_type, "session_created");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Codec {
    /// The name, as in a manifest.
    const NAME: &'static str;
    /// The media type of encoded events.
    const CONTENT_TYPE: &'static str;
    /// The encoder of a model's records.
    type Encoder: Encode;

    /// An encoder for the records of `model`.
    fn encoder(model: &Model) -> Self::Encoder;

    /// The fields of one encoded event.
    ///
    /// # Errors
    /// Bytes that are no event in this format.
    fn decode(bytes: &[u8]) -> Result<EventFields<'_>, FieldError>;
}

/// An encoder of the records of one model.
pub trait Encode {
    /// Appends a record, with what separates it from the next one.
    fn encode(&mut self, record: &Record, bytes: &mut Vec<u8>);
}
