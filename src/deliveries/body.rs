//! What is sent of an event: its members, which faults change.

use std::borrow::Cow;
use std::cell::OnceCell;

use memchr::memmem;
use serde_json::{Map, Value, json};

use crate::wire::{quoted, scan};

/// A JSON object: the members, each value as it is written. Most are never looked into, and stay as they are written themselves.
#[derive(Clone, Debug)]
pub(super) struct Body<'a> {
    written: &'a [u8],
    members: OnceCell<Vec<BodyMember<'a>>>,
    /// Something of it was set or removed.
    is_changed: bool,
}

/// A name, and a value as it is written.
type BodyMember<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Members that most events have at most.
const MEMBERS: usize = 16;

/// A value that is not the true one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MemberChange {
    /// Its JSON Pointer (RFC 6901).
    pub(super) at: String,
    /// What it was before; none if it was not there.
    pub(super) was: Option<Vec<u8>>,
    /// What it is; none if it is not there.
    pub(super) is: Option<Vec<u8>>,
}

impl<'a> Body<'a> {
    /// The body of a line of ours, which is an object.
    pub(super) fn of_object(object: &'a [u8]) -> Self {
        Self { written: object, members: OnceCell::new(), is_changed: false }
    }

    fn members(&self) -> &Vec<BodyMember<'a>> {
        self.members.get_or_init(|| members_of(self.written))
    }

    /// False if no member is called so, of this or of what is in it; a look that costs little.
    pub(super) fn may_have(&self, name: &str) -> bool {
        self.is_changed || memmem::find(self.written, quoted(name).as_bytes()).is_some()
    }

    /// The value at a path, as it is written.
    pub(super) fn get(&self, path: &[&str]) -> Option<&[u8]> {
        let [name, rest @ ..] = path else { return None };
        let (_, value) = self.members().iter().find(|(known, _)| **known == *name.as_bytes())?;
        rest.iter().try_fold(&**value, |object, name| scan::members(object, [name]).ok()?[0])
    }

    /// Sets the value at a path, or removes it; new members come last. None if that changes nothing, or if what it is
    /// to stand in is no object.
    pub(super) fn set(&mut self, path: &[&str], is: Option<Vec<u8>>) -> Option<MemberChange> {
        let was = self.get(path).map(<[u8]>::to_vec);
        if was == is || !self.put(path, is.as_deref()) {
            return None;
        }
        Some(MemberChange { at: pointer(path), was, is })
    }

    fn put(&mut self, path: &[&str], value: Option<&[u8]>) -> bool {
        let mut members = self.members.take().unwrap_or_else(|| members_of(self.written));
        let is_put = put_member(&mut members, path, value);
        self.is_changed |= is_put;
        self.members = OnceCell::from(members);
        is_put
    }

    /// True if something of it was set or removed.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The object, as JSON.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.open_bytes(1);
        bytes.push(b'}');
        bytes
    }

    /// The object with a member more, which is not among its own, as JSON.
    pub(super) fn to_bytes_with(&self, name: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = self.open_bytes(name.len() + value.len() + 5);
        if bytes.len() > 1 {
            bytes.push(b',');
        }
        bytes.push(b'"');
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b"\":");
        bytes.extend_from_slice(value);
        bytes.push(b'}');
        bytes
    }

    /// The object but for its end, with room for so many bytes.
    fn open_bytes(&self, room: usize) -> Vec<u8> {
        if !self.is_changed {
            let [open @ .., _] = self.written else { return Vec::new() };
            let mut bytes = Vec::with_capacity(open.len() + room);
            bytes.extend_from_slice(open);
            return bytes;
        }
        let members = self.members();
        let length: usize = members.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut bytes = Vec::with_capacity(length + 1 + room);
        bytes.push(b'{');
        for (place, (name, value)) in members.iter().enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            if name.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'_')) {
                bytes.push(b'"');
                bytes.extend_from_slice(name);
                bytes.push(b'"');
            } else {
                bytes.extend_from_slice(quoted(&lossy(name)).as_bytes());
            }
            bytes.push(b':');
            bytes.extend_from_slice(value);
        }
        bytes
    }
}

