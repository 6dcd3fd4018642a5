//! A line of our own taken apart in one pass: its texts, and the members of its objects.

use std::borrow::Cow;

use crate::event::Field;
use crate::scenario::ANONYMOUS_ID;
use crate::time::{TEXT_LEN, VirtualTime};

use super::fit::Fit;
use super::form::Part;
use super::scan;
use super::scanner::Scanner;

/// A text without quotes and escapes. One that is borrowed needs no escapes in JSON.
pub(super) type PlainText<'a> = Cow<'a, [u8]>;

/// The values of one event.
#[derive(Debug)]
pub(super) struct EventSplit<'a> {
    pub(super) event_id: PlainText<'a>,
    pub(super) event_time: VirtualTime,
    pub(super) event_type: PlainText<'a>,
    pub(super) user_id: PlainText<'a>,
    pub(super) session_id: PlainText<'a>,
    pub(super) page_path: Option<PlainText<'a>>,
    pub(super) button_id: Option<PlainText<'a>>,
    pub(super) anonymous_id: Option<PlainText<'a>>,
    /// JSON of the members that the shape names, in its order.
    pub(super) values: Vec<&'a [u8]>,
    /// True if no text has escapes.
    is_plain: bool,
    /// True if the ids are made by us, whose letters, digits, `-` and `_` stand for themselves anywhere.
    pub(super) has_own_ids: bool,
}

impl<'a> EventSplit<'a> {
    /// An event of which nothing but ids and the time will be asked for.
    #[inline]
    pub(super) fn of_ids(
        event_id: &'a [u8],
        event_time: VirtualTime,
        user_id: &'a [u8],
        session_id: &'a [u8],
    ) -> Self {
        Self {
            event_id: Cow::Borrowed(event_id),
            event_time,
            event_type: Cow::Borrowed(b""),
            user_id: Cow::Borrowed(user_id),
            session_id: Cow::Borrowed(session_id),
            page_path: None,
            button_id: None,
            anonymous_id: None,
            values: Vec::new(),
            is_plain: true,
            has_own_ids: true,
        }
    }

    /// The values of a line in the form in which [`EventFields::write_line`](super::EventFields::write_line) has it,
    /// and into `shape` what there is of them; none for any other line.
    pub(super) fn of_line(line: &'a [u8], shape: &mut EventShape) -> Option<Self> {
        Self::of_checked_line(line, is_plain(line)?, shape)
    }

    /// The same, where what [`is_plain`] says is known.
    pub(super) fn of_checked_line(
        line: &'a [u8],
        is_plain: bool,
        shape: &mut EventShape,
    ) -> Option<Self> {
        shape.clear();
        let mut at = SplitCursor { scanner: Scanner::new(line), is_plain };
        let event_id = at.member(br#"{"event_id":"#)?;
        at.scanner.literal(br#","event_time":""#)?;
        let event_time = VirtualTime::from_text(at.scanner.rest().get(..TEXT_LEN)?)?;
        at.scanner.skip(TEXT_LEN + 1);
        let mut split = Self {
            event_id,
            event_time,
            event_type: at.member(br#","event_type":"#)?,
            user_id: at.member(br#","user_id":"#)?,
            session_id: at.member(br#","session_id":"#)?,
            page_path: at.optional(br#","page_path":"#),
            button_id: at.optional(br#","button_id":"#),
            anonymous_id: None,
            values: Vec::new(),
            is_plain,
            has_own_ids: false,
        };
        at.scanner.literal(br#","props":"#)?;
        if at.scanner.literal(b"{}").is_none() {
            split.object(Part::Props, &mut at.scanner, shape)?;
        }
        while at.scanner.literal(b",").is_some() {
            split.own_field(&mut at, shape)?;
        }
        at.scanner.literal(b"}")?;
        shape.most_members = shape.most_members.max(split.values.len());
        shape.set_flags(&split);
        at.scanner.rest().is_empty().then_some(split)
    }

    /// The members of an object, as those of a part; none and nothing of it if it is no object.
    fn object(
        &mut self,
        part: Part,
        scanner: &mut Scanner<'a>,
        shape: &mut EventShape,
    ) -> Option<()> {
        let (start, names, values) = (scanner.at(), shape.bytes.len(), self.values.len());
        if self.is_plain {
            let found = scanner.plain_object(|name, value| {
                shape.push(part, name);
                self.push(value, shape);
            });
            if found.is_some() {
                return found;
            }
            scanner.return_to(start);
            shape.bytes.truncate(names);
            self.values.truncate(values);
        }
        scanner.skip_whitespace();
        let found = scanner.object(&mut |name, value| {
            shape.push(part, &name);
            self.push(value, shape);
            Ok(())
        });
        if found.is_err() {
            scanner.return_to(start);
            shape.bytes.truncate(names);
            self.values.truncate(values);
        }
        found.ok()
    }

    fn push(&mut self, value: &'a [u8], shape: &EventShape) {
        if self.values.is_empty() {
            self.values.reserve(shape.most_members);
        }
        self.values.push(value);
    }

    /// The field behind a comma.
    fn own_field(&mut self, at: &mut SplitCursor<'a>, shape: &mut EventShape) -> Option<()> {
        let scanner = &mut at.scanner;
        let name = scanner.key().ok()?;
        scanner.literal(b":")?;
        if Field::NAMES.iter().any(|field| *field.as_bytes() == *name) {
            return None;
        }
        let part = Part::FIELDS.iter().find(|(field, _)| *field.as_bytes() == *name);
        if let Some(&(_, part)) = part
            && !shape.has(part)
        {
            let (start, before) = (scanner.at(), self.values.len());
            if self.object(part, scanner, shape).is_some() && self.values.len() > before {
                shape.set_part(part);
                return Some(());
            }
            // Of an object without members nothing would be left.
            scanner.return_to(start);
        }
        let value = scanner.value().ok()?;
        if *name == *ANONYMOUS_ID.as_bytes()
            && let Some(id) = plain_text(value, at.is_plain)
        {
            self.anonymous_id = Some(id);
            return Some(());
        }
        shape.push(Part::Own, &name);
        self.push(value, shape);
        Some(())
    }

    /// The text of a member that is one and is known to need no escapes.
    #[inline]
    pub(super) fn plain_text(&self, number: usize) -> Option<&'a [u8]> {
        match self.values[number] {
            [b'"', text @ .., b'"'] if self.is_plain => Some(text),
            _ => None,
        }
    }

    /// The text of a member; empty for what is none.
    pub(super) fn text(&self, number: usize) -> PlainText<'a> {
        let value = self.values[number];
        plain_text(value, self.is_plain).unwrap_or_default()
    }

    /// True if the value of a member fits.
    #[inline]
    pub(super) fn fits(&self, number: usize, fit: Fit) -> bool {
        match self.plain_text(number) {
            Some(text) => fit.takes_text(text),
            None => fit.takes(self.values[number]),
        }
    }

    /// The anonymous id, or else the user's.
    pub(super) fn browser_id(&self) -> &PlainText<'a> {
        self.anonymous_id.as_ref().unwrap_or(&self.user_id)
    }
}

struct SplitCursor<'a> {
    scanner: Scanner<'a>,
    /// True if no text on the line has escapes.
    is_plain: bool,
}

impl<'a> SplitCursor<'a> {
    /// The text behind a label.
    #[inline]
    fn member(&mut self, label: &[u8]) -> Option<PlainText<'a>> {
        self.scanner.literal(label)?;
        plain_text(self.scanner.string().ok()?, self.is_plain)
    }

    /// The text behind a label, if both are there. Where only the label is, it is not passed over, so that what has to
    /// stand here next is not found.
    #[inline]
    fn optional(&mut self, label: &[u8]) -> Option<PlainText<'a>> {
        let start = self.scanner.at();
        let text = self.member(label);
        if text.is_none() {
            self.scanner.return_to(start);
        }
        text
    }
}

/// The text of a JSON string, of which may be known that it has no escapes.
fn plain_text(json: &[u8], is_plain: bool) -> Option<PlainText<'_>> {
    match json {
        [b'"', inner @ .., b'"'] if is_plain => Some(Cow::Borrowed(inner)),
        _ => Some(match scan::text(json).ok()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }),
    }
}

