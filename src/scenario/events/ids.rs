//! The keys of ids and counters.

use serde::Serialize;

use super::word_or_group::OfWord;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{NAME, OneOf, Required, Whole};
use crate::scenario::section::{Keys, Section};

const MOST_WHOLE: i64 = 1_000_000_000_000_000;

keys! {
    /// An id: a word, `_` and hexadecimal digits.
    pub struct IdSpec {
        /// The word.
        prefix: String = String::new(), Required { kind: NAME, example: "order" };
        /// What has an id of its own: the event, its session or its user. Those of a session or a user are the same
        /// wherever the word is.
        per: IdOwner = IdOwner::Event, OneOf(&IdOwner::WORDS);
    }
}

keys! {
    /// A number that counts.
    pub struct CounterSpec {
        /// What is counted: the session's events, those of them that are of the event's type, or the user's sessions.
        of: CountedThing = CountedThing::Events, OneOf(&CountedThing::WORDS);
        /// The number of the first one.
        start: i64 = 1, Whole(-MOST_WHOLE, MOST_WHOLE);
        /// The difference from one to the next.
        step: i64 = 1, Whole(-1_000_000, 1_000_000);
    }
}

/// What an id belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdOwner {
    /// The event; in a list, the entry.
    #[default]
    Event,
    /// The session.
    Session,
    /// The user.
    User,
}

impl IdOwner {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 3] =
        [("event", Self::Event), ("session", Self::Session), ("user", Self::User)];
}

/// What a counter counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedThing {
    /// The events of the session.
    #[default]
    Events,
    /// The events of the session that are of the event's type.
    EventsOfType,
    /// The sessions of the user.
    Sessions,
}

impl CountedThing {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("events", Self::Events),
        ("events_of_type", Self::EventsOfType),
        ("sessions", Self::Sessions),
    ];
}

impl OfWord for IdSpec {
    fn of_word(prefix: String) -> Self {
        Self { prefix, ..Self::default() }
    }
}
