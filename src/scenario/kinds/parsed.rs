//! Quantities and choices that their own types know how to read.

use std::fmt;

use serde_json::{Value, json};

use super::scalar::ScalarKind;
use crate::scenario::key_value::KeyValue;
use crate::scenario::problem::Problem;
use crate::scenario::spelling::nearest;

/// A number or text that a function reads.
pub struct Parsed<T> {
    /// The allowed values, as they stand after "expected".
    pub wanted: &'static str,
    /// Reads a number or text as it is written.
    pub parse: fn(&str) -> Option<T>,
    /// Writes a value so that it reads back.
    pub write: fn(&T) -> String,
}

impl<T> fmt::Debug for Parsed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parsed").field(&self.wanted).finish()
    }
}

impl<T> ScalarKind for Parsed<T> {
    type Value = T;

    fn read(&self, field: &KeyValue<'_>) -> Result<T, Problem> {
        let scalar = field.scalar().filter(|scalar| !scalar.is_null());
        let value = scalar.and_then(|scalar| (self.parse)(&scalar.text));
        value.ok_or_else(|| field.expected(self.wanted))
    }

    fn check(&self, _: &T) -> Result<(), String> {
        Ok(())
    }

    fn schema(&self) -> Value {
        json!({ "type": ["string", "number"] })
    }

    fn limits(&self) -> String {
        self.wanted.to_owned()
    }

    fn plain(&self, value: &T) -> Value {
        (self.write)(value).into()
    }
}

/// One of some words, each with its meaning.
#[derive(Debug)]
pub struct OneOf<T: 'static>(pub &'static [(&'static str, T)]);

impl<T> OneOf<T> {
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(word, _)| *word)
    }

    fn list(&self) -> String {
        self.words().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
    }
}

impl<T: Copy + PartialEq> ScalarKind for OneOf<T> {
    type Value = T;

    fn read(&self, field: &KeyValue<'_>) -> Result<T, Problem> {
        let text = field.scalar().map_or("", |scalar| &scalar.text);
        if let Some((_, value)) = self.0.iter().find(|(word, _)| *word == text) {
            return Ok(*value);
        }
        let problem = field.expected(format!("one of {}", self.list()));
        Err(match nearest(text, self.words()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        })
    }

    fn check(&self, _: &T) -> Result<(), String> {
        Ok(())
    }

    fn schema(&self) -> Value {
        json!({ "enum": self.words().collect::<Vec<_>>() })
    }

    fn limits(&self) -> String {
        self.list()
    }

    fn plain(&self, value: &T) -> Value {
        self.0.iter().find(|(_, known)| known == value).map(|(word, _)| *word).into()
    }
}
