//! One value of a scenario: read as what it has to be, or explained.

use std::fmt::Display;

use super::limits::{self, Range};
use super::problem::{Position, Problem};
use super::yaml::{Entry, Node, Scalar, Value};

/// A value, the path of its key, and the place to point at.
pub(super) struct Field<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
    pub(super) position: Position,
}

impl<'a> Field<'a> {
    /// The whole document.
    pub(super) fn document(node: &'a Node) -> Self {
        Self { node, path: String::new(), position: node.position }
    }

    /// The value of an entry of a mapping. A scalar is pointed at itself; a list or mapping, which
    /// may start lines further down, at its key.
    pub(super) fn entry(entry: &'a Entry, path: &str) -> Self {
        let position = match entry.value.value {
            Value::Scalar(_) => entry.value.position,
            Value::List(_) | Value::Map(_) => entry.position,
        };
        Self { node: &entry.value, path: join(path, &entry.key), position }
    }
}

impl Field<'_> {
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.path.clone(), message).at(self.position)
    }

    pub(super) fn expected(&self, what: impl Display) -> Problem {
        self.problem(format!("expected {what}, found {}", found(self.node)))
    }
}

/// The entries of a mapping; nothing at all counts as an empty one.
pub(super) fn mapping<'a>(field: &Field<'a>) -> Result<&'a [Entry], Problem> {
    match &field.node.value {
        Value::Map(entries) => Ok(entries),
        Value::Scalar(scalar) if scalar.is_null() => Ok(&[]),
        Value::Scalar(_) | Value::List(_) => Err(field.expected("keys and values")),
    }
}

/// The path of `key` within `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    let key = if key.is_empty() { "\"\"".to_owned() } else { shown(key) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The entries of a list; none if it is no list or too long a one, which is reported.
pub(super) fn items<'a>(field: &Field<'a>, problems: &mut Vec<Problem>) -> Vec<Field<'a>> {
    match &field.node.value {
        Value::List(items) if items.len() > limits::LIST_ENTRIES => {
            let message = format!(
                "at most {} entries are allowed, found {}",
                limits::LIST_ENTRIES,
                items.len()
            );
            problems.push(field.problem(message));
            Vec::new()
        }
        Value::List(items) => {
            let path = |index| format!("{}[{index}]", field.path);
            let fields = items.iter().enumerate();
            fields
                .map(|(index, node)| Field { node, path: path(index), position: node.position })
                .collect()
        }
        Value::Scalar(_) | Value::Map(_) => {
            problems.push(field.expected("a list").help("one `- entry` a line, or `[]` for none"));
            Vec::new()
        }
    }
}

fn plain_scalar<'a>(field: &Field<'a>) -> Option<&'a str> {
    match &field.node.value {
        Value::Scalar(Scalar { text, is_plain: true }) => Some(text),
        _ => None,
    }
}

/// A number within `range`.
pub(super) fn number(field: &Field<'_>, range: Range<f64>) -> Result<f64, Problem> {
    let wanted = || format!("a number from {} to {}", range.min, range.max);
    let value = plain_scalar(field)
        .and_then(parse_number)
        .ok_or_else(|| field.expected(wanted()).helped(field))?;
    if range.contains(value) { Ok(value) } else { Err(field.expected(wanted())) }
}

/// A whole number from `min` to `max`.
pub(super) fn whole(field: &Field<'_>, min: i128, max: i128) -> Result<i128, Problem> {
    let wanted = || format!("a whole number from {min} to {max}");
    let value = plain_scalar(field)
        .and_then(parse_whole)
        .ok_or_else(|| field.expected(wanted()).helped(field))?;
    if (min..=max).contains(&value) { Ok(value) } else { Err(field.expected(wanted())) }
}

/// `true` or `false`.
pub(super) fn flag(field: &Field<'_>) -> Result<bool, Problem> {
    plain_scalar(field).and_then(parse_flag).ok_or_else(|| field.expected("true or false"))
}

