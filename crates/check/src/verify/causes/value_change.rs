//! Changes of a field's value: from what it was and what it is, which changes it may have been.

use std::fmt;

use serde_json::Value;

use event_simulator::event::Field;
use event_simulator::time::{EpochUnit, TimeForm, WrittenTime};

use crate::comparison::{FieldChange, RawEvent};

use super::text_change::TextChange;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// A change that a field's values may have gone through. Of several that all values fit, the first is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ValueChange {
    /// It is not there any more.
    Lost,
    /// There was none.
    Gained,
    /// It means the same in another JSON type.
    Retyped,
    /// Its JSON as a text.
    Encoded,
    /// A text that is no JSON, where an object or a list was.
    NotJson,
    /// A time as a number of these units since the epoch.
    SinceEpoch(&'static str),
    /// The value of another field.
    OfField(&'static str),
    /// A time moved by so many milliseconds.
    ShiftedMillis(i64),
    /// A time cut or rounded to so many milliseconds.
    CutToMillis(i64),
    /// A time that has nothing to do with what it was, by days.
    TimeReplaced,
    /// A number multiplied by a power of ten.
    ScaledByTenTo(i32),
    /// A number in single precision.
    SinglePrecision,
    /// A number in double precision, which has fewer digits than it had.
    DoublePrecision,
    /// A number rounded to so many decimals.
    RoundedToDecimals(i32),
    /// A number to which this was added.
    Added(i64),
    /// A text changed by a rule.
    Text(TextChange),
    /// Values in an object or a list that were changed so.
    Inside(Box<ValueChange>),
    /// A time in a form that is not read.
    UnreadableTime,
    /// Always this value, whatever it was.
    Constant(String),
    /// Another value for each value, always the same.
    Mapped,
}

impl ValueChange {
    /// All changes that this one may have been.
    pub(super) fn of(change: &FieldChange, sent_line: &[u8]) -> Vec<Self> {
        if change.received.is_empty() {
            return vec![Self::Lost];
        }
        if change.sent.is_empty() {
            return vec![Self::Gained, Self::Constant(change.received.clone())];
        }
        let mut found = Vec::new();
        if let (Ok(sent), Ok(received)) = (
            serde_json::from_str::<Value>(&change.sent),
            serde_json::from_str::<Value>(&change.received),
        ) {
            let is_time = change.field == Field::EventTime.name();
            let units = if is_time { epoch_units(&sent, &received) } else { Vec::new() };
            if !units.is_empty() {
                return units.into_iter().map(Self::SinceEpoch).collect();
            }
            if (sent.is_object() || sent.is_array())
                && let Some(text) = received.as_str()
            {
                return vec![if is_encoded(&sent, text) { Self::Encoded } else { Self::NotJson }];
            }
            let is_nested = |value: &Value| value.is_object() || value.is_array();
            if is_nested(&sent) && is_nested(&received) {
                found.extend(changes_inside(&sent, &received));
            }
            if has_lost_digits(change, &sent, &received) {
                return vec![Self::DoublePrecision];
            }
            if is_retyped(&sent, &received) {
                return vec![Self::Retyped];
            }
            match (sent.as_f64(), received.as_f64(), sent.as_str(), received.as_str()) {
                (.., Some(sent), Some(received)) if is_time && is_time_text(received) => {
                    found.extend(time_changes(sent, received));
                }
                (Some(sent), Some(received), ..) => number_changes(sent, received, &mut found),
                (.., Some(sent), Some(received)) => {
                    found.extend(TextChange::of(sent, received).into_iter().map(Self::Text));
                    found.extend(other_field(&change.field, received, sent_line));
                }
                _ => {}
            }
            let is_unreadable = is_time && !received.as_str().is_some_and(is_time_text);
            found.extend(is_unreadable.then_some(Self::UnreadableTime));
        }
        found.push(Self::Constant(change.received.clone()));
        found
    }

    /// Whether a text would be another one after the change; nothing if that depends on more.
    pub(super) fn would_change(&self, text: &str) -> Option<bool> {
        match self {
            Self::Text(change) => change.would_change(text),
            Self::Inside(change) => {
                let value = serde_json::from_str::<Value>(text).ok()?;
                Some(leaves(&value).iter().any(|leaf| match leaf {
                    Value::String(text) => change.would_change(text).unwrap_or(true),
                    _ => !matches!(**change, Self::Text(_)),
                }))
            }
            Self::Constant(value) => Some(plain_text(value) != text),
            _ => None,
        }
    }

    /// The milliseconds by which a time is moved, if that is the change.
    pub(super) fn shift(&self) -> Option<i64> {
        match self {
            Self::ShiftedMillis(millis) => Some(*millis),
            _ => None,
        }
    }

    /// True if a time would be another one after the change.
    pub(super) fn would_change_time(&self, millis: u64) -> bool {
        match self {
            Self::CutToMillis(unit) => !millis.is_multiple_of(unit.unsigned_abs().max(1)),
            _ => true,
        }
    }
}

fn plain_text(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// True for numbers that no double tells apart, and that are apart by their digits.
fn has_lost_digits(change: &FieldChange, sent: &Value, received: &Value) -> bool {
    let digits = |text: &str| {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').to_owned()
    };
    sent.is_number()
        && received.is_number()
        && sent.as_f64() == received.as_f64()
        && digits(&change.sent) != digits(&change.received)
}

fn is_retyped(sent: &Value, received: &Value) -> bool {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_same_kind = std::mem::discriminant(sent) == std::mem::discriminant(received);
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let is_same_number = number(sent).is_some() && number(sent) == number(received);
    let is_same_text = plain(sent) == plain(received);
    // 2 and 2.0 are of one JSON type, but of two in most languages.
    let is_number_form = sent.is_number() && received.is_number() && is_same_number;
    let is_flag_as_number = sent.is_boolean()
        && (received.as_f64() == Some(f64::from(u8::from(sent == &Value::Bool(true)))));
    is_number_form
        || is_flag_as_number
        || !is_same_kind && (is_same_text || is_same_number || is_spelled_flag(sent, received))
}

/// The units that a number since the epoch may have, if it is the time that was sent to their precision.
fn epoch_units(sent: &Value, received: &Value) -> Vec<&'static str> {
    let sent = sent.as_str().and_then(WrittenTime::of_text).map(|sent| sent.time.as_millis());
    let received = match received {
        Value::Number(number) => WrittenTime::of_number(&number.to_string()),
        Value::String(text) => WrittenTime::of_number(text),
        _ => None,
    };
    let (Some(sent), Some(WrittenTime { time, form: TimeForm::SinceEpoch { unit, .. } })) =
        (sent, received)
    else {
        return Vec::new();
    };
    let units: &[(&str, u64)] = match unit {
        EpochUnit::Seconds => &[("seconds", 1), ("whole seconds", 1_000)],
        EpochUnit::Millis => &[("milliseconds", 1)],
        EpochUnit::Micros => &[("microseconds", 1)],
        EpochUnit::Nanos => &[("nanoseconds", 1)],
    };
    let fits = |(_, precision): &&(&str, u64)| time.as_millis() == sent / precision * precision;
    units.iter().filter(fits).map(|(name, _)| *name).collect()
}

/// True for a text of the same JSON, also if it is encoded more than once.
fn is_encoded(sent: &Value, text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::String(inner)) => is_encoded(sent, &inner),
        Ok(value) => value == *sent,
        Err(_) => false,
    }
}

