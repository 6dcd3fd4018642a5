//! Records of events.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use event_simulator::wire::EventMessage;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use super::reports::DeliveryReport;
use crate::schedule::ScheduledEvent;

const EVENT_ID: &str = "event_id";
const EVENT_TYPE: &str = "event_type";
const CONTENT_TYPE: &str = "content-type";
const JSON: &str = "application/json";

/// The records of a batch, in its order. What of them is settled is left out of further tries.
pub(crate) struct KafkaRecords {
    pub(super) records: Vec<KafkaRecord>,
}

/// An event as it is written to a topic.
pub(super) struct KafkaRecord {
    key: Option<Bytes>,
    value: Bytes,
    timestamp: Option<i64>,
    id: Option<Bytes>,
    event_type: Option<Bytes>,
    /// Those of the wire format.
    own_headers: Vec<(String, String)>,
    is_settled: AtomicBool,
}

impl KafkaRecords {
    /// Records of events, which have headers of their own if they are messages.
    pub(super) fn of(events: &[ScheduledEvent], are_messages: bool) -> io::Result<Self> {
        let record = |event| KafkaRecord::of(event, are_messages);
        Ok(Self { records: events.iter().map(record).collect::<io::Result<_>>()? })
    }

    /// The places of those that are not settled.
    pub(super) fn unsettled(&self) -> Vec<usize> {
        let all = self.records.iter().enumerate();
        all.filter(|(_, record)| !record.is_settled.load(Ordering::Relaxed))
            .map(|(place, _)| place)
            .collect()
    }

    pub(super) fn settle(&self, place: usize) {
        self.records[place].is_settled.store(true, Ordering::Relaxed);
    }

    /// Bytes of keys and values.
    pub(super) fn bytes(&self) -> usize {
        let bytes =
            |record: &KafkaRecord| record.value.len() + record.key.as_ref().map_or(0, Bytes::len);
        self.records.iter().map(bytes).sum()
    }
}

impl KafkaRecord {
    fn of(scheduled: &ScheduledEvent, is_message: bool) -> io::Result<Self> {
        let (event, body) = (&scheduled.event, scheduled.body());
        let (own_headers, value) = if is_message && !scheduled.is_raw() {
            let message = EventMessage::of_object(body).map_err(io::Error::other)?;
            (message.record_headers().collect(), body.slice_ref(message.body))
        } else {
            (Vec::new(), body.clone())
        };
        Ok(Self {
            key: event.key.map(|key| text(&event.body, event.body.slice(key.range()))),
            value,
            own_headers,
            timestamp: scheduled.time().map(|time| time.as_millis().cast_signed()),
            id: event.shared_id(),
            event_type: event.event_type.map(|span| event.body.slice(span.range())),
            is_settled: AtomicBool::new(false),
        })
    }

    /// The record for librdkafka, which copies it.
    pub(super) fn to_topic<'a>(
        &'a self,
        topic: &'a str,
        report: Box<DeliveryReport>,
    ) -> BaseRecord<'a, [u8], [u8], Box<DeliveryReport>> {
        let mut record = BaseRecord::with_opaque_to(topic, report).payload(&*self.value);
        record.key = self.key.as_deref();
        record.timestamp = self.timestamp;
        let mut headers = OwnedHeaders::new_with_capacity(3 + self.own_headers.len());
        for (key, value) in self.headers() {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        record.headers(headers)
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let id = self.id.as_deref().map(|id| (EVENT_ID, id));
        let event_type = self.event_type.as_deref().map(|name| (EVENT_TYPE, name));
        let own = self.own_headers.iter().map(|(name, value)| (&**name, value.as_bytes()));
        [id, event_type, Some((CONTENT_TYPE, JSON.as_bytes()))].into_iter().flatten().chain(own)
    }

    /// All of it as text.
    pub(super) fn shown(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut lines = vec![match &self.key {
            Some(key) => format!("key: {}", text(key)),
            None => "no key".to_owned(),
        }];
        if let Some(timestamp) = self.timestamp {
            lines.push(format!("timestamp: {timestamp}"));
        }
        lines.extend(self.headers().map(|(name, value)| format!("{name}: {}", text(value))));
        lines.push(String::new());
        lines.push(text(&self.value));
        lines.join("\n")
    }
}

/// The text of a JSON value: a string's without quotes and escapes, any other as it stands.
fn text(whole: &Bytes, value: Bytes) -> Bytes {
    match &*value {
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
            whole.slice_ref(inner)
        }
        [b'"', ..] => match serde_json::from_slice::<Cow<'_, str>>(&value) {
            Ok(text) => Bytes::from(text.into_owned()),
            // Half of a surrogate pair is no text; its escape is at least always the same.
            Err(_) => value,
        },
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_text_of_its_value() {
        for (value, expected) in [
            (r#""user_1""#, "user_1"),
            (r#""\u00e4\"b""#, "\u{e4}\"b"),
            (r#""""#, ""),
            ("17", "17"),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r#""\ud800""#, r#""\ud800""#),
        ] {
            let whole = Bytes::from(value.to_owned());
            assert_eq!(text(&whole, whole.clone()), expected.as_bytes(), "{value}");
        }
    }
}
