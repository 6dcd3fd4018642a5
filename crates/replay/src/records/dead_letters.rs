//! Events that could not be delivered, one a line, in a form that can be replayed again.
//!
//! A line is `{"dead_letter":{...why...},"event":{...the event as it stood...}}`. A line of the
//! timeline that was no event stands as text under `line`, or under `line_hex` if it was not UTF-8; of
//! a line that is too long to be read, `line_left_out` stands there.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
use std::mem;
use std::path::{Path, PathBuf};

use serde::Serialize;

use event_simulator::wire::scan;
use event_simulator_timeline::AppendFile;

use crate::bad_line::{BadLine, BadLineKind};
use crate::error::ReplayError;
use crate::outcome::Reason;

const PREFIX: &[u8] = b"{\"dead_letter\":";
/// The beginning of a file of dead letters, also of one that another program has written again.
const FILE_START: &[u8] = b"{\"dead_letter\"";

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
    /// Without a path, what is given up is only counted. A file that cannot be written, or that holds
    /// anything but dead letters, is refused, and stays as it is.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, ReplayError> {
        let file = match &path {
            Some(path) => existing(path)?,
            None => None,
        };
        Ok(Self { path, file, pending: Vec::new(), pending_positions: Vec::new() })
    }

    /// Adds an event that was given up.
    pub(crate) fn event(&mut self, position: u64, event: &[u8], reason: &Reason) {
        self.add(position, reason, |letter| {
            letter.extend_from_slice(b"\"event\":");
            letter.extend_from_slice(event);
        });
    }

    /// Adds a line that cannot be sent.
    pub(crate) fn bad_line(&mut self, bad: &BadLine) {
        let BadLine { position, line, reason, kind } = bad;
        let reason = Reason { error: reason.clone(), ..Reason::default() };
        self.add(*position, &reason, |letter| match (kind, std::str::from_utf8(line)) {
            (BadLineKind::Event, _) => {
                letter.extend_from_slice(b"\"event\":");
                letter.extend_from_slice(line);
            }
            (BadLineKind::LeftOut, _) => letter.extend_from_slice(b"\"line_left_out\":true"),
            (BadLineKind::Line, Ok(text)) => {
                letter.extend_from_slice(b"\"line\":");
                letter.extend_from_slice(json(&text).as_bytes());
            }
            (BadLineKind::Line, Err(_)) => {
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
                None => self.file.insert(AppendFile::open(path)?),
            };
            if file.torn_bytes() > 0 {
                end_or_cut(file)?;
            }
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

/// The file of dead letters, if it is there already. Where it is not, it is tried out whether it can be.
fn existing(path: &Path) -> Result<Option<AppendFile>, ReplayError> {
    let failed = |source| ReplayError::DeadLetters { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            let file = AppendFile::open(path).map_err(failed)?;
            let mut start = Vec::new();
            let mut contents = file.contents().map_err(failed)?.take(FILE_START.len() as u64);
            contents.read_to_end(&mut start).map_err(failed)?;
            if start.is_empty() || start == FILE_START {
                return Ok(Some(file));
            }
            let name = path.display();
            let reason =
                format!("{name}: it holds something else than dead letters; name another file");
            Err(ReplayError::Config(reason))
        }
        Ok(metadata) if metadata.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
        Ok(_) => AppendFile::open(path).map(Some).map_err(failed),
        Err(_) => {
            AppendFile::create_new(path).and_then(|_| fs::remove_file(path)).map_err(failed)?;
            Ok(None)
        }
    }
}

/// Cuts a letter off that was not written to its end, because its event is sent again; ends any other
/// line.
fn end_or_cut(file: &mut AppendFile) -> io::Result<()> {
    let torn = file.torn_line()?;
    let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(&torn).is_ok();
    if torn.starts_with(PREFIX) && !is_whole { file.cut_torn_line() } else { file.end_torn_line() }
}

/// The JSON of texts and numbers, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The event inside a dead letter; any other line as it stands. The error is a letter that does not
/// hold its event.
pub(crate) fn unwrapped(line: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    if !line.starts_with(PREFIX) {
        return Ok(Cow::Borrowed(line));
    }
    Ok(match scan::members(line, ["event", "line", "line_hex", "line_left_out"]) {
        Ok([Some(event), ..]) => Cow::Borrowed(event),
        Ok([None, Some(text), ..]) => match scan::text(text) {
            Ok(text) => Cow::Owned(text.into_owned().into_bytes()),
            Err(_) => Cow::Borrowed(line),
        },
        Ok([None, None, Some(hex), _]) => scan::text(hex)
            .ok()
            .and_then(|hex| bytes_of_hex(hex.as_bytes()))
            .map_or(Cow::Borrowed(line), Cow::Owned),
        Ok([None, None, None, Some(_)]) => {
            return Err("this dead letter does not hold its line, which was too long");
        }
        _ => Cow::Borrowed(line),
    })
}

/// The bytes of hexadecimal digits.
pub(crate) fn bytes_of_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn letters(add: impl FnOnce(&mut DeadLetters)) -> Vec<u8> {
        let mut letters = DeadLetters {
            path: Some(PathBuf::from("unused")),
            file: None,
            pending: Vec::new(),
            pending_positions: Vec::new(),
        };
        add(&mut letters);
        letters.pending
    }

    fn bad(position: u64, line: &[u8], reason: &str, kind: BadLineKind) -> BadLine {
        BadLine { position, line: Bytes::copy_from_slice(line), reason: reason.to_owned(), kind }
    }

    proptest! {
        #[test]
        fn any_line_comes_back_as_it_was(line: Vec<u8>, error in ".*") {
            let letter = letters(|letters| letters.bad_line(&bad(7, &line, &error, BadLineKind::Line)));
            prop_assert_eq!(memchr::memchr(b'\n', &letter), Some(letter.len() - 1));
            prop_assert_eq!(&*unwrapped(letter.trim_ascii_end()).unwrap(), &line[..]);
        }
    }

    #[test]
    fn what_could_not_be_written_is_never_settled() {
        let mut letters = DeadLetters::open(Some(PathBuf::from("/dev/full"))).unwrap();
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
        assert_eq!(&*unwrapped(letter.trim_ascii_end()).unwrap(), event);
        let letter: serde_json::Value = serde_json::from_slice(&letter).unwrap();
        let expected = serde_json::json!({"line":3,"error":"status 422","status":422,"attempts":1,"answer":"no"});
        assert_eq!(letter["dead_letter"], expected);
    }

    #[test]
    fn a_letter_without_its_line_is_never_sent() {
        let letter =
            letters(|letters| letters.bad_line(&bad(4, b"", "too long", BadLineKind::LeftOut)));
        let parsed: serde_json::Value = serde_json::from_slice(&letter).unwrap();
        assert_eq!(
            (&parsed["line_left_out"], &parsed["dead_letter"]["line"]),
            (&true.into(), &4.into())
        );
        assert!(unwrapped(letter.trim_ascii_end()).is_err());
    }

    #[test]
    fn another_file_is_refused_and_no_line_of_any_file_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letters");
        let append = |contents: &str| {
            fs::write(&path, contents).unwrap();
            let mut letters =
                DeadLetters::open(Some(path.clone())).map_err(|error| error.to_string())?;
            letters.event(1, b"{}", &Reason::default());
            letters.commit().unwrap();
            Ok(fs::read_to_string(&path).unwrap())
        };
        let new = "{\"dead_letter\":{\"line\":1,\"error\":\"\",\"attempts\":0},\"event\":{}}\n";
        let letter = r#"{"dead_letter":{"line":1,"error":"x"},"event":{"event_id":"a"}}"#;
        for (contents, kept) in [
            (String::new(), String::new()),
            (letter.to_owned(), format!("{letter}\n")),
            (format!("{letter}\n{letter}\n"), format!("{letter}\n{letter}\n")),
            (format!("{letter}\n{}", &letter[..40]), format!("{letter}\n")),
            (format!("{letter}\nprecious"), format!("{letter}\nprecious\n")),
        ] {
            assert_eq!(append(&contents), Ok(kept + new));
        }
        for contents in ["{\"api_key\":\"precious\"}", "line one\nline two", "\n"] {
            let error: String = append(contents).unwrap_err();
            assert!(error.contains("something else than dead letters"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        }
        let nowhere = folder.path().join("none").join("letters");
        assert!(DeadLetters::open(Some(nowhere)).is_err());
        assert!(DeadLetters::open(Some(folder.path().to_owned())).is_err());
    }
}
