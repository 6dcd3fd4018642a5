//! Events out of the wire formats of others.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::event::{Field, SESSION_PREFIX};
use crate::scenario::ANONYMOUS_ID;
use crate::time::{VirtualTime, WrittenTime};

use super::fields::name;
use super::fit::{AGENT, is_ours};
use super::form::{EventValue, FormNode, Member, Part, SCREEN, ScreenSide, each, is_reserved};
use super::json_text::{push_key, push_quoted};
use super::notation::{Notation, object_of_query, percent_decoded};
use super::scan::{self, ScanError};
use super::wire_format::WireFormat;

/// Why a text is not an event of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The text is no JSON object.
    #[error(transparent)]
    Json(#[from] ScanError),
    /// It does not say what kind of event it is.
    #[error("{name:?} is missing or says nothing that {format} knows")]
    Kind {
        /// The member.
        name: &'static str,
        /// The format.
        format: &'static str,
    },
    /// A member has a wrong value.
    #[error("{name:?}: {reason}")]
    Member {
        /// The member.
        name: &'static str,
        /// The reason.
        reason: String,
    },
    /// It does not say whose event it is.
    #[error("there is neither a user id nor an anonymous id")]
    Nobody,
}

impl WireFormat {
    /// The event of a text in this format, as a line of our own without its end.
    ///
    /// What the format says and we do not is left out. An event of another program may lack an id, a time
    /// and a session; the session is empty then.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn decode(&self, text: &[u8]) -> Result<Vec<u8>, FormatError> {
        if self.notation == Notation::Query && !text.starts_with(b"{") {
            let query = match text.first() {
                Some(b'"') => scan::text(text)?,
                _ => String::from_utf8_lossy(text),
            };
            return self.decode_object(&object_of_query(&query));
        }
        self.decode_object(text)
    }

    fn decode_object(&self, text: &[u8]) -> Result<Vec<u8>, FormatError> {
        let mut told = Some(text);
        for name in self.told_by {
            let Some(object) = told.and_then(only_of_list) else { break };
            [told] = scan::members(object, [name])?;
        }
        let told = told.filter(|told| *told != b"null");
        let form = self.forms.iter().find(|form| is_told(form.members, self.told_by, told));
        let name = self.told_by.last().copied().unwrap_or_default();
        let unknown = || FormatError::Kind { name, format: self.title };
        let form = form.ok_or_else(unknown)?;
        let mut decoded = DecodedEvent::default();
        decoded.object(form.members, text)?;
        if decoded.event_type.is_none() {
            decoded.event_type = form.kind.implied_type().map(str::to_owned);
        }
        decoded.event_type.as_ref().ok_or_else(unknown)?;
        decoded.into_line()
    }
}

/// The first value of a list, or what is no list.
fn only_of_list(value: &[u8]) -> Option<&[u8]> {
    if value.first() != Some(&b'[') {
        return Some(value);
    }
    let list: Vec<&RawValue> = serde_json::from_slice(value).ok()?;
    list.first().map(|first| first.get().as_bytes())
}

/// True if what tells the forms apart says this one: the member's constant, any value where the form has the
/// event's, or none where it has no such member.
fn is_told(members: &[Member], told_by: &[&str], told: Option<&[u8]>) -> bool {
    let Some((first, rest)) = told_by.split_first() else { return true };
    let found = each(members).find_map(|member| match member {
        Member::Named(name, node) if name == first => Some(node),
        _ => None,
    });
    let found = match found {
        Some(FormNode::ListOfOne(only)) => Some(*only),
        found => found,
    };
    match found {
        None => told.is_none(),
        Some(FormNode::Object(inner) | FormNode::WholeObject(inner)) => is_told(inner, rest, told),
        Some(FormNode::Constant(json)) => told == Some(json.as_bytes()),
        Some(_) => told.is_some(),
    }
}

type OwnedMembers = Vec<(String, Vec<u8>)>;

/// What is found of an event. Values are JSON texts, fields are texts.
#[derive(Debug, Default)]
struct DecodedEvent {
    event_id: Option<String>,
    event_time: Option<VirtualTime>,
    /// When it happened if that is not said.
    device_time: Option<VirtualTime>,
    event_type: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    /// Who it is if neither of these is said.
    browser_id: Option<String>,
    session_id: Option<String>,
    page_path: Option<String>,
    button_id: Option<String>,
    /// By part.
    members: [OwnedMembers; Part::ALL.len()],
    width: Option<String>,
    height: Option<String>,
    own_names: Vec<String>,
}

