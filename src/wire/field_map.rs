//! A form of one's own: each line says where a value of the event goes.
//!
//! | line | what it does |
//! |---|---|
//! | `id = event_id` | a field under another name |
//! | `user.id = user_id` | the same within an object |
//! | `price = props.price` | a member of an object in a place of its own |
//! | `properties = props` | an object as it is |
//! | `version = "1"` | JSON that every event has |
//! | `* = props`, `data.* = props` | the members of an object that no other line names |
//! | `* = *` | the fields that no other line names |
//! | `drop props.secret` | none of those |
//!
//! What no line names is left out, and so is a member whose value the event does not have.

use std::borrow::Cow;
use std::str::FromStr;

use serde_json::value::RawValue;

use super::fields::name;
use super::json_text::push_key;
use super::scan::{self, ScanError};

/// The lines of such a form, which agree with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldMap {
    rules: Vec<FieldRule>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Names from the outermost object in; none for a field that is dropped.
    target: Vec<String>,
    source: FieldRuleSource,
}

/// What stands behind the equals sign.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FieldRuleSource {
    /// JSON that every event has.
    Constant(String),
    /// The way to a value of the event.
    Value(Vec<String>),
    /// The way to an object whose other members are wanted; empty for the event itself.
    Rest(Vec<String>),
    /// The way to a value that is not wanted.
    Dropped(Vec<String>),
}

const ALL: &str = "*";

impl FromStr for FieldRule {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let line = line.trim();
        if let Some(way) = line.strip_prefix("drop ") {
            return Ok(Self { target: Vec::new(), source: FieldRuleSource::Dropped(way_of(way)?) });
        }
        let wrong = || format!("{line:?} is not TARGET = SOURCE, such as user.id = user_id");
        let (target, source) = line.split_once('=').ok_or_else(wrong)?;
        let (target, source) = (target.trim(), source.trim());
        if target == ALL || target.ends_with(".*") {
            let target = target.trim_end_matches(ALL).trim_end_matches('.');
            let target = if target.is_empty() { Vec::new() } else { way_of(target)? };
            let way = if source == ALL { Vec::new() } else { way_of(source)? };
            return Ok(Self { target, source: FieldRuleSource::Rest(way) });
        }
        let is_constant = source.starts_with(['"', '-', '[', '{'])
            || source.starts_with(|first: char| first.is_ascii_digit())
            || ["true", "false", "null"].contains(&source);
        let source = if is_constant {
            let json = serde_json::from_str::<&RawValue>(source);
            json.map_err(|error| format!("{source:?} is not JSON: {error}"))?;
            FieldRuleSource::Constant(source.to_owned())
        } else {
            FieldRuleSource::Value(way_of(source)?)
        };
        Ok(Self { target: way_of(target)?, source })
    }
}

fn way_of(text: &str) -> Result<Vec<String>, String> {
    let way: Vec<String> = text.trim().split('.').map(|name| name.trim().to_owned()).collect();
    let is_whole = way.iter().all(|name| !name.is_empty() && name != ALL);
    is_whole
        .then_some(way)
        .ok_or_else(|| format!("{text:?} is not a name, or names with dots between"))
}

impl FieldMap {
    /// Adds a line.
    ///
    /// # Errors
    /// A line that cannot stand beside those before.
    pub fn add(&mut self, rule: FieldRule) -> Result<(), String> {
        let is_placed = |rule: &FieldRule| {
            !matches!(rule.source, FieldRuleSource::Rest(_) | FieldRuleSource::Dropped(_))
        };
        let is_rest = |rule: &FieldRule| matches!(rule.source, FieldRuleSource::Rest(_));
        let shown = || rule.target.join(".");
        for other in &self.rules {
            let both_placed = is_placed(&rule) && is_placed(other);
            if both_placed
                && (rule.target.starts_with(&other.target)
                    || other.target.starts_with(&rule.target))
            {
                return Err(format!("{} has a value already", shown()));
            }
            let is_within = (is_rest(&rule)
                && is_placed(other)
                && rule.target.starts_with(&other.target))
                || (is_rest(other) && is_placed(&rule) && other.target.starts_with(&rule.target));
            if is_within {
                return Err(format!("{} cannot be both a value and an object", shown()));
            }
            if is_rest(&rule) && is_rest(other) && rule.source == other.source {
                return Err("these members have a place already".to_owned());
            }
        }
        self.rules.push(rule);
        Ok(())
    }

