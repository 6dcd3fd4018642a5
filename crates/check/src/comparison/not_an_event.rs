//! Lines that are no events, and what they are instead.

use std::fmt;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use event_simulator::event::Field;
use event_simulator::time::WrittenTime;
use event_simulator::wire::ScanError;
use event_simulator::wire::scan;

use super::raw_event::RawEvent;
use super::shown::cut;

/// What a line is that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAnEvent {
    /// JSON that ends before its end, or a row with too few cells.
    CutOff,
    /// The end of a JSON object, without its beginning.
    WithoutBeginning,
    /// The first line of JSON that goes over several.
    OverSeveralLines,
    /// Several JSON objects.
    SeveralOnALine {
        /// The number of them.
        objects: usize,
    },
    /// Base64, of the whole line or of a member of it.
    Base64 {
        /// The member.
        member: Option<String>,
    },
    /// A Python dict as Python prints it.
    PythonRepr,
    /// Zeros, as a file has where nothing was written.
    NulBytes,
    /// An event behind something else, as in a log.
    TextBefore,
    /// JSON but for a `NaN` or `Infinity`.
    NotANumber,
    /// UTF-16.
    Utf16,
    /// JSON without any of the fields by which events are known.
    WithoutFields {
        /// The keys that it has.
        keys: Vec<String>,
    },
    /// JSON with an event in a member that is not looked into.
    Within {
        /// The member, as `a.b` if it is one of another.
        member: String,
    },
    /// A row with another number of cells than its header.
    Row {
        /// The number of its cells.
        cells: u64,
        /// That of the header.
        columns: u64,
    },
    /// A row of a table in a place where no header tells what its cells are.
    RowWithoutHeader,
    /// A line that is longer than lines are read.
    TooLong,
    /// The rest of a file that cannot be read, and why.
    BreaksOff(String),
    /// Anything else, and what should stand where.
    Other(String),
}

/// Keys of a line that are named.
const KEYS_NAMED: usize = 8;

/// Characters of a key that are shown.
const KEY_CHARACTERS: usize = 40;

impl NotAnEvent {
    /// What a line is that is no JSON object.
    pub(super) fn of_no_object(line: &[u8], error: &ScanError) -> Self {
        let nul_bytes = memchr::memchr_iter(0, line).count();
        if nul_bytes > 0 && nul_bytes >= line.len() / 4 {
            return if nul_bytes * 4 > line.len() * 3 { Self::NulBytes } else { Self::Utf16 };
        }
        if line.starts_with(b"{'") || line.starts_with(b"[{'") {
            return Self::PythonRepr;
        }
        if is_base64_of_json(line) {
            return Self::Base64 { member: None };
        }
        if matches!(line.trim_ascii(), b"{" | b"[") {
            return Self::OverSeveralLines;
        }
        let mut objects = 0;
        for value in serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>() {
            match value {
                Ok(_) => objects += 1,
                Err(error) if error.is_eof() && objects == 0 => return Self::CutOff,
                Err(_) => break,
            }
        }
        match line {
            [b'{', ..] if objects > 1 => Self::SeveralOnALine { objects },
            [b'{', ..] if is_json_but_for_numbers(line) => Self::NotANumber,
            [b'{' | b'[', ..] => Self::Other(error.to_string()),
            _ if is_row(line) => Self::RowWithoutHeader,
            _ if has_event_behind(line) => Self::TextBefore,
            [.., b'}'] if closes_more_than_it_opens(line) => Self::WithoutBeginning,
            _ => Self::Other(error.to_string()),
        }
    }

