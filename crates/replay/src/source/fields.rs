//! The few fields of a line that replay looks at.

use std::hash::Hasher;

use bytes::{Bytes, BytesMut};

use event_simulator::time::VirtualTime;
use event_simulator::wire::scan::{self, ScanError};

use super::envelope::DeliveryLine;
use super::event_source::{SourceEvent, Span};
use super::field_path::FieldPath;
use super::time_field;
use crate::config::{Config, EventTime, ReplayPace, TargetUrl};

/// Events share memory in blocks of this size, because allocating is dear. Small, because one event
/// that waits keeps its whole block.
const BLOCK_BYTES: usize = 4 * 1024;

/// The field by which statistics count.
const TYPE_FIELD: &str = "event_type";

/// An event, or the time of one outside of the window.
pub(super) enum Windowed {
    Inside(SourceEvent),
    Outside(VirtualTime),
}

/// The fields that are looked at, and what for.
pub(super) struct Fields {
    pub(super) time: FieldPath,
    pub(super) id: FieldPath,
    pub(super) lane: Option<FieldPath>,
    /// The field that is a record's key, and whether it is the lane's too.
    key: Option<(FieldPath, bool)>,
    from: Option<VirtualTime>,
    until: Option<VirtualTime>,
    needs_time: bool,
    /// True if an event's time is told if it has one.
    wants_time: bool,
    rewrites_time: bool,
}

impl Fields {
    pub(super) fn new(config: &Config) -> Self {
        let Config { input, schedule, ordering, target, .. } = config;
        let is_kafka = matches!(target.url, TargetUrl::Kafka(_));
        let key = target.kafka.key_field.as_deref().filter(|_| is_kafka);
        let lane = ordering.lane_field.as_deref();
        let has_window = schedule.from.is_some() || schedule.until.is_some();
        let follows_times = matches!(schedule.pace, ReplayPace::Speed(_));
        Self {
            time: FieldPath::new(&input.time_field),
            id: FieldPath::new(&input.id_field),
            lane: lane.map(FieldPath::new),
            key: key.map(|name| (FieldPath::new(name), lane == Some(name))),
            wants_time: is_kafka,
            from: schedule.from,
            until: schedule.until,
            needs_time: has_window || follows_times || schedule.event_time == EventTime::Shift,
            rewrites_time: schedule.event_time != EventTime::Original,
        }
    }

    /// The event of a line, its body in `block`.
    pub(super) fn event(
        &self,
        position: u64,
        line: &[u8],
        block: &mut BytesMut,
    ) -> Result<Windowed, String> {
        let [time, id, lane, event_type] = self.values(line).map_err(|error| error.to_string())?;
        let when = if self.needs_time {
            Some(self.time_of(time)?)
        } else {
            time.filter(|_| self.wants_time).and_then(|time| time_field::read(time).ok())
        };
        if let Some(when) = when.filter(|when| self.is_outside(*when)) {
            return Ok(Windowed::Outside(when));
        }
        if self.rewrites_time && time.is_none() {
            return Err(format!("there is no {:?} to rewrite", self.time.name));
        }
        let body = copied(line, block);
        let span = |part: &[u8]| Span::of(part, line);
        let lane = lane.filter(|key| self.lane.is_some() && *key != b"null");
        let key = match &self.key {
            Some((_, true)) => lane,
            Some((field, false)) => field.of(line).map_err(|error| error.to_string())?,
            None => None,
        };
        Ok(Windowed::Inside(SourceEvent {
            position,
            time: when,
            lane: lane.map(hash),
            time_value: time.map(span),
            id: id.map(|id| span(id).unquoted(line)),
            key: key.filter(|key| *key != b"null").map(span),
            event_type: event_type.map(|name| span(name).unquoted(line)),
            body,
            is_delivery: false,
        }))
    }

    /// The event of a delivery, which is due when it arrives and is sent as it is.
    pub(super) fn delivered(
        &self,
        position: u64,
        envelope: &DeliveryLine<'_>,
        block: &mut BytesMut,
    ) -> Windowed {
        let DeliveryLine { received_at, user, body: line } = envelope;
        if self.is_outside(*received_at) {
            return Windowed::Outside(*received_at);
        }
        // Of a body that is no event nothing is known.
        let [_, id, _, event_type] = self.values(line).unwrap_or_default();
        let span = |part: &[u8]| Span::of(part, line);
        let key = self.key.as_ref().and_then(|(field, _)| field.of(line).ok().flatten());
        Windowed::Inside(SourceEvent {
            position,
            time: Some(*received_at),
            lane: user.filter(|_| self.lane.is_some()).map(hash),
            // So that it is sent byte for byte, whatever becomes of the times of events.
            time_value: None,
            id: id.map(|id| span(id).unquoted(line)),
            key: key.filter(|key| *key != b"null").map(span),
            event_type: event_type.map(|name| span(name).unquoted(line)),
            body: copied(line, block),
            is_delivery: true,
        })
    }