impl DecodedEvent {
    fn object(&mut self, members: &[Member], object: &[u8]) -> Result<(), FormatError> {
        let rests: Vec<Part> = each(members)
            .filter_map(|member| match member {
                Member::Rest(part) | Member::Scalars(part) | Member::Nested(part) => Some(*part),
                _ => None,
            })
            .collect();
        let mut found: Vec<(Cow<'_, str>, &[u8])> = Vec::new();
        scan::each_member(object, |key, value| {
            found.push((name(key), value));
            Ok(())
        })?;
        for (key, value) in found {
            let named = each(members).find_map(|member| match member {
                Member::Named(known, node) if *known == key => Some((*known, node)),
                _ => None,
            });
            match (named, rests.first()) {
                (Some((known, node)), _) => self.node(known, node, value)?,
                (None, Some(part)) => {
                    let stem = key.strip_suffix('_').filter(|_| is_reserved(&key, members));
                    let name = stem.unwrap_or(&key).to_owned();
                    self.members[*part as usize].push((name, value.to_vec()));
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        name: &'static str,
        node: &FormNode,
        value: &[u8],
    ) -> Result<(), FormatError> {
        match node {
            FormNode::Constant(_) => Ok(()),
            FormNode::Value(source) => self.value(name, *source, value),
            // What another program has instead says nothing of ours.
            FormNode::Object(members) | FormNode::WholeObject(members) => match value.first() {
                Some(b'{') => self.object(members, value),
                _ => Ok(()),
            },
            FormNode::ListOfOne(inner) => match only_of_list(value) {
                Some(only) => self.node(name, inner, only),
                None => Ok(()),
            },
            FormNode::JsonText(inner) => match scan::text(value) {
                Ok(text) => self.node(name, inner, text.as_bytes()),
                Err(_) => Ok(()),
            },
            FormNode::HeaderText(source) => match scan::text(value) {
                Ok(text) => {
                    let mut quoted = Vec::with_capacity(value.len());
                    push_quoted(&percent_decoded(&text), &mut quoted);
                    self.value(name, *source, &quoted)
                }
                Err(_) => Ok(()),
            },
        }
    }

    fn value(
        &mut self,
        name: &'static str,
        source: EventValue,
        raw: &[u8],
    ) -> Result<(), FormatError> {
        if raw == b"null" && !matches!(source, EventValue::Of(..) | EventValue::TextOf(..)) {
            return Ok(());
        }
        let text = || match raw.first() {
            // Ids that others have as numbers.
            Some(b'0'..=b'9' | b'-') => Ok(String::from_utf8_lossy(raw).into_owned()),
            _ => scan::text(raw).map(Cow::into_owned),
        };
        let text =
            || text().map_err(|error| FormatError::Member { name, reason: error.to_string() });
        match source {
            EventValue::EventId => self.event_id = Some(text()?),
            EventValue::EventType => self.event_type = Some(text()?),
            EventValue::UserId | EventValue::KnownUserId => self.user_id = Some(text()?),
            EventValue::BrowserId | EventValue::BrowserDigits => self.browser_id = Some(text()?),
            EventValue::AnonymousId => self.anonymous_id = Some(text()?),
            EventValue::SessionId => self.session_id = Some(text()?),
            EventValue::SessionNumber => self.session_id = Some(session_of_number(raw, text()?)),
            EventValue::SessionUuid => self.session_id = Some(session_of_uuid(text()?)),
            EventValue::PagePath => self.page_path = Some(text()?),
            EventValue::PageUrl => {
                let url = text()?;
                self.page_path.get_or_insert_with(|| path_of(&url).to_owned());
            }
            EventValue::PageOrSiteUrl => {
                let url = text()?;
                if url.split_once("://").is_none_or(|(_, behind)| behind.contains('/')) {
                    self.page_path.get_or_insert_with(|| path_of(&url).to_owned());
                }
            }
            EventValue::ButtonId => self.button_id = Some(text()?),
            EventValue::Time(_) | EventValue::TrueTime | EventValue::DeviceTime => {
                let time = time(raw).ok_or_else(|| FormatError::Member {
                    name,
                    reason: format!("{} is not a time", String::from_utf8_lossy(raw)),
                })?;
                let is_device = source == EventValue::DeviceTime;
                *(if is_device { &mut self.device_time } else { &mut self.event_time }) =
                    Some(time);
            }
            EventValue::Of(part, member) | EventValue::TextOf(part, member) => {
                self.members[part as usize].push((member.to_owned(), raw.to_vec()));
            }
            EventValue::MillisOf(part, member) => {
                if let Some(time) = time(raw) {
                    let text = format!("\"{time}\"").into_bytes();
                    self.members[part as usize].push((member.to_owned(), text));
                }
            }
            EventValue::ClientAddress | EventValue::ClientAgent => {
                let text = text()?;
                if let Some((part, member, _)) = source.place()
                    && text != AGENT
                    && !is_ours(&text)
                {
                    self.members[part as usize].push((member.to_owned(), raw.to_vec()));
                }
            }
            EventValue::Screen(ScreenSide::Width) => self.width = Some(text()?),
            EventValue::Screen(ScreenSide::Height) => self.height = Some(text()?),
            EventValue::OwnNames => {
                self.own_names = serde_json::from_slice(raw).unwrap_or_default();
            }
            EventValue::SessionStart | EventValue::Setting(_) => {}
        }
        Ok(())
    }

    /// The event as a line.
    fn into_line(mut self) -> Result<Vec<u8>, FormatError> {
        let user_id = self.user_id.take().or_else(|| self.anonymous_id.clone());
        let user_id = user_id.or_else(|| self.browser_id.take());
        let user_id = user_id.filter(|id| !id.is_empty()).ok_or(FormatError::Nobody)?;
        if let (Some(width), Some(height)) = (&self.width, &self.height) {
            let text = serde_json::Value::from(format!("{width}x{height}")).to_string();
            self.members[Part::Device as usize].push((SCREEN.to_owned(), text.into_bytes()));
        }
        self.take_own_out_of_props();
        let [props, user, device, session, own] = self.members;
        let texts = [
            (Field::EventId, self.event_id),
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
