//! The values that fit into a place of their own, and what stands there instead.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::digest::Digest;
use crate::time::VirtualTime;

use super::scan;

/// The values that fit into a place; others stay among their part's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Any value.
    Any,
    /// A text.
    Text,
    /// A time as ours are written, or without an offset.
    Time,
    /// The width and height of a screen.
    Sides,
    /// An IP address that is not one of ours.
    Address,
    /// A user agent that a header can have and that is not ours.
    Agent,
    /// A value that is neither a list nor an object.
    Scalar,
}

impl Fit {
    /// True for a value that fits.
    pub(super) fn takes(self, raw: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Scalar => !matches!(raw.first(), Some(b'{' | b'[')),
            _ => scan::text(raw).is_ok_and(|text| self.takes_text(text.as_bytes())),
        }
    }

    /// True for a text that fits.
    #[inline]
    pub(super) fn takes_text(self, text: &[u8]) -> bool {
        match self {
            Self::Any | Self::Text | Self::Scalar => true,
            Self::Time => millis(text).is_some(),
            Self::Sides => sides(text).is_some(),
            Self::Address => std::str::from_utf8(text).is_ok_and(is_address),
            Self::Agent => {
                // Without a way out of the loop the compiler looks at many bytes at once.
                let is_visible =
                    text.iter().fold(true, |all, byte| all & (b' '..=b'~').contains(byte));
                is_visible
                    && *text != *AGENT.as_bytes()
                    && !text.is_empty()
                    && text.trim_ascii().len() == text.len()
            }
        }
    }
}

/// True for an IP address in its usual form that is not one of ours. For version 4 there is no other form.
fn is_address(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
        || text.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == text)
            && !is_ours(text)
}

/// The milliseconds since 1970 of a time as ours are written; without an offset it is taken for UTC, as by a program that
/// does not know better.
pub(super) fn millis(text: &[u8]) -> Option<u64> {
    let time = VirtualTime::from_text(text);
    time.or_else(|| VirtualTime::from_text(&[text, b"Z"].concat())).map(VirtualTime::as_millis)
}

/// The width and the height of a screen, if its text says just them.
pub(super) fn sides(text: &[u8]) -> Option<(u32, u32)> {
    let between = text.iter().position(|&byte| byte == b'x')?;
    Some((side(&text[..between])?, side(&text[between + 1..])?))
}

/// A number as it is written.
fn side(text: &[u8]) -> Option<u32> {
    let is_written = text == b"0" || text.first().is_some_and(|first| matches!(first, b'1'..=b'9'));
    let digits = std::str::from_utf8(text).ok().filter(|_| is_written)?;
    digits.parse().ok()
}

/// The user agent of events that have none.
pub(super) const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/// Sixteen hexadecimal digits by which a browser is known.
pub(super) fn browser_digits(id: &[u8]) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Digest::bytes_of(id);
    std::array::from_fn(|place| {
        let byte = digest[place / 2];
        DIGITS[usize::from(if place % 2 == 0 { byte >> 4 } else { byte & 15 })]
    })
}

/// The network that [RFC 3849](https://www.rfc-editor.org/rfc/rfc3849) sets apart for documentation.
const NETWORK: u128 = 0x2001_0db8 << 96;

/// An address of the network for documentation, by which a browser is known.
pub(super) fn browser_address(id: &[u8]) -> String {
    let mut number = [0; 16];
    number[4..].copy_from_slice(&Digest::bytes_of(id)[..12]);
    Ipv6Addr::from(NETWORK | u128::from_be_bytes(number)).to_string()
}

/// True for an address of the network for documentation.
pub(super) fn is_ours(address: &str) -> bool {
    address.parse::<Ipv6Addr>().is_ok_and(|address| u128::from(address) >> 96 == NETWORK >> 96)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_browser_has_an_address_of_its_own() {
        let addresses: std::collections::HashSet<_> =
            (0..1_000).map(|number| browser_address(format!("anon_{number}").as_bytes())).collect();
        assert_eq!(addresses.len(), 1_000);
        assert!(addresses.iter().all(|address| is_ours(address)));
        assert!(!is_ours("2001:db9::1") && !is_ours("203.0.113.7"));
    }

    #[test]
    fn what_fits_into_a_place_of_its_own() {
        let cases: [(Fit, &[&str], &[&str]); 4] = [
            (
                Fit::Address,
                &["203.0.113.7", "2001:db9::1", "::1", "::ffff:1.2.3.4"],
                &["", "1.2.3", "1.2.3.04", " 1.2.3.4", "2001:db8::1", "2001:DB9::1", "0::1"],
            ),
            (
                Fit::Agent,
                &["a", "Mozilla/5.0 (iPad) \\ \"x\""],
                &["", " a", "a ", "a\tb", "\u{e9}", AGENT],
            ),
            (Fit::Sides, &["412x915", "0x0"], &["", "412", "x1", "01x2", "+1x2", "1x2x3", "1x"]),
            (
                Fit::Time,
                &["2026-01-01T00:00:00.046Z", "2026-01-01T00:00:00.046"],
                &["", "2026-01-01", "2026-01-01T00:00:00.046ZZ"],
            ),
        ];
        for (fit, good, bad) in cases {
            for (texts, expected) in [(good, true), (bad, false)] {
                for text in texts {
                    assert_eq!(fit.takes_text(text.as_bytes()), expected, "{fit:?} {text}");
                    let json = serde_json::to_string(text).unwrap();
                    assert_eq!(fit.takes(json.as_bytes()), expected, "{fit:?} {json}");
                }
            }
        }
        assert!(!Fit::Text.takes(b"12") && Fit::Scalar.takes(b"12") && !Fit::Scalar.takes(b"[1]"));
    }
}