/// A text.
pub(super) fn text<'a>(field: &Field<'a>) -> Result<&'a str, Problem> {
    match &field.node.value {
        Value::Scalar(scalar) if !scalar.is_plain || scalar.is_text() => Ok(&scalar.text),
        Value::Scalar(scalar) if !scalar.is_null() => {
            Err(field.expected("a text").help(format!("quote it: \"{}\"", shown(&scalar.text))))
        }
        _ => Err(field.expected("a text")),
    }
}

/// A text that is neither blank nor endless.
pub(super) fn name(field: &Field<'_>) -> Result<String, Problem> {
    let text = text(field)?;
    check_name(text).map_err(|message| field.problem(message))?;
    Ok(text.to_owned())
}

/// Says what is wrong with the name of a page, button, journey or event.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("expected a name, found an empty text".to_owned());
    }
    match name.chars().count() {
        0..=limits::MAX_NAME_CHARS => Ok(()),
        found => {
            let most = limits::MAX_NAME_CHARS;
            Err(format!("expected a name of at most {most} characters, found {found}"))
        }
    }
}

impl Scalar {
    /// Whether a plain scalar is a text by YAML 1.2's core schema.
    fn is_text(&self) -> bool {
        !self.is_null() && parse_flag(&self.text).is_none() && parse_number(&self.text).is_none()
    }
}

/// A boolean of YAML 1.2's core schema.
fn parse_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A number of YAML 1.2's core schema.
fn parse_number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ if unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            parse_whole(text).map(|whole| whole as f64).or_else(|| text.parse().ok())
        }
        _ => None,
    }
}

/// A whole number of YAML 1.2's core schema; one too large for 128 bits is as large as can be.
fn parse_whole(text: &str) -> Option<i128> {
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(hex), _) => (hex, 16),
        (_, Some(octal)) => (octal, 8),
        _ => (text.strip_prefix(['+', '-']).unwrap_or(text), 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let size = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    Some(if text.starts_with('-') { -size } else { size })
}

/// What stands in the file, for a message.
fn found(node: &Node) -> String {
    match &node.value {
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "keys and values".to_owned(),
        Value::Scalar(scalar) if scalar.is_null() => "nothing".to_owned(),
        Value::Scalar(Scalar { text, is_plain: true }) => format!("`{}`", shown(text)),
        Value::Scalar(Scalar { text, is_plain: false }) => format!("the text \"{}\"", shown(text)),
    }
}

/// A text from the file, cut to what a message can hold, in one line.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).flat_map(escaped).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Control characters escaped, so that a file cannot steer the terminal.
fn escaped(character: char) -> impl Iterator<Item = char> {
    let (plain, escape) = if character.is_control() {
        (None, Some(character.escape_default()))
    } else {
        (Some(character), None)
    };
    plain.into_iter().chain(escape.into_iter().flatten())
}

impl Problem {
    /// This problem, with help for what a reader takes for a number and YAML does not.
    fn helped(self, field: &Field<'_>) -> Self {
        let Value::Scalar(Scalar { text, is_plain }) = &field.node.value else { return self };
        let percentage = text.strip_suffix('%').and_then(parse_number);
        let with_point = text.replacen(',', ".", 1);
        let without_separators = text.replace(['_', ','], "");
        let has_thousands = text.split(',').skip(1).all(|group| group.len() == 3);
        let time = text.parse::<jiff::SignedDuration>();
        match (parse_number(text), percentage, time) {
            (Some(_), ..) if !is_plain => self.help(format!("remove the quotes: {text}")),
            (Some(_), ..) => self.help("write it without a fraction or exponent"),
            (_, Some(percentage), _) => self.help(format!("write {}", percentage / 100.0)),
            (.., Ok(time)) => self.help(format!("in seconds: {}", time.as_secs_f64())),
            _ if !has_thousands && parse_number(&with_point).is_some() => {
                self.help(format!("write {with_point}"))
            }
            _ if parse_number(&without_separators).is_some() => {
                self.help(format!("write it without separators: {without_separators}"))
            }
            _ => self,
        }
    }
}
