//! Request bodies: one event as it stands, or a batch of them.

use std::io::{self, Write};

use bytes::Bytes;
use reqwest::header::HeaderValue;

use super::super::options::{BatchFormat, Compression, Options};
use super::Parcel;
use event_simulator::digest::Digest;

/// The body for these events, not compressed.
pub(super) fn encode(parcels: &[Parcel], options: &Options) -> Bytes {
    match (options.batch_format, parcels) {
        (BatchFormat::Json, [only]) if options.batch <= 1 => only.body().clone(),
        (BatchFormat::Json, _) => joined(parcels, b"[", b",", b"]"),
        (BatchFormat::Ndjson, _) => joined(parcels, b"", b"\n", b"\n"),
    }
}

fn joined(parcels: &[Parcel], open: &[u8], between: &[u8], close: &[u8]) -> Bytes {
    let bytes: usize = parcels.iter().map(|parcel| parcel.body().len() + 1).sum();
    let mut body = Vec::with_capacity(bytes + 2);
    body.extend_from_slice(open);
    for (number, parcel) in parcels.iter().enumerate() {
        if number > 0 {
            body.extend_from_slice(between);
        }
        body.extend_from_slice(parcel.body());
    }
    body.extend_from_slice(close);
    body.into()
}

/// Fast levels: what is sent once is not worth more.
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

/// What makes a repeated request known as such: the event's id, or for a batch a digest of its
/// events' ids. `None` if an event has no id.
pub(super) fn key(parcels: &[Parcel]) -> Option<HeaderValue> {
    if let [only] = parcels {
        return HeaderValue::from_maybe_shared(only.item.shared_id()?).ok();
    }
    let mut digest = Digest::default();
    for parcel in parcels {
        digest.update(parcel.item.id()?);
        digest.update(b"\n");
    }
    HeaderValue::from_str(&digest.finish()).ok()
}