    /// What a JSON object is that has no field of an event.
    pub(super) fn of_object(line: &[u8]) -> Self {
        let mut keys = Vec::new();
        let mut within = None;
        let mut base64 = None;
        let _ = scan::each_member(line, |key, value| {
            let key = String::from_utf8_lossy(&key).into_owned();
            match value {
                [b'"', text @ .., b'"'] if is_base64_of_json(text) => base64 = Some(key.clone()),
                [b'{' | b'[', ..] => {
                    if let Some(path) = path_of_event(value, MOST_LEVELS) {
                        within = Some(key.clone() + &path);
                    }
                }
                _ => {}
            }
            if keys.len() < KEYS_NAMED {
                keys.push(cut(&key, 0, KEY_CHARACTERS).into_owned());
            }
            Ok(())
        });
        match (within, base64) {
            (Some(member), _) => Self::Within { member },
            (None, Some(member)) => Self::Base64 { member: Some(member) },
            (None, None) => Self::WithoutFields { keys },
        }
    }
}

/// Objects within objects that are looked into.
const MOST_LEVELS: usize = 5;

/// The way to an object that has the fields of an event, each key with the dot before it; empty if it is this one.
/// Of a list, `[]`, the first is looked at.
fn path_of_event(object: &[u8], levels: usize) -> Option<String> {
    let levels = levels.checked_sub(1)?;
    if object.starts_with(b"[") {
        let all: Vec<&RawValue> = serde_json::from_slice(object).ok()?;
        return Some(format!("[]{}", path_of_event(all.first()?.get().as_bytes(), levels)?));
    }
    if RawEvent::of_any(object).is_identified() {
        return Some(String::new());
    }
    let mut found = None;
    let _ = scan::each_member(object, |key, value| {
        if matches!(value, [b'{' | b'[', ..])
            && let Some(path) = path_of_event(value, levels)
        {
            found = Some(format!(".{}{path}", String::from_utf8_lossy(&key)));
        }
        Ok(())
    });
    found
}

fn closes_more_than_it_opens(line: &[u8]) -> bool {
    let count = |byte| memchr::memchr_iter(byte, line).count();
    count(b'}') > count(b'{')
}

fn has_event_behind(line: &[u8]) -> bool {
    let object = memchr::memchr(b'{', line).map(|at| &line[at..]);
    object.is_some_and(|object| RawEvent::of_any(object).is_identified())
}

/// True for what is JSON when `NaN` and `Infinity` are taken for nulls.
fn is_json_but_for_numbers(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let plain =
        text.replace("NaN", "null").replace("-Infinity", "null").replace("Infinity", "null");
    plain != text && scan::each_member(plain.as_bytes(), |_, _| Ok(())).is_ok()
}

/// True for a row as of CSV: cells, one of which is a time.
fn is_row(line: &[u8]) -> bool {
    const LEAST_CELLS: usize = 4;
    let text = String::from_utf8_lossy(line);
    let is_time = |cell: &str| WrittenTime::of_text(cell.trim_matches('"')).is_some();
    [',', '\t', ';', '|'].iter().any(|delimiter| {
        text.split(*delimiter).count() >= LEAST_CELLS && text.split(*delimiter).any(is_time)
    })
}

/// True for base64 of something that begins as a JSON object does.
fn is_base64_of_json(text: &[u8]) -> bool {
    const LEAST: usize = 16;
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\\".contains(byte);
    let begins = [b"eyJ", b"eyA", b"ewo", b"ew0"].iter().any(|begin| text.starts_with(*begin));
    begins && text.len() >= LEAST && text.iter().all(is_base64)
}

