//! Events out of the wire formats of others.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decoded_event::DecodedEvent;
use super::fields::name;
use super::form::{EventValue, FormNode, Member, Part, each, is_reserved};
use super::format_error::FormatError;
use super::json_text::push_quoted;
use super::notation::{Notation, base64_decoded, object_of_query};
use super::percent::percent_decoded;
use super::reception::RequestOrigin;
use super::scan;
use super::wire_format::{EventForm, WireFormat};

impl WireFormat {
    /// The event of a text in this format, as a line of our own without its end.
    ///
    /// What the format says and we do not is left out. An event of another program may lack an id, a time
    /// and a session; the session is empty then.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn decode(&self, text: &[u8]) -> Result<Vec<u8>, FormatError> {
        self.decode_text(text, None)
    }

    /// The same of an event that came in a request, whose path can say what kind of event it is, and whose client
    /// can be who it is of.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn decode_from(
        &self,
        text: &[u8],
        origin: &RequestOrigin<'_>,
    ) -> Result<Vec<u8>, FormatError> {
        self.decode_text(text, Some(origin))
    }

    fn decode_text(
        &self,
        text: &[u8],
        origin: Option<&RequestOrigin<'_>>,
    ) -> Result<Vec<u8>, FormatError> {
        if self.notation == Notation::Query && !text.starts_with(b"{") {
            let query = match text.first() {
                Some(b'"') => scan::text(text)?,
                _ => String::from_utf8_lossy(text),
            };
            return self.decode_object(&object_of_query(&query), origin);
        }
        self.decode_object(text, origin)
    }

    fn decode_object(
        &self,
        text: &[u8],
        origin: Option<&RequestOrigin<'_>>,
    ) -> Result<Vec<u8>, FormatError> {
        let name = self.told_by.first().and_then(|way| way.last()).copied().unwrap_or_default();
        let unknown = || FormatError::Kind { name, format: self.title };
        let form = self.form_of(text, origin)?.ok_or_else(unknown)?;
        let mut decoded = DecodedEvent::default();
        decoded.takes_any_time = self.reception.takes_any_time && origin.is_some();
        decoded.object(form.members, text)?;
        if !decoded.has_type(form.kind.implied_type()) {
            return Err(unknown());
        }
        decoded.into_line(self.reception.knows_by_address, origin)
    }

    /// The form that an event says, or the path to which it was sent.
    fn form_of(
        &self,
        text: &[u8],
        origin: Option<&RequestOrigin<'_>>,
    ) -> Result<Option<&EventForm>, FormatError> {
        let mut told = Vec::with_capacity(self.told_by.len());
        for way in self.told_by {
            told.push((*way, value_at(text, way)?));
        }
        let is_silent = told.first().is_some_and(|(_, value)| value.is_none());
        let is_of_path = |form: &&EventForm| {
            is_silent && origin.is_some_and(|origin| form.paths.contains(&origin.path))
        };
        let is_told_all = |form: &&EventForm| {
            let mut told = told.iter();
            let says_kind = !is_silent || form.paths.is_empty();
            says_kind && told.all(|(way, value)| is_told(form.members, way, value.as_deref()))
        };
        let form = self.forms.iter().find(is_of_path);
        let form = form.or_else(|| self.forms.iter().find(is_told_all));
        // What says several things at once is the first of them.
        Ok(form.or_else(|| {
            told.iter().filter(|(_, value)| value.is_some()).find_map(|(way, value)| {
                self.forms.iter().find(|form| is_told(form.members, way, value.as_deref()))
            })
        }))
    }
}

/// The value of a member within objects, and within lists their first; that of an object that stands in a text, too.
fn value_at<'a>(text: &'a [u8], way: &[&str]) -> Result<Option<Cow<'a, [u8]>>, FormatError> {
    let Some((name, rest)) = way.split_first() else {
        return Ok(Some(Cow::Borrowed(text)).filter(|value| **value != *b"null"));
    };
    if text.first() == Some(&b'"') {
        // What cannot be read says nothing.
        let object = scan::text(text).unwrap_or_default();
        let value = value_at(object.as_bytes(), way).unwrap_or_default();
        return Ok(value.map(|value| Cow::Owned(value.into_owned())));
    }
    let Some(object) = only_of_list(text) else { return Ok(None) };
    let [value] = scan::members(object, [name])?;
    value.map_or(Ok(None), |value| value_at(value, rest))
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
        Some(FormNode::ListOfOne(only) | FormNode::JsonText(only)) => Some(*only),
        found => found,
    };
    match found {
        None => told.is_none(),
        Some(FormNode::Object(inner) | FormNode::WholeObject(inner)) => is_told(inner, rest, told),
        Some(FormNode::Constant(json)) => told == Some(json.as_bytes()),
        Some(_) => told.is_some(),
    }
}

