//! The kinds of values that only the keys of properties have.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::quantity::parse_duration;
use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{ScalarKind, Text};
use crate::scenario::limits::LIST_ENTRIES;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::{ScenarioKey, object_schema};
use crate::scenario::section::{KeyKind, Keys, Visit};
use crate::scenario::yaml::Content;
use crate::time::VirtualTime;

/// A group of keys that may be left out as a whole.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct OptionalGroup;

impl<T: Keys + Default> KeyKind<Option<T>> for OptionalGroup {
    fn visit(&self, value: &mut Option<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return visit.section(field, |section| T::default().visit(section));
        }
        if field.node.is_some() {
            *value = Some(T::default());
        }
        if let Some(value) = value {
            visit.section(field, |section| value.visit(section));
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        object_schema(keys)
    }

    fn limits(&self) -> String {
        String::new()
    }

    fn default(&self, _: &Option<T>) -> Option<Value> {
        None
    }
}

/// Any plain data.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct AnyValue;

impl KeyKind<Option<Value>> for AnyValue {
    fn visit(&self, value: &mut Option<Value>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(node) = field.node else { return };
        match exact_json(&node.content) {
            Ok(read) => *value = Some(read),
            Err(text) => {
                let message = format!("{text} cannot be written exactly");
                visit.report(
                    field.problem(message).help("write it with 15 digits at most, or quote it"),
                );
            }
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({})
    }

    fn limits(&self) -> String {
        "any value".to_owned()
    }

    fn default(&self, _: &Option<Value>) -> Option<Value> {
        None
    }
}

/// A value as plain data whose numbers are what was written; or the number that is not.
fn exact_json(content: &Content) -> Result<Value, String> {
    const MOST_DIGITS: usize = 15;
    match content {
        Content::List(items) => {
            let items = items.iter().map(|item| exact_json(&item.content));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Content::Map(entries) => {
            let member = |entry: &crate::scenario::yaml::MapEntry| {
                Ok((entry.key.clone(), exact_json(&entry.value.content)?))
            };
            Ok(Value::Object(entries.iter().map(member).collect::<Result<Map<_, _>, String>>()?))
        }
        Content::Scalar(scalar) => {
            let value = content.to_json();
            let digits = scalar.text.split(['e', 'E']).next().unwrap_or_default();
            let digits = digits.chars().filter(char::is_ascii_digit).collect::<String>();
            let is_whole = scalar.text.parse::<i64>().is_ok();
            if value.is_number() && !is_whole && digits.trim_start_matches('0').len() > MOST_DIGITS
            {
                return Err(scalar.text.clone());
            }
            Ok(value)
        }
    }
}

/// The networks that are kept free for documentation, and so belong to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IpVersion {
    /// `192.0.2.0/24`, `198.51.100.0/24` and `203.0.113.0/24` (RFC 5737).
    V4,
    /// `2001:db8::/32` (RFC 3849).
    V6,
}

impl IpVersion {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 2] = [("v4", Self::V4), ("v6", Self::V6)];
}

/// Values to choose from.
#[derive(Clone, Debug, PartialEq)]
pub enum Choices {
    /// Texts with their weights.
    Weighted(Vec<(String, f64)>),
    /// Any values, each as likely as another.
    Even(Vec<Value>),
    /// The variants of an experiment with their shares.
    Variants(Vec<(String, f64)>),
}

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Weighted(weights) | Self::Variants(weights) => {
                serializer.collect_map(weights.iter().map(|(k, v)| (k, v)))
            }
            Self::Even(values) => serializer.collect_seq(values),
        }
    }
}

/// A mapping of texts to weights, or a list of values.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct ChoicesKind;

