//! The form of an event in a wire format, as a constant tree from which both directions follow.

use super::arrival_fields::{RECEIVED_AT, SENT_AT};
use super::fit::Fit;

/// A value within an event's form.
#[derive(Debug)]
pub(super) enum FormNode {
    /// JSON as it stands.
    Constant(&'static str),
    /// A value of the event; left out if the event has none.
    Value(EventValue),
    /// An object; left out if it has no members.
    Object(&'static [Member]),
    /// An object, also without members.
    WholeObject(&'static [Member]),
    /// A list of one value.
    ListOfOne(&'static FormNode),
    /// JSON text within a string.
    JsonText(&'static FormNode),
    /// A text as the value of a header: what is no visible ASCII character, a quote or a percent sign is
    /// percent-encoded.
    HeaderText(EventValue),
    /// An object that says its schema; where that is another's, it has the form of those members.
    Described(&'static FormNode, &'static [Member]),
    /// A list of one such object, beside which others may stand.
    Entities(&'static FormNode),
    /// JSON text in base64, which is only read.
    Base64(&'static FormNode),
}

/// A member of an object.
#[derive(Debug)]
pub(super) enum Member {
    /// A member of its own.
    Named(&'static str, FormNode),
    /// The members of an object of the event that have no place of their own in the form.
    Rest(Part),
    /// Those of them that are neither lists nor objects.
    Scalars(Part),
    /// Those of them that are.
    Nested(Part),
    /// Members that several objects have in common, none of which is a group.
    Group(&'static [Member]),
    /// What other programs say in a member that we do not write, where nothing else says it. If the object has a
    /// rest, the member stays in that too.
    Read(&'static str, FormNode),
}

/// An object of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `props`.
    Props,
    /// `user`.
    User,
    /// `device`.
    Device,
    /// `session`.
    Session,
    /// The other fields of the scenario's own.
    Own,
}

impl Part {
    /// All, in their order.
    pub(super) const ALL: [Self; 5] =
        [Self::Props, Self::User, Self::Device, Self::Session, Self::Own];

    /// The fields that are parts if they are objects with members.
    pub(super) const FIELDS: [(&'static str, Self); 3] =
        [("user", Self::User), ("device", Self::Device), ("session", Self::Session)];
}

/// A value that an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventValue {
    EventId,
    Time(Clock),
    /// The time in milliseconds as text, which counts where nothing else says one.
    DeviceTime,
    /// The same, which wins over what a collector makes of the device's time and its own: of an event that does not say
    /// when it was sent.
    TrueTime,
    EventType,
    /// `user_id`, whoever that is.
    UserId,
    /// `user_id`, unless that is the anonymous id.
    KnownUserId,
    AnonymousId,
    /// The anonymous id, or else `user_id`.
    BrowserId,
    SessionId,
    /// The digits of a session's id as a number.
    SessionNumber,
    /// A version 7 UUID of the session's first event's time and its id.
    SessionUuid,
    /// The time of the session's first event, in milliseconds.
    SessionStart,
    PagePath,
    /// The same where others have the page's title.
    PageName,
    /// The site and the path.
    PageUrl,
    /// The same, or the site alone.
    PageOrSiteUrl,
    ButtonId,
    /// A member of a part.
    Of(Part, &'static str),
    /// A member of a part, if it is a text.
    TextOf(Part, &'static str),
    /// A member of a part, if it is a time, in milliseconds as text.
    MillisOf(Part, &'static str),
    /// The width of the device's screen, or its height.
    Screen(ScreenSide),
    /// Sixteen hexadecimal digits for the browser.
    BrowserDigits,
    /// The device's address, or else one for the browser.
    ClientAddress,
    /// The device's user agent, or else one that all have.
    ClientAgent,
    /// The names of the event's own fields, which stand among its properties.
    OwnNames,
    /// The name within the address of a schema, as the event's type; only read.
    SchemaName,
    /// What the user of the format has set.
    Setting(Setting),
}

/// A side of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenSide {
    Width,
    Height,
}

/// A way of a format to write times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// `2026-01-01T00:00:00.046Z`.
    Rfc3339,
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970.
    Micros,
    /// Whole seconds since 1970.
    Seconds,
}

/// Something that is not the event's but the receiver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// The site's address.
    Site,
    /// The site's name: its address without the scheme.
    Host,
    /// The key by which the receiver knows its customer.
    Key,
    /// The site's number, which the key has before its token.
    SiteNumber,
}

/// The member of the device's that is the size of its screen, such as `412x915`.
pub(super) const SCREEN: &str = "screen";

/// A member of a part that has a place of its own, and the values that fit there.
pub(super) type PlacedMember = (Part, &'static str, Fit);

impl EventValue {
    /// The member that has its place here.
    pub(super) fn place(self) -> Option<PlacedMember> {
        match self {
            Self::Of(part, name) => Some((part, name, Fit::Any)),
            Self::TextOf(part, name) => Some((part, name, Fit::Text)),
            Self::MillisOf(part, name) => Some((part, name, Fit::Time)),
            Self::Screen(_) => Some((Part::Device, SCREEN, Fit::Sides)),
            Self::ClientAddress => Some((Part::Device, "ip", Fit::Address)),
            Self::ClientAgent => Some((Part::Device, "user_agent", Fit::Agent)),
            _ => None,
        }
    }
}

/// The members of an object, those of its groups among them.
pub(super) fn each(members: &[Member]) -> impl Iterator<Item = &Member> {
    members.iter().flat_map(|member| match member {
        Member::Group(members) => *members,
        _ => std::slice::from_ref(member),
    })
}

pub(super) const fn constant(name: &'static str, json: &'static str) -> Member {
    Member::Named(name, FormNode::Constant(json))
}

pub(super) const fn value(name: &'static str, source: EventValue) -> Member {
    Member::Named(name, FormNode::Value(source))
}

pub(super) const fn of(name: &'static str, part: Part, member: &'static str) -> Member {
    Member::Named(name, FormNode::Value(EventValue::Of(part, member)))
}

pub(super) const fn text_of(name: &'static str, part: Part, member: &'static str) -> Member {
    Member::Named(name, FormNode::Value(EventValue::TextOf(part, member)))
}

/// When an event was sent, under another name.
pub(super) const fn sent_at(name: &'static str) -> Member {
    text_of(name, Part::Own, SENT_AT)
}

/// When an event arrived, under another name.
pub(super) const fn received_at(name: &'static str) -> Member {
    text_of(name, Part::Own, RECEIVED_AT)
}

/// A member that is only read.
pub(super) const fn read(name: &'static str, source: EventValue) -> Member {
    Member::Read(name, FormNode::Value(source))
}

/// A member that is only read, as a property of its name.
pub(super) const fn read_property(name: &'static str) -> Member {
    Member::Read(name, FormNode::Value(EventValue::Of(Part::Props, name)))
}

pub(super) const fn object(name: &'static str, members: &'static [Member]) -> Member {
    Member::Named(name, FormNode::Object(members))
}

pub(super) const fn whole_object(name: &'static str, members: &'static [Member]) -> Member {
    Member::Named(name, FormNode::WholeObject(members))
}

/// What there is of user, device and session beside what has a place of its own, in an object each.
pub(super) const OWNERS: Member = Member::Group(&[
    object("user", &[Member::Rest(Part::User)]),
    object("device", &[Member::Rest(Part::Device)]),
    object("session", &[Member::Rest(Part::Session)]),
]);

/// The same, and the names of own fields, where properties are no objects: as JSON text.
pub(super) const OWNERS_AS_TEXT: Member = Member::Group(&[
    json_text("own_fields", &FormNode::Value(EventValue::OwnNames)),
    json_text("user", &FormNode::Object(&[Member::Rest(Part::User)])),
    json_text("device", &FormNode::Object(&[Member::Rest(Part::Device)])),
    json_text("session", &FormNode::Object(&[Member::Rest(Part::Session)])),
]);

/// The properties where none may be a list or an object: those that are stand in an object of their own, as JSON text.
pub(super) const FLAT_PROPERTIES: Member = Member::Group(&[
    json_text(
        "nested",
        &FormNode::Object(&[Member::Nested(Part::Props), Member::Nested(Part::Own)]),
    ),
    Member::Scalars(Part::Props),
    Member::Scalars(Part::Own),
]);

const fn json_text(name: &'static str, node: &'static FormNode) -> Member {
    Member::Named(name, FormNode::JsonText(node))
}

/// True for the name of a member that the form has a use of its own for, and for such a name with
/// underscores behind it. A member of the event's with such a name gets one underscore more, so that it is
/// told apart.
pub(super) fn is_reserved(name: &str, members: &[Member]) -> bool {
    each(members).any(|member| match member {
        Member::Named(known, _) => {
            name.strip_prefix(known).is_some_and(|rest| rest.bytes().all(|byte| byte == b'_'))
        }
        _ => false,
    })
}

/// What a form has places of their own for.
#[derive(Clone, Debug, Default)]
pub(super) struct FormPlaces {
    /// Members of parts.
    pub(super) members: Vec<PlacedMember>,
    /// The parts whose lists and objects stand apart from their other members.
    pub(super) split: Vec<Part>,
}

impl FormPlaces {
    /// The places within `members`.
    pub(super) fn of(members: &'static [Member]) -> Self {
        let mut places = Self::default();
        places.find(members);
        places
    }

    fn find(&mut self, members: &'static [Member]) {
        for member in each(members) {
            match member {
                Member::Named(_, node) => self.find_in(node),
                Member::Scalars(part) => self.split.push(*part),
                Member::Rest(_) | Member::Nested(_) | Member::Group(_) | Member::Read(..) => {}
            }
        }
    }

    fn find_in(&mut self, node: &'static FormNode) {
        match node {
            FormNode::Value(value) | FormNode::HeaderText(value) => {
                self.members.extend(value.place());
            }
            FormNode::Constant(_) | FormNode::Base64(_) => {}
            FormNode::Object(members) | FormNode::WholeObject(members) => self.find(members),
            FormNode::ListOfOne(inner)
            | FormNode::JsonText(inner)
            | FormNode::Entities(inner)
            | FormNode::Described(inner, _) => self.find_in(inner),
        }
    }
}

/// True if a form says when the session began.
pub(super) fn says_start(members: &'static [Member]) -> bool {
    each(members).any(|member| match member {
        Member::Named(_, node) => says_start_in(node),
        _ => false,
    })
}

fn says_start_in(node: &'static FormNode) -> bool {
    match node {
        FormNode::Constant(_) | FormNode::Base64(_) => false,
        FormNode::Value(value) | FormNode::HeaderText(value) => {
            matches!(value, EventValue::SessionStart | EventValue::SessionUuid)
        }
        FormNode::Object(members) | FormNode::WholeObject(members) => says_start(members),
        FormNode::ListOfOne(inner)
        | FormNode::JsonText(inner)
        | FormNode::Entities(inner)
        | FormNode::Described(inner, _) => says_start_in(inner),
    }
}
