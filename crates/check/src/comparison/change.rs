//! The fields in which one event differs from another.

use std::borrow::Cow;
use std::fmt;

use event_simulator::event::{Field, FieldKind};
use event_simulator::wire::scan;

use crate::delimited::is_null;

use super::event_ref::EventRef;
use super::event_store::KeyedEvent;
use super::fingerprint::hash_of_own;
use super::hashing::NOTHING;
use super::json_number::JsonNumber;
use super::json_value::{hash_of_value, with_whole_numbers};
use super::matching::{MatchKey, Matching};
use super::raw_event::{RawEvent, time_of_value};
use super::scope::FieldScope;
use super::shown::cut_to_difference;
use super::typing::Typing;

/// A field with another value than it was sent with. Values are JSON texts as they stand, empty if there is
/// none.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// The field: `page_path`, `props.step`, ...
    pub field: String,
    /// As it was sent.
    pub sent: String,
    /// As it was received.
    pub received: String,
}

impl FieldChange {
    fn new(field: impl Into<String>, sent: Option<&[u8]>, received: Option<&[u8]>) -> Self {
        let shown = |raw: Option<&[u8]>| String::from_utf8_lossy(raw.unwrap_or(b"")).into();
        Self { field: field.into(), sent: shown(sent), received: shown(received) }
    }

    /// True if it is the time of the event.
    pub(crate) fn is_of_time(&self) -> bool {
        self.field == Field::EventTime.name()
    }
}

impl fmt::Display for FieldChange {
    /// `page_path "/a" -> "/b"`; of long values the part in which they differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, sent, received } = self;
        let [sent, received] =
            [sent, received].map(|text| Some(&**text).filter(|text| !text.is_empty()));
        let [sent, received] = cut_to_difference(sent, received);
        write!(f, "{field} {sent} -> {received}")
    }
}

/// What is compared, and how.
pub(super) struct Comparer<'s> {
    pub(super) scope: &'s FieldScope,
    pub(super) matching: Matching,
    /// For each file of received events, how far its values have types.
    pub(super) typings: Vec<Typing>,
    /// The same of the sent file.
    pub(super) sent_typing: Typing,
}

