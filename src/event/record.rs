//! The compact form of an event, in which it is queued.

use std::cmp::Ordering;
use std::num::NonZero;

use crate::time::VirtualTime;

use super::built_in::BuiltIn;
use super::field::Field;
use super::id::{SessionBits, UuidV7, hex};

/// The kind of an event, as an index into the model's event types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind(u16);

impl Kind {
    pub(crate) const SESSION_CREATED: Self = Self(0);
    pub(crate) const SESSION_ENDED: Self = Self(1);
    pub(crate) const PAGE_VISITED: Self = Self(2);
    pub(crate) const PAGE_CLOSED: Self = Self(3);
    pub(crate) const BUTTON_CLICKED: Self = Self(4);
    /// A link that leads to the session's next page.
    pub(crate) const LINK_ONWARD: Self = Self(5);
    /// A link that opens elsewhere.
    pub(crate) const LINK_ELSEWHERE: Self = Self(6);

    /// The types of the kinds above, in their order; the custom ones follow.
    pub(crate) const BUILT_IN: [BuiltIn; 7] = [
        BuiltIn::SessionCreated,
        BuiltIn::SessionEnded,
        BuiltIn::PageVisited,
        BuiltIn::PageClosed,
        BuiltIn::ButtonClicked,
        BuiltIn::LinkClick,
        BuiltIn::LinkClick,
    ];

    /// The kinds that are no actions on a page.
    pub(crate) const NO_ACTIONS: [Self; 5] = [
        Self::SESSION_CREATED,
        Self::SESSION_ENDED,
        Self::PAGE_VISITED,
        Self::PAGE_CLOSED,
        Self::LINK_ONWARD,
    ];

    /// The `index`-th custom event.
    pub(crate) const fn custom(index: u16) -> Self {
        Self(Self::BUILT_IN.len() as u16 + index)
    }

    /// Its place among the model's event types.
    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A page, as an index into the model's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page(NonZero<u16>);

impl Page {
    /// The page at `index`, of which there are at most 65,534.
    #[inline]
    pub(crate) const fn new(index: u16) -> Self {
        Self(NonZero::<u16>::MIN.saturating_add(index))
    }

    /// Its place among the model's pages.
    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The particulars of an event beside kind and page, as an index into the model's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    None,
    /// The step of a journey that a visited page is.
    Step(u16),
    /// The button that is clicked.
    Button(u16),
    /// The page that a link leads to.
    Onward(Page),
    /// The page that a link opens elsewhere.
    Elsewhere(Page),
    /// The variant of the experiment to which a user is exposed.
    Variant(u16),
    /// The bits of what is known of the user where a session begins, which no line says.
    Accounts(u16),
}

/// Everything that an event says but for who and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordContent {
    pub(crate) kind: Kind,
    /// None for `SESSION_CREATED` and `SESSION_ENDED`.
    pub(crate) page: Option<Page>,
    pub(crate) detail: Detail,
}

impl RecordContent {
    /// An event of the session itself, which is on no page.
    pub(crate) const fn of_session(kind: Kind) -> Self {
        Self { kind, page: None, detail: Detail::None }
    }
}

/// An event as the bytes that hold all that its line says, with names as indices into the model's
/// tables: so the queue moves it, and the encoder writes it, without touching anything else.
///
/// Records compare by time and user, which tells the events of one timeline apart.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(crate) time: VirtualTime,
    pub(crate) session: SessionBits,
    /// The 32 bits of the user's id, which order users at the same time.
    pub(crate) user_code: u32,
    /// The event's number in its session, from 0.
    pub(crate) number: u32,
    pub(crate) content: RecordContent,
}

const _: () = assert!(size_of::<Record>() == 32);

/// Characters of the id of a user, and of that of a session.
const USER_ID_LEN: usize = 13;
const SESSION_ID_LEN: usize = 20;

impl Record {
    /// The time of the event.
    #[inline]
    pub fn time(&self) -> VirtualTime {
        self.time
    }

    /// The index of the event's type in [`Model::event_types`](crate::Model::event_types).
    #[inline]
    pub fn event_type_index(&self) -> usize {
        self.content.kind.index()
    }

    /// The place of the event's name of a field among all names that the field has in its model, which are those of
    /// [`RecordValues::names`](crate::wire::RecordValues::names); none if it has none.
    #[inline]
    pub fn name_index(&self, field: Field) -> Option<usize> {
        let RecordContent { kind, page, detail } = self.content;
        match (field, detail) {
            (Field::EventType, _) => Some(kind.index()),
            (Field::PagePath, _) => page.map(Page::index),
            (Field::ButtonId, Detail::Button(button)) => Some(usize::from(button)),
            _ => None,
        }
    }

    /// The text of the event's id.
    #[inline]
    pub fn event_id_text(&self) -> [u8; UuidV7::LEN] {
        let mut text = UuidV7::ZERO;
        self.event_id().overwrite(&mut text);
        text
    }

    /// The text of the user's id.
    #[inline]
    pub fn user_id_text(&self) -> [u8; USER_ID_LEN] {
        let mut text = *b"user_00000000";
        text[5..].copy_from_slice(&hex(self.user_code));
        text
    }

    /// A number that tells the session's id from those of all others.
    #[inline]
    pub fn session_code(&self) -> u64 {
        self.session.code()
    }

    /// The text of the session's id.
    #[inline]
    pub fn session_id_text(&self) -> [u8; SESSION_ID_LEN] {
        let mut text = *b"session_000000000000";
        text[8..].copy_from_slice(&self.event_id().last_group());
        text
    }

    /// The event's id: its time, its number and its session's bits.
    #[inline]
    pub(crate) fn event_id(&self) -> UuidV7 {
        UuidV7::new(self.time.as_millis(), self.number, self.session.all())
    }

    /// The order of a timeline: by `event_time`, then `user_id`, which anyone can check in the file; then
    /// `session_id` where some events do not say the user. A user's times strictly increase, so it is total.
    #[inline]
    pub(crate) fn key(&self) -> (VirtualTime, u64) {
        let may_be_unknown = self.session.user_may_be_unknown();
        let then = if may_be_unknown { self.session.code() } else { u64::from(self.user_code) };
        (self.time, then)
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Record {}

impl PartialOrd for Record {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Record {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_their_indices() {
        for index in [0, 1, 65_534] {
            assert_eq!(Page::new(index).index(), usize::from(index));
        }
    }
}
