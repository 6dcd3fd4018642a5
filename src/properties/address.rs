//! Addresses that belong to nobody.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::random::uniform;
use crate::scenario::events::IpVersion;

/// The networks of 256 addresses that are kept free for documentation (RFC 5737).
const V4_NETWORKS: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];
/// The addresses of such a network that a host can have.
const HOSTS: u64 = 254;

/// Appends an address in quotes.
pub(super) fn address(version: IpVersion, bits: u64, out: &mut Vec<u8>) {
    out.push(b'"');
    let text = match version {
        IpVersion::V4 => {
            let number = uniform(bits, 0, V4_NETWORKS.len() as u64 * HOSTS - 1);
            let [a, b, c] = V4_NETWORKS[(number / HOSTS) as usize];
            Ipv4Addr::new(a, b, c, (number % HOSTS) as u8 + 1).to_string()
        }
        IpVersion::V6 => {
            let [a, b, c, d] = [48, 32, 16, 0].map(|shift| (bits >> shift) as u16);
            Ipv6Addr::new(0x2001, 0xdb8, a, b, 0, 0, c, d).to_string()
        }
    };
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
