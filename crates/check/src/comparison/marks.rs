//! What tells events apart, as numbers: hashes of their texts.
//!
//! Events are matched by 64-bit hashes alone. Two of ten million are alike by accident once in a million
//! comparisons, and then mostly stand as altered, because what was matched is compared field by field.

use foldhash::quality::FixedState;
use std::hash::BuildHasher;

use event_simulator::time::VirtualTime;
use event_simulator::wire::{EventFields, scan};

use super::fields::{raw_fields, time_value};
use super::identity::Matching;

/// The hash of what is not there.
const NOTHING: u64 = 0;

/// Hashes of an event's texts, and its time.
#[derive(Clone, Copy)]
pub(super) struct Hashes {
    pub(super) id: u64,
    props_id: u64,
    event_type: u64,
    user: u64,
    session: u64,
    page: u64,
    button: u64,
    props: u64,
    pub(super) time: Option<VirtualTime>,
}

/// What an event is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// The user, or the session if the user is not said.
    pub(super) user: u64,
    pub(super) session: u64,
    /// The id that events are matched by; 0 for none.
    pub(super) id: u64,
    /// All but ids, props and time.
    pub(super) content: u64,
    pub(super) props: u64,
    /// Milliseconds, or all ones without a time.
    pub(super) time: u64,
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

fn hash_of_props_id(props: &[u8]) -> u64 {
    if props == NO_PROPS {
        return NOTHING;
    }
    let [id] = scan::members(props, ["event_id"]).unwrap_or_default();
    hash_of_raw(id.filter(|raw| *raw != b"null"))
}

const NO_PROPS: &[u8] = b"{}";

impl Hashes {
    pub(super) fn of_fields(fields: &EventFields<'_>) -> Self {
        let optional = |text: Option<&str>| text.map_or(NOTHING, |text| hash(text.as_bytes()));
        Self {
            id: hash(fields.event_id.as_bytes()),
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

    /// Of an object that may lack any field.
    pub(super) fn of_line(line: &[u8]) -> Self {
        let [id, time, event_type, user, session, page, button, props] = raw_fields(line);
        let props = props.unwrap_or(NO_PROPS);
        let session = hash_of_raw(session);
        Self {
            id: hash_of_raw(id),
            props_id: hash_of_props_id(props),
            event_type: hash_of_raw(event_type),
            user: if user.is_some() { hash_of_raw(user) } else { session },
            session,
            page: hash_of_raw(page),
            button: hash_of_raw(button),
            props: hash(props),
            time: time.and_then(time_value),
        }
    }

    /// The hash of `event_id`, if there is one.
    pub(super) fn known_id(&self) -> Option<u64> {
        Some(self.id).filter(|id| *id != NOTHING)
    }

    /// The hash of `props.event_id`, if there is one.
    pub(super) fn known_props_id(&self) -> Option<u64> {
        Some(self.props_id).filter(|id| *id != NOTHING)
    }

    /// What kind of event it is, and of which session.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.event_type, self.session)
    }

    pub(super) fn of_sent(&self) -> Marks {
        self.marks(self.id)
    }

    pub(super) fn of_received(&self, matching: Matching) -> Marks {
        self.marks(if matching == Matching::PropsEventId { self.props_id } else { self.id })
    }

    fn marks(&self, id: u64) -> Marks {
        let content = [self.event_type, self.user, self.session, self.page, self.button];
        Marks {
            user: self.user,
            session: self.session,
            id,
            content: FixedState::default().hash_one(content),
            props: self.props,
            time: self.time.map_or(u64::MAX, VirtualTime::as_millis),
        }
    }
}

impl Marks {
    pub(super) const BYTES: usize = 48;

    pub(super) fn has_id(&self) -> bool {
        self.id != NOTHING
    }

    /// The content and the time as one.
    pub(super) fn content_in_time(&self) -> u64 {
        FixedState::default().hash_one([self.content, self.time])
    }

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let numbers = [self.user, self.session, self.id, self.content, self.props, self.time];
        for (room, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            room.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let (numbers, _) = bytes.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        let mut next = || numbers.next().unwrap_or(NOTHING);
        Self {
            user: next(),
            session: next(),
            id: next(),
            content: next(),
            props: next(),
            time: next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::Scenario;

    #[test]
    fn a_line_has_the_same_marks_however_it_is_written() {
        let model = Scenario::default().compile().unwrap();
        for event in model.simulate(1).take(300) {
            let line = serde_json::to_string(&event).unwrap();
            let fields = EventFields::of_line(line.as_bytes()).unwrap();
            let spaced =
                line.replacen("{\"event_id\":\"0", "{\"a\": 1, \"event_id\": \"\\u0030", 1);
            assert_ne!(spaced, line);
            let marks = Hashes::of_fields(&fields).of_sent();
            assert_eq!(Hashes::of_line(line.as_bytes()).of_sent(), marks);
            assert_eq!(Hashes::of_line(spaced.as_bytes()).of_sent(), marks);
            assert_eq!(Marks::from_bytes(marks.to_bytes()), marks);
        }
    }
}
