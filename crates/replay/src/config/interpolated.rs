//! Values in which `${NAME}` stands for an environment variable.

use std::fmt::{self, Display};
use std::str::FromStr;

/// A `T` written as a text in which each `${NAME}` stands for an environment variable. Without any
/// it is parsed at once, otherwise when the environment is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Interpolated<T> {
    text: String,
    /// The value, if it does not depend on the environment.
    literal: Option<T>,
}

impl<T: FromStr<Err: Display> + Clone> Interpolated<T> {
    /// The value, with what `variable` gives for each name.
    pub(crate) fn resolve(
        &self,
        mut variable: impl FnMut(&str) -> Result<String, String>,
    ) -> Result<T, String> {
        if let Some(value) = &self.literal {
            return Ok(value.clone());
        }
        let mut expanded = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some(reference) = next_reference(rest)? {
            expanded.push_str(reference.before);
            expanded.push_str(&variable(reference.name)?);
            rest = reference.after;
        }
        expanded.push_str(rest);
        expanded.parse().map_err(|error: T::Err| error.to_string())
    }
}

impl<T> Interpolated<T> {
    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<T: FromStr<Err: Display>> FromStr for Interpolated<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mut literal = None;
        while let Some(reference) = next_reference(rest)? {
            rest = reference.after;
        }
        if rest.len() == text.len() {
            literal = Some(text.parse().map_err(|error: T::Err| error.to_string())?);
        }
        Ok(Self { text: text.to_owned(), literal })
    }
}

/// The text may hold a secret.
impl<T> fmt::Debug for Interpolated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interpolated(***)")
    }
}

struct Reference<'a> {
    before: &'a str,
    name: &'a str,
    after: &'a str,
}

/// The first `${NAME}` of `text`.
fn next_reference(text: &str) -> Result<Option<Reference<'_>>, String> {
    let Some((before, rest)) = text.split_once("${") else { return Ok(None) };
    let (name, after) = rest.split_once('}').ok_or("a ${ without its }")?;
    Ok(Some(Reference { before, name, after }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<u32, String> {
        let value: Interpolated<u32> = text.parse()?;
        value.resolve(|name| match name {
            "ONE" => Ok("1".to_owned()),
            _ => Err(format!("{name} is not set")),
        })
    }

    #[test]
    fn variables_are_put_in_and_only_then_is_the_value_parsed() {
        assert_eq!(resolved("23"), Ok(23));
        assert_eq!(resolved("2${ONE}3${ONE}"), Ok(2_131));
        assert_eq!(resolved("${TWO}"), Err("TWO is not set".to_owned()));
        assert!(resolved("x${ONE}").unwrap_err().contains("invalid digit"));
        assert!("x".parse::<Interpolated<u32>>().is_err(), "without variables at once");
        assert!("${ONE".parse::<Interpolated<u32>>().is_err());
    }
}
