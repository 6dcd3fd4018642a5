//! A place in a line of JSON without white space, as our own writer makes it.

use std::borrow::Cow;

use super::error::ColumnarError;

pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over what has been looked at.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Passes over a byte; whether it stands here.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let is_here = self.rest().first() == Some(&byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// Passes over a byte that has to stand here.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), ColumnarError> {
        if self.take(byte) { Ok(()) } else { Err(self.syntax(&char::from(byte).to_string())) }
    }

    /// Passes over a null; whether it stands here.
    pub(crate) fn take_null(&mut self) -> bool {
        let is_here = self.rest().starts_with(b"null");
        self.at += if is_here { 4 } else { 0 };
        is_here
    }

    pub(crate) fn syntax(&self, expected: &str) -> ColumnarError {
        let rest = String::from_utf8_lossy(self.rest());
        let rest: String = rest.chars().take(20).collect();
        ColumnarError::value(format!("expected {expected} before `{rest}`"))
    }

    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The text of a string.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, ColumnarError> {
        let start = self.at;
        let has_escapes = self.pass_string()?;
        if !has_escapes {
            return Ok(Cow::Borrowed(self.text.get(start + 1..self.at - 1).unwrap_or_default()));
        }
        let raw = self.slice(start);
        serde_json::from_str(raw)
            .map(Cow::Owned)
            .map_err(|_| ColumnarError::value(format!("{raw} is no JSON string")))
    }

    /// Passes over a string; whether it has escapes.
    fn pass_string(&mut self) -> Result<bool, ColumnarError> {
        self.expect(b'"')?;
        let mut has_escapes = false;
        loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', self.rest()) else {
                return Err(self.syntax("the end of the string"));
            };
            let is_end = self.rest().get(found) == Some(&b'"');
            self.at += if is_end { found + 1 } else { found + 2 };
            if is_end {
                return Ok(has_escapes);
            }
            has_escapes = true;
        }
    }

    /// The text of a number or a word.
    pub(crate) fn scalar(&mut self) -> &'a str {
        let start = self.at;
        let length = self.rest().iter().position(|byte| b",]}".contains(byte));
        self.at += length.unwrap_or(self.rest().len());
        self.slice(start)
    }

    /// The text of any value.
    pub(crate) fn value(&mut self) -> Result<&'a str, ColumnarError> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.rest().first() {
                Some(b'"') => {
                    self.pass_string()?;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                Some(_) if !self.scalar().is_empty() => {}
                _ => return Err(self.syntax("a value")),
            }
            if depth == 0 {
                return Ok(self.slice(start));
            }
        }
    }
}
