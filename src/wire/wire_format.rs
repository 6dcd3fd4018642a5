//! The wire formats of others: what each row of their table says.

use crate::event::event_type;

use super::answers::Answers;
use super::form::Member;
use super::notation::Notation;
use super::reception::Reception;

/// A wire format of an analytics vendor or a standard, as a row of [`FORMATS`](super::FORMATS).
#[derive(Debug)]
pub struct WireFormat {
    /// The name, as in `--format` and in a manifest.
    pub name: &'static str,
    /// The name as people write it.
    pub title: &'static str,
    /// The path to which batches are sent.
    pub path: &'static str,
    /// What a receiver takes and answers beside batches at that path.
    pub reception: Reception,
    /// The media type of a request.
    pub content_type: &'static str,
    /// Where the key of the receiver's customer stands.
    pub key_place: KeyPlace,
    /// What stands around the events of a request.
    pub envelope: Envelope,
    /// What the vendor takes at most.
    pub limits: FormatLimits,
    /// What it keeps of an event.
    pub kept: KeptLimits,
    /// The member by which the vendor knows a repeated event; none if it does not.
    pub deduplication_key: Option<&'static str>,
    /// What the answers to a request mean.
    pub answers: Answers,
    /// What the format cannot say.
    pub losses: &'static [&'static str],
    /// The format of requests to the same receiver that have a header of that name.
    pub told_by_header: Option<(&'static str, &'static Self)>,
    /// How an event is written.
    pub(super) notation: Notation,
    /// The forms of events, in the order in which they are tried.
    pub(super) forms: &'static [EventForm],
    /// The ways to the members by which the forms are told apart, the most telling first.
    pub(super) told_by: &'static [&'static [&'static str]],
}

impl PartialEq for WireFormat {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for WireFormat {}

/// Where the key of the receiver's customer stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// The user of basic authentication, without a password.
    BasicUser,
    /// A member of the envelope.
    Envelope,
    /// A parameter of the URL.
    Query(&'static str),
    /// A member of each event.
    Event,
    /// The number of a site, which stands in each event, and behind a colon a token, which stands in the
    /// envelope.
    SiteAndToken,
    /// There is none.
    Nowhere,
}

/// What stands around the events of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// A JSON array.
    Array,
    /// An object with the events in a list.
    Object {
        /// The pieces before the list, the brace included.
        open: &'static [EnvelopePiece],
        /// The member that is the list.
        events: &'static str,
        /// The pieces behind the list.
        close: &'static [EnvelopePiece],
    },
    /// Nothing: a request is one event.
    Nothing,
    /// A request is one event, of which `headers` are the request's headers and `body` is its body.
    Message,
}

/// A piece of an envelope's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopePiece {
    /// JSON as it stands.
    Json(&'static str),
    /// The key, as a JSON string.
    Key,
    /// The time of sending, as a JSON string.
    Now,
    /// The token that stands in the key behind a colon, as a member of that name behind others; left out if
    /// there is none.
    TokenMember(&'static str),
}

/// The number of a site and the token that a key has, with a colon between. Without a number it is that of the
/// first site.
pub fn site_and_token(key: &str) -> (&str, &str) {
    let (site, token) = key.split_once(':').unwrap_or((key, ""));
    (if site.is_empty() { "1" } else { site }, token)
}

/// What a vendor takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatLimits {
    /// Bytes of an event.
    pub event_bytes: usize,
    /// Bytes of a request's events.
    pub batch_bytes: usize,
    /// Events of a request.
    pub batch_events: usize,
}

/// What a vendor keeps at most of an event; all of it where it says nothing. Lengths are in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptLimits {
    /// Of an event's name.
    pub event_name: Option<usize>,
    /// Of a property's name.
    pub property_name: Option<usize>,
    /// Of a text that is the value of a property.
    pub text: Option<usize>,
    /// The number of properties.
    pub properties: Option<usize>,
}

impl KeptLimits {
    /// For formats that say nothing.
    pub(super) const ALL: Self =
        Self { event_name: None, property_name: None, text: None, properties: None };
}

/// The form of some events of a format.
#[derive(Debug)]
pub(super) struct EventForm {
    pub(super) kind: FormKind,
    pub(super) members: &'static [Member],
    /// The paths at which an event has this form that does not say its kind.
    pub(super) paths: &'static [&'static str],
}

impl EventForm {
    pub(super) const fn new(kind: FormKind, members: &'static [Member]) -> Self {
        Self { kind, members, paths: &[] }
    }

    pub(super) const fn at(self, paths: &'static [&'static str]) -> Self {
        Self { paths, ..self }
    }
}

/// The events that have a form of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormKind {
    /// A page was opened.
    Page,
    /// A user became known.
    Identify,
    /// Anything, if nothing else fits.
    Any,
    /// What other programs send and we do not, and its type if it says none.
    Received(&'static str),
}

impl FormKind {
    /// The event type of a received event that does not say its own.
    pub(super) fn implied_type(self) -> Option<&'static str> {
        match self {
            Self::Page => Some(event_type::PAGE_VISITED),
            Self::Identify => Some(event_type::LOGGED_IN),
            Self::Received(name) => Some(name).filter(|name| !name.is_empty()),
            Self::Any => None,
        }
    }

    /// True if events of a type, with a page's path or without one, have this form.
    pub(super) fn fits(self, name: &[u8], has_page: bool) -> bool {
        match self {
            Self::Page => has_page && name == event_type::PAGE_VISITED.as_bytes(),
            Self::Identify => [event_type::SIGNED_UP, event_type::LOGGED_IN]
                .iter()
                .any(|known| known.as_bytes() == name),
            Self::Any => true,
            Self::Received(_) => false,
        }
    }
}
