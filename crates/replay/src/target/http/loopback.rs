//! Targets on this machine.

use std::net::IpAddr;

use reqwest::Url;

/// True if a URL's host is this machine, which no proxy can reach for us.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_name = || host == "localhost" || host.ends_with(".localhost");
    address.map_or_else(|_| is_name(), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_name_or_address() {
        let is_loopback = |host| is_loopback(&Url::parse(&format!("http://{host}:8000/")).unwrap());
        for host in ["localhost", "LOCALHOST", "api.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com", "10.0.0.1", "[::2]", "notlocalhost"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