    fn is_outside(&self, when: VirtualTime) -> bool {
        self.from.is_some_and(|from| when < from) || self.until.is_some_and(|until| when >= until)
    }

    fn time_of(&self, value: Option<&[u8]>) -> Result<VirtualTime, String> {
        let value = value.ok_or_else(|| format!("there is no {:?}", self.time.name))?;
        time_field::read(value).map_err(|reason| format!("{:?}: {reason}", self.time.name))
    }

    /// The values of time, identity, lane and type.
    #[inline]
    pub(super) fn values<'a>(&self, line: &'a [u8]) -> Result<[Option<&'a [u8]>; 4], ScanError> {
        // A member may be asked for twice; so one that stands in for a lane is found, and not used.
        let lane_field = self.lane.as_ref().unwrap_or(&self.id);
        let names = [&*self.time.name, &self.id.name, &lane_field.name, TYPE_FIELD];
        let [time, id, lane, event_type] = scan::members(line, names)?;
        Ok([
            self.time.or_nested(line, time)?,
            self.id.or_nested(line, id)?,
            lane_field.or_nested(line, lane)?,
            event_type,
        ])
    }
}

/// A copy of a line in the memory of a block.
fn copied(line: &[u8], block: &mut BytesMut) -> Bytes {
    if block.capacity() < line.len() {
        block.reserve(line.len().max(BLOCK_BYTES));
    }
    block.extend_from_slice(line);
    block.split().freeze()
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: &str, adapt: impl FnOnce(&mut Config)) -> SourceEvent {
        let mut config = Config::default();
        config.schedule.pace = ReplayPace::Max;
        adapt(&mut config);
        let fields = Fields::new(&config);
        match fields.event(1, line.as_bytes(), &mut BytesMut::new()).unwrap() {
            Windowed::Inside(event) => event,
            Windowed::Outside(time) => panic!("{time}"),
        }
    }

    #[test]
    fn a_lane_may_be_any_field_or_none() {
        let line = r#"{"":"e","user_id":"u","event_id":"i","event_type":"t"}"#;
        let lane = |field: Option<&str>| {
            let field = field.map(str::to_owned);
            event(line, |config| config.ordering.lane_field = field)
        };
        for (field, has_lane) in [
            (Some("user_id"), true),
            (Some("event_id"), true),
            (Some(""), true),
            (Some("x"), false),
        ] {
            let found = lane(field);
            assert_eq!(found.lane.is_some(), has_lane, "{field:?}");
            assert_eq!((found.id(), found.event_type()), (Some(&b"i"[..]), &b"t"[..]));
        }
        assert_eq!(lane(None).lane, None);
        assert_eq!(lane(Some("user_id")).lane, lane(Some("user_id")).lane);
        assert_ne!(lane(Some("user_id")).lane, lane(Some("event_id")).lane);
    }

    #[test]
    fn one_field_may_be_all_that_is_asked_for() {
        let found = event(r#"{"n": 7, "event_type": "t"}"#, |config| {
            config.input.id_field = "n".into();
            config.input.time_field = "n".into();
            config.ordering.lane_field = Some("n".to_owned());
            config.schedule.event_time = EventTime::Shift;
        });
        assert_eq!(
            (found.id(), found.time.map(VirtualTime::as_millis)),
            (Some(&b"7"[..]), Some(7_000))
        );
        assert!(found.lane.is_some());
    }

    #[test]
    fn a_key_is_found_where_a_target_asks_for_it() {
        let key = |url: &str, field: &str| {
            let found = event(r#"{"user_id":"u","n":{"k":7},"x":null}"#, |config| {
                config.target.url = url.parse().unwrap();
                config.target.kafka.key_field = Some(field.to_owned());
            });
            found.key.map(|key| String::from_utf8(found.body[key.range()].to_vec()).unwrap())
        };
        assert_eq!(key("kafka://h/t", "user_id").as_deref(), Some(r#""u""#));
        assert_eq!(key("kafka://h/t", "n.k").as_deref(), Some("7"));
        assert_eq!(key("kafka://h/t", "x"), None);
        assert_eq!(key("kafka://h/t", "y"), None);
        assert_eq!(key("http://h/t", "user_id"), None);
    }

    #[test]
    fn a_null_lane_has_no_order_to_keep() {
        assert_eq!(event(r#"{"user_id": null}"#, |_| ()).lane, None);
    }

    #[test]
    fn a_lane_within_an_object_keeps_its_order() {
        let lane = |line: &str| {
            event(line, |config| config.ordering.lane_field = Some("a.b".to_owned())).lane
        };
        assert!(lane(r#"{"a":{"b":1}}"#).is_some());
        assert_eq!(lane(r#"{"a":{"b":1}}"#), lane(r#"{"x":1,"a":{"c":2,"b":1}}"#));
        assert_ne!(lane(r#"{"a":{"b":1}}"#), lane(r#"{"a":{"b":2}}"#));
    }
}
