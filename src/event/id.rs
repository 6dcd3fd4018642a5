//! The ids of an event, from bits to text.
//!
//! | id | text |
//! |---|---|
//! | `user_id` | `user_` and 8 digits |
//! | `session_id` | `session_` and 12 digits |
//! | `event_id` | a version 7 UUID of the event's time, its number in its session, and the session's bits |
//!
//! The last group of an `event_id` is the digits of its `session_id`. A session's times differ, and
//! sessions' bits differ, so no two events share an id.

use std::fmt;

/// The bits that name a session: the 48 of its id, and above them 14 more, with which its events' ids
/// are filled. The two highest bits mark sessions of users who may be unknown, and those of their events at which
/// the user is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionBits(u64);

impl SessionBits {
    const CODE_BITS: u32 = 48;
    const KNOWN: u64 = 1 << 63;
    const MAY_BE_UNKNOWN: u64 = 1 << 62;

    /// The low 48 bits of `code` and the low 14 of `tail`.
    pub(crate) const fn new(code: u64, tail: u32) -> Self {
        let code = code & ((1 << Self::CODE_BITS) - 1);
        Self((tail as u64 & 0x3fff) << Self::CODE_BITS | code)
    }

    /// The 48 bits of the session's id.
    #[inline]
    pub(crate) const fn code(self) -> u64 {
        self.0 & ((1 << Self::CODE_BITS) - 1)
    }

    /// All 62 bits.
    #[inline]
    pub(crate) const fn all(self) -> u64 {
        self.0 & !(Self::KNOWN | Self::MAY_BE_UNKNOWN)
    }

    /// The same bits, marked as those of an event at which a user who may be unknown is known or not.
    #[inline]
    pub(crate) const fn marked(self, user_is_known: bool) -> Self {
        let mark = if user_is_known { Self::KNOWN } else { 0 };
        Self(self.all() | Self::MAY_BE_UNKNOWN | mark)
    }

    /// True with either mark.
    #[inline]
    pub(crate) const fn user_may_be_unknown(self) -> bool {
        self.0 & Self::MAY_BE_UNKNOWN != 0
    }

    /// True where the mark says so: by then the user is logged in.
    #[inline]
    pub(crate) const fn user_is_known(self) -> bool {
        self.0 & Self::KNOWN != 0
    }
}

/// The id of the user with these 32 bits.
pub(crate) fn user_id(code: u32) -> String {
    format!("user_{code:08x}")
}

/// What stands before the digits of a session's id.
pub(crate) const SESSION_PREFIX: &str = "session_";

/// The id of a session.
pub(crate) fn session_id(session: SessionBits) -> String {
    format!("{SESSION_PREFIX}{:012x}", session.code())
}

/// The 48 bits that a session's id says, if it has the form of ours.
pub(crate) fn session_code(id: &[u8]) -> Option<u64> {
    let digits: &[u8; 12] = id.strip_prefix(SESSION_PREFIX.as_bytes())?.try_into().ok()?;
    let (mut number, mut all) = (0, 0);
    for &digit in digits {
        let value = HEX_VALUES[usize::from(digit)];
        number = number << 4 | u64::from(value);
        all |= value;
    }
    (all < NO_DIGIT).then_some(number)
}

/// What no hexadecimal digit stands for.
const NO_DIGIT: u8 = 16;

/// By byte: the value of a lower-case hexadecimal digit.
const HEX_VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < NO_DIGIT {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// A version 7 UUID.
///
/// Its text is 48 bits of time, 12 bits `rand_a` and 62 bits `rand_b`, with version and variant before
/// the latter two: `tttttttt-tttt-7aaa-bbbb-bbbbbbbbbbbb` ([RFC 9562, section
/// 5.7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UuidV7 {
    millis: u64,
    rand_a: u32,
    rand_b: u64,
}

impl UuidV7 {
    /// Characters of its text.
    pub const LEN: usize = 36;

    /// The text of the UUID whose bits are all 0.
    pub(crate) const ZERO: [u8; Self::LEN] = *b"00000000-0000-7000-8000-000000000000";

    /// The UUID of the low 48 bits of a time in milliseconds since the Unix epoch, the low 12 bits of
    /// `rand_a` and the low 62 of `rand_b`.
    #[inline]
    pub const fn new(millis: u64, rand_a: u32, rand_b: u64) -> Self {
        Self { millis, rand_a, rand_b }
    }

    /// Its time, in milliseconds since the Unix epoch.
    pub(crate) const fn millis(self) -> u64 {
        self.millis
    }

