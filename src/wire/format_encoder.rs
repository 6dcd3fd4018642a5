//! Events in the wire formats of others.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::time::VirtualTime;

use super::event_parts::EventParts;
use super::fields::{EventFields, FieldError};
use super::fit::{AGENT, Fit, browser_address, browser_digits, sides};
use super::form::{
    Clock, EventValue, FormNode, Member, Part, PlacedMember, SCREEN, ScreenSide, Setting,
    is_reserved, placed, says_start, session_number,
};
use super::json_text::{push_key, push_plain_key, push_quoted, push_quoted_json};
use super::notation::{Notation, header_text, push_query};
use super::wire_format::{EventForm, WireFormat, site_and_token};

/// What is the receiver's and not the event's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSettings {
    /// The address of the site, without a slash at the end.
    pub site: String,
    /// The key by which the receiver knows its customer, where it stands in each event.
    pub key: String,
}

impl Default for FormatSettings {
    fn default() -> Self {
        Self { site: "https://shop.example".to_owned(), key: String::new() }
    }
}

/// An encoder of events in one wire format.
///
/// It knows when the sessions began that it has seen no end of, because some formats say so.
#[derive(Debug)]
pub struct FormatEncoder {
    format: &'static WireFormat,
    settings: FormatSettings,
    /// By form: the members of parts that have places of their own.
    placed: Vec<Vec<PlacedMember>>,
    session_starts: HashMap<String, VirtualTime>,
    /// True if the format says when sessions began.
    says_start: bool,
}

impl FormatEncoder {
    /// An encoder for `format`.
    pub fn new(format: &'static WireFormat, settings: FormatSettings) -> Self {
        let of_form = |form: &EventForm| {
            let mut found = Vec::new();
            placed(form.members, &mut found);
            found
        };
        let placed = format.forms.iter().map(of_form).collect();
        let says_start = format.forms.iter().any(|form| says_start(form.members));
        Self { format, settings, placed, session_starts: HashMap::new(), says_start }
    }

    /// Appends an event, without anything around it.
    ///
    /// # Errors
    /// An event whose `props` is no object.
    pub fn encode(&mut self, event: &EventFields<'_>, out: &mut Vec<u8>) -> Result<(), FieldError> {
        let has_page = event.page_path.is_some();
        let fits = |form: &EventForm| form.kind.fits(&event.event_type, has_page);
        let Some(number) = self.format.forms.iter().position(fits) else { return Ok(()) };
        let session_start =
            if self.says_start { self.session_start(event) } else { event.event_time };
        let writer = FormWriter {
            parts: EventParts::of(event)?,
            event,
            settings: &self.settings,
            placed: &self.placed[number],
            session_start,
        };
        let members = self.format.forms[number].members;
        match self.format.notation {
            Notation::Object => {
                writer.object(members, out);
                Ok(())
            }
            Notation::Query => {
                let mut object = Vec::new();
                writer.object(members, &mut object);
                Ok(push_query(&object, out)?)
            }
        }
    }

    /// The time of the first event of the event's session.
    fn session_start(&mut self, event: &EventFields<'_>) -> VirtualTime {
        use crate::event::event_type::SESSION_ENDED;
        let is_end = event.event_type == SESSION_ENDED;
        match self.session_starts.get(&*event.session_id) {
            Some(&start) if is_end => {
                self.session_starts.remove(&*event.session_id);
                start
            }
            Some(&start) => start,
            None if is_end => event.event_time,
            None => {
                let id = event.session_id.clone().into_owned();
                self.session_starts.insert(id, event.event_time);
                event.event_time
            }
        }
    }
}

/// Writes the form of one event.
struct FormWriter<'a> {
    parts: EventParts<'a>,
    event: &'a EventFields<'a>,
    settings: &'a FormatSettings,
    placed: &'a [PlacedMember],
    session_start: VirtualTime,
}

