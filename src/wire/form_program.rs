//! The form of events of one shape, as texts with places for values between them.

use std::borrow::Cow;

use crate::event::session_code;
use crate::time::VirtualTime;

use super::event_memory::EventMemory;
use super::event_split::{EventSplit, PlainText};
use super::fit::{millis, sides};
use super::form::ScreenSide;
use super::json_text::push_quoted;
use super::quoting::Quoting;

/// Texts, and what stands between them.
#[derive(Clone, Debug, Default)]
pub(super) struct FormProgram {
    /// All texts, one behind the other.
    text: Vec<u8>,
    /// Each with the end of the text before it.
    slots: Vec<(usize, Slot, Quoting)>,
}

/// A place for a value. Texts are without what stands around them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    EventId,
    EventType,
    UserId,
    SessionId,
    BrowserId,
    PagePath,
    /// The same with a slash before it.
    PathOfUrl,
    ButtonId,
    BrowserDigits,
    BrowserAddress,
    SessionUuid,
    /// The number of a session, or the id in quotes.
    SessionNumber,
    /// Milliseconds since 1970.
    SessionStart,
    /// The time in RFC 3339.
    TimeText,
    /// The time in milliseconds since 1970.
    Millis,
    Micros,
    Seconds,
    /// JSON of a member, by its number in the shape.
    Member(usize),
    /// The text of a member.
    MemberText(usize),
    /// The time of a member in milliseconds since 1970.
    MemberMillis(usize),
    /// A side of the screen that a member says.
    Side(usize, ScreenSide),
}

impl Slot {
    /// True for what is not of ids and times.
    fn is_of_content(self) -> bool {
        match self {
            Self::EventType
            | Self::PagePath
            | Self::PathOfUrl
            | Self::ButtonId
            | Self::Member(_)
            | Self::MemberText(_)
            | Self::MemberMillis(_)
            | Self::Side(..) => true,
            Self::EventId
            | Self::UserId
            | Self::SessionId
            | Self::BrowserId
            | Self::BrowserDigits
            | Self::BrowserAddress
            | Self::SessionUuid
            | Self::SessionNumber
            | Self::SessionStart
            | Self::TimeText
            | Self::Millis
            | Self::Micros
            | Self::Seconds => false,
        }
    }
}

/// A length to which a program can be cut back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProgramMark {
    text: usize,
    slots: usize,
}

impl FormProgram {
    pub(super) fn mark(&self) -> ProgramMark {
        ProgramMark { text: self.text.len(), slots: self.slots.len() }
    }

    pub(super) fn cut_back(&mut self, mark: ProgramMark) {
        self.text.truncate(mark.text);
        self.slots.truncate(mark.slots);
    }

    /// Texts to be added to.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    pub(super) fn push(&mut self, slot: Slot, quoting: Quoting) {
        self.slots.push((self.text.len(), slot, quoting));
    }

    /// The program of all events that differ from one in nothing but ids and times: what else it says is text.
    pub(super) fn of_content(&self, event: &EventSplit<'_>) -> Self {
        let mut program = Self::default();
        let mut start = 0;
        for &(end, slot, quoting) in &self.slots {
            program.text.extend_from_slice(&self.text[start..end]);
            start = end;
            if slot.is_of_content() {
                let memory = &mut EventMemory::default();
                write_slot(slot, quoting, event, event.event_time, memory, &mut program.text);
            } else {
                program.push(slot, quoting);
            }
        }
        program.text.extend_from_slice(&self.text[start..]);
        program
    }

    /// Appends an event of the shape.
    pub(super) fn write(
        &self,
        event: &EventSplit<'_>,
        session_start: VirtualTime,
        memory: &mut EventMemory,
        out: &mut Vec<u8>,
    ) {
        let mut start = 0;
        for &(end, slot, quoting) in &self.slots {
            out.extend_from_slice(&self.text[start..end]);
            start = end;
            write_slot(slot, quoting, event, session_start, memory, out);
        }
        out.extend_from_slice(&self.text[start..]);
    }
}

#[inline]
fn write_slot(
    slot: Slot,
    quoting: Quoting,
    event: &EventSplit<'_>,
    session_start: VirtualTime,
    memory: &mut EventMemory,
    out: &mut Vec<u8>,
) {
    let plain = |text: &[u8], out: &mut Vec<u8>| quoting.push_text(&Cow::Borrowed(text), out);
    let id = |id: &PlainText<'_>, out: &mut Vec<u8>| {
        if event.has_own_ids { out.extend_from_slice(id) } else { quoting.push_text(id, out) }
    };
    match slot {
        Slot::EventId => id(&event.event_id, out),
        Slot::EventType => quoting.push_text(&event.event_type, out),
        Slot::UserId => id(&event.user_id, out),
        Slot::SessionId => id(&event.session_id, out),
        Slot::BrowserId => id(event.browser_id(), out),
        Slot::PagePath | Slot::PathOfUrl => {
            let Some(path) = &event.page_path else { return };
            if matches!(slot, Slot::PathOfUrl) && path.first() != Some(&b'/') {
                plain(b"/", out);
            }
            quoting.push_text(path, out);
        }
        Slot::ButtonId => {
            let Some(button) = &event.button_id else { return };
            quoting.push_text(button, out);
        }
        Slot::Member(number) => match event.plain_text(number) {
            Some(text) if quoting != Quoting::Json => quoting.push_string(text, out),
            _ => quoting.push_json(event.values[number], out),
        },
        Slot::MemberText(number) if quoting == Quoting::Query => {
            memory.encoded.push(&event.text(number), out);
        }
        Slot::MemberText(number) => quoting.push_text(&event.text(number), out),
        Slot::MemberMillis(number) => {
            push_number(millis(&event.text(number)).unwrap_or_default(), out);
        }
        Slot::Side(number, side) => {
            let (width, height) = sides(&event.text(number)).unwrap_or_default();
            push_number(u64::from(if side == ScreenSide::Width { width } else { height }), out);
        }
        Slot::TimeText => quoting.push_time(memory.time.show(event.event_time), out),
        Slot::Millis => push_number(event.event_time.as_millis(), out),
        Slot::Micros => push_number(event.event_time.as_millis() * 1_000, out),
        Slot::Seconds => push_number(event.event_time.as_millis() / 1_000, out),
        Slot::BrowserDigits => {
            out.extend_from_slice(&memory.marks.of(event.browser_id()).digits);
        }
        Slot::BrowserAddress => {
            plain(memory.marks.of(event.browser_id()).address.as_bytes(), out);
        }
        Slot::SessionStart => push_number(session_start.as_millis(), out),
        Slot::SessionUuid => match session_code(&event.session_id) {
            Some(number) => plain(&session_uuid(session_start, number), out),
            None => quoting.push_text(&event.session_id, out),
        },
        Slot::SessionNumber => {
            if let Some(number) = session_code(&event.session_id) {
                return push_number(number, out);
            }
            let mut json = Vec::new();
            push_quoted(&String::from_utf8_lossy(&event.session_id), &mut json);
            quoting.push_json(&json, out);
        }
    }
}

/// A version 7 UUID of the session's start, whose last twelve digits are those of the session's id.
fn session_uuid(start: VirtualTime, number: u64) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = *b"00000000-0000-7000-8000-000000000000";
    let mut put = |places: core::ops::Range<usize>, value: u64| {
        let mut rest = value;
        for place in places.rev() {
            text[place] = DIGITS[(rest & 15) as usize];
            rest >>= 4;
        }
    };
    put(0..8, start.as_millis() >> 16);
    put(9..13, start.as_millis() & 0xffff);
    put(24..36, number);
    text
}

fn push_number(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