impl KeyKind<Option<Choices>> for ChoicesKind {
    fn visit(&self, value: &mut Option<Choices>, field: &KeyValue<'_>, visit: &mut Visit) {
        match field.node.map(|node| &node.content) {
            Some(Content::Map(entries)) => {
                visit.report_duplicates(entries, &field.path);
                let mut weights = Vec::with_capacity(entries.len());
                for entry in entries {
                    let place = KeyValue::entry(entry, &field.path);
                    match WEIGHT.read(&place) {
                        Ok(weight) => weights.push((entry.key.clone(), weight)),
                        Err(problem) => visit.report(problem),
                    }
                }
                *value = Some(Choices::Weighted(weights));
            }
            Some(Content::List(items)) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let mut read = None;
                    AnyValue.visit(&mut read, &field.item(index, Some(item)), visit);
                    values.extend(read);
                }
                *value = Some(Choices::Even(values));
            }
            Some(Content::Scalar(_)) => {
                let problem = field.expected("values with their weights, or a list of values");
                visit.report(problem.help("such as `{ free: 0.9, pro: 0.1 }` or `[S, M, L]`"));
                *value = Some(Choices::Even(vec![Value::Null]));
            }
            None => {}
        }
        if let Some(choices) = value
            && let Some(message) = wrong(choices)
            && visit.is_sound(&field.path)
        {
            visit.report(field.problem(message));
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "anyOf": [
            { "type": "object", "additionalProperties": ScalarKind::schema(&WEIGHT), "minProperties": 1 },
            { "type": "array", "minItems": 1, "maxItems": LIST_ENTRIES },
        ] })
    }

    fn limits(&self) -> String {
        "values with weights, or a list".to_owned()
    }

    fn default(&self, _: &Option<Choices>) -> Option<Value> {
        None
    }
}

const WEIGHT: crate::scenario::kinds::Decimal =
    crate::scenario::kinds::Decimal { min: 0.0, max: 1e9, unit: "" };

fn wrong(choices: &Choices) -> Option<String> {
    let (count, is_possible) = match choices {
        Choices::Weighted(weights) => {
            let are_weights = weights.iter().all(|(_, weight)| WEIGHT.check(weight).is_ok());
            (weights.len(), are_weights && weights.iter().any(|(_, weight)| *weight > 0.0))
        }
        Choices::Even(values) => (values.len(), true),
        Choices::Variants(shares) => (shares.len(), true),
    };
    match count {
        0 => Some("expected one value at least, found none".to_owned()),
        1..=LIST_ENTRIES if is_possible => None,
        1..=LIST_ENTRIES => Some("expected weights from 0 on, one of them above 0".to_owned()),
        _ => Some(format!("at most {LIST_ENTRIES} values are allowed, found {count}")),
    }
}

/// A moment: a time, or a duration before or after the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A time.
    At(VirtualTime),
    /// Milliseconds after the event; before it if negative.
    After(i64),
}

impl Moment {
    /// The moment of a text such as `2026-01-01T00:00:00Z`, `-30d` or `2h`.
    pub fn of_text(text: &str) -> Option<Self> {
        if let Ok(time) = text.parse() {
            return Some(Self::At(time));
        }
        let size = text.strip_prefix(['+', '-']).unwrap_or(text);
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).ok();
        let millis = parse_duration(size).ok().and_then(millis)?;
        Some(Self::After(if text.starts_with('-') { -millis } else { millis }))
    }

    /// True if this moment is after another, whenever the event is.
    pub(super) fn is_surely_after(self, other: Self) -> bool {
        match (self, other) {
            (Self::At(this), Self::At(other)) => this > other,
            (Self::After(this), Self::After(other)) => this > other,
            _ => false,
        }
    }
}

/// The text of a moment.
pub(super) const MOMENT: Text = Text {
    check: |text| match Moment::of_text(text) {
        Some(_) => Ok(()),
        None => Err(format!(
            "expected a time such as 2026-01-01T00:00:00Z, or a duration from the event on such as \
             -30d, 0s or 2h; found {text:?}"
        )),
    },
    limits: "a time in RFC 3339, or a duration from the event on such as -30d",
    schema: || json!({ "minLength": 1 }),
};

/// The form in which a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentForm {
    /// RFC 3339 with milliseconds, in UTC.
    #[default]
    DateTime,
    /// The date in UTC.
    Date,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

impl MomentForm {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("date_time", Self::DateTime),
        ("date", Self::Date),
        ("unix_seconds", Self::UnixSeconds),
        ("unix_millis", Self::UnixMillis),
    ];
}

/// The definition of a property, wherever one stands in another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nested;

impl<T: Keys> KeyKind<Box<T>> for Nested {
    fn visit(&self, value: &mut Box<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return;
        }
        if field.node.is_none() && field.position.is_some() {
            let problem: Problem = field.problem("missing");
            return visit.report(problem.help("add `of: { choice: [a, b] }`"));
        }
        visit.section(field, |section| value.visit(section));
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "$ref": "#/definitions/property" })
    }

    fn limits(&self) -> String {
        "a property".to_owned()
    }

    fn default(&self, _: &Box<T>) -> Option<Value> {
        None
    }

    fn is_required(&self) -> bool {
        true
    }
}
