//! The proxy that stands between this machine and the target, if one does.

use std::net::IpAddr;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use crate::target::secrets::Secrets;

/// The variables of the environment that name proxies.
const VARIABLES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxy of the environment for `url`, without credentials. Those of all its proxies are secrets.
pub(super) fn of_environment(url: &Url, secrets: &mut Secrets) -> Option<String> {
    for proxy in VARIABLES.iter().filter_map(|name| std::env::var(name).ok()) {
        add_credentials(&proxy, secrets);
    }
    if is_loopback(url) {
        // The environment's proxy is for other machines.
        return None;
    }
    let target: Uri = url.as_str().parse().ok()?;
    Some(without_credentials(&Matcher::from_system().intercept(&target)?.uri().to_string()))
}

/// Makes the user and password that a proxy's URL holds secrets.
pub(super) fn add_credentials(proxy: &str, secrets: &mut Secrets) {
    if let Some(url) = parsed(proxy) {
        secrets.add_user_info(&url);
    }
}

/// A proxy's URL without user and password.
pub(super) fn without_credentials(proxy: &str) -> String {
    let Some(mut url) = parsed(proxy) else { return "(the proxy)".to_owned() };
    // They fail for URLs without a host only, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// A proxy's URL, which may do without a scheme.
fn parsed(proxy: &str) -> Option<Url> {
    let url = if proxy.contains("://") {
        Url::parse(proxy)
    } else {
        Url::parse(&format!("http://{proxy}"))
    };
    url.ok()
}

/// True if a URL's host is this machine, which no proxy can reach for us.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let name = host.trim_end_matches('.');
    let is_name = || name == "localhost" || name.ends_with(".localhost");
    address.map_or_else(
        |_| is_name(),
        |address| address.to_canonical().is_loopback() || address.is_unspecified(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_name_or_address() {
        let is_loopback = |host| is_loopback(&Url::parse(&format!("http://{host}:8000/")).unwrap());
        for host in [
            "localhost",
            "LOCALHOST",
            "api.localhost",
            "localhost.",
            "127.0.0.1",
            "127.1.2.3",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com", "10.0.0.1", "[::2]", "notlocalhost"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_proxy_is_named_without_its_credentials_which_are_secrets() {
        for (proxy, shown) in [
            ("http://me:secret%2Fword@proxy:3128", "http://proxy:3128"),
            ("me:secret%2Fword@proxy:3128/", "http://proxy:3128"),
            ("socks5://me:secret%2Fword@proxy", "socks5://proxy"),
            ("http://proxy:3128", "http://proxy:3128"),
        ] {
            assert_eq!(without_credentials(proxy), shown);
            let mut secrets = Secrets::default();
            add_credentials(proxy, &mut secrets);
            let said = "secret/word secret%2Fword bWU6c2VjcmV0L3dvcmQ=";
            let masked = secrets.mask(said);
            assert_eq!(masked == said, !proxy.contains('@'), "{masked}");
            assert!(
                !proxy.contains('@') || masked == "*** *** ***=" || masked == "*** *** ***",
                "{masked}"
            );
        }
    }
}