/// Whether no text in these lines has escapes; none if they are not UTF-8.
pub(super) fn is_plain(lines: &[u8]) -> Option<bool> {
    // Without a way out of the loop the compiler looks at many bytes at once.
    let (mut escapes, mut high) = (0, 0);
    for &byte in lines {
        escapes |= u8::from(byte < b' ') & u8::from(byte != b'\n') | u8::from(byte == b'\\');
        high |= byte;
    }
    (high < 0x80 || std::str::from_utf8(lines).is_ok()).then_some(escapes == 0)
}

/// What there is of an event, apart from its values: events of the same shape have the same form.
#[derive(Clone, Debug, Default)]
pub(super) struct EventShape {
    /// The form's number, the flags, and of each member the part and the name.
    bytes: Vec<u8>,
    parts: u8,
    most_members: usize,
}

const FORM: usize = 0;
const FLAGS: usize = 1;
const HEAD: usize = 2;

/// What stands behind a name, and in none.
const END: u8 = 0xff;

/// A page's path is there.
pub(super) const HAS_PAGE: u8 = 1;
/// A button is there.
pub(super) const HAS_BUTTON: u8 = 2;
/// An anonymous id is there.
pub(super) const HAS_ANONYMOUS: u8 = 4;
/// The user is known by more than their browser.
pub(super) const IS_KNOWN: u8 = 8;

impl EventShape {
    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.extend([0; HEAD]);
        self.parts = 0;
    }

    fn push(&mut self, part: Part, name: &[u8]) {
        self.bytes.push(part as u8);
        self.bytes.extend_from_slice(name);
        self.bytes.push(END);
    }

    fn has(&self, part: Part) -> bool {
        self.parts & (1 << part as u8) != 0
    }

    fn set_part(&mut self, part: Part) {
        self.parts |= 1 << part as u8;
    }

    fn set_flags(&mut self, split: &EventSplit<'_>) {
        let anonymous = split.anonymous_id.as_ref();
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        self.bytes[FLAGS] = flag(split.page_path.is_some(), HAS_PAGE)
            | flag(split.button_id.is_some(), HAS_BUTTON)
            | flag(anonymous.is_some(), HAS_ANONYMOUS)
            | flag(anonymous.is_none_or(|id| *id != split.user_id), IS_KNOWN);
    }

    /// Sets the number of the form.
    pub(super) fn set_form(&mut self, number: u8) {
        self.bytes[FORM] = number;
    }

    /// All of it, as a key.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn flags(&self) -> u8 {
        self.bytes[FLAGS]
    }

    /// The members, by part and name.
    pub(super) fn members(&self) -> Vec<(Part, String)> {
        let names = self.bytes[HEAD..].split(|&byte| byte == END);
        let member = |bytes: &[u8]| {
            let (&part, name) = bytes.split_first()?;
            Some((Part::ALL[usize::from(part)], String::from_utf8_lossy(name).into_owned()))
        };
        names.filter_map(member).collect()
    }
}