fn is_time_text(text: &str) -> bool {
    WrittenTime::of_text(text).is_some()
}

fn is_spelled_flag(sent: &Value, received: &Value) -> bool {
    sent.is_boolean()
        && received.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&sent.to_string()))
}

fn time_changes(sent: &str, received: &str) -> Vec<ValueChange> {
    /// Day, hour, minute, second.
    const UNITS: [i64; 4] = [24 * MILLIS_PER_HOUR, MILLIS_PER_HOUR, 60_000, 1_000];
    let millis = |text: &str| Some(WrittenTime::of_text(text)?.time.as_millis().cast_signed());
    let text = received;
    let (Some(sent), Some(received)) = (millis(sent), millis(received)) else { return Vec::new() };
    let delta = received - sent;
    let is_date = WrittenTime::of_text(text).is_some_and(|time| time.form == TimeForm::Date);
    let units = if is_date { &UNITS[..1] } else { &UNITS[..] };
    let cut = units.iter().copied().filter(|unit| received % unit == 0 && delta.abs() < *unit);
    let mut found = vec![ValueChange::ShiftedMillis(delta)];
    found.extend(cut.map(ValueChange::CutToMillis));
    found.extend((delta.abs() > UNITS[0]).then_some(ValueChange::TimeReplaced));
    found
}

fn number_changes(sent: f64, received: f64, found: &mut Vec<ValueChange>) {
    if f64::from(sent as f32).to_bits() == received.to_bits() {
        found.push(ValueChange::SinglePrecision);
    }
    for power in [2, 3, 6, -2, -3, -6] {
        let scaled = sent * libm::pow(10.0, f64::from(power));
        if sent != 0.0 && (scaled - received).abs() <= 1e-9 * scaled.abs() {
            found.push(ValueChange::ScaledByTenTo(power));
        }
    }
    for decimals in 0..6 {
        let scale = libm::pow(10.0, f64::from(decimals));
        let is_whole = (received * scale - (received * scale).round()).abs() < 1e-6;
        let was_whole = (sent * scale - (sent * scale).round()).abs() < 1e-6;
        if is_whole && !was_whole && ((sent - received) * scale).abs() <= 1.0 {
            found.push(ValueChange::RoundedToDecimals(decimals));
            break;
        }
    }
    let delta = received - sent;
    if delta.fract() == 0.0 && delta.abs() < 1e15 {
        found.push(ValueChange::Added(delta as i64));
    }
}

/// What is in a value and is no object or list.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        leaf => vec![leaf],
    }
}

