//! A place in a line of JSON without white space, as our own writer makes it.

use std::borrow::Cow;

use super::error::ColumnarError;

/// What is left of a line.
pub(crate) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    #[inline]
    fn first(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    /// Takes so many bytes, which end where a character does.
    #[inline]
    fn split(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Passes over a text; whether it stands here.
    #[inline]
    pub(crate) fn take_text(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Passes over a byte of ASCII; whether it stands here.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let is_here = self.first() == Some(byte);
        if is_here {
            self.split(1);
        }
        is_here
    }

    /// Passes over a byte that has to stand here.
    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), ColumnarError> {
        if self.take(byte) { Ok(()) } else { Err(self.syntax(&char::from(byte).to_string())) }
    }

    /// Passes over a null; whether it stands here.
    #[inline]
    pub(crate) fn take_null(&mut self) -> bool {
        self.first() == Some(b'n') && self.take_text("null")
    }

    pub(crate) fn syntax(&self, expected: &str) -> ColumnarError {
        let rest: String = self.rest.chars().take(20).collect();
        ColumnarError::value(format!("expected {expected} before `{rest}`"))
    }

    /// The text of a string.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, ColumnarError> {
        let (raw, has_escapes) = self.raw_string()?;
        if !has_escapes {
            return Ok(Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default()));
        }
        serde_json::from_str(raw)
            .map(Cow::Owned)
            .map_err(|_| ColumnarError::value(format!("{raw} is no JSON string")))
    }

    /// A string with its quotes, and whether it has escapes.
    #[inline]
    fn raw_string(&mut self) -> Result<(&'a str, bool), ColumnarError> {
        let bytes = self.rest.as_bytes();
        if bytes.first() != Some(&b'"') {
            return Err(self.syntax("\""));
        }
        let (mut end, mut has_escapes) = (1, false);
        loop {
            let within = bytes.get(end..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', within) else {
                return Err(self.syntax("the end of the string"));
            };
            if within[found] == b'"' {
                return Ok((self.split(end + found + 1), has_escapes));
            }
            has_escapes = true;
            end += found + 2;
        }
    }

    /// The text of a number or a word.
    #[inline]
    pub(crate) fn scalar(&mut self) -> &'a str {
        let length = self.rest.bytes().position(|byte| matches!(byte, b',' | b']' | b'}'));
        self.split(length.unwrap_or(self.rest.len()))
    }

    /// The text of any value.
    pub(crate) fn value(&mut self) -> Result<&'a str, ColumnarError> {
        let start = self.rest;
        let mut depth = 0_usize;
        loop {
            match self.first() {
                Some(b'"') => {
                    self.raw_string()?;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.split(1);
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.split(1);
                }
                Some(b',' | b':') if depth > 0 => {
                    self.split(1);
                    continue;
                }
                Some(_) if !self.scalar().is_empty() => {}
                _ => return Err(self.syntax("a value")),
            }
            if depth == 0 {
                let length = start.len() - self.rest.len();
                return Ok(start.get(..length).unwrap_or_default());
            }
        }
    }
}