    /// True without lines.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Appends the event of a line in this form.
    ///
    /// # Errors
    /// A line that is no JSON object.
    pub fn encode(&self, line: &[u8], out: &mut Vec<u8>) -> Result<(), ScanError> {
        let mut root = MappedObject::default();
        for rule in &self.rules {
            match &rule.source {
                FieldRuleSource::Constant(json) => root.put(&rule.target, json.as_bytes()),
                FieldRuleSource::Value(way) => {
                    if let Some(value) = found(line, way)? {
                        root.put(&rule.target, value);
                    }
                }
                FieldRuleSource::Rest(_) | FieldRuleSource::Dropped(_) => {}
            }
        }
        for rule in &self.rules {
            if let FieldRuleSource::Rest(way) = &rule.source
                && let Some(object) = found(line, way)?
                && object.first() == Some(&b'{')
            {
                scan::each_member(object, |key, value| {
                    let key = name(key);
                    if !self.is_named(way, &key) {
                        root.put_rest(&rule.target, key, value);
                    }
                    Ok(())
                })?;
            }
        }
        root.push(out);
        Ok(())
    }

    /// True if a line names a member of an object of the event.
    fn is_named(&self, object: &[String], member: &str) -> bool {
        self.rules.iter().any(|rule| match &rule.source {
            FieldRuleSource::Constant(_) => false,
            FieldRuleSource::Value(way)
            | FieldRuleSource::Rest(way)
            | FieldRuleSource::Dropped(way) => {
                way.len() == object.len() + 1
                    && way.starts_with(object)
                    && way[object.len()] == member
            }
        })
    }

    /// The event of a text in this form, as a line of our own without its end, as far as the form carries it.
    ///
    /// # Errors
    /// A text that is no JSON object.
    pub fn decode(&self, text: &[u8]) -> Result<Vec<u8>, ScanError> {
        let mut root = MappedObject::default();
        scan::each_member(text, |_, _| Ok(()))?;
        for rule in &self.rules {
            if let FieldRuleSource::Value(way) = &rule.source
                && let Some(value) = found(text, &rule.target)?
            {
                root.put(way, value);
            }
        }
        for rule in &self.rules {
            if let FieldRuleSource::Rest(way) = &rule.source
                && let Some(object) = found(text, &rule.target)?
                && object.first() == Some(&b'{')
            {
                scan::each_member(object, |key, value| {
                    let key = name(key);
                    if !self.is_target(&rule.target, &key) {
                        root.put_rest(way, key, value);
                    }
                    Ok(())
                })?;
            }
        }
        let mut line = Vec::with_capacity(text.len());
        root.push(&mut line);
        Ok(line)
    }

    /// True if a line has its place at a member of an object of this form, or within that.
    fn is_target(&self, object: &[String], member: &str) -> bool {
        self.rules.iter().any(|rule| {
            let target = &rule.target;
            target.len() > object.len()
                && target.starts_with(object)
                && target[object.len()] == member
        })
    }
}

/// The value at the end of a way through objects.
fn found<'a>(object: &'a [u8], way: &[String]) -> Result<Option<&'a [u8]>, ScanError> {
    let mut at = object;
    for name in way {
        if at.trim_ascii_start().first() != Some(&b'{') {
            return Ok(None);
        }
        let [member] = scan::members(at, [name.as_str()])?;
        let Some(member) = member else { return Ok(None) };
        at = member;
    }
    Ok(Some(at))
}

/// An object that is being put together.
#[derive(Debug, Default)]
struct MappedObject<'a> {
    members: Vec<(Cow<'a, str>, MappedValue<'a>)>,
}

