//! Events as numbers: the hashes of their texts.
//!
//! Events are matched by 64-bit hashes alone. Two of ten million are alike by accident once in a million
//! comparisons, and then mostly stand as altered, because what was matched is compared field by field.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use event_simulator::event::Field;
use event_simulator::time::VirtualTime;
use event_simulator::wire::{EventFields, scan};

use super::matching::MatchKey;
use super::raw_event::RawEvent;

/// The hash of what is not there.
const NOTHING: u64 = 0;

/// The time of an event that has none.
const NO_TIME: u64 = u64::MAX;

const NO_PROPS: &[u8] = b"{}";

/// The hashes of an event's fields, and its time.
#[derive(Clone, Copy)]
pub(super) struct FieldHashes {
    id: u64,
    props_id: u64,
    event_type: u64,
    user: u64,
    session: u64,
    page: u64,
    button: u64,
    props: u64,
    pub(super) time: Option<VirtualTime>,
}

/// The hashes and the time that an event is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// The user, or the session if the user is not said.
    pub(super) user: u64,
    pub(super) session: u64,
    id: u64,
    /// All but ids, props and time.
    pub(super) content: u64,
    pub(super) props: u64,
    time: u64,
}

fn hash(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes).max(NOTHING + 1)
}

fn hash_of_raw(raw: Option<&[u8]>) -> u64 {
    raw.map_or(NOTHING, |raw| match scan::text(raw) {
        Ok(text) => hash(text.as_bytes()),
        Err(_) => hash(raw),
    })
}

/// An id that is empty is none: it tells no event from another.
fn hash_of_id(id: &[u8]) -> u64 {
    if id.is_empty() { NOTHING } else { hash(id) }
}

fn hash_of_raw_id(raw: Option<&[u8]>) -> u64 {
    if raw == Some(b"\"\"") { NOTHING } else { hash_of_raw(raw) }
}

fn hash_of_props_id(props: &[u8]) -> u64 {
    if props == NO_PROPS {
        return NOTHING;
    }
    match scan::members(props, [Field::EventId.name()]) {
        Ok([id]) => hash_of_raw_id(id.filter(|raw| *raw != b"null")),
        Err(_) => NOTHING,
    }
}

impl FieldHashes {
    pub(super) fn of_fields(fields: &EventFields<'_>) -> Self {
        let optional = |text: Option<&str>| text.map_or(NOTHING, |text| hash(text.as_bytes()));
        Self {
            id: hash_of_id(fields.event_id.as_bytes()),
            props_id: hash_of_props_id(&fields.props),
            event_type: hash(fields.event_type.as_bytes()),
            user: hash(fields.user_id.as_bytes()),
            session: hash(fields.session_id.as_bytes()),
            page: optional(fields.page_path.as_deref()),
            button: optional(fields.button_id.as_deref()),
            props: hash(&fields.props),
            time: Some(fields.event_time),
        }
    }

    /// The hashes of an event that may lack any field.
    pub(super) fn of_raw(event: &RawEvent<'_>) -> Self {
        let hash_of = |field| hash_of_raw(event.get(field));
        let props = event.get(Field::Props).unwrap_or(NO_PROPS);
        let session = hash_of(Field::SessionId);
        let user = hash_of(Field::UserId);
        Self {
            id: hash_of_raw_id(event.get(Field::EventId)),
            props_id: hash_of_props_id(props),
            event_type: hash_of(Field::EventType),
            user: if user == NOTHING { session } else { user },
            session,
            page: hash_of(Field::PagePath),
            button: hash_of(Field::ButtonId),
            props: hash(props),
            time: event.time(),
        }
    }

    /// The hash of `event_id`, if there is one.
    pub(super) fn id(&self) -> Option<u64> {
        known(self.id)
    }

    /// The hash of `props.event_id`, if there is one.
    pub(super) fn props_id(&self) -> Option<u64> {
        known(self.props_id)
    }

    /// The event's type and its session.
    pub(super) fn type_and_session(&self) -> (u64, u64) {
        (self.event_type, self.session)
    }

    pub(super) fn of_sent(&self) -> Fingerprint {
        self.fingerprint(self.id)
    }

    pub(super) fn of_received(&self, key: MatchKey) -> Fingerprint {
        self.fingerprint(if key == MatchKey::PropsEventId { self.props_id } else { self.id })
    }

    fn fingerprint(&self, id: u64) -> Fingerprint {
        let content = [self.event_type, self.user, self.session, self.page, self.button];
        Fingerprint {
            user: self.user,
            session: self.session,
            id,
            content: FixedState::default().hash_one(content),
            props: self.props,
            time: self.time.map_or(NO_TIME, VirtualTime::as_millis),
        }
    }
}

fn known(hash: u64) -> Option<u64> {
    Some(hash).filter(|hash| *hash != NOTHING)
}

impl Fingerprint {
    pub(super) const NUMBERS: usize = 6;

    /// The id that events are matched by, if there is one.
    pub(super) fn id(&self) -> Option<u64> {
        known(self.id)
    }

    /// The content and the time as one.
    pub(super) fn content_in_time(&self) -> u64 {
        FixedState::default().hash_one([self.content, self.time])
    }

    /// Milliseconds since the epoch, if the time is known.
    pub(super) fn millis(&self) -> Option<u64> {
        Some(self.time).filter(|time| *time != NO_TIME)
    }

    pub(super) fn to_numbers(self) -> [u64; Self::NUMBERS] {
        [self.user, self.session, self.id, self.content, self.props, self.time]
    }

    pub(super) fn from_numbers(numbers: [u64; Self::NUMBERS]) -> Self {
        let [user, session, id, content, props, time] = numbers;
        Self { user, session, id, content, props, time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::Scenario;

    fn of_line(line: &str) -> Fingerprint {
        FieldHashes::of_raw(&RawEvent::of_event(line.as_bytes())).of_sent()
    }

    #[test]
    fn a_line_has_the_same_fingerprint_however_it_is_written() {
        let model = Scenario::default().compile().unwrap();
        for event in model.simulate(1).take(300) {
            let line = serde_json::to_string(&event).unwrap();
            let fields = EventFields::of_line(line.as_bytes()).unwrap();
            let spaced =
                line.replacen("{\"event_id\":\"0", "{\"a\": 1, \"event_id\": \"\\u0030", 1);
            assert_ne!(spaced, line);
            let fingerprint = FieldHashes::of_fields(&fields).of_sent();
            assert_eq!(of_line(&line), fingerprint);
            assert_eq!(of_line(&spaced), fingerprint);
            assert_eq!(Fingerprint::from_numbers(fingerprint.to_numbers()), fingerprint);
        }
    }
}
