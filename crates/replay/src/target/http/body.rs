//! Request bodies: one event as it stands, or a batch of them.

use std::io::{self, Write};

use bytes::Bytes;
use event_simulator::digest::Digest;
use event_simulator::wire::{EventMessage, WireFormat};
use event_simulator_timeline::Compression;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::schedule::{ScheduledEvent, wall_time};
use crate::target::joined::{joined, lines};

/// Form of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyFormat {
    /// One event as it stands.
    Single,
    /// A JSON array.
    Array,
    /// A line for each event.
    Lines,
    /// The envelope of a wire format, with its key.
    Enveloped(&'static WireFormat, String),
    /// One event that has headers and a body.
    Message,
}

/// The headers and the body for these events, not compressed.
pub(super) fn encode(
    events: &[ScheduledEvent],
    format: &BodyFormat,
) -> io::Result<(HeaderMap, Bytes)> {
    let body = match (format, events) {
        (_, [only]) if only.is_raw() => only.body().clone(),
        (BodyFormat::Message, [only]) => return message(only.body()),
        (BodyFormat::Single, [only]) => only.body().clone(),
        (BodyFormat::Single | BodyFormat::Array | BodyFormat::Message, _) => {
            joined(events, b"[", b",", b"]").into()
        }
        (BodyFormat::Lines, _) => lines(events).into(),
        (BodyFormat::Enveloped(format, key), _) => {
            let (before, behind) = format.around(key, &wall_time().to_string());
            joined(events, &before, b",", &behind).into()
        }
    };
    Ok((HeaderMap::new(), body))
}

/// The headers and the body of an event that has both.
fn message(event: &Bytes) -> io::Result<(HeaderMap, Bytes)> {
    let message = EventMessage::of_object(event).map_err(io::Error::other)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &message.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        headers.insert(name, HeaderValue::from_str(value).map_err(io::Error::other)?);
    }
    Ok((headers, event.slice_ref(message.body)))
}

/// Compresses at fast levels: what is sent once is not worth more.
pub(super) fn compressed(body: Bytes, compression: Compression) -> io::Result<Bytes> {
    match compression {
        Compression::None => Ok(body),
        Compression::Zstd => zstd::bulk::compress(&body, 1).map(Bytes::from),
        Compression::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&body)?;
            gzip.finish().map(Bytes::from)
        }
    }
}

/// The key by which a repeated request is known: the event's id, or for a batch a digest of its
/// events' ids. `None` if an event has no id.
pub(super) fn key(events: &[ScheduledEvent]) -> Option<HeaderValue> {
    if let [only] = events {
        return HeaderValue::from_maybe_shared(only.event.shared_id()?).ok();
    }
    let mut digest = Digest::default();
    for event in events {
        digest.update(event.event.id()?);
        digest.update(b"\n");
    }
    HeaderValue::from_str(&digest.finish()).ok()
}
