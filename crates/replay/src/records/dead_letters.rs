//! Events that could not be delivered, one a line, in a form that can be replayed again.
//!
//! A line is `{"dead_letter":{...why...},"event":{...the event as it stood...}}`. A line of the
//! timeline that was no event stands as text under `line`, or under `line_hex` if it was not UTF-8.

use std::borrow::Cow;
use std::io;
use std::mem;
use std::path::PathBuf;

use serde::Serialize;

use event_simulator::wire::scan;
use event_simulator_timeline::{AppendFile, TornLine};

use crate::error::ReplayError;
use crate::outcome::Reason;

const PREFIX: &[u8] = b"{\"dead_letter\":";

/// The file of dead letters. It comes into being with the first one.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    path: Option<PathBuf>,
    file: Option<AppendFile>,
    pending: Vec<u8>,
    pending_positions: Vec<u64>,
}

#[derive(Serialize)]
struct Note<'a> {
    line: u64,
    #[serde(flatten)]
    reason: &'a Reason,
}

impl DeadLetters {
    /// Without a path, what is given up is only counted.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, file: None, pending: Vec::new(), pending_positions: Vec::new() }
    }

    /// Adds an event that was given up.
    pub(crate) fn event(&mut self, position: u64, event: &[u8], reason: &Reason) {
        self.add(position, reason, |letter| {
            letter.extend_from_slice(b"\"event\":");
            letter.extend_from_slice(event);
        });
    }

    /// Adds a line that is no event.
    pub(crate) fn bad_line(&mut self, position: u64, line: &[u8], reason: &str) {
        let reason = Reason { error: reason.to_owned(), ..Reason::default() };
        self.add(position, &reason, |letter| {
            if let Ok(text) = std::str::from_utf8(line) {
                letter.extend_from_slice(b"\"line\":");
                letter.extend_from_slice(json(&text).as_bytes());
            } else {
                letter.extend_from_slice(b"\"line_hex\":\"");
                letter.extend(line.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
                letter.push(b'"');
            }
        });
    }

    fn add(&mut self, position: u64, reason: &Reason, content: impl FnOnce(&mut Vec<u8>)) {
        self.pending_positions.push(position);
        if self.path.is_none() {
            return;
        }
        self.pending.extend_from_slice(PREFIX);
        self.pending.extend_from_slice(json(&Note { line: position, reason }).as_bytes());
        self.pending.push(b',');
        content(&mut self.pending);
        self.pending.extend_from_slice(b"}\n");
    }

    /// Writes what was added; after this it survives the end of the process. Gives the positions,
    /// which are settled now. What could not be written is not settled, and not tried again.
    pub(crate) fn commit(&mut self) -> Result<Vec<u64>, ReplayError> {
        let positions = mem::take(&mut self.pending_positions);
        let Some(path) = self.path.as_ref().filter(|_| !self.pending.is_empty()) else {
            return Ok(positions);
        };
        let mut write = || -> io::Result<()> {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(AppendFile::open(path, TornLine::CutOff)?),
            };
            file.append(&self.pending)
        };
        let written = write();
        self.pending.clear();
        match written {
            Ok(()) => Ok(positions),
            Err(source) => Err(ReplayError::DeadLetters { path: path.clone(), source }),
        }
    }
}

/// The JSON of texts and numbers, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The event inside a dead letter; any other line as it stands.
pub(crate) fn unwrapped(line: &[u8]) -> Cow<'_, [u8]> {
    if !line.starts_with(PREFIX) {
        return Cow::Borrowed(line);
    }
    match scan::members(line, ["event", "line", "line_hex"]) {
        Ok([Some(event), _, _]) => Cow::Borrowed(event),
        Ok([None, Some(text), _]) => match scan::text(text) {
            Ok(text) => Cow::Owned(text.into_owned().into_bytes()),
            Err(_) => Cow::Borrowed(line),
        },
        Ok([None, None, Some(hex)]) => bytes_of(hex).map_or(Cow::Borrowed(line), Cow::Owned),
        _ => Cow::Borrowed(line),
    }
}

fn bytes_of(hex: &[u8]) -> Option<Vec<u8>> {
    let text = scan::text(hex).ok()?;
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letters(add: impl FnOnce(&mut DeadLetters)) -> Vec<u8> {
        let mut letters = DeadLetters::new(Some(PathBuf::from("unused")));
        add(&mut letters);
        letters.pending
    }

    proptest! {
        #[test]
        fn any_line_comes_back_as_it_was(line: Vec<u8>, error in ".*") {
            let letter = letters(|letters| letters.bad_line(7, &line, &error));
            prop_assert_eq!(memchr::memchr(b'\n', &letter), Some(letter.len() - 1));
            prop_assert_eq!(&*unwrapped(letter.trim_ascii_end()), &line[..]);
        }
    }

    #[test]
    fn what_could_not_be_written_is_never_settled() {
        let mut letters = DeadLetters::new(Some(PathBuf::from("/dev/full")));
        letters.event(1, b"{}", &Reason::default());
        assert!(letters.commit().is_err());
        assert!(letters.commit().unwrap().is_empty());
    }

    #[test]
    fn an_event_comes_back_byte_for_byte_and_the_reason_stands_beside_it() {
        let event = br#"{"b" : 1.50, "event":{"x":"}"} }"#;
        let reason = Reason {
            error: "status 422".to_owned(),
            status: Some(422),
            attempts: 1,
            response: Some("no".to_owned()),
        };
        let letter = letters(|letters| letters.event(3, event, &reason));
        assert_eq!(&*unwrapped(letter.trim_ascii_end()), event);
        let letter: serde_json::Value = serde_json::from_slice(&letter).unwrap();
        let expected = serde_json::json!({"line":3,"error":"status 422","status":422,"attempts":1,"answer":"no"});
        assert_eq!(letter["dead_letter"], expected);
    }
}