impl FormWriter<'_> {
    /// Appends an object, and says whether it has members.
    fn object(&self, members: &[Member], out: &mut Vec<u8>) -> bool {
        out.push(b'{');
        let empty = out.len();
        self.members(members, members, empty, out);
        let has_members = out.len() > empty;
        out.push(b'}');
        has_members
    }

    /// Appends some members of an object whose members are `all` and which began at `empty`.
    fn members(&self, members: &[Member], all: &[Member], empty: usize, out: &mut Vec<u8>) {
        for member in members {
            match member {
                Member::Named(name, node) => {
                    if self.lacks(node) {
                        continue;
                    }
                    let before = out.len();
                    if before > empty {
                        out.push(b',');
                    }
                    push_plain_key(name, out);
                    if !self.node(node, out) {
                        out.truncate(before);
                    }
                }
                Member::Rest(part) => self.rest(*part, all, empty, out),
                Member::Group(members) => self.members(members, all, empty, out),
            }
        }
    }

    /// Appends the members of a part that have no place of their own.
    fn rest(&self, part: Part, members: &[Member], empty: usize, out: &mut Vec<u8>) {
        for (name, value) in self.parts.of_part(part) {
            let mut places = self.placed.iter();
            let place = places.find(|(of, placed, _)| *of == part && *placed == name);
            if place.is_some_and(|(_, _, fit)| fit.takes(value)) {
                continue;
            }
            if out.len() > empty {
                out.push(b',');
            }
            if is_reserved(name, members) {
                push_key(&format!("{name}_"), out);
            } else {
                push_key(name, out);
            }
            out.extend_from_slice(value);
        }
    }

    fn screen(&self) -> Option<(u32, u32)> {
        sides(&self.fitting(Part::Device, SCREEN, Fit::Sides)?)
    }

    fn browser_id(&self) -> &str {
        self.parts.anonymous_id().unwrap_or(&self.event.user_id)
    }

    /// The text of a member, if it fits into its place.
    fn fitting(&self, part: Part, name: &str, fit: Fit) -> Option<Cow<'_, str>> {
        fit.text(self.parts.member(part, name)?)
    }

    /// True for a value that the event is known not to have.
    fn lacks(&self, node: &FormNode) -> bool {
        match node {
            FormNode::Value(EventValue::PagePath | EventValue::PageUrl) => {
                self.event.page_path.is_none()
            }
            FormNode::Value(EventValue::ButtonId) => self.event.button_id.is_none(),
            FormNode::Value(EventValue::AnonymousId) => self.parts.anonymous_id().is_none(),
            FormNode::Value(EventValue::Screen(_)) => self.parts.is_empty(Part::Device),
            FormNode::Value(EventValue::OwnNames) => self.parts.is_empty(Part::Own),
            FormNode::Value(EventValue::Of(part, _) | EventValue::TextOf(part, _))
            | FormNode::Object([Member::Rest(part)]) => self.parts.is_empty(*part),
            _ => false,
        }
    }

    /// Appends a value, and says whether there is one.
    fn node(&self, node: &FormNode, out: &mut Vec<u8>) -> bool {
        match node {
            FormNode::Constant(json) => {
                out.extend_from_slice(json.as_bytes());
                true
            }
            FormNode::Value(source) => self.value(*source, out),
            FormNode::Object(members) => self.object(members, out),
            FormNode::WholeObject(members) => {
                self.object(members, out);
                true
            }
            FormNode::ListOfOne(inner) => {
                out.push(b'[');
                let has_value = self.node(inner, out);
                out.push(b']');
                has_value
            }
            FormNode::JsonText(inner) => {
                let mut json = Vec::with_capacity(512);
                let has_value = self.node(inner, &mut json);
                push_quoted_json(&json, out);
                has_value
            }
            FormNode::HeaderText(source) => {
                let mut quoted = Vec::new();
                let has_value = self.value(*source, &mut quoted);
                push_quoted(&header_text(&super::scan::text(&quoted).unwrap_or_default()), out);
                has_value
            }
        }
    }

    fn value(&self, source: EventValue, out: &mut Vec<u8>) -> bool {
        let event = self.event;
        let text: Option<Cow<'_, str>> = match source {
            EventValue::EventId => Some(Cow::Borrowed(&*event.event_id)),
            EventValue::EventType => Some(Cow::Borrowed(&*event.event_type)),
            EventValue::UserId => Some(Cow::Borrowed(&*event.user_id)),
            EventValue::KnownUserId => {
                self.parts.is_known().then_some(Cow::Borrowed(&*event.user_id))
            }
            EventValue::AnonymousId => self.parts.anonymous_id().map(Cow::Borrowed),
            EventValue::BrowserId => Some(Cow::Borrowed(self.browser_id())),
            EventValue::BrowserDigits => Some(browser_digits(self.browser_id()).into()),
            EventValue::ClientAddress => {
                let own = self.fitting(Part::Device, "ip", Fit::Address);
                Some(own.unwrap_or_else(|| browser_address(self.browser_id()).into()))
            }
            EventValue::ClientAgent => {
                let own = self.fitting(Part::Device, "user_agent", Fit::Agent);
                Some(own.unwrap_or(Cow::Borrowed(AGENT)))
            }
            EventValue::TextOf(part, name) => self.fitting(part, name, Fit::Text),
            EventValue::SessionId => Some(Cow::Borrowed(&*event.session_id)),
            EventValue::PagePath => event.page_path.as_deref().map(Cow::Borrowed),
            EventValue::PageUrl => return self.page_url(out),
            EventValue::PageOrSiteUrl => {
                if self.page_url(out) {
                    return true;
                }
                Some(Cow::Borrowed(&*self.settings.site))
            }
            EventValue::ButtonId => event.button_id.as_deref().map(Cow::Borrowed),
            EventValue::Setting(Setting::Site) => Some(Cow::Borrowed(&*self.settings.site)),
            EventValue::Setting(Setting::Host) => Some(Cow::Borrowed(host(&self.settings.site))),
            EventValue::Setting(Setting::Key) => Some(Cow::Borrowed(&*self.settings.key)),
            EventValue::Setting(Setting::SiteNumber) => {
                Some(Cow::Borrowed(site_and_token(&self.settings.key).0))
            }
            EventValue::SessionUuid => Some(self.session_uuid()),
            _ => return self.number(source, out),
        };
        let Some(text) = text else { return false };
        push_quoted(&text, out);
        true
    }

    fn page_url(&self, out: &mut Vec<u8>) -> bool {
        let Some(path) = self.event.page_path.as_deref() else { return false };
        push_quoted(&self.settings.site, out);
        out.pop();
        if !path.starts_with('/') {
            out.push(b'/');
        }
        let quote = out.len();
        push_quoted(path, out);
        out.remove(quote);
        true
    }

    /// Appends a value that is no text of the event's.
    fn number(&self, source: EventValue, out: &mut Vec<u8>) -> bool {
        let millis = self.event.event_time.as_millis();
        match source {
            EventValue::Time(Clock::Rfc3339) => {
                out.push(b'"');
                out.extend_from_slice(&self.event.event_time.text());
                out.push(b'"');
            }
            EventValue::Time(Clock::Millis) => push_number(millis, out),
            EventValue::Time(Clock::MillisText) | EventValue::DeviceTime => {
                push_quoted(&millis.to_string(), out);
            }
            EventValue::Time(Clock::Micros) => push_number(millis * 1_000, out),
            EventValue::Time(Clock::Seconds) => push_number(millis / 1_000, out),
            EventValue::SessionStart => push_number(self.session_start.as_millis(), out),
            EventValue::SessionNumber => match session_number(&self.event.session_id) {
                Some(number) => push_number(number, out),
                None => push_quoted(&self.event.session_id, out),
            },
            EventValue::Of(part, name) => {
                let Some(raw) = self.parts.member(part, name) else { return false };
                out.extend_from_slice(raw);
            }
            EventValue::Screen(side) => {
                let Some((width, height)) = self.screen() else { return false };
                push_number(u64::from(if side == ScreenSide::Width { width } else { height }), out);
            }
            EventValue::OwnNames => return self.own_names(out),
            _ => return false,
        }
        true
    }

    fn own_names(&self, out: &mut Vec<u8>) -> bool {
        let names: Vec<&str> = self.parts.of_part(Part::Own).map(|(name, _)| name).collect();
        if names.is_empty() {
            return false;
        }
        // Texts always have a JSON text.
        out.extend_from_slice(&serde_json::to_vec(&names).unwrap_or_default());
        true
    }

    /// A version 7 UUID, whose last twelve digits are those of the session's id. An id of another form
    /// stays what it is.
    fn session_uuid(&self) -> Cow<'_, str> {
        let id = &*self.event.session_id;
        match session_number(id) {
            Some(number) => {
                let start = self.session_start.as_millis();
                let (high, low) = (start >> 16, start & 0xffff);
                Cow::Owned(format!("{high:08x}-{low:04x}-7000-8000-{number:012x}"))
            }
            None => Cow::Borrowed(id),
        }
    }
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

/// The name of a site by its address.
fn host(site: &str) -> &str {
    let behind = site.split_once("://").map_or(site, |(_, behind)| behind);
    behind.split('/').next().unwrap_or(behind)
}