    /// Writes the digits over those of another UUID; the hyphens stay.
    #[inline]
    pub(crate) fn overwrite(self, text: &mut [u8; Self::LEN]) {
        const VERSION: u32 = 0x7000;
        let time = hex((self.millis >> 16) as u32);
        let time_and_a = hex((self.millis as u32) << 16 | VERSION | self.rand_a & 0xfff);
        let [b_high, b_low] = self.b_digits();
        text[..8].copy_from_slice(&time);
        text[9..13].copy_from_slice(&time_and_a[..4]);
        text[14..18].copy_from_slice(&time_and_a[4..]);
        text[19..23].copy_from_slice(&b_high[..4]);
        text[24..28].copy_from_slice(&b_high[4..]);
        text[28..].copy_from_slice(&b_low);
    }

    /// The 12 digits of the last group.
    #[inline]
    pub(crate) fn last_group(self) -> [u8; 12] {
        let [b_high, b_low] = self.b_digits();
        let mut digits = [0; 12];
        digits[..4].copy_from_slice(&b_high[4..]);
        digits[4..].copy_from_slice(&b_low);
        digits
    }

    #[inline]
    fn b_digits(self) -> [[u8; 8]; 2] {
        const VARIANT: u32 = 0x8000_0000;
        [hex(VARIANT | (self.rand_b >> 32) as u32 & 0x3fff_ffff), hex(self.rand_b as u32)]
    }
}

impl fmt::Display for UuidV7 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Self::ZERO;
        self.overwrite(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

/// Eight hexadecimal digits, all at once: the nibbles are spread over the bytes of a word, and those
/// above 9 are moved on to the letters.
#[inline]
pub(crate) fn hex(value: u32) -> [u8; 8] {
    const TO_LETTERS: u64 = (b'a' - b'0' - 10) as u64;
    let pairs = u64::from(value);
    let pairs = (pairs << 16 | pairs) & 0x0000_ffff_0000_ffff;
    let pairs = (pairs << 8 | pairs) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (pairs << 4 | pairs) & 0x0f0f_0f0f_0f0f_0f0f;
    let above_nine = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (nibbles + 0x3030_3030_3030_3030 + above_nine * TO_LETTERS).to_be_bytes()
}

/// The value of eight digits as [`hex`] writes them; none of other bytes.
#[inline]
fn unhex(digits: [u8; 8]) -> Option<u32> {
    let bytes = u64::from_be_bytes(digits);
    let letters = bytes >> 6 & 0x0101_0101_0101_0101;
    let nibbles = (bytes & 0x0f0f_0f0f_0f0f_0f0f) + letters * 9;
    let pairs = (nibbles >> 4 | nibbles) & 0x00ff_00ff_00ff_00ff;
    let pairs = (pairs >> 8 | pairs) & 0x0000_ffff_0000_ffff;
    let value = (pairs >> 16 | pairs) as u32;
    (hex(value) == digits).then_some(value)
}

/// The bits of a UUID of any version, in lower case; none of any other text.
#[inline]
pub(crate) fn uuid_bits(text: &[u8]) -> Option<u128> {
    let text: &[u8; UuidV7::LEN] = text.try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|place| text[*place] != b'-') {
        return None;
    }
    let word = |first: usize, second: usize| {
        let mut digits = [0; 8];
        digits[..4].copy_from_slice(&text[first..first + 4]);
        digits[4..].copy_from_slice(&text[second..second + 4]);
        unhex(digits).map(u128::from)
    };
    Some(word(0, 4)? << 96 | word(9, 14)? << 64 | word(19, 24)? << 32 | word(28, 32)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_uuid_is_its_bits_and_no_other_text_is(bits: u128, at in 0..UuidV7::LEN, byte: u8) {
            let digits = format!("{bits:032x}");
            let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &digits[group]);
            let mut text = groups.join("-").into_bytes();
            prop_assert_eq!(uuid_bits(&text), Some(bits));
            prop_assert_eq!(uuid_bits(&text[1..]), None);
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let is_sound = if text[at] == b'-' { byte == b'-' } else { is_digit(byte) };
            text[at] = byte;
            prop_assert_eq!(uuid_bits(&text).is_some(), is_sound);
        }

        #[test]
        fn hex_is_that_of_the_standard_library(value: u32) {
            prop_assert_eq!(hex(value).to_vec(), format!("{value:08x}").into_bytes());
        }

        #[test]
        fn a_uuid_has_its_bits_where_the_rfc_has_them(millis: u64, rand_a: u32, rand_b: u64) {
            let text = UuidV7::new(millis, rand_a, rand_b).to_string();
            prop_assert_eq!(
                text,
                format!(
                    "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
                    millis >> 16 & 0xffff_ffff,
                    millis & 0xffff,
                    rand_a & 0xfff,
                    0x8000 | rand_b >> 48 & 0x3fff,
                    rand_b & 0xffff_ffff_ffff,
                )
            );
        }
    }

    /// The example of RFC 9562, appendix A.6.
    #[test]
    fn the_example_of_the_rfc() {
        let uuid = UuidV7::new(0x017f_22e2_79b0, 0xcc3, 0x18c4_dc0c_0c07_398f);
        assert_eq!(uuid.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    }
}
