//! Secrets: put in where they are needed, masked wherever text is shown.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::masking::Needles;
use crate::config::{Interpolated, MASK, is_harmless_header, is_secret_parameter, masked_query};
use crate::error::ReplayError;

/// All that must never be shown.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    needles: Needles,
}

impl Secrets {
    /// The value of the option called `name`, with what the environment has for it. That is secret
    /// from now on.
    pub(super) fn resolve<T: FromStr<Err: Display> + Clone>(
        &mut self,
        name: &str,
        value: &Interpolated<T>,
    ) -> Result<T, ReplayError> {
        let found = value.resolve(|variable| {
            let found = std::env::var(variable)
                .map_err(|_| format!("the environment variable {variable} is not set"))?;
            self.add(&found);
            Ok(found)
        });
        found.map_err(|reason| ReplayError::Config(format!("{name}: {reason}")))
    }

    pub(super) fn add(&mut self, value: &str) {
        self.needles.add(value.trim());
    }

    /// The password of a URL, also with its user as basic authentication writes them.
    pub(super) fn add_user_info(&mut self, url: &Url) {
        let Some(password) = url.password() else { return };
        self.add(password);
        self.add_basic(&decoded(url.username()), &decoded(password));
    }

    /// A user's password, also as basic authentication writes it.
    pub(super) fn add_basic(&mut self, user: &str, password: &str) {
        self.add(password);
        self.add(&STANDARD.encode(format!("{user}:{password}")));
    }

    /// The values of a URL's query that are secret by their names.
    pub(super) fn add_query(&mut self, url: &Url) {
        for (name, value) in url.query_pairs() {
            if is_secret_parameter(&name) {
                self.add(&value);
            }
        }
    }

    /// A header's value, to be kept secret unless its name says that it may be shown.
    pub(super) fn add_header(&mut self, name: &str, value: &mut HeaderValue) {
        if is_harmless_header(name) {
            return;
        }
        value.set_sensitive(true);
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.add(&text);
        // Behind the scheme stands what is secret; it may be said back alone.
        let is_authorization = name.to_ascii_lowercase().ends_with("authorization");
        if let Some((_, credentials)) = text.split_once(' ').filter(|_| is_authorization) {
            self.add(credentials);
            self.add_decoded(credentials);
        }
        if name.eq_ignore_ascii_case("cookie") {
            text.split(';')
                .filter_map(|pair| pair.split_once('='))
                .for_each(|(_, value)| self.add(value));
        }
    }

    /// The password within the base64 of `user:password`.
    fn add_decoded(&mut self, credentials: &str) {
        let text =
            STANDARD.decode(credentials.trim()).ok().and_then(|text| String::from_utf8(text).ok());
        if let Some((user, password)) = text.as_deref().and_then(|text| text.split_once(':')) {
            self.add_basic(user, password);
        }
    }

    /// The text with `***` in place of every secret.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.needles.mask(text)
    }

    /// A header's value as it may be shown.
    pub(super) fn masked_header(&self, value: &HeaderValue) -> String {
        let text = String::from_utf8_lossy(value.as_bytes());
        let masked = self.mask(&text);
        if value.is_sensitive() && masked == text { MASK.to_owned() } else { masked.into_owned() }
    }

    /// A URL as it may be shown, whatever its secrets look like.
    pub(super) fn masked_url(&self, url: &Url) -> String {
        let mut url = url.clone();
        if url.password().is_some() {
            let _ = url.set_password(Some(MASK));
        }
        if let Some(query) = url.query().map(masked_query) {
            url.set_query(Some(&query));
        }
        self.mask(url.as_str()).into_owned()
    }
}

/// A part of a URL without its percent-encoding.
pub(super) fn decoded(part: &str) -> String {
    let query = format!("x={}", part.replace('+', "%2B"));
    let pairs = Url::parse(&format!("http://x/?{query}")).ok();
    pairs
        .and_then(|url| url.query_pairs().next().map(|(_, value)| value.into_owned()))
        .unwrap_or_else(|| part.to_owned())
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({MASK})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_the_environment_is_put_in_and_masked() {
        let path = std::env::var("PATH").unwrap();
        let mut secrets = Secrets::default();
        let mut resolve = |text: &str| {
            let value: Interpolated<String> = text.parse().unwrap();
            secrets.resolve("url", &value).map_err(|error| error.to_string())
        };
        assert_eq!(resolve("a ${PATH} b").unwrap(), format!("a {path} b"));
        let error = resolve("${NO_SUCH_VARIABLE_HERE}").unwrap_err();
        assert_eq!(error, "url: the environment variable NO_SUCH_VARIABLE_HERE is not set");
        assert_eq!(secrets.mask(&format!("<{path}>")), "<***>");
        assert_eq!(secrets.mask("nothing"), "nothing");
    }

    #[test]
    fn a_header_is_secret_unless_it_is_known_to_be_harmless() {
        let mut secrets = Secrets::default();
        let mut add = |name: &str, value: &str| {
            let mut value = HeaderValue::from_str(value).unwrap();
            secrets.add_header(name, &mut value);
            secrets.masked_header(&value)
        };
        assert_eq!(add("X-Tenant", "tenant-4711"), "***");
        assert_eq!(add("X-Debug", "1"), "***");
        assert_eq!(add("Accept", "everything"), "everything");
        add("Authorization", "Basic bWU6YmFzaWMtNDcxMw==");
        add("Cookie", "a=cookie-one; b=cookie-two");
        let said = "tenant-4711 everything basic-4713 bWU6YmFzaWMtNDcxMw== cookie-two 1";
        assert_eq!(secrets.mask(said), "*** everything *** *** *** 1");
    }

    #[test]
    fn a_url_is_shown_without_its_secrets_however_short() {
        let url = Url::parse("http://u:a@host/path?api_key=k&page=2&Token=t%20t").unwrap();
        let mut secrets = Secrets::default();
        secrets.add_user_info(&url);
        secrets.add_query(&url);
        let shown = "http://u:***@host/path?api_key=***&page=2&Token=***";
        assert_eq!(secrets.masked_url(&url), shown);
    }
}