impl Default for Body<'_> {
    fn default() -> Self {
        Self::of_object(b"{}")
    }
}

fn members_of(object: &[u8]) -> Vec<BodyMember<'_>> {
    let mut members = Vec::with_capacity(MEMBERS);
    let read = scan::each_member(object, |key, value| {
        members.push((key, Cow::Borrowed(value)));
        Ok(())
    });
    debug_assert!(read.is_ok(), "a line of ours is an object");
    members
}

/// False if there is nothing to put there, or nothing to put it into.
fn put_member(members: &mut Vec<BodyMember<'_>>, path: &[&str], value: Option<&[u8]>) -> bool {
    let [name, rest @ ..] = path else { return false };
    let place = members.iter().position(|(known, _)| **known == *name.as_bytes());
    if let (Some(place), false) = (place, rest.is_empty()) {
        let Some(mut inner) = nested(&members[place].1) else { return false };
        let is_put = inner.put(rest, value);
        let inner = inner.to_bytes();
        members[place].1 = Cow::Owned(inner);
        return is_put;
    }
    match (place, value) {
        (Some(place), Some(value)) => members[place].1 = Cow::Owned(value.to_vec()),
        (Some(place), None) => drop(members.remove(place)),
        (None, Some(value)) if rest.is_empty() => {
            let name = Cow::Owned(name.as_bytes().to_vec());
            members.push((name, Cow::Owned(value.to_vec())));
        }
        (None, _) => return false,
    }
    true
}

/// The JSON Pointer of a path.
fn pointer(path: &[&str]) -> String {
    let mut pointer = String::with_capacity(path.iter().map(|name| name.len() + 1).sum());
    for name in path {
        pointer.push('/');
        if name.contains(['~', '/']) {
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            pointer.push_str(name);
        }
    }
    pointer
}

fn nested(value: &[u8]) -> Option<Body<'_>> {
    (value.first() == Some(&b'{')).then(|| Body::of_object(value))
}

impl MemberChange {
    /// This as the ledger has it. Values stand as the text of their JSON, so that no reader rounds them.
    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("at".to_owned(), json!(self.at));
        for (name, value) in [("was", &self.was), ("is", &self.is)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), json!(lossy(value)));
            }
        }
        Value::Object(members)
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex_digits(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Bytes as text.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_added_and_removed() {
        let line = br#"{"a":"x","props":{"n":1.50,"b/c":[1]},"z":9007199254740993}"#;
        let mut body = Body::of_object(line);
        assert_eq!(body.to_bytes(), line);
        assert!(body.may_have("b/c") && !body.may_have("b"));
        assert_eq!(body.set(&["a"], Some(b"\"x\"".to_vec())), None);
        assert_eq!(body.set(&["a", "b"], Some(b"1".to_vec())), None);
        assert_eq!(body.set(&["none", "b"], Some(b"1".to_vec())), None);
        assert_eq!(body.set(&["none"], None), None);
        let change = body.set(&["props", "b/c"], None).unwrap();
        assert_eq!(change.to_json().to_string(), r#"{"at":"/props/b~1c","was":"[1]"}"#);
        body.set(&["props", "m"], Some(b"-0.0".to_vec())).unwrap();
        body.set(&["z"], None).unwrap();
        assert_eq!(body.to_bytes(), br#"{"a":"x","props":{"n":1.50,"m":-0.0}}"#);
        assert_eq!(
            body.to_bytes_with("b", b"1"),
            br#"{"a":"x","props":{"n":1.50,"m":-0.0},"b":1}"#
        );
        assert_eq!(Body::default().to_bytes_with("b", b"1"), br#"{"b":1}"#);
    }
}