impl Comparer<'_> {
    /// True if two events are seen to be equal by their fingerprints alone.
    pub(super) fn is_equal(&self, sent: &KeyedEvent<'_>, received: &KeyedEvent<'_>) -> bool {
        let Matching { key, ids_survive, times_compared, .. } = self.matching;
        let (ours, theirs) = (&sent.fingerprint, &received.fingerprint);
        let ids_compared = ids_survive || key == MatchKey::PropsEventId;
        ours.body(times_compared) == theirs.body(times_compared)
            && (!ids_compared || ours.id() == theirs.id())
    }

    /// The fields in which `received` differs from `sent`.
    pub(super) fn changes(&self, sent: &EventRef<'_>, received: &EventRef<'_>) -> Vec<FieldChange> {
        if sent.line == received.line {
            return Vec::new();
        }
        let typing = self.typings.get(received.file as usize).copied();
        let typing = self.sent_typing.max(typing.unwrap_or(Typing::Values));
        let (ours, theirs) = (RawEvent::of_event(sent.line), RawEvent::of_event(received.line));
        let mut changes = Vec::new();
        for field in Field::ALL.into_iter().filter(|field| self.compares(*field)) {
            match (field.kind(), ours.get(field), theirs.get(field)) {
                (_, ours, theirs) if ours == theirs => {}
                (FieldKind::Json, ours, theirs) => {
                    self.props_changes(ours, theirs, typing, &mut changes);
                }
                (FieldKind::Time, Some(a), Some(b)) if is_same_time(a, b) => {}
                (_, ours, theirs) if is_same(ours, theirs, typing) => {}
                (_, ours, theirs) => changes.push(FieldChange::new(field.name(), ours, theirs)),
            }
        }
        if self.matching.key == MatchKey::PropsEventId {
            let (ours, theirs) = (ours.get(Field::EventId), theirs.props_id());
            if !is_same(ours, theirs, typing) {
                changes.push(FieldChange::new("props.event_id", ours, theirs));
            }
        }
        self.own_changes(&ours, &theirs, typing, &mut changes);
        changes
    }

    fn compares(&self, field: Field) -> bool {
        let is_replaced = field == Field::EventId && !self.matching.ids_survive
            || field == Field::EventTime && !self.matching.times_compared;
        !is_replaced && !self.scope.ignores(field.name().as_bytes())
    }

    fn own_changes(
        &self,
        ours: &RawEvent<'_>,
        theirs: &RawEvent<'_>,
        typing: Typing,
        changes: &mut Vec<FieldChange>,
    ) {
        let added = theirs.own().iter().filter(|(name, _)| ours.own_value(name).is_none());
        let names = ours.own().iter().chain(added).map(|(name, _)| name);
        for name in names.filter(|name| self.scope.compares_own(name)) {
            let (a, b) = (ours.own_value(name), theirs.own_value(name));
            let hash =
                |raw: Option<&[u8]>| raw.map_or(NOTHING, |raw| hash_of_own(name, raw, self.scope));
            if hash(a) != hash(b) && !self.is_same_own(name, (a, b), typing) {
                changes.push(FieldChange::new(String::from_utf8_lossy(name), a, b));
            }
        }
    }

    /// True if a field is the same to a file that does not tell all types.
    fn is_same_own(
        &self,
        name: &[u8],
        (ours, theirs): (Option<&[u8]>, Option<&[u8]>),
        typing: Typing,
    ) -> bool {
        let whole = |raw: Option<&[u8]>| raw.map(with_whole_numbers);
        match typing {
            Typing::Values => false,
            Typing::Columns => {
                let hash = |raw: Option<Vec<u8>>| {
                    raw.map_or(NOTHING, |raw| hash_of_own(name, &raw, self.scope))
                };
                hash(whole(ours)) == hash(whole(theirs))
            }
            Typing::Texts => is_same_text(ours, theirs),
        }
    }

    fn props_changes(
        &self,
        sent: Option<&[u8]>,
        received: Option<&[u8]>,
        typing: Typing,
        changes: &mut Vec<FieldChange>,
    ) {
        // Where all is text, this is text of JSON, whose values have types.
        let typing = if typing == Typing::Texts { Typing::Values } else { typing };
        let (Some(ours), Some(theirs)) = (members(sent), members(received)) else {
            if !is_same(sent, received, typing) {
                changes.push(FieldChange::new(Field::Props.name(), sent, received));
            }
            return;
        };
        let added = theirs.iter().filter(|(key, _)| value_in(&ours, key).is_none());
        let keys = ours.iter().chain(added).map(|(key, _)| key);
        for key in keys.filter(|key| self.scope.compares_prop(key)) {
            let (a, b) = (value_in(&ours, key), value_in(&theirs, key));
            if !is_same(a, b, typing) {
                let name = format!("{}.{}", Field::Props.name(), String::from_utf8_lossy(key));
                changes.push(FieldChange::new(name, a, b));
            }
        }
    }
}

/// The members of an object, each with its name.
pub(super) type Members<'a> = Vec<(Cow<'a, [u8]>, &'a [u8])>;

/// The members of an object; none of what is no object.
pub(super) fn members(raw: Option<&[u8]>) -> Option<Members<'_>> {
    let mut members = Vec::new();
    if let Some(raw) = raw {
        let walked = scan::each_member(raw, |key, value| {
            members.push((key, value));
            Ok(())
        });
        walked.ok()?;
    }
    Some(members)
}

/// The value of a member.
pub(super) fn value_in<'a>(members: &Members<'a>, key: &[u8]) -> Option<&'a [u8]> {
    // Of a key that stands twice most readers take the last value.
    members.iter().rfind(|(name, _)| **name == *key).map(|(_, value)| *value)
}

