//! The values that fit into a place of their own, and what stands there instead.

use core::net::{IpAddr, Ipv6Addr};
use std::borrow::Cow;

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
    /// The text of a value that fits; of any JSON value none is asked for.
    pub(super) fn text(self, raw: &[u8]) -> Option<Cow<'_, str>> {
        let text = scan::text(raw).ok()?;
        let fits = match self {
            Self::Any | Self::Text | Self::Scalar => true,
            Self::Time => millis(&text).is_some(),
            Self::Sides => sides(&text).is_some(),
            Self::Address => {
                let address = text.parse::<IpAddr>().ok();
                address.is_some_and(|address| !is_ours(&text) && address.to_string() == text)
            }
            Self::Agent => {
                let is_visible = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
                is_visible && text != AGENT && !text.is_empty() && text.trim() == text
            }
        };
        fits.then_some(text)
    }

    /// True for a value that fits.
    pub(super) fn takes(self, raw: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Scalar => !matches!(raw.first(), Some(b'{' | b'[')),
            _ => self.text(raw).is_some(),
        }
    }
}

/// The milliseconds since 1970 of a time as ours are written; without an offset it is taken for UTC, as by a program that
/// does not know better.
pub(super) fn millis(text: &str) -> Option<u64> {
    let time = VirtualTime::from_text(text.as_bytes());
    time.or_else(|| VirtualTime::from_text(format!("{text}Z").as_bytes()))
        .map(VirtualTime::as_millis)
}

/// The width and the height of a screen, if its text says just them.
pub(super) fn sides(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((side(width)?, side(height)?))
}

/// A number as it is written.
fn side(text: &str) -> Option<u32> {
    let is_written = text == "0" || text.starts_with(|first: char| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| is_written)
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
}