impl fmt::Display for NotAnEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff => f.write_str("cut off: the end of the line is missing"),
            Self::OverSeveralLines => {
                f.write_str("JSON over several lines; each event needs one of its own (jq -c .)")
            }
            Self::WithoutBeginning => f.write_str("the beginning of the line is missing"),
            Self::SeveralOnALine { objects } => {
                write!(f, "{objects} JSON objects on one line; each needs a line of its own")
            }
            Self::Base64 { member: None } => f.write_str("base64; decode it first"),
            Self::Base64 { member: Some(member) } => {
                write!(f, "{member:?} holds base64; decode it first")
            }
            Self::PythonRepr => f.write_str("a Python dict and not JSON; write it with json.dumps"),
            Self::NulBytes => f.write_str("zeros, as where a file was not written"),
            Self::TextBefore => f.write_str("something stands before the JSON of the event"),
            Self::NotANumber => {
                f.write_str("NaN or Infinity, which JSON does not have: write null")
            }
            Self::Utf16 => f.write_str("UTF-16 and not UTF-8"),
            Self::WithoutFields { keys } if keys.is_empty() => f.write_str("an empty object"),
            Self::WithoutFields { keys } => write!(
                f,
                "none of {}, by which events are known; there are {}",
                [Field::EventId, Field::EventType, Field::UserId, Field::SessionId]
                    .map(Field::name)
                    .join(", "),
                keys.join(", ")
            ),
            Self::Within { member } => {
                write!(f, "the event stands in {member:?}; take it out (jq -c '.{member}')")
            }
            Self::Row { cells, columns } => {
                write!(f, "a row of {cells} cells, where the header has {columns}")
            }
            Self::RowWithoutHeader => f.write_str("a row of a table, without a header before it"),
            Self::TooLong => f.write_str("longer than lines are read"),
            Self::BreaksOff(reason) => write!(f, "{reason}; what stands before was read"),
            Self::Other(reason) => f.write_str(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(line: &[u8]) -> NotAnEvent {
        match scan::each_member(line, |_, _| Ok(())) {
            Ok(()) => NotAnEvent::of_object(line),
            Err(error) => NotAnEvent::of_no_object(line, &error),
        }
    }

    #[test]
    fn what_a_line_is_instead_is_looked_at() {
        let utf16: Vec<u8> = "{\"a\":1}".bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(kind_of(&utf16), NotAnEvent::Utf16);
        let base64 = "eyJldmVudF9pZCI6ImEifQ==";
        let of_member = format!("{{\"topic\":\"t\",\"value\":\"{base64}\"}}");
        let member = |name: &str| Some(name.to_owned());
        for (line, expected) in [
            ("{\"event_id\":\"a\",\"ev", NotAnEvent::CutOff),
            ("ent_id\":\"a\"}", NotAnEvent::WithoutBeginning),
            ("{ ", NotAnEvent::OverSeveralLines),
            ("\0\0\0\0\0", NotAnEvent::NulBytes),
            ("INFO {\"event_id\":\"a\",\"props\":{}}", NotAnEvent::TextBefore),
            (
                "{\"x\":{\"y\":{\"event_id\":\"a\"}}}",
                NotAnEvent::Within { member: "x.y".to_owned() },
            ),
            ("{\"x\":[{\"event_id\":\"a\"}]}", NotAnEvent::Within { member: "x[]".to_owned() }),
            ("a,2026-01-01 00:00:00,click,u,{}", NotAnEvent::RowWithoutHeader),
            ("{\"a\":1}{\"a\":2}", NotAnEvent::SeveralOnALine { objects: 2 }),
            ("{\"event_id\":\"a\",\"x\":NaN}", NotAnEvent::NotANumber),
            ("{'event_id': 'a', 'props': {}}", NotAnEvent::PythonRepr),
            (base64, NotAnEvent::Base64 { member: None }),
            (&of_member, NotAnEvent::Base64 { member: member("value") }),
            ("{\"hello\":\"x\"}", NotAnEvent::WithoutFields { keys: vec!["hello".to_owned()] }),
            ("{\"x\":{\"event_id\":\"a\"}}", NotAnEvent::Within { member: "x".to_owned() }),
        ] {
            assert_eq!(kind_of(line.as_bytes()), expected, "{line}");
        }
        for line in [&b"hello"[..], b"a,1.1.2026,{}", b"{\"event_id\":\"NaN\",\"x\":oops}"] {
            assert!(matches!(kind_of(line), NotAnEvent::Other(_)));
        }
    }
}
