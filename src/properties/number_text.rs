//! Numbers as the text of JSON.

/// Writes a number of units of which 1 has ten to the power of `decimals`, exactly, in the form in which
/// `serde_json` and others write the number: without zeros at the end but for one behind the point.
#[inline]
pub(super) fn write_units(units: i64, decimals: u32, out: &mut Vec<u8>) {
    if decimals == 0 {
        return write_whole(units, out);
    }
    let scale = 10_u64.pow(decimals);
    let size = units.unsigned_abs();
    if units < 0 {
        out.push(b'-');
    }
    write_digits(size / scale, out);
    out.push(b'.');
    let (mut fraction, mut digits) = (size % scale, decimals);
    while digits > 1 && fraction.is_multiple_of(10) {
        fraction /= 10;
        digits -= 1;
    }
    let at = out.len();
    out.resize(at + digits as usize, b'0');
    for digit in out[at..].iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
}

/// Writes a whole number.
#[inline]
pub(super) fn write_whole(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    write_digits(number.unsigned_abs(), out);
}

fn write_digits(mut number: u64, out: &mut Vec<u8>) {
    // Counts and ranks are mostly of one digit.
    if number < 10 {
        return out.push(b'0' + number as u8);
    }
    let mut text = [0; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&text[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::QuantileTable;
    use crate::scenario::events::PropertySpec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_written_exactly_and_as_serde_json_writes_them(
            units in prop_oneof![-2_000..2_000_i64, -QuantileTable::MOST_UNITS..=QuantileTable::MOST_UNITS],
            decimals in 0..=PropertySpec::MOST_DECIMALS,
        ) {
            let mut text = Vec::new();
            write_units(units, decimals, &mut text);
            let text = String::from_utf8(text).unwrap();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.to_string(), text.as_str());
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let digits = format!("{whole}{fraction:0<width$}", width = decimals as usize);
            prop_assert_eq!(digits.parse::<i64>().unwrap(), units);
        }
    }
}
