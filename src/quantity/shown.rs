//! Quantities as they are shown to people: one way for each, wherever it stands.

use std::time::Duration;

/// A duration in the unit that suits it: `85 us`, `1.20 ms`, `3.4 s`, `12m 05s`, `7h 30m`, `3d 04h`.
///
/// ```
/// use std::time::Duration;
/// use event_simulator::quantity::show_duration;
///
/// assert_eq!(show_duration(Duration::from_millis(1_500)), "1.5 s");
/// ```
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs();
    if seconds < 1e-3 {
        format!("{} us", duration.as_micros())
    } else if seconds < 0.999_995 {
        format!("{:.2} ms", seconds * 1e3)
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else if whole < 3_600 {
        format!("{}m {:02}s", whole / 60, whole % 60)
    } else if whole < 86_400 {
        format!("{}h {:02}m", whole / 3_600, whole / 60 % 60)
    } else {
        format!("{}d {:02}h", grouped(whole / 86_400), whole / 3_600 % 24)
    }
}

/// The same for seconds; what is no duration is shown as none.
pub fn show_seconds(seconds: f64) -> String {
    show_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// A count with its thousands set apart: `2,347`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things, with the right number of them: `1 event`, `2,347 events`.
pub fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(count))
}

/// A number with so many decimals and its thousands set apart: `109,107.37`.
pub fn show_decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    match digits.parse() {
        Ok(count) => format!("{sign}{}{fraction}", grouped(count)),
        Err(_) => text,
    }
}

/// A number of bytes in the unit that suits it: `980 B`, `1.20 KiB`, `13.40 MiB`.
pub fn show_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1_024.0, UNITS[0]);
    for larger in &UNITS[1..] {
        if value < 1_023.995 {
            break;
        }
        (value, unit) = (value / 1_024.0, larger);
    }
    format!("{value:.2} {unit}")
}

/// So many a second: `0.63/s`, `15.7/s`, `61,350/s`.
pub fn show_rate(per_second: f64) -> String {
    if per_second < 9.995 {
        format!("{:.2}/s", per_second.max(0.0))
    } else if per_second < 99.95 {
        format!("{per_second:.1}/s")
    } else {
        format!("{}/s", grouped(per_second.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_quantity_is_in_the_unit_that_suits_it() {
        let durations = [
            (85e-6, "85 us"),
            (1.2e-3, "1.20 ms"),
            (0.999_999, "1.0 s"),
            (3.42, "3.4 s"),
            (99.97, "1m 39s"),
            (725.0, "12m 05s"),
            (27_000.0, "7h 30m"),
            (273_600.0, "3d 04h"),
        ];
        for (seconds, text) in durations {
            assert_eq!(show_seconds(seconds), text);
        }
        assert_eq!(show_seconds(f64::NAN), "0 us");
        let decimals =
            [109_107.374, -1_234.5, 0.0, f64::NAN, 1e30].map(|value| show_decimal(value, 2));
        assert_eq!(decimals[..4], ["109,107.37", "-1,234.50", "0.00", "NaN"]);
        assert!(decimals[4].starts_with("1000000000"), "too large to be a count");
        let sizes =
            [(980, "980 B"), (1_229, "1.20 KiB"), (1_048_575, "1.00 MiB"), (3 << 40, "3.00 TiB")];
        for (bytes, text) in sizes {
            assert_eq!(show_bytes(bytes), text);
        }
        let rates =
            [(0.628, "0.63/s"), (15.65, "15.7/s"), (61_350.4, "61,350/s"), (9.999, "10.0/s")];
        for (rate, text) in rates {
            assert_eq!(show_rate(rate), text);
        }
    }

    proptest! {
        #[test]
        fn grouped_digits_are_the_digits(count: u64) {
            prop_assert_eq!(grouped(count).replace(',', ""), count.to_string());
        }
    }
}
