//! Secrets from the environment: put in where they are needed, masked wherever text is shown.

use std::borrow::Cow;

use super::super::ReplayError;

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
    /// Puts the environment's values in for each `${NAME}` of `text`, and keeps them as secrets.
    pub(super) fn expand(&mut self, text: &str) -> Result<String, ReplayError> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| ReplayError::Options(format!("a ${{ without its }} in {text:?}")))?;
            let value = std::env::var(name).map_err(|_| {
                ReplayError::Options(format!("the environment variable {name} is not set"))
            })?;
            self.add(&value);
            expanded.push_str(before);
            expanded.push_str(&value);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    pub(super) fn add(&mut self, value: &str) {
        let value = value.trim();
        if !value.is_empty() && !self.values.iter().any(|known| known == value) {
            self.values.push(value.to_owned());
            self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        }
    }

    /// A header's value, to be kept secret if its name says so.
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            self.add(value);
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
        assert_eq!(secrets.expand("a ${PATH} b").unwrap(), format!("a {path} b"));
        assert_eq!(secrets.mask(&format!("<{path}>")), "<***>");
        assert_eq!(secrets.mask("nothing"), "nothing");
        assert!(secrets.expand("${NO_SUCH_VARIABLE_HERE}").is_err());
        assert!(secrets.expand("${PATH").is_err());
    }

    #[test]
    fn a_secret_within_another_does_not_unmask_it() {
        let mut secrets = Secrets::default();
        secrets.add("abc");
        secrets.add("abcdef");
        secrets.add("");
        assert_eq!(secrets.mask("abcdef abc"), "*** ***");
        secrets.add_header("X-Api-Key", "k1");
        secrets.add_header("Accept", "all");
        assert_eq!(secrets.mask("k1 all"), "*** all");
    }
}
