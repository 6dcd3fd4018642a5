//! What is written in a configuration, as it may be shown: without its secrets.

use serde_json::Value;

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// Parts of the names of query parameters whose values are secret.
const SECRET_PARAMETERS: [&str; 9] =
    ["auth", "credential", "key", "pass", "pwd", "secret", "session", "sig", "token"];

/// Headers whose values may be shown. Any other may hold a secret.
const HARMLESS_HEADERS: [&str; 14] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-type",
    "date",
    "expect",
    "host",
    "origin",
    "user-agent",
];

/// True if a query parameter of that name is likely to hold a secret.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|part| name.contains(part))
}

/// True if the value of a header of that name may be shown.
pub(crate) fn is_harmless_header(name: &str) -> bool {
    HARMLESS_HEADERS.iter().any(|harmless| name.eq_ignore_ascii_case(harmless))
}

/// A query in which the values of secret parameters are masked; variables of the environment are shown by
/// their names.
pub(crate) fn masked_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_secret_parameter(name) && !value.starts_with("${") => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// A URL as it was written, but for its password, what is secret in its query, and its fragment.
pub(crate) fn masked_url(text: &str) -> String {
    let (text, fragment) = match text.split_once('#') {
        Some((text, _)) => (text, "#..."),
        None => (text, ""),
    };
    let (place, query) = match text.split_once('?') {
        Some((place, query)) => (place, format!("?{}", masked_query(query))),
        None => (text, String::new()),
    };
    let authority = place.find("//").map_or(0, |at| at + 2);
    let after = &place[authority..];
    let user_info = &after[..after.find('/').unwrap_or(after.len())];
    let password = user_info.rsplit_once('@').and_then(|(user_info, _)| {
        let (user, password) = user_info.split_once(':')?;
        let is_variable = password.starts_with("${") && password.ends_with('}');
        (!is_variable).then_some((authority + user.len() + 1, password.len()))
    });
    match password {
        Some((at, len)) => format!("{}{MASK}{}{query}{fragment}", &place[..at], &place[at + len..]),
        None => format!("{place}{query}{fragment}"),
    }
}

/// Masks what is secret in the value of a scenario's key of that name, in whichever section. Variables of the
/// environment stay as they are.
pub(crate) fn mask_value(key: &str, value: &mut Value) {
    if let Value::Array(items) = value {
        return items.iter_mut().for_each(|item| mask_value(key, item));
    }
    let Value::String(text) = value else { return };
    let masked = match key {
        "api_url" | "url" | "proxy" => masked_url(text),
        "bearer" => masked_credentials(text),
        "basic" => match text.split_once(':') {
            Some((user, password)) => format!("{user}:{}", masked_credentials(password)),
            None => masked_credentials(text),
        },
        "kafka_options" => masked_query(text),
        "headers" => match text.split_once(':') {
            Some((name, _)) if is_harmless_header(name.trim()) => return,
            Some((name, value)) => format!("{name}: {}", masked_credentials(value.trim())),
            None => MASK.to_owned(),
        },
        _ => return,
    };
    *text = masked;
}

/// A mask, unless what is secret is a variable of the environment, perhaps behind its scheme.
fn masked_credentials(text: &str) -> String {
    let secret = text.rsplit(' ').next().unwrap_or_default();
    let is_variable = secret.starts_with("${") && secret.find('}') == Some(secret.len() - 1);
    if is_variable { text.to_owned() } else { MASK.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (written, shown) in [
            ("http://h:1/x?y", "http://h:1/x?y"),
            ("http://me:secret@h/x", "http://me:***@h/x"),
            ("http://me:se:cr@et@${HOST}/a:b@c", "http://me:***@${HOST}/a:b@c"),
            ("http://me:${PASSWORD}@h/x", "http://me:${PASSWORD}@h/x"),
            ("http://me@h/x", "http://me@h/x"),
            ("//me:secret@h/x", "//me:***@h/x"),
            ("/login?token=secret", "/login?token=***"),
            ("https://h/${A}:b@", "https://h/${A}:b@"),
            ("http://h/x?api_key=secret&page=2#s", "http://h/x?api_key=***&page=2#..."),
            ("http://h/x?token=${TOKEN}", "http://h/x?token=${TOKEN}"),
        ] {
            assert_eq!(masked_url(written), shown);
        }
    }

    #[test]
    fn values_of_keys_are_shown_without_what_is_secret() {
        for (key, written, shown) in [
            ("api_url", "http://me:secret@h/x", "http://me:***@h/x"),
            ("proxy", "me:secret@h:1", "me:***@h:1"),
            ("bearer", "secret", "***"),
            ("bearer", "${TOKEN}", "${TOKEN}"),
            ("bearer", "${A}secret${B}", "***"),
            ("basic", "me:secret", "me:***"),
            ("basic", "me:${PASSWORD}", "me:${PASSWORD}"),
            ("headers", "Accept: all", "Accept: all"),
            ("headers", "X-Key: secret", "X-Key: ***"),
            ("headers", "Authorization: Bearer ${TOKEN}", "Authorization: Bearer ${TOKEN}"),
            ("headers", "secret", "***"),
            ("kafka_options", "ssl.key.password=secret", "ssl.key.password=***"),
            ("kafka_options", "linger.ms=5", "linger.ms=5"),
            ("method", "PUT", "PUT"),
        ] {
            let mut value = serde_json::json!([written]);
            mask_value(key, &mut value);
            assert_eq!(value, serde_json::json!([shown]), "{key}");
        }
    }
}
