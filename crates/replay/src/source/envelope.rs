//! Deliveries: lines that say when to send what.

use std::borrow::Cow;

use event_simulator::time::VirtualTime;
use event_simulator::wire::{RECEIVED_AT, scan};

use crate::records::bytes_of_hex;

/// What every delivery begins with.
const PREFIX: &[u8] = br#"{"received_at":""#;

/// A delivery: when, by whom, and what is sent, byte for byte.
pub(super) struct DeliveryLine<'a> {
    pub(super) received_at: VirtualTime,
    /// The id of the true user, as it stands.
    pub(super) user: Option<&'a [u8]>,
    pub(super) body: Cow<'a, [u8]>,
}

impl<'a> DeliveryLine<'a> {
    /// The delivery that a line is; none of any other line.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        if !line.starts_with(PREFIX) {
            return None;
        }
        let members = [RECEIVED_AT, "delivery_id", "user_id", "body", "raw", "raw_hex"];
        let [time, id, user, body, raw, hex] = scan::members(line, members).ok()?;
        // An event of somebody else's may begin so too.
        id?;
        let body = match (body, raw, hex) {
            (Some(body), ..) => Cow::Borrowed(body),
            (None, Some(raw), _) => Cow::Owned(scan::text(raw).ok()?.into_owned().into_bytes()),
            (None, None, Some(hex)) => Cow::Owned(bytes_of_hex(scan::text(hex).ok()?.as_bytes())?),
            _ => return None,
        };
        Some(Self { received_at: scan::time(time?).ok()?, user, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_hold_objects_texts_and_bytes() {
        let body = |rest: &str| {
            let line = format!(
                r#"{{"received_at":"2026-01-01T00:00:01.500Z","delivery_id":"a-00","user_id":"u",{rest}}}"#
            );
            let envelope = DeliveryLine::of(line.as_bytes())?;
            assert_eq!(envelope.received_at.to_string(), "2026-01-01T00:00:01.500Z");
            assert_eq!(envelope.user, Some(&b"\"u\""[..]));
            Some(envelope.body.into_owned())
        };
        assert_eq!(body(r#""body":{"a": 1.50}"#).unwrap(), br#"{"a": 1.50}"#);
        assert_eq!(body(r#""raw":"{\"a\":\u0000""#).unwrap(), b"{\"a\":\0");
        assert_eq!(body(r#""raw_hex":"7bff""#).unwrap(), b"{\xff");
        assert_eq!(body(r#""raw_hex":"7"x""#), None);
        assert_eq!(body(r#""nothing":1"#), None);
        let event = br#"{"received_at":"2026-01-01T00:00:01.500Z","event_id":"a","body":{}}"#;
        assert!(DeliveryLine::of(event).is_none());
    }
}