/// The changes that all values may have gone through that differ in two objects or lists of one form.
fn changes_inside(sent: &Value, received: &Value) -> Vec<ValueChange> {
    let (sent, received) = (leaves(sent), leaves(received));
    let mut common: Option<Vec<ValueChange>> = None;
    if sent.len() != received.len() {
        return Vec::new();
    }
    for (sent, received) in sent.into_iter().zip(received).filter(|(a, b)| a != b) {
        let mut found = Vec::new();
        match (sent, received) {
            (Value::String(sent), Value::String(received)) => {
                found.extend(TextChange::of(sent, received).into_iter().map(ValueChange::Text));
            }
            (Value::Number(sent), Value::Number(received)) => {
                if let Some((sent, received)) = sent.as_f64().zip(received.as_f64()) {
                    number_changes(sent, received, &mut found);
                }
            }
            _ => {}
        }
        match &mut common {
            Some(common) => common.retain(|change| found.contains(change)),
            None => common = Some(found),
        }
    }
    let inside = |change| ValueChange::Inside(Box::new(change));
    common.into_iter().flatten().map(inside).collect()
}

/// The other field whose sent value was received.
fn other_field(field: &str, received: &str, sent_line: &[u8]) -> Option<ValueChange> {
    let event = RawEvent::of_any(sent_line);
    let other = Field::ALL.into_iter().filter(|other| other.name() != field);
    let holder = |other: &Field| event.text(*other).is_some_and(|text| text == received);
    other.into_iter().find(holder).map(|other| ValueChange::OfField(other.name()))
}

impl fmt::Display for ValueChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("is gone or null: a column or key is not carried over"),
            Self::Gained => f.write_str("was added where there was none"),
            Self::Retyped => f.write_str(
                "has another JSON type with the same meaning: inferred types, or an integer column \
                 with nulls",
            ),
            Self::Encoded => {
                f.write_str("is a text with the same JSON: encoded once more, or a column of texts")
            }
            Self::NotJson => {
                f.write_str("is a text that is no JSON: a Python dict, or a database's struct")
            }
            Self::SinceEpoch(units) => {
                write!(f, "is a number of {units} since 1970: another form of time")
            }
            Self::UnreadableTime => f.write_str("is in a form that is not read as a time"),
            Self::OfField(other) => write!(f, "holds the value of {other}: columns swapped"),
            Self::ShiftedMillis(millis) if millis % (MILLIS_PER_HOUR / 4) == 0 => {
                let hours = *millis as f64 / MILLIS_PER_HOUR as f64;
                if hours % 24.0 == 0.0 {
                    return write!(f, "is moved by {:+} d: dates replaced or moved", hours / 24.0);
                }
                write!(
                    f,
                    "is moved by {hours:+} h: local time taken for UTC, or the other way round"
                )
            }
            Self::ShiftedMillis(millis) => {
                let seconds = *millis as f64 / 1_000.0;
                write!(f, "is moved by {seconds:+} s: a clock, or a replayed time")
            }
            Self::CutToMillis(unit) => {
                let unit = match *unit {
                    1_000 => "seconds: milliseconds were cut off or rounded",
                    60_000 => "minutes",
                    MILLIS_PER_HOUR => "hours",
                    _ => "days",
                };
                write!(f, "is cut to {unit}")
            }
            Self::TimeReplaced => f.write_str(
                "was replaced on the way, as by the time of arrival (if the target is meant to: --times \
                 ignore)",
            ),
            Self::ScaledByTenTo(power) => {
                write!(f, "is multiplied by {}", libm::pow(10.0, f64::from(*power)))
            }
            Self::SinglePrecision => f.write_str("went through single precision (float32)"),
            Self::DoublePrecision => f.write_str(
                "lost digits that a double does not have: a reader that takes every number for one, \
                 as JavaScript",
            ),
            Self::RoundedToDecimals(decimals) => write!(f, "is rounded to {decimals} decimals"),
            Self::Added(amount) => write!(f, "is changed by {amount:+}"),
            Self::Text(change) => change.fmt(f),
            Self::Inside(change) => write!(f, "has values in it of which each {change}"),
            Self::Mapped => f.write_str(
                "is another value for each value, always the same one: a mapping, or pseudonyms",
            ),
            Self::Constant(value) => write!(f, "is always {value}, whatever was sent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::causes::text_change::LengthUnit;

    #[test]
    fn values_in_lists_and_objects_are_looked_at() {
        let change = |sent: &str, received: &str| FieldChange {
            field: "props.items".to_owned(),
            sent: sent.to_owned(),
            received: received.to_owned(),
        };
        let sent = r#"[{"sku":"boots-42","name":"Boots"},{"sku":"hat-7","name":"A hat of felt"}]"#;
        let received = r#"[{"sku":"boots-","name":"Boots"},{"sku":"hat-7","name":"A hat "}]"#;
        let found = ValueChange::of(&change(sent, received), b"{}");
        let cut = ValueChange::Text(TextChange::Truncated(6, LengthUnit::Characters));
        let inside = ValueChange::Inside(Box::new(cut));
        assert!(found.contains(&inside), "{found:?}");
        assert_eq!(inside.would_change(sent), Some(true));
        assert_eq!(inside.would_change(r#"["short"]"#), Some(false));
    }
}
