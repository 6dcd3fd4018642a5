//! Secrets from the environment: put in where they are needed, masked wherever text is shown.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use reqwest::header::HeaderValue;

use crate::config::Interpolated;
use crate::error::ReplayError;

const MASK: &str = "***";

/// Headers whose values are secret even when they stand on the command line in full.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"];

/// All that must never be shown.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// Longest first, so that a secret that holds another is masked whole.
    values: Vec<String>,
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
        let value = value.trim();
        if !value.is_empty() && !self.values.iter().any(|known| known == value) {
            self.values.push(value.to_owned());
            self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        }
    }

    /// A header's value, to be kept secret if its name says so.
    pub(super) fn add_header(&mut self, name: &str, value: &HeaderValue) {
        if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            self.add(&String::from_utf8_lossy(value.as_bytes()));
        }
    }

    /// The text with `***` in place of every secret.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.values {
            if masked.contains(secret.as_str()) {
                masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
            }
        }
        masked
    }
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
    fn a_secret_within_another_does_not_unmask_it() {
        let mut secrets = Secrets::default();
        secrets.add("abc");
        secrets.add("abcdef");
        secrets.add("");
        assert_eq!(secrets.mask("abcdef abc"), "*** ***");
        secrets.add_header("X-Api-Key", &HeaderValue::from_static("k1"));
        secrets.add_header("Accept", &HeaderValue::from_static("all"));
        assert_eq!(secrets.mask("k1 all"), "*** all");
    }
}
