//! What is found of an event in the form of another, and the line of our own that follows from it.

use std::collections::HashSet;

use crate::event::{Field, SESSION_PREFIX};
use crate::scenario::ANONYMOUS_ID;
use crate::time::{VirtualTime, WrittenTime};

use super::arrival_fields::RECEIVED_AT;
use super::fit::{AGENT, browser_digits, is_ours};
use super::form::{EventValue, Part, SCREEN, ScreenSide, Setting};
use super::format_error::FormatError;
use super::json_text::{push_key, push_quoted};
use super::reception::RequestOrigin;
use super::scan;

type OwnedMembers = Vec<(String, Vec<u8>)>;

/// What is found of an event. Values are JSON texts, fields are texts.
#[derive(Debug, Default)]
pub(super) struct DecodedEvent {
    event_id: Option<String>,
    event_time: Option<VirtualTime>,
    /// When it happened if that is not said.
    device_time: Option<VirtualTime>,
    event_type: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    /// Who it is if neither of these is said.
    browser_id: Option<String>,
    /// Where it comes from, which is who it is if nothing else is.
    source: Option<String>,
    address: Option<String>,
    agent: Option<String>,
    session_id: Option<String>,
    page_path: Option<String>,
    /// The page's address and its name, each with the member that says so.
    page_url: Option<(&'static str, String)>,
    page_name: Option<(&'static str, String)>,
    button_id: Option<String>,
    /// By part.
    members: [OwnedMembers; Part::ALL.len()],
    width: Option<String>,
    height: Option<String>,
    own_names: Vec<String>,
    /// What describes the event by the schemas of others.
    entities: Vec<Vec<u8>>,
    /// True if a time that is none says nothing.
    pub(super) takes_any_time: bool,
}

impl DecodedEvent {
    /// Sets the type of an event that does not say one; false if there is none.
    pub(super) fn has_type(&mut self, implied: Option<&str>) -> bool {
        if self.event_type.is_none() {
            self.event_type = implied.map(str::to_owned);
        }
        self.event_type.as_ref().is_some_and(|name| !name.is_empty())
    }

    pub(super) fn push(&mut self, part: Part, name: &str, value: &[u8]) {
        self.members[part as usize].push((name.to_owned(), value.to_vec()));
    }

    pub(super) fn push_entity(&mut self, entity: &[u8]) {
        self.entities.push(entity.to_vec());
    }

    /// Leaves of members of one name only the first.
    pub(super) fn keep_first(&mut self, part: Part) {
        let mut seen = HashSet::new();
        self.members[part as usize].retain(|(name, _)| seen.insert(name.clone()));
    }

    /// True if a value is known.
    pub(super) fn has(&self, source: EventValue) -> bool {
        match source {
            EventValue::EventId => self.event_id.is_some(),
            EventValue::EventType => self.event_type.is_some(),
            EventValue::Time(_) | EventValue::TrueTime | EventValue::DeviceTime => {
                self.event_time.or(self.device_time).is_some()
            }
            EventValue::UserId | EventValue::KnownUserId => self.user_id.is_some(),
            EventValue::AnonymousId => self.anonymous_id.is_some(),
            EventValue::BrowserId => self.browser_id.is_some(),
            EventValue::SessionId => self.session_id.is_some(),
            EventValue::PagePath | EventValue::PageName => self.page_path.is_some(),
            EventValue::Of(part, member) => {
                self.members[part as usize].iter().any(|(known, _)| known == member)
            }
            _ => false,
        }
    }

    /// Takes the value of a member.
    pub(super) fn value(
        &mut self,
        name: &'static str,
        source: EventValue,
        raw: &[u8],
    ) -> Result<(), FormatError> {
        if raw == b"null" && !matches!(source, EventValue::Of(..) | EventValue::TextOf(..)) {
            return Ok(());
        }
        let text = || text_of(raw, source).map_err(|reason| FormatError::Member { name, reason });
        match source {
            EventValue::EventId => self.event_id = Some(text()?),
            EventValue::EventType => self.event_type = Some(text()?),
            EventValue::SchemaName => self.event_type = Some(name_of_schema(&text()?).to_owned()),
            EventValue::UserId | EventValue::KnownUserId => self.user_id = Some(text()?),
            EventValue::BrowserId | EventValue::BrowserDigits => self.browser_id = Some(text()?),
            EventValue::AnonymousId => self.anonymous_id = Some(text()?),
            EventValue::SessionId => self.session_id = Some(text()?),
            EventValue::SessionNumber => self.session_id = Some(session_of_number(raw, text()?)),
            EventValue::SessionUuid => self.session_id = Some(session_of_uuid(text()?)),
            EventValue::PagePath => self.page_path = Some(text()?),
            EventValue::PageName => self.page_name = Some((name, text()?)),
            EventValue::PageUrl => self.see_url(name, text()?),
            EventValue::PageOrSiteUrl => {
                let url = text()?;
                if url.split_once("://").is_none_or(|(_, behind)| behind.contains('/')) {
                    self.see_url(name, url);
                }
            }
            EventValue::ButtonId => self.button_id = Some(text()?),
            EventValue::Time(_) | EventValue::TrueTime | EventValue::DeviceTime => {
                let time = time(raw);
                if time.is_none() && !self.takes_any_time {
                    let reason = format!("{} is not a time", String::from_utf8_lossy(raw));
                    return Err(FormatError::Member { name, reason });
                }
                let is_device = source == EventValue::DeviceTime;
                *(if is_device { &mut self.device_time } else { &mut self.event_time }) = time;
            }
            EventValue::MillisOf(part, member) => {
                if let Some(time) = time(raw) {
                    let text = format!("\"{time}\"").into_bytes();
                    self.members[part as usize].push((member.to_owned(), text));
                }
            }
            EventValue::Of(part, member) | EventValue::TextOf(part, member) => {
                self.push(part, member, raw);
            }
            EventValue::ClientAddress | EventValue::ClientAgent => {
                self.client(source, text()?, raw);
            }
            EventValue::Screen(ScreenSide::Width) => self.width = Some(text()?),
            EventValue::Screen(ScreenSide::Height) => self.height = Some(text()?),
            EventValue::OwnNames => {
                self.own_names = serde_json::from_slice(raw).unwrap_or_default();
            }
            EventValue::Setting(Setting::Site) => self.source = text().ok(),
            EventValue::SessionStart | EventValue::Setting(_) => {}
        }
        Ok(())
    }

    fn see_url(&mut self, name: &'static str, url: String) {
        self.page_url.get_or_insert((name, url));
    }

    /// Takes the client's address or its agent, which is the device's unless it is one of ours.
    fn client(&mut self, source: EventValue, text: String, raw: &[u8]) {
        if let Some((part, member, _)) = source.place()
            && text != AGENT
            && !is_ours(&text)
        {
            self.push(part, member, raw);
        }
        let is_address = source == EventValue::ClientAddress;
        *(if is_address { &mut self.address } else { &mut self.agent }) = Some(text);
    }

    /// The event as a line. Who says nothing of themselves is known by address and agent if `origin` is there.
    pub(super) fn into_line(
        mut self,
        knows_by_address: bool,
        origin: Option<&RequestOrigin<'_>>,
    ) -> Result<Vec<u8>, FormatError> {
        let user_id = self.user(knows_by_address, origin).ok_or(FormatError::Nobody)?;
        if let (Some(width), Some(height)) = (&self.width, &self.height) {
            let text = serde_json::Value::from(format!("{width}x{height}")).to_string();
            self.push(Part::Device, SCREEN, text.as_bytes());
        }
        self.find_page();
        self.take_own_out_of_props();
        if !self.entities.is_empty() {
            let list = [&b"["[..], &self.entities.join(&b','), b"]"].concat();
            self.push_new("contexts", &list);
        }
        if origin.is_some() {
            // Who receives a request knows that better.
            self.members[Part::Own as usize].retain(|(name, _)| name != RECEIVED_AT);
        }
        let [props, user, device, session, own] = self.members;
        let texts = [
            (Field::EventId, self.event_id.filter(|id| !id.is_empty())),
            (Field::EventTime, self.event_time.or(self.device_time).map(|time| time.to_string())),
            (Field::EventType, self.event_type),
            (Field::UserId, Some(user_id)),
            (Field::SessionId, Some(self.session_id.unwrap_or_default())),
            (Field::PagePath, self.page_path),
            (Field::ButtonId, self.button_id),
        ];
        let mut line = vec![b'{'];
        for (field, text) in texts {
            if let Some(text) = text {
                push_key(field.name(), &mut line);
                push_quoted(&text, &mut line);
                line.push(b',');
            }
        }
        push_key(Field::Props.name(), &mut line);
        push_object(&props, &mut line);
        if let Some(id) = self.anonymous_id {
            line.push(b',');
            push_key(ANONYMOUS_ID, &mut line);
            push_quoted(&id, &mut line);
        }
        for ((name, _), part) in Part::FIELDS.iter().zip([user, device, session]) {
            if !part.is_empty() {
                line.push(b',');
                push_key(name, &mut line);
                push_object(&part, &mut line);
            }
        }
        for (name, value) in own {
            line.push(b',');
            push_key(&name, &mut line);
            line.extend_from_slice(&value);
        }
        line.push(b'}');
        Ok(line)
    }

    fn user(
        &mut self,
        knows_by_address: bool,
        origin: Option<&RequestOrigin<'_>>,
    ) -> Option<String> {
        let anonymous = self.anonymous_id.clone();
        let told = [self.user_id.take(), anonymous, self.browser_id.take()];
        let told = told.into_iter().flatten().find(|id| !id.is_empty());
        let visitor = || if knows_by_address { self.visitor(origin) } else { None };
        told.or_else(visitor).or_else(|| self.source.take()).filter(|id| !id.is_empty())
    }

    /// An id of who has that address and that agent; none if neither is known.
    fn visitor(&self, origin: Option<&RequestOrigin<'_>>) -> Option<String> {
        let of_device = |name: &str| {
            let mut device = self.members[Part::Device as usize].iter();
            let (_, value) = device.find(|(known, _)| known == name)?;
            scan::text(value).ok().map(std::borrow::Cow::into_owned)
        };
        let address = self.address.clone().or_else(|| of_device("ip"));
        let agent = self.agent.clone().or_else(|| of_device("user_agent"));
        if address.is_none() && agent.is_none() && origin.is_none() {
            return None;
        }
        let address = address.unwrap_or_else(|| origin.map_or("", |origin| origin.address).into());
        let agent = agent.unwrap_or_else(|| origin.map_or("", |origin| origin.agent).into());
        let digits = browser_digits(format!("{address}\n{agent}").as_bytes());
        Some(format!("visitor_{}", String::from_utf8_lossy(&digits)))
    }

    /// Finds the page's path in its address or its name. What of these says more than the path stays a property.
    fn find_page(&mut self) {
        let url = self.page_url.take();
        let name = self.page_name.take();
        if self.page_path.is_none() {
            let path = url.as_ref().map(|(_, url)| path_of(url));
            let name = name.as_ref().map(|(_, name)| name.as_str());
            let is_named = |url: &str, path: &str, name: &str| {
                path.strip_prefix('/') == Some(name) || !name.is_empty() && url.ends_with(name)
            };
            self.page_path = match (&url, path, name) {
                (Some((_, url)), Some(path), Some(name)) if is_named(url, path, name) => Some(name),
                (_, Some(path), _) => Some(path),
                (_, None, name) => name,
            }
            .map(str::to_owned);
        }
        let path = self.page_path.clone().unwrap_or_default();
        let name = name.filter(|(_, name)| *name != path);
        let url = url.filter(|(_, url)| !url.ends_with(&path));
        for (member, text) in [name, url].into_iter().flatten() {
            let mut json = Vec::new();
            push_quoted(&text, &mut json);
            self.push_new(member, &json);
        }
    }

    /// Adds a property unless there is one of that name.
    fn push_new(&mut self, name: &str, value: &[u8]) {
        if !self.members[Part::Props as usize].iter().any(|(known, _)| known == name) {
            self.push(Part::Props, name, value);
        }
    }

    /// Moves the fields that stand among the properties to their own place.
    fn take_own_out_of_props(&mut self) {
        let names = std::mem::take(&mut self.own_names);
        for name in names {
            let props = &mut self.members[Part::Props as usize];
            if let Some(place) = props.iter().position(|(known, _)| *known == name) {
                let member = props.remove(place);
                self.members[Part::Own as usize].push(member);
            }
        }
    }
}

fn push_object(members: &OwnedMembers, line: &mut Vec<u8>) {
    line.push(b'{');
    for (number, (name, value)) in members.iter().enumerate() {
        if number > 0 {
            line.push(b',');
        }
        push_key(name, line);
        line.extend_from_slice(value);
    }
    line.push(b'}');
}

/// The text of a value. Others have ids that are numbers, or anything else.
fn text_of(raw: &[u8], source: EventValue) -> Result<String, String> {
    let is_who = matches!(
        source,
        EventValue::UserId
            | EventValue::KnownUserId
            | EventValue::AnonymousId
            | EventValue::BrowserId
    );
    match raw.first() {
        Some(b'"') | None => {
            let text = scan::text(raw).map_err(|error| error.to_string())?;
            Ok(text.into_owned())
        }
        Some(b'0'..=b'9' | b'-') => Ok(String::from_utf8_lossy(raw).into_owned()),
        _ if is_who => Ok(String::from_utf8_lossy(raw).into_owned()),
        _ => scan::text(raw).map(std::borrow::Cow::into_owned).map_err(|error| error.to_string()),
    }
}

/// The name in `iglu:vendor/name/format/version`.
fn name_of_schema(address: &str) -> &str {
    address.split('/').nth(1).unwrap_or(address)
}

/// A time as text in any form, or as a number of any unit.
fn time(raw: &[u8]) -> Option<VirtualTime> {
    if raw.first() != Some(&b'"') {
        return Some(WrittenTime::of_number(std::str::from_utf8(raw).ok()?)?.time);
    }
    let text = scan::text(raw).ok()?;
    let written = WrittenTime::of_text(&text).or_else(|| WrittenTime::of_number(&text));
    written.map(|written| written.time)
}

/// The session of which an id is the number.
fn session_of_number(raw: &[u8], text: String) -> String {
    let is_number = raw.first() != Some(&b'"');
    match text.parse::<u64>().ok().filter(|number| is_number && *number < 1 << 48) {
        Some(number) => format!("{SESSION_PREFIX}{number:012x}"),
        None => text,
    }
}

/// The session of which a UUID has the digits, if it is one of ours.
fn session_of_uuid(text: String) -> String {
    match text.split_once("-7000-8000-") {
        Some((start, digits)) if start.len() == 13 && digits.len() == 12 => {
            format!("{SESSION_PREFIX}{digits}")
        }
        _ => text,
    }
}

/// The path within a URL, and what stands behind it.
fn path_of(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let is_path = behind.len() == url.len() && url.starts_with('/');
    if is_path {
        return url;
    }
    behind.find('/').and_then(|slash| behind.get(slash..)).unwrap_or("/")
}