impl DecodedEvent {
    fn object(&mut self, members: &[Member], object: &[u8]) -> Result<(), FormatError> {
        let rest = each(members).find_map(|member| match member {
            Member::Rest(part) | Member::Scalars(part) | Member::Nested(part) => Some(*part),
            _ => None,
        });
        let mut found: Vec<(Cow<'_, str>, &[u8])> = Vec::new();
        scan::each_member(object, |key, value| {
            found.push((name(key), value));
            Ok(())
        })?;
        for (key, value) in &found {
            match (named(members, key), rest) {
                (Some((known, node)), _) => self.node(known, node, value)?,
                (None, Some(part)) => {
                    let stem = key.strip_suffix('_').filter(|_| is_reserved(key, members));
                    self.push(part, stem.unwrap_or(key), value);
                }
                (None, None) => {}
            }
        }
        if !each(members).any(|member| matches!(member, Member::Read(..))) {
            return Ok(());
        }
        for (key, value) in found {
            let is_taken = match named(members, &key) {
                Some((_, FormNode::Constant(json))) => value == json.as_bytes(),
                taken => taken.is_some(),
            };
            for member in each(members).filter(|_| !is_taken) {
                if let Member::Read(known, node) = member
                    && *known == key
                {
                    self.read(known, node, value);
                }
            }
        }
        Ok(())
    }

    /// Takes what another program says where nothing else does; what cannot be read says nothing.
    fn read(&mut self, name: &'static str, node: &FormNode, value: &[u8]) {
        match node {
            FormNode::Value(source) if self.has(*source) || value == b"null" => {}
            FormNode::Value(EventValue::BrowserId) => {
                if let Some(first) = only_of_list(value) {
                    let _ = self.value(name, EventValue::BrowserId, first);
                }
            }
            FormNode::Object(members) => {
                let _ = self.node(name, node, value);
                for member in each(members) {
                    if let Member::Rest(part) = member {
                        self.keep_first(*part);
                    }
                }
            }
            _ => {
                let _ = self.node(name, node, value);
            }
        }
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
            FormNode::Object(members) | FormNode::WholeObject(members) => match value {
                [b'{', ..] => self.object(members, value),
                b"null" | b"[]" | b"\"\"" => Ok(()),
                _ => {
                    // What another program has instead of an object of properties is one.
                    if each(members).any(|member| matches!(member, Member::Rest(Part::Props))) {
                        self.push(Part::Props, name, value);
                    }
                    Ok(())
                }
            },
            FormNode::ListOfOne(inner) => match only_of_list(value) {
                Some(only) => self.node(name, inner, only),
                None => Ok(()),
            },
            FormNode::JsonText(inner) => match scan::text(value) {
                Ok(text) => self.text(name, inner, text.as_bytes(), value),
                // Some have the object itself.
                Err(_) => self.node(name, inner, value),
            },
            FormNode::Base64(inner) => {
                let text = scan::text(value).ok().and_then(|text| base64_decoded(text.as_bytes()));
                text.map_or(Ok(()), |text| self.text(name, inner, &text, value))
            }
            FormNode::HeaderText(source) => match scan::text(value) {
                Ok(text) => {
                    let mut quoted = Vec::with_capacity(value.len());
                    push_quoted(&percent_decoded(&text), &mut quoted);
                    self.value(name, *source, &quoted)
                }
                Err(_) => Ok(()),
            },
            FormNode::Described(inner, _) if says_schema(inner, value) => {
                self.node(name, inner, value)
            }
            FormNode::Described(_, others) => match value {
                [b'{', ..] => self.object(others, value),
                _ => Ok(()),
            },
            FormNode::Entities(inner) => {
                let list: Vec<&RawValue> = serde_json::from_slice(value).unwrap_or_default();
                for entity in list.into_iter().map(|entity| entity.get().as_bytes()) {
                    if says_schema(inner, entity) {
                        self.node(name, inner, entity)?;
                    } else {
                        self.push_entity(entity);
                    }
                }
                Ok(())
            }
        }
    }

    /// Takes JSON that stood in a text; a text that is none is a property.
    fn text(
        &mut self,
        name: &'static str,
        node: &FormNode,
        text: &[u8],
        value: &[u8],
    ) -> Result<(), FormatError> {
        let is_json = serde_json::from_slice::<&RawValue>(text).is_ok();
        let text = text.trim_ascii();
        if is_json && matches!(text.first(), Some(b'{' | b'[')) {
            return self.node(name, node, text);
        }
        self.node(name, node, value)
    }
}

/// The member of a form that has that name, unless it is only read.
fn named<'a>(members: &'a [Member], key: &str) -> Option<(&'static str, &'a FormNode)> {
    each(members).find_map(|member| match member {
        Member::Named(known, node) if *known == key => Some((*known, node)),
        _ => None,
    })
}

/// True if an object says the schema that the form has as a constant.
fn says_schema(node: &FormNode, object: &[u8]) -> bool {
    let (FormNode::Object(members) | FormNode::WholeObject(members)) = node else { return false };
    match (named(members, "schema"), scan::members(object, ["schema"])) {
        (Some((_, FormNode::Constant(ours))), Ok([Some(schema)])) => schema == ours.as_bytes(),
        _ => false,
    }
}