fn is_same(ours: Option<&[u8]>, theirs: Option<&[u8]>, typing: Typing) -> bool {
    let hash = |raw: Option<&[u8]>| raw.map_or(NOTHING, hash_of_value);
    let hash_of_number =
        |raw: Option<&[u8]>| raw.map_or(NOTHING, |raw| hash_of_value(&with_whole_numbers(raw)));
    hash(ours) == hash(theirs)
        || match typing {
            Typing::Values => false,
            Typing::Columns => hash_of_number(ours) == hash_of_number(theirs),
            Typing::Texts => is_same_text(ours, theirs),
        }
}

/// True for values that a table of texts cannot tell apart.
fn is_same_text(ours: Option<&[u8]>, theirs: Option<&[u8]>) -> bool {
    let text = |raw: Option<&[u8]>| match raw {
        Some(raw) => scan::text(raw)
            .map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), Cow::into_owned),
        None => String::new(),
    };
    let (ours, theirs) = (text(ours), text(theirs));
    let is_truth = |text: &str| matches!(text, "true" | "false");
    let number = |text: &str| JsonNumber::of(text.as_bytes());
    ours == theirs
        || is_null(&ours) && is_null(&theirs)
        || is_truth(&ours) && ours.eq_ignore_ascii_case(&theirs)
        || number(&ours).zip(number(&theirs)).is_some_and(|(a, b)| a.is_same_value(&b))
        || hash_of_value(ours.as_bytes()) == hash_of_value(theirs.as_bytes())
}

