//! One value of a scenario: read as what it has to be, or explained.

use std::fmt::Display;

use super::path::{join, shown};
use super::problem::{Position, Problem};
use super::yaml::{Content, MapEntry, Node, Scalar};
use crate::quantity::parse_duration;

/// Keys with texts in them that may be secrets, so that no message repeats what stands there instead.
const SECRET_PLACES: [&str; 2] = ["replay", "replay.headers"];

/// The place of a key: its path, its value if the file has one, and where to point at.
pub struct KeyValue<'a> {
    pub(super) node: Option<&'a Node>,
    pub(super) path: String,
    pub(super) position: Option<Position>,
}

impl<'a> KeyValue<'a> {
    /// The whole document, if there is one.
    pub(super) fn document(node: Option<&'a Node>) -> Self {
        Self { node, path: String::new(), position: node.and_then(|node| node.position) }
    }

    /// The value of an entry of a mapping. A scalar is pointed at itself; a list or mapping, which
    /// may start lines further down, at its key.
    pub(super) fn entry(entry: &'a MapEntry, path: &str) -> Self {
        let position = match entry.value.content {
            Content::Scalar(_) => entry.value.position,
            Content::List(_) | Content::Map(_) => entry.position,
        };
        Self { node: Some(&entry.value), path: join(path, &entry.key), position }
    }

    /// A key that the file does not have; `position` is that of its section, if the file has that.
    pub(super) fn absent(path: String, position: Option<Position>) -> Self {
        Self { node: None, path, position }
    }

    /// The entry of this list at `index`.
    pub(super) fn item(&self, index: usize, node: Option<&'a Node>) -> Self {
        let path = format!("{}[{index}]", self.path);
        Self { node, path, position: node.and_then(|node| node.position) }
    }
}

impl KeyValue<'_> {
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.path.clone(), message).at(self.position)
    }

    /// The problem that something else was expected than what stands there.
    pub(super) fn expected(&self, what: impl Display) -> Problem {
        self.problem(format!("expected {what}, found {}", self.found()))
    }

    /// The same for a number, with help for what a reader takes for one and YAML does not.
    pub(super) fn expected_number(&self, what: impl Display) -> Problem {
        let problem = self.expected(what);
        match self.scalar().and_then(number_help) {
            Some(help) => problem.help(help),
            None => problem,
        }
    }

    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.node?.content {
            Content::Scalar(scalar) => Some(scalar),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    /// A scalar that may be anything but a text.
    pub(super) fn plain(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.is_plain).map(|scalar| scalar.text.as_str())
    }

    /// Nothing at all: no value, or YAML's null.
    pub(super) fn is_null(&self) -> bool {
        self.node.is_none() || self.scalar().is_some_and(Scalar::is_null)
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&str, Problem> {
        match self.scalar() {
            Some(scalar) if !scalar.is_plain || scalar.is_text() => Ok(&scalar.text),
            Some(scalar) if !scalar.is_null() => {
                let quoted = format!("quote it: \"{}\"", shown(&scalar.text));
                Err(self.expected("a text").help(quoted))
            }
            None if !self.is_null() => {
                let help = "quote a text that has `: ` in it, or begins with `[` or `{`";
                Err(self.expected("a text").help(help))
            }
            _ => Err(self.expected("a text")),
        }
    }

    /// The entries of a mapping; nothing at all counts as an empty one.
    pub(super) fn mapping(&self) -> Result<&[MapEntry], Problem> {
        match self.node.map(|node| &node.content) {
            Some(Content::Map(entries)) => Ok(entries),
            _ if self.is_null() => Ok(&[]),
            _ => Err(self.expected("keys and values")),
        }
    }

    /// The value as it stands in the file, for a message.
    fn found(&self) -> String {
        match self.node.map(|node| &node.content) {
            Some(Content::Scalar(scalar))
                if SECRET_PLACES.contains(&self.path.as_str()) && !scalar.is_null() =>
            {
                "a text".to_owned()
            }
            Some(Content::List(_)) => "a list".to_owned(),
            Some(Content::Map(_)) => "keys and values".to_owned(),
            Some(Content::Scalar(Scalar { text, is_plain: true })) if !self.is_null() => {
                format!("`{}`", shown(text))
            }
            Some(Content::Scalar(Scalar { text, is_plain: false })) => {
                format!("the text \"{}\"", shown(text))
            }
            _ => "nothing".to_owned(),
        }
    }
}

impl Scalar {
    /// A text by YAML 1.2's core schema, though nothing marks it as one.
    fn is_text(&self) -> bool {
        !self.is_null() && parse_flag(&self.text).is_none() && parse_number(&self.text).is_none()
    }
}

/// A boolean of YAML 1.2's core schema.
pub(super) fn parse_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A number of YAML 1.2's core schema.
pub(super) fn parse_number(text: &str) -> Option<f64> {
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
pub(super) fn parse_whole(text: &str) -> Option<i128> {
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

/// The advice for what a reader takes for a number and YAML does not.
fn number_help(Scalar { text, is_plain }: &Scalar) -> Option<String> {
    let percentage = text.strip_suffix('%').and_then(parse_number);
    let with_point = text.replacen(',', ".", 1);
    let without_separators = text.replace(['_', ','], "");
    let has_thousands = text.split(',').skip(1).all(|group| group.len() == 3);
    match (parse_number(text), percentage, parse_duration(text)) {
        (Some(_), ..) if !is_plain => Some(format!("remove the quotes: {text}")),
        (Some(_), ..) => Some("write it without a fraction or exponent".to_owned()),
        (_, Some(percentage), _) => Some(format!("write {}", percentage / 100.0)),
        (.., Ok(time)) => Some(format!("in seconds: {}", time.as_secs_f64())),
        _ if !has_thousands && parse_number(&with_point).is_some() => {
            Some(format!("write {with_point}"))
        }
        _ if parse_number(&without_separators).is_some() => {
            Some(format!("write it without separators: {without_separators}"))
        }
        _ => None,
    }
}
