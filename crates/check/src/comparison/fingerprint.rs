//! Events as numbers: the hashes of their fields.
//!
//! What was matched and has not the same fingerprint is compared field by field.

use event_simulator::event::{Field, FieldKind};
use event_simulator::time::VirtualTime;
use event_simulator::wire::scan;

use super::hashing::{NOTHING, hash, mix};
use super::json_value::hash_of_value;
use super::raw_event::RawEvent;
use super::scope::FieldScope;

/// The time of an event that has none, or one that is not compared.
const NO_TIME: u64 = u64::MAX;

/// The fields that say what was done, and by whom.
pub(super) const CONTENT: [Field; 5] =
    [Field::EventType, Field::UserId, Field::SessionId, Field::PagePath, Field::ButtonId];

/// The hashes and the time that an event is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// The user, or the session if the user is not said.
    pub(super) user: u64,
    pub(super) session: u64,
    id: u64,
    /// Type, user, session, page and button.
    pub(super) content: u64,
    /// All else but ids and time, and what is no text in a field that should be one.
    pub(super) rest: u64,
    time: u64,
}

/// The ids of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdField {
    /// `event_id`.
    Event,
    /// `props.event_id`.
    Props,
}

/// The hash of an id; none if it is not there or empty, because it tells no event from another.
pub(super) fn hash_of_id(event: &RawEvent<'_>, field: IdField) -> Option<u64> {
    let raw = match field {
        IdField::Event => event.get(Field::EventId),
        IdField::Props => event.props_id(),
    };
    raw.filter(|raw| *raw != b"\"\"").map(hash_of_text)
}

/// The hash of a text, or of what stands in the place of one.
fn hash_of_text(raw: &[u8]) -> u64 {
    if let [b'"', plain @ .., b'"'] = raw
        && memchr::memchr(b'\\', plain).is_none()
    {
        return hash(plain);
    }
    scan::text(raw).map_or_else(|_| hash(raw), |text| hash(text.as_bytes()))
}

/// The hash of a field of [`CONTENT`].
pub(super) fn hash_of_field(event: &RawEvent<'_>, field: Field, scope: &FieldScope) -> u64 {
    match event.get(field) {
        Some(raw) if !scope.ignores(field.name().as_bytes()) => hash_of_text(raw),
        _ => NOTHING,
    }
}

impl Fingerprint {
    pub(super) const NUMBERS: usize = 6;

    pub(super) fn of(event: &RawEvent<'_>, id: Option<u64>, scope: &FieldScope) -> Self {
        let content = CONTENT.map(|field| hash_of_field(event, field, scope));
        let [_, user, session, ..] = content;
        let time = event.time().map(VirtualTime::as_millis);
        Self {
            user: if user == NOTHING { session } else { user },
            session,
            id: id.unwrap_or(NOTHING),
            content: mix(content),
            rest: hash_of_rest(event, time.is_some(), scope),
            time: time.unwrap_or(NO_TIME),
        }
    }

    /// The same with another id.
    pub(super) fn with_id(self, id: Option<u64>) -> Self {
        Self { id: id.unwrap_or(NOTHING), ..self }
    }

    /// The id that events are matched by, if there is one.
    pub(super) fn id(&self) -> Option<u64> {
        Some(self.id).filter(|id| *id != NOTHING)
    }

    /// The id, or if there is none something that spreads.
    pub(super) fn id_or_content(&self) -> u64 {
        self.id().unwrap_or_else(|| self.content_in_time())
    }

    /// The content and the time as one.
    pub(super) fn content_in_time(&self) -> u64 {
        mix([self.content, self.time])
    }

    /// Everything that is compared but the id; the time only if it is.
    pub(super) fn body(&self, times_compared: bool) -> u64 {
        mix([self.content, self.rest, if times_compared { self.time } else { NO_TIME }])
    }

    /// The time and the rest as one.
    pub(super) fn all_but_content(&self) -> u64 {
        mix([self.rest, self.time])
    }

    /// Milliseconds since the epoch, if the time is known.
    pub(super) fn millis(&self) -> Option<u64> {
        Some(self.time).filter(|time| *time != NO_TIME)
    }

    pub(super) fn to_numbers(self) -> [u64; Self::NUMBERS] {
        [self.user, self.session, self.id, self.content, self.rest, self.time]
    }

    pub(super) fn from_numbers(numbers: [u64; Self::NUMBERS]) -> Self {
        let [user, session, id, content, rest, time] = numbers;
        Self { user, session, id, content, rest, time }
    }
}

/// The sum of the hashes of what is neither id, content nor time, so that the order means nothing.
fn hash_of_rest(event: &RawEvent<'_>, has_time: bool, scope: &FieldScope) -> u64 {
    let mut sum = 0_u64;
    let mut add = |name: &[u8], value: u64| sum = sum.wrapping_add(mix([hash(name), value]));
    let props = Field::Props.name().as_bytes();
    match event.get(Field::Props) {
        None | Some(b"{}") => {}
        _ if scope.ignores(props) => {}
        Some(raw) => {
            let value = hash_of_object(raw, |key| scope.compares_prop(key));
            if value != NOTHING {
                add(props, value);
            }
        }
    }
    for (name, raw) in event.own() {
        if scope.compares_own(name) {
            add(name, hash_of_own(name, raw, scope));
        }
    }
    for field in Field::ALL {
        let name = field.name().as_bytes();
        let Some(raw) = event.get(field).filter(|_| !scope.ignores(name)) else { continue };
        match field.kind() {
            FieldKind::Text if raw.first() == Some(&b'"') => {}
            // That it is no text, and not which: another event's differs.
            FieldKind::Text if field == Field::EventId => add(name, NOTHING),
            FieldKind::Time if has_time => {}
            FieldKind::Json => {}
            FieldKind::Text | FieldKind::Time => add(name, hash_of_value(raw)),
        }
    }
    sum
}

/// The hash of a top-level field that only its writer knows.
pub(super) fn hash_of_own(name: &[u8], raw: &[u8], scope: &FieldScope) -> u64 {
    if !scope.ignores_within(name) || raw.first() != Some(&b'{') {
        return hash_of_value(raw);
    }
    hash_of_object(raw, |key| !scope.ignores_key(name, key))
}

/// The hash of an object by those of its keys that are compared, nothing if there is none; that of the
/// whole value if it is no object.
fn hash_of_object(raw: &[u8], is_compared: impl Fn(&[u8]) -> bool) -> u64 {
    let mut sum = 0_u64;
    let walked = scan::each_member(raw, |key, value| {
        let value = hash_of_value(value);
        if value != NOTHING && is_compared(&key) {
            sum = sum.wrapping_add(mix([hash(&key), value]));
        }
        Ok(())
    });
    if walked.is_ok() { sum } else { hash_of_value(raw) }
}
