//! The lines of what arrives.

use crate::event::{self, ValueType};
use crate::model::Model;
use crate::time::TimeText;
use crate::wire::{Encode, Encoder, RECEIVED_AT, quoted};

use super::body::hex_digits;
use super::delivery::{ChangedBody, Delivery, DeliveryContent};

/// A writer of deliveries as lines.
#[derive(Clone, Debug)]
pub struct DeliveryWriter {
    encoder: Encoder,
    sent: TimeText,
    received: TimeText,
}

/// The name of the member that tells deliveries apart: the true id of the event, and the number of the copy.
pub const DELIVERY_ID: &str = "delivery_id";

impl DeliveryWriter {
    /// The members of a line of deliveries, and what they are. `body` is an object, and where there is none `raw` or
    /// `raw_hex` stands in its place.
    pub const COLUMNS: [(&str, ValueType); 6] = [
        (RECEIVED_AT, ValueType::DateTime),
        (DELIVERY_ID, ValueType::Text),
        ("user_id", ValueType::Text),
        ("body", ValueType::Any),
        ("raw", ValueType::Text),
        ("raw_hex", ValueType::Text),
    ];

    /// The names of the columns.
    pub fn column_names() -> [&'static str; 6] {
        Self::COLUMNS.map(|(name, _)| name)
    }

    /// A writer of what arrives of the events of `model`, by its seed.
    pub fn new(model: &Model) -> Self {
        let (sent, received) = (TimeText::default(), TimeText::default());
        Self { encoder: Encoder::new(model), sent, received }
    }

    /// Appends the line that a log of arrivals has: the event with `sent_at` and `received_at`, or the bytes that
    /// arrived if they are no JSON object.
    pub fn write_log(&mut self, delivery: &Delivery, out: &mut Vec<u8>) {
        if self.body(delivery, out) {
            out.pop();
            out.extend_from_slice(b",\"received_at\":\"");
            out.extend_from_slice(self.received.show(delivery.received_at));
            out.extend_from_slice(b"\"}");
        }
        out.push(b'\n');
    }

    /// Appends a line that says when to send what: `received_at`, `delivery_id`, `user_id`, and `body`; or `raw`, a
    /// text, or `raw_hex`, if that is no JSON object.
    pub fn write_envelope(&mut self, delivery: &Delivery, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"received_at\":\"");
        out.extend_from_slice(self.received.show(delivery.received_at));
        let id = format!("\",\"delivery_id\":\"{}-{:02}\"", delivery.id, delivery.copy);
        out.extend_from_slice(id.as_bytes());
        let user = format!(",\"user_id\":\"{}\"", event::user_id(delivery.user_code));
        out.extend_from_slice(user.as_bytes());
        match &delivery.content {
            DeliveryContent::Body(body) if !body.is_object => {
                let raw = match std::str::from_utf8(&body.bytes) {
                    Ok(text) => format!(",\"raw\":{}", quoted(text)),
                    Err(_) => format!(",\"raw_hex\":\"{}\"", hex_digits(&body.bytes)),
                };
                out.extend_from_slice(raw.as_bytes());
            }
            _ => {
                out.extend_from_slice(b",\"body\":");
                self.body(delivery, out);
            }
        }
        out.extend_from_slice(b"}\n");
    }

    /// Appends what is sent. True if it is a JSON object.
    fn body(&mut self, delivery: &Delivery, out: &mut Vec<u8>) -> bool {
        match &delivery.content {
            DeliveryContent::True(record, sent_at) => {
                self.encoder.encode(record, out);
                out.truncate(out.len() - b"}\n".len());
                out.extend_from_slice(b",\"sent_at\":\"");
                out.extend_from_slice(self.sent.show(*sent_at));
                out.extend_from_slice(b"\"}");
                true
            }
            DeliveryContent::Body(body) => {
                let ChangedBody { bytes, is_object } = &**body;
                out.extend_from_slice(bytes);
                *is_object
            }
        }
    }
}