#[derive(Debug)]
enum MappedValue<'a> {
    Value(&'a [u8]),
    Object(MappedObject<'a>),
}

impl<'a> MappedObject<'a> {
    /// Puts a value at the end of a way.
    fn put(&mut self, way: &'a [String], value: &'a [u8]) {
        let Some((last, objects)) = way.split_last() else { return };
        if let Some(branch) = self.object(objects)
            && !branch.has(last)
        {
            branch.members.push((Cow::Borrowed(last), MappedValue::Value(value)));
        }
    }

    /// Puts a member into the object at the end of a way, unless it has one of that name.
    fn put_rest(&mut self, way: &'a [String], key: Cow<'a, str>, value: &'a [u8]) {
        if let Some(branch) = self.object(way)
            && !branch.has(&key)
        {
            branch.members.push((key, MappedValue::Value(value)));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// The object at the end of a way, which is made if it is not there; none if a value stands in the way.
    fn object(&mut self, way: &'a [String]) -> Option<&mut Self> {
        let Some((first, rest)) = way.split_first() else { return Some(self) };
        if !self.has(first) {
            self.members.push((Cow::Borrowed(first), MappedValue::Object(MappedObject::default())));
        }
        let twig = self.members.iter_mut().find(|(known, _)| known == first.as_str());
        match twig {
            Some((_, MappedValue::Object(branch))) => branch.object(rest),
            _ => None,
        }
    }

    fn push(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (number, (name, twig)) in self.members.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            push_key(name, out);
            match twig {
                MappedValue::Value(value) => out.extend_from_slice(value),
                MappedValue::Object(branch) => branch.push(out),
            }
        }
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"event_id":"1","event_type":"a","user_id":"u","props":{"price":1.50,"secret":"s","b":[1]},"user":{"plan":"pro"}}"#;

    fn map(lines: &[&str]) -> FieldMap {
        let mut map = FieldMap::default();
        for line in lines {
            map.add(line.parse().unwrap()).unwrap();
        }
        map
    }

    fn encoded(lines: &[&str]) -> String {
        let mut out = Vec::new();
        map(lines).encode(LINE.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_renamed_nested_flattened_dropped_and_added() {
        assert_eq!(
            encoded(&[
                "id = event_id",
                "who.id = user_id",
                "who.plan = user.plan",
                "v = \"1\"",
                "page = page_path"
            ]),
            r#"{"id":"1","who":{"id":"u","plan":"pro"},"v":"1"}"#
        );
        assert_eq!(encoded(&["* = props", "drop props.secret"]), r#"{"price":1.50,"b":[1]}"#);
        assert_eq!(
            encoded(&[
                "id = event_id",
                "* = *",
                "data.* = props",
                "drop props.secret",
                "drop user"
            ]),
            r#"{"id":"1","event_type":"a","user_id":"u","data":{"price":1.50,"b":[1]}}"#
        );
        assert_eq!(
            encoded(&["x = props", "y = event_type"]),
            r#"{"x":{"price":1.50,"secret":"s","b":[1]},"y":"a"}"#
        );
    }

    #[test]
    fn what_a_form_carries_comes_back() {
        for lines in [
            &["* = *"][..],
            &["id = event_id", "* = *", "data.* = props"],
            &[
                "a.b = event_id",
                "a.c = user_id",
                "t = event_type",
                "p = props",
                "u.* = user",
                "v = 1",
            ],
            &["* = props", "_.* = *"],
        ] {
            let decoded = map(lines).decode(encoded(lines).as_bytes()).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
            assert_eq!(
                value,
                serde_json::from_str::<serde_json::Value>(LINE).unwrap(),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn wrong_lines_and_lines_that_do_not_agree_are_refused() {
        for line in ["a", "= b", "a =", "a..b = c", "a = {", "drop ", "* = props.*"] {
            assert!(line.parse::<FieldRule>().is_err(), "{line}");
        }
        for (first, second) in [
            ("a = event_id", "a = user_id"),
            ("a = event_id", "a.b = user_id"),
            ("a.b = event_id", "a = user_id"),
            ("a = event_id", "a.* = props"),
            ("* = props", "b.* = props"),
        ] {
            let mut map = map(&[first]);
            assert!(map.add(second.parse().unwrap()).is_err(), "{first}, {second}");
        }
    }
}
