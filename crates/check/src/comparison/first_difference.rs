//! The line at which two files part.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use event_simulator::wire::EventFields;

use super::change::{Members, members, value_in};
use super::shown::{cut, cut_to_difference, named};

/// The first line that is not the same in both files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FirstDifference {
    /// Its number, from 1.
    pub line: u64,
    /// It in the first file; none if that has ended.
    pub left: Option<String>,
    /// It in the second file.
    pub right: Option<String>,
    /// The fields in which the two differ, those in objects by their paths; empty unless both are objects.
    pub differing: Vec<FieldDifference>,
    /// The number of fields that are the same.
    pub same_fields: u64,
}

/// A field that is not the same in two lines, which have its values as JSON texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// Its name: `page_path`, `props.step`, ...
    pub field: String,
    /// Its value in the first; none if it is not there.
    pub left: Option<String>,
    /// Its value in the second.
    pub right: Option<String>,
}

impl FirstDifference {
    pub(crate) fn new(line: u64, left: Option<&[u8]>, right: Option<&[u8]>) -> Self {
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let mut difference =
            Self { line, left: left.map(text), right: right.map(text), ..Self::default() };
        if let (Some(left), Some(right)) = (members_of(left), members_of(right)) {
            difference.compare("", 0, &left, &right);
        }
        difference
    }

    /// The names of the fields in which the two lines differ; empty unless both are events.
    pub fn fields(&self) -> Vec<String> {
        let event = |line: &'_ Option<String>| {
            EventFields::of_line(line.as_deref()?.as_bytes()).ok()?.to_event().ok()
        };
        match (event(&self.left), event(&self.right)) {
            (Some(left), Some(right)) => {
                left.differing_fields(&right).into_iter().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Adds the members of two objects, whose names come after those of the so many objects that they are in.
    fn compare(&mut self, within: &str, depth: usize, left: &Members<'_>, right: &Members<'_>) {
        let added = right.iter().filter(|(name, _)| value_in(left, name).is_none());
        for (name, _) in left.iter().chain(added) {
            let (ours, theirs) = (value_in(left, name), value_in(right, name));
            if ours == theirs {
                self.same_fields += ours.map_or(0, |value| count_of_fields(value, depth + 1));
                continue;
            }
            let field = format!("{within}{}", String::from_utf8_lossy(name));
            if depth < DEEPEST
                && let (Some(ours), Some(theirs)) = (members_of(ours), members_of(theirs))
            {
                self.compare(&format!("{field}."), depth + 1, &ours, &theirs);
                continue;
            }
            let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
            let (left, right) = (ours.map(text), theirs.map(text));
            self.differing.push(FieldDifference { field, left, right });
        }
    }
}

/// Objects within each other that are looked into: each is read again, which would take for ever where they are many.
const DEEPEST: usize = 16;
/// Fields that are shown, and characters of a name beside which values still stand in one column.
const MOST_FIELDS: usize = 12;
const MOST_NAME: usize = 24;
/// Characters of a line that are shown where the other file has ended.
const MOST_OF_LINE: usize = 240;

impl fmt::Display for FirstDifference {
    /// The fields that differ, each value in a line of its own; or both lines if they are no events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<(Cow<'_, str>, [Cow<'_, str>; 2])> = match self.differing.as_slice() {
            [] => {
                let lines = [&self.left, &self.right];
                let ended = lines.map(|line| match line {
                    Some(line) => cut(line, 0, MOST_OF_LINE),
                    None => Cow::Borrowed("(the end)"),
                });
                let [left, right] = lines.map(Option::as_deref);
                let both = left.is_some() && right.is_some();
                vec![("".into(), if both { cut_to_difference(left, right) } else { ended })]
            }
            fields => {
                fields.iter().map(|field| (named(&field.field).into(), field.shown())).collect()
            }
        };
        let shown = &rows[..rows.len().min(MOST_FIELDS)];
        let width = shown.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        let (width, mut separator) = (width.min(MOST_NAME), "");
        for (name, [left, right]) in shown {
            let gap = if width == 0 { "" } else { "  " };
            write!(f, "{separator}  {name:width$}{gap}- {left}\n  {:width$}{gap}+ {right}", "")?;
            separator = "\n";
        }
        match rows.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl FieldDifference {
    /// Both values as they are shown: of long ones the part in which they differ.
    pub fn shown(&self) -> [Cow<'_, str>; 2] {
        cut_to_difference(self.left.as_deref(), self.right.as_deref())
    }
}

/// The members of a value that is an object.
fn members_of(raw: Option<&[u8]>) -> Option<Members<'_>> {
    raw.and_then(|raw| members(Some(raw)))
}

/// The fields of a value in so many objects, those in objects in it counted each.
fn count_of_fields(raw: &[u8], depth: usize) -> u64 {
    let of_members = |members: Members<'_>| {
        members.iter().map(|(_, value)| count_of_fields(value, depth + 1)).sum()
    };
    let inner = if depth <= DEEPEST { members_of(Some(raw)) } else { None };
    inner.map_or(1, of_members).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(left: &str, right: &str) -> (Vec<[String; 3]>, u64) {
        let first = FirstDifference::new(1, Some(left.as_bytes()), Some(right.as_bytes()));
        let shown = |field: &FieldDifference| {
            let [left, right] = field.shown().map(Cow::into_owned);
            [field.field.clone(), left, right]
        };
        (first.differing.iter().map(shown).collect(), first.same_fields)
    }

    #[test]
    fn fields_that_differ_are_told_from_those_that_do_not() {
        let left = r#"{"id":"1","user":{"country":"DE","plan":"a"},"n":1,"gone":[1]}"#;
        let right = r#"{"id":"1","user":{"country":"FR","plan":"a"},"n":1.0,"new":{"a":1}}"#;
        let row = |field: &str, left: &str, right: &str| {
            [field.to_owned(), left.to_owned(), right.to_owned()]
        };
        let expected = vec![
            row("user.country", "\"DE\"", "\"FR\""),
            row("n", "1", "1.0"),
            row("gone", "[1]", "nothing"),
            row("new", "nothing", "{\"a\":1}"),
        ];
        assert_eq!(difference(left, right), (expected, 2));
        let (same, other) = (r#"{"a":{"b":1,"c":{}},"n":1}"#, r#"{"a":{"b":1,"c":{}},"n":2}"#);
        assert_eq!(difference(same, other).1, 2);
        // An object that has become something else is one value.
        assert_eq!(
            difference(r#"{"a":{"b":1}}"#, r#"{"a":"b"}"#).0,
            [row("a", "{\"b\":1}", "\"b\"")]
        );
        assert_eq!(difference("not JSON", "{}"), (Vec::new(), 0));
    }

    #[test]
    fn objects_within_each_other_are_looked_into_so_far() {
        let nested = |objects: usize, value: &str| {
            format!("{}{value}{}", r#"{"a":"#.repeat(objects), "}".repeat(objects))
        };
        for (objects, value) in [(DEEPEST + 1, "1"), (DEEPEST + 2, r#"{"a":1}"#)] {
            let (fields, same) = difference(&nested(objects, "1"), &nested(objects, "2"));
            let path = vec!["a"; DEEPEST + 1].join(".");
            assert_eq!(
                (fields.len(), &fields[0][0], &fields[0][1], same),
                (1, &path, &value.to_owned(), 0)
            );
        }
        let deep = |value| nested(100_000, value);
        assert_eq!(difference(&deep("1"), &deep("2")).0.len(), 1);
    }
}
