//! A place in a line of JSON, from which values are passed over.

use std::borrow::Cow;

use crate::time::ParseTimeError;

/// Why a line could not be scanned. Columns count bytes from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The line is not one JSON object.
    #[error("not a JSON object: {expected} should stand at column {column}")]
    Syntax {
        /// The text that should have been there.
        expected: &'static str,
        /// Where, in bytes from 1.
        column: usize,
    },
    /// A member that was asked for stands twice, so that its value is in doubt.
    #[error("the key {name:?} stands twice")]
    Duplicate {
        /// The member's name.
        name: String,
    },
    /// A value should have been a JSON string.
    #[error("{value} is not a JSON string")]
    NotAString {
        /// The value as it stands, cut short.
        value: String,
    },
    /// A value should have been a time.
    #[error(transparent)]
    NotATime(#[from] ParseTimeError),
}

/// A position in a line. `at` may pass the line's end by one, after a last backslash.
pub(super) struct Scanner<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// A position at the beginning of a line.
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// How many bytes are passed over.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Goes back to a place.
    pub(super) fn return_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Passes over a text; none if another stands here.
    #[inline]
    pub(super) fn literal(&mut self, literal: &[u8]) -> Option<()> {
        let is_here = self.rest().starts_with(literal);
        self.at += if is_here { literal.len() } else { 0 };
        is_here.then_some(())
    }

    /// Passes over an object and hands each of its members to `visit`.
    #[inline]
    pub(super) fn object(
        &mut self,
        visit: &mut impl FnMut(Cow<'a, [u8]>, &'a [u8]) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        self.take(b'{', "'{'")?;
        self.skip_whitespace();
        if self.peek() != Some(b'}') {
            loop {
                self.skip_whitespace();
                let key = self.key()?;
                self.skip_whitespace();
                self.take(b':', "':'")?;
                self.skip_whitespace();
                visit(key, self.value()?)?;
                self.skip_whitespace();
                if self.peek() != Some(b',') {
                    break;
                }
                self.at += 1;
            }
        }
        self.take(b'}', "',' or '}'")
    }

    /// Passes over an object without white space whose texts are known to have no escapes, and hands each of its members
    /// to `visit`; none for any other, of which members may have been handed on.
    #[inline]
    pub(super) fn plain_object(&mut self, mut visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
        self.literal(b"{\"")?;
        loop {
            let key = self.plain_text()?;
            self.literal(b":")?;
            let start = self.at;
            let value = match self.literal(b"\"") {
                Some(()) => self.plain_text().map(|_| self.since(start))?,
                None => self.value().ok()?,
            };
            visit(key, value);
            if self.literal(b",\"").is_none() {
                return self.literal(b"}");
            }
        }
    }

    /// Passes over the text up to the next quote, and the quote.
    #[inline]
    fn plain_text(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let text = &rest[..memchr::memchr(b'"', rest)?];
        self.at += text.len() + 1;
        Some(text)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    pub(super) fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), ScanError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.syntax(expected))
        }
    }

    /// Passes over a string and gives it, quotes included.
    pub(super) fn string(&mut self) -> Result<&'a [u8], ScanError> {
        let start = self.at;
        self.take(b'"', "a string")?;
        loop {
            let rest = self.line.get(self.at..).unwrap_or_default();
            let Some(offset) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.line.len();
                return Err(self.syntax("the string's closing quote"));
            };
            if rest.get(offset) == Some(&b'"') {
                self.at += offset + 1;
                return Ok(self.since(start));
            }
            self.at += offset + 2;
        }
    }

    /// Passes over a key and gives it without quotes and escapes.
    pub(super) fn key(&mut self) -> Result<Cow<'a, [u8]>, ScanError> {
        let (start, first) = (self.at, self.at + 1);
        self.take(b'"', "a string")?;
        let rest = self.line.get(first..).unwrap_or_default();
        let plain = memchr::memchr2(b'"', b'\\', rest).and_then(|length| rest.get(..=length));
        if let Some([key @ .., b'"']) = plain {
            self.at += key.len() + 1;
            return Ok(Cow::Borrowed(key));
        }
        self.at = start;
        Ok(Cow::Owned(text(self.string()?)?.into_owned().into_bytes()))
    }

    /// Passes over a value of any kind and gives it.
    pub(super) fn value(&mut self) -> Result<&'a [u8], ScanError> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.nested(),
            _ => self.scalar(),
        }
    }

    /// Passes over an object or an array.
    pub(super) fn nested(&mut self) -> Result<&'a [u8], ScanError> {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(self.since(start));
            }
        }
        Err(self.syntax("a closing bracket"))
    }

    /// Passes over a number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<&'a [u8], ScanError> {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        let found = self.since(start);
        let is_number = matches!(found, [b'-' | b'0'..=b'9', ..]);
        if is_number || matches!(found, b"true" | b"false" | b"null") {
            return Ok(found);
        }
        self.at = start;
        Err(self.syntax("a value"))
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.line.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn syntax(&self, expected: &'static str) -> ScanError {
        ScanError::Syntax { expected, column: self.at + 1 }
    }
}

/// The text that a raw JSON string stands for; borrowed unless it has escapes.
///
/// # Errors
///
/// [`ScanError::NotAString`] for any other value, and for a string that is not valid JSON.
///
/// ```
/// use event_simulator::wire::scan;
///
/// assert_eq!(scan::text(br#""a\u002Fb""#)?, "a/b");
/// assert!(scan::text(b"12").is_err());
/// # Ok::<(), scan::ScanError>(())
/// ```
pub fn text(raw: &[u8]) -> Result<Cow<'_, str>, ScanError> {
    match raw {
        // Without a way out of the loop the compiler looks at many bytes at once.
        [b'"', inner @ .., b'"'] if inner.iter().fold(true, |all, &byte| all & is_plain(byte)) => {
            std::str::from_utf8(inner).map(Cow::Borrowed).map_err(|_| not_a_string(raw))
        }
        _ => serde_json::from_slice(raw).map(Cow::Owned).map_err(|_| not_a_string(raw)),
    }
}

/// True for a byte that stands for itself inside a JSON string.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

fn not_a_string(raw: &[u8]) -> ScanError {
    const SHOWN_CHARS: usize = 60;
    let whole = String::from_utf8_lossy(raw);
    let mut value: String = whole.chars().take(SHOWN_CHARS).collect();
    if value.len() < whole.len() {
        value.push_str("...");
    }
    ScanError::NotAString { value }
}
