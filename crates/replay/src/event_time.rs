//! The time field: reading it in the forms that are about, and rewriting it in the same form.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::json;

use super::options::EventTime;
use super::source::{Item, Span};
use event_simulator::time::{VirtualTime, WrittenTime};
use event_simulator::wire::scan;

/// A text of digits is a number since the epoch if it has so many: seconds from 1973 on.
const LEAST_DIGITS: usize = 9;

/// The time that a raw JSON value stands for: a date and time of day in any form, or a number since the
/// epoch, which may stand in quotes.
pub(super) fn read(value: &[u8]) -> Result<VirtualTime, String> {
    scan::time(value).or_else(|error| match written(value) {
        Some(written) => Ok(written.time),
        None if value.first() == Some(&b'"') => Err(error.to_string()),
        None => Err(format!("{} is not a time", String::from_utf8_lossy(value))),
    })
}

fn written(value: &[u8]) -> Option<WrittenTime> {
    if value.first() != Some(&b'"') {
        return WrittenTime::of_number(std::str::from_utf8(value).ok()?);
    }
    let text = scan::text(value).ok()?;
    let is_number = || text.bytes().take_while(u8::is_ascii_digit).count() >= LEAST_DIGITS;
    WrittenTime::of_text(&text)
        .or_else(|| is_number().then(|| WrittenTime::of_number(&text)).flatten())
}

/// The body to be sent now instead of the event's own, if its time is to say something else.
pub(super) fn body(item: &Item, says: EventTime, shift_millis: Option<i64>) -> Option<Bytes> {
    let time = match says {
        EventTime::Original => return None,
        EventTime::Now => VirtualTime::from_millis(wall_millis()),
        EventTime::Shift => {
            let shifted = item.time?.as_millis().checked_add_signed(shift_millis?)?;
            VirtualTime::from_millis(shifted)
        }
    };
    Some(rewritten(item, time?))
}

/// Milliseconds from `time` to now.
pub(super) fn shift_to_now(time: VirtualTime) -> i64 {
    wall_millis().cast_signed() - time.as_millis().cast_signed()
}

/// Milliseconds since the epoch by the machine's clock.
fn wall_millis() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// The item's body with its time field saying `time`, in the form that it had. All other bytes stay as
/// they are.
fn rewritten(item: &Item, time: VirtualTime) -> Bytes {
    let body = &item.body;
    let Some(range) = item.time_value.map(Span::range) else { return body.clone() };
    let (Some(before), Some(old), Some(after)) =
        (body.get(..range.start), body.get(range.clone()), body.get(range.end..))
    else {
        return body.clone();
    };
    let new = match written(old).map(|written| written.form.write(time)) {
        Some(number) if old.first() != Some(&b'"') => number,
        text => json!(text.unwrap_or_else(|| time.to_string())).to_string(),
    };
    Bytes::from([before, new.as_bytes(), after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(value: &str) -> Option<u64> {
        read(value.as_bytes()).ok().map(VirtualTime::as_millis)
    }

    #[test]
    fn times_are_read_in_the_forms_that_are_about() {
        for value in [
            "\"2026-01-01T12:00:00Z\"",
            "\"2026-01-01T14:00:00+02:00\"",
            "\"2026-01-01 12:00:00\"",
            "1767268800",
            "1767268800.0",
            "1767268800000",
            "1767268800000000",
            "\"1767268800000\"",
            "\"1767268800000000\"",
            "\"2026-01-01 12:00:00.000000 UTC\"",
        ] {
            assert_eq!(millis(value), Some(1_767_268_800_000), "{value}");
        }
        for value in ["null", "true", "\"\"", "\"tomorrow\"", "\"7\"", "-5", "1e300", "{}"] {
            assert_eq!(millis(value), None, "{value}");
        }
    }

    #[test]
    fn only_the_time_changes_and_keeps_its_form() {
        for (value, expected) in [
            ("\"2020-01-01T00:00:00Z\"", "\"2026-01-01T12:00:00.250Z\""),
            ("1577836800", "1767268800"),
            ("1577836800.5", "1767268800.250"),
            ("1577836800000", "1767268800250"),
            ("\"1577836800000000\"", "\"1767268800250000\""),
            ("\"2020-01-01 00:00:00.000000 UTC\"", "\"2026-01-01 12:00:00.250000 UTC\""),
        ] {
            let line = format!("{{ \"t\" : {value} , \"x\":\"{value_}\"}}", value_ = "t");
            let whole = line.as_bytes();
            let part = scan::members(whole, ["t"]).unwrap()[0].unwrap();
            let item = Item {
                position: 1,
                time: None,
                lane: None,
                time_value: Span::of(part, whole),
                id: None,
                kind: None,
                body: Bytes::copy_from_slice(whole),
            };
            let time = VirtualTime::from_millis(1_767_268_800_250).unwrap();
            assert_eq!(rewritten(&item, time), line.replacen(value, expected, 1));
        }
    }
}
