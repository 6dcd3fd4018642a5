//! Numbers as the text of JSON.

/// The digits of 0 to 99, two for each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// The text of a number, from its end on: digits of 64 bits, a point and a sign.
struct NumberText {
    text: [u8; Self::LEN],
    at: usize,
}

impl NumberText {
    const LEN: usize = 32;

    fn new() -> Self {
        Self { text: [0; Self::LEN], at: Self::LEN }
    }

    #[inline]
    fn put(&mut self, byte: u8) {
        self.at -= 1;
        self.text[self.at] = byte;
    }

    /// Puts the digits of a number before the text.
    #[inline]
    fn put_digits(&mut self, mut number: u64) {
        while number >= 100 {
            self.put_pair(number % 100);
            number /= 100;
        }
        if number < 10 {
            self.put(b'0' + number as u8);
        } else {
            self.put_pair(number);
        }
    }

    #[inline]
    fn put_pair(&mut self, number: u64) {
        self.at -= 2;
        self.text[self.at..self.at + 2].copy_from_slice(&PAIRS[number as usize]);
    }

    #[inline]
    fn append(&mut self, is_negative: bool, out: &mut Vec<u8>) {
        if is_negative {
            self.put(b'-');
        }
        out.extend_from_slice(&self.text[self.at..]);
    }
}

/// Writes a number of units of which 1 has ten to the power of `decimals`, exactly, in the form in which
/// `serde_json` and others write the number: without zeros at the end but for one behind the point.
#[inline]
pub(super) fn write_units(units: i64, decimals: u32, out: &mut Vec<u8>) {
    if decimals == 0 {
        return write_whole(units, out);
    }
    let (mut size, mut digits) = (units.unsigned_abs(), decimals);
    while digits > 1 && size.is_multiple_of(10) {
        size /= 10;
        digits -= 1;
    }
    let mut text = NumberText::new();
    for _ in 0..digits {
        text.put(b'0' + (size % 10) as u8);
        size /= 10;
    }
    text.put(b'.');
    text.put_digits(size);
    text.append(units < 0, out);
}

/// Writes a whole number.
#[inline]
pub(super) fn write_whole(number: i64, out: &mut Vec<u8>) {
    // Counts and ranks are mostly of one digit.
    if let digit @ 0..10 = number {
        return out.push(b'0' + digit as u8);
    }
    let mut text = NumberText::new();
    text.put_digits(number.unsigned_abs());
    text.append(number < 0, out);
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
