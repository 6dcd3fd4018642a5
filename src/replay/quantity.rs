//! Durations and rates as people write them: `50ms`, `1h30m`, `2000/s`.

use std::time::Duration;

/// A text that is not a quantity of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct QuantityError {
    text: String,
    wanted: &'static str,
}

const UNITS: [(&str, f64); 6] =
    [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];

/// A century: long enough for any wait, short enough to be added to any instant.
const MAX_SECONDS: f64 = 100.0 * 365.25 * 86_400.0;

/// Reads `50ms`, `10m`, `1h30m` or `2.5s`. The units are ns, us, ms, s, m and h.
///
/// ```
/// use std::time::Duration;
/// use event_simulator::replay::parse_duration;
///
/// assert_eq!(parse_duration("1m30s")?, Duration::from_secs(90));
/// assert!(parse_duration("90").is_err(), "a unit is needed");
/// # Ok::<(), event_simulator::replay::QuantityError>(())
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let error = || QuantityError {
        text: text.to_owned(),
        wanted: "a duration such as 50ms, 5s, 10m or 1h30m",
    };
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(error());
    }
    while !rest.is_empty() {
        let (number, after_number) = split_where(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, after_unit) = split_where(after_number, |c| !c.is_ascii_alphabetic());
        let number: f64 = number.parse().map_err(|_| error())?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        seconds += number * scale;
        rest = after_unit;
    }
    if seconds <= MAX_SECONDS { Ok(Duration::from_secs_f64(seconds)) } else { Err(error()) }
}

/// Reads events a second: `2000/s`, `2000`, `30/m` or `100/h`.
pub fn parse_rate(text: &str) -> Result<f64, QuantityError> {
    let error =
        || QuantityError { text: text.to_owned(), wanted: "a rate above 0 such as 2000/s or 30/m" };
    let (number, unit) = text.trim().split_once('/').unwrap_or((text.trim(), "s"));
    let number: f64 = number.trim().parse().map_err(|_| error())?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(error()),
    };
    let rate = number / seconds;
    if rate.is_finite() && rate > 0.0 && rate <= 1e9 { Ok(rate) } else { Err(error()) }
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// A duration in the unit that suits it: `85 us`, `1.20 ms`, `3.4 s`, `12m 05s`.
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1e-3 {
        format!("{} us", duration.as_micros())
    } else if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1e3)
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else if seconds < 3_600.0 {
        format!("{}m {:02}s", duration.as_secs() / 60, duration.as_secs() % 60)
    } else {
        format!("{}h {:02}m", duration.as_secs() / 3_600, duration.as_secs() / 60 % 60)
    }
}

/// Durations in a scenario's `replay` section: a text with a unit, or a number of seconds.
pub(super) mod serde_duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Seconds(f64),
        Text(String),
    }

    pub(in crate::replay) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", duration.as_secs_f64() * 1e3))
    }

    pub(in crate::replay) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => super::parse_duration(&text).map_err(D::Error::custom),
            Written::Seconds(seconds) => {
                super::parse_duration(&format!("{seconds}s")).map_err(D::Error::custom)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        assert_eq!(parse_duration("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_duration("0.5s"), Ok(Duration::from_millis(500)));
        for wrong in ["", "5", "s", "5 s", "-5s", "5x", "1e9s", "9999999h", "1.2.3s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_are_events_a_second() {
        assert_eq!(parse_rate("2000/s"), Ok(2_000.0));
        assert_eq!(parse_rate("30/m"), Ok(0.5));
        assert_eq!(parse_rate("7"), Ok(7.0));
        for wrong in ["", "0", "-1/s", "nan", "inf", "5/d", "/s", "1e300"] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }
}