fn is_same_time(a: &[u8], b: &[u8]) -> bool {
    time_of_value(a).is_some_and(|time| time_of_value(b) == Some(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::config::CompareOptions;
    use crate::comparison::event_ref::Side;

    const SENT: &str = r#"{"event_id":"1","event_time":"2026-01-01T00:00:00.120Z","event_type":"a","user_id":"u","session_id":"s","props":{"step":2},"own":1}"#;

    fn changes_of(sent: &str, received: &str, ignore: &[&str], typing: Typing) -> Vec<String> {
        let mut scope = FieldScope::new(&CompareOptions {
            ignore: ignore.iter().map(|name| (*name).to_owned()).collect(),
            ..CompareOptions::default()
        });
        scope.observe_sent(&RawEvent::of_event(sent.as_bytes()));
        let matching = Matching {
            key: MatchKey::EventId,
            ids_survive: true,
            times_survive: true,
            times_compared: true,
        };
        let typings = vec![typing];
        let comparer = Comparer { scope: &scope, matching, typings, sent_typing: Typing::Values };
        let at = |line, side| EventRef { line, side, file: 0, number: 1, order: 0 };
        let sent = at(sent.as_bytes(), Side::Sent);
        let changes = comparer.changes(&sent, &at(received.as_bytes(), Side::Received));
        changes.into_iter().map(|c| format!("{}: {} -> {}", c.field, c.sent, c.received)).collect()
    }

    fn changed(from: &str, to: &str) -> Vec<String> {
        let received = SENT.replace(from, to);
        assert_ne!(received, SENT);
        changes_of(SENT, &received, &[], Typing::Values)
    }

    #[test]
    fn what_means_the_same_is_not_a_change() {
        for (from, to) in [
            ("{\"event_id\"", "{ \"event_id\""),
            ("\"session_id\":\"s\"", "\"session_id\":\"\\u0073\",\"page_path\":null,\"x\":1"),
            ("2026-01-01T00:00:00.120Z", "2026-01-01 00:00:00.12+00"),
            ("\"step\":2", "\"step\": 2, \"event_id\": \"1\""),
            ("\"step\":2", "\"step\":2,\"href\":null"),
            ("\"step\":2", "\"step\":2e0"),
        ] {
            assert_eq!(changed(from, to), Vec::<String>::new(), "{to}");
        }
    }

    #[test]
    fn texts_that_are_no_times_are_compared_as_texts() {
        let line = |time: &str| SENT.replace("2026-01-01T00:00:00.120Z", time);
        assert_eq!(changes_of(&line("soon"), &line("later"), &[], Typing::Values).len(), 1);
    }

    #[test]
    fn every_field_is_compared() {
        for (from, to, message) in [
            ("\"u\"", "\"v\"", "user_id: \"u\" -> \"v\""),
            ("\"u\"", "7", "user_id: \"u\" -> 7"),
            ("\"1\"", "null", "event_id: \"1\" -> "),
            (
                ".120Z",
                ".119Z",
                "event_time: \"2026-01-01T00:00:00.120Z\" -> \"2026-01-01T00:00:00.119Z\"",
            ),
            ("\"step\":2", "\"step\":2.0", "props.step: 2 -> 2.0"),
            ("\"step\":2", "\"step\":2,\"y\":1", "props.y:  -> 1"),
            ("{\"step\":2}", "\"{}\"", "props: {\"step\":2} -> \"{}\""),
            ("\"own\":1", "\"own\":\"1\"", "own: 1 -> \"1\""),
            (",\"own\":1", "", "own: 1 -> "),
        ] {
            assert_eq!(changed(from, to), [message], "{to}");
        }
    }

    #[test]
    fn values_are_shown_as_they_stand_cut_where_they_differ() {
        let shown = |sent: &str, received: &str| {
            FieldChange::new("x", Some(sent.as_bytes()), Some(received.as_bytes())).to_string()
        };
        assert_eq!(shown("123456789012345678901", ""), "x 123456789012345678901 -> nothing");
        let long = |end: &str| format!("{}{end}{}", "a".repeat(200), "b".repeat(200));
        let text = shown(&long("1"), &long("2"));
        assert!(
            text.starts_with("x ...aaaa") && text.contains("a1b") && text.contains("a2b"),
            "{text}"
        );
        assert!(text.chars().count() < 200, "{text}");
    }

    #[test]
    fn what_is_to_be_ignored_is_no_change() {
        let received = SENT.replace("\"step\":2", "\"step\":3").replace("\"own\":1", "\"own\":2");
        let none = Vec::<String>::new();
        assert_eq!(changes_of(SENT, &received, &["props.step", "own"], Typing::Values), none);
        assert_eq!(changes_of(SENT, &received, &["props", "own"], Typing::Values), none);
        assert_eq!(changes_of(SENT, &received, &["own"], Typing::Values), ["props.step: 2 -> 3"]);
    }

    #[test]
    fn a_column_of_numbers_does_not_tell_which_are_whole() {
        let sent = SENT.replace(":2}", ":2,\"items\":[{\"price\":900},{\"price\":1.5}]}");
        let received = SENT
            .replace(":2}", ":2.0,\"items\":[{\"price\":900.0},{\"price\":1.5}]}")
            .replace("\"own\":1", "\"own\":1.0");
        assert_eq!(changes_of(&sent, &received, &[], Typing::Columns), Vec::<String>::new());
        assert_eq!(changes_of(&sent, &received, &[], Typing::Values).len(), 3);
        let other = received.replace("900.0", "900.5");
        assert_eq!(changes_of(&sent, &other, &[], Typing::Columns).len(), 1);
    }

    #[test]
    fn a_table_of_texts_has_no_types() {
        for (json, cell) in
            [("1", "\"1.0\""), ("\"007\"", "7"), ("true", "\"True\""), ("\"\"", "null")]
        {
            let (sent, received) = (
                SENT.replace(":1}", &format!(":{json}}}")),
                SENT.replace(":1}", &format!(":{cell}}}")),
            );
            let expected = usize::from(json == "\"007\"");
            assert_eq!(
                changes_of(&sent, &received, &[], Typing::Texts).len(),
                expected,
                "{json} {cell}"
            );
        }
    }
}
