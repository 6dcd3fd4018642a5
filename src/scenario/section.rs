//! A typed reader of YAML mappings that goes on after a problem.
//!
//! A section is read by asking for each of its keys, and asking makes a key known; what nobody asked
//! for is unknown. So the keys stand in one place. A value that is missing or wrong leaves the
//! default as it was.

use std::collections::HashMap;
use std::fmt::Display;

use super::limits::{self, Range};
use super::problem::{Position, Problem};
use super::yaml::{Entry, Node, Scalar, Value};

/// One mapping of a scenario, while it is read.
pub(super) struct Section<'a> {
    entries: &'a [Entry],
    path: String,
    position: Position,
    known: Vec<&'static str>,
    wrong: Vec<&'static str>,
    findings: &'a mut Findings,
}

/// What is found while a scenario is read.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    /// The sections and their keys, all of them: also those that are not in the file.
    keys: Vec<(String, &'static str)>,
    unknown: Vec<Unknown>,
}

/// A key that its section does not have.
struct Unknown {
    key: String,
    path: String,
    position: Position,
    allowed: Vec<&'static str>,
}

/// A value, the path of its key, and the place to point at.
pub(super) struct Field<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
    position: Position,
}

impl<'a> Section<'a> {
    /// Reads a mapping by the function `read`, then notes the keys that it did not ask for. Nothing
    /// at all counts as an empty mapping.
    pub(super) fn read(
        field: &Field<'a>,
        findings: &'a mut Findings,
        read: impl FnOnce(&mut Section<'_>),
    ) {
        let entries = match mapping(field) {
            Ok(entries) => entries,
            Err(problem) => return findings.problems.push(problem),
        };
        findings.problems.extend(duplicates(entries, &field.path));
        Self::of(entries, field.path.clone(), field.position, findings).finish(read);
    }

    fn of(
        entries: &'a [Entry],
        path: String,
        position: Position,
        findings: &'a mut Findings,
    ) -> Self {
        Self { entries, path, position, known: Vec::new(), wrong: Vec::new(), findings }
    }

    fn finish(mut self, read: impl FnOnce(&mut Section<'_>)) {
        read(&mut self);
        let is_known = |entry: &&Entry| self.known.iter().any(|known| *known == entry.key);
        for Entry { key, position, .. } in self.entries.iter().filter(|entry| !is_known(entry)) {
            self.findings.unknown.push(Unknown {
                key: key.clone(),
                path: join(&self.path, key),
                position: *position,
                allowed: self.known.clone(),
            });
        }
        self.findings.keys.extend(self.known.iter().map(|key| (self.path.clone(), *key)));
    }

    /// A number of seconds, or another quantity, within `range`.
    pub(super) fn number(&mut self, key: &'static str, out: &mut f64, range: Range<f64>) {
        self.value(key, out, |field| number(&field, range));
    }

    /// A whole number within `range`.
    pub(super) fn count(&mut self, key: &'static str, out: &mut u32, range: Range<u32>) {
        self.value(key, out, |field| {
            whole(&field, i128::from(range.min), i128::from(range.max)).map(|value| value as u32)
        });
    }

    /// Any unsigned whole number of 64 bits, decimal or hexadecimal.
    pub(super) fn seed(&mut self, key: &'static str, out: &mut u64) {
        self.value(key, out, |field| {
            whole(&field, 0, i128::from(u64::MAX)).map(|value| value as u64)
        });
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, out: &mut bool) {
        self.value(key, out, |field| flag(&field));
    }

    /// A text that `parse` accepts; its error says what is wrong and what is allowed.
    pub(super) fn text<T, E: Display>(
        &mut self,
        key: &'static str,
        out: &mut T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) {
        self.value(key, out, |field| {
            let text = text(&field)?;
            parse(text).map_err(|error| field.problem(error.to_string()))
        });
    }

    /// A name: a text that is neither empty nor endless.
    pub(super) fn name(&mut self, key: &'static str, out: &mut String) {
        self.value(key, out, |field| name(&field));
    }

    /// A list of names.
    pub(super) fn names(&mut self, key: &'static str, out: &mut Vec<String>) {
        let Some(field) = self.field(key) else { return };
        let mut names = Vec::new();
        let problems_before = self.findings.problems.len();
        for item in items(&field, &mut self.findings.problems) {
            match name(&item) {
                Ok(name) => names.push(name),
                Err(problem) => self.findings.problems.push(problem),
            }
        }
        if self.findings.problems.len() == problems_before {
            *out = names;
        } else {
            self.wrong.push(key);
        }
    }

    /// A mapping within this one.
    pub(super) fn section(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_>)) {
        match self.field(key) {
            Some(field) => Section::read(&field, self.findings, read),
            None => {
                Section::of(&[], join(&self.path, key), self.position, self.findings).finish(read);
            }
        }
    }

    /// A list of mappings, each read by `read` into a copy of `blank`.
    pub(super) fn list<T: Clone>(
        &mut self,
        key: &'static str,
        out: &mut Vec<T>,
        blank: &T,
        mut read: impl FnMut(&mut Section<'_>, &mut T),
    ) {
        let Some(field) = self.field(key) else { return };
        let mut list = Vec::new();
        let problems_before = self.findings.problems.len();
        for item in items(&field, &mut self.findings.problems) {
            let mut value = blank.clone();
            Section::read(&item, self.findings, |section| {
                read(section, &mut value);
            });
            list.push(value);
        }
        if self.findings.problems.len() > problems_before {
            self.wrong.push(key);
        }
        *out = list;
    }

    /// A value that `read` knows how to read.
    pub(super) fn value_with<T>(
        &mut self,
        key: &'static str,
        out: &mut T,
        read: impl FnOnce(&Field<'_>, &mut Vec<Problem>) -> Option<T>,
    ) {
        let Some(field) = self.field(key) else { return };
        match read(&field, &mut self.findings.problems) {
            Some(value) => *out = value,
            None => self.wrong.push(key),
        }
    }

    /// Notes keys of a section that takes other keys too, to know them where they are misplaced.
    pub(super) fn has_keys(&mut self, section: &str, keys: impl IntoIterator<Item = &'static str>) {
        self.findings.keys.extend(keys.into_iter().map(|key| (section.to_owned(), key)));
    }

    /// Reports a key that has to be there and is not.
    pub(super) fn require(&mut self, key: &'static str, example: &str) {
        if self.entry(key).is_none() {
            let problem = Problem::error(join(&self.path, key), "missing")
                .at(self.position)
                .help(format!("add `{key}: {example}`"));
            self.findings.problems.push(problem);
            self.wrong.push(key);
        }
    }

    /// Reports bounds that are crossed, unless one of them is wrong in itself.
    pub(super) fn ordered<T: Copy + PartialOrd + Display>(
        &mut self,
        min: (&'static str, T),
        max: (&'static str, T),
    ) {
        if min.1 <= max.1 || self.is_wrong(min.0) || self.is_wrong(max.0) {
            return;
        }
        let default = |key| if self.entry(key).is_some() { "" } else { ", the default" };
        let key = if self.entry(min.0).is_some() { min.0 } else { max.0 };
        let message = format!(
            "the least, {} ({}{}), is above the most, {} ({}{})",
            min.0,
            min.1,
            default(min.0),
            max.0,
            max.1,
            default(max.0)
        );
        self.report(key, message);
    }

    /// Adds an error at one of this section's keys.
    pub(super) fn report(&mut self, key: &str, message: impl Into<String>) {
        let position = self.entry(key).map_or(self.position, |entry| entry.position);
        self.findings.problems.push(Problem::error(join(&self.path, key), message).at(position));
    }

    /// Adds an error at a key of an entry of one of this section's lists.
    pub(super) fn report_item(
        &mut self,
        list: &str,
        index: usize,
        key: &str,
        message: impl Into<String>,
    ) {
        let path = format!("{}[{index}].{key}", join(&self.path, list));
        let item =
            self.entry(list).and_then(|entry| entry.value.nearest(&format!("[{index}].{key}")));
        self.findings.problems.push(Problem::error(path, message).at(item));
    }

    /// Whether the key's value was there and was refused, or had to be there and was not.
    pub(super) fn is_wrong(&self, key: &str) -> bool {
        self.wrong.contains(&key)
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn field(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.known.push(key);
        self.entry(key).map(|entry| Field::entry(entry, &self.path))
    }

    fn value<T>(
        &mut self,
        key: &'static str,
        out: &mut T,
        read: impl FnOnce(Field<'a>) -> Result<T, Problem>,
    ) {
        let Some(field) = self.field(key) else { return };
        match read(field) {
            Ok(value) => *out = value,
            Err(problem) => {
                self.findings.problems.push(problem);
                self.wrong.push(key);
            }
        }
    }
}

impl Findings {
    /// All problems, those of unknown keys with the best advice that the whole file allows.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        let unknown: Vec<Problem> =
            self.unknown.iter().map(|unknown| unknown.problem(&self.keys)).collect();
        self.problems.extend(unknown);
        self.problems
    }
}

impl Unknown {
    fn problem(&self, keys: &[(String, &'static str)]) -> Problem {
        let key = &self.key;
        let is_meant = |known: &str| spelled(known) == spelled(key);
        let near = nearest(key, self.allowed.iter().copied());
        let elsewhere = keys.iter().find(|(_, known)| is_meant(known)).map(|(path, _)| path);
        let advice = match (near, elsewhere) {
            _ if key == "<<" => "merge keys are not supported: write the keys out; ".to_owned(),
            (Some(near), None) => format!("did you mean `{near}`? "),
            (Some(near), _) if is_meant(near) => format!("did you mean `{near}`? "),
            (_, Some(path)) if path.is_empty() => "it belongs to the top level; ".to_owned(),
            (_, Some(path)) => format!("it belongs in the section `{path}`; "),
            (None, None) => String::new(),
        };
        let help = format!("{advice}allowed here: {}", self.allowed.join(", "));
        Problem::error(self.path.clone(), "unknown key").at(self.position).help(help)
    }
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

/// The problems of keys that stand twice in a mapping.
pub(super) fn duplicates(entries: &[Entry], path: &str) -> Vec<Problem> {
    let mut first_lines = HashMap::new();
    let mut problems = Vec::new();
    for Entry { key, position, .. } in entries {
        let first = *first_lines.entry(key.as_str()).or_insert(*position);
        if first != *position {
            let message = format!("duplicate key, first on line {}", first.line);
            problems.push(Problem::error(join(path, key), message).at(*position));
        }
    }
    problems
}

/// The path of `key` within `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    let key = if key.is_empty() { "\"\"".to_owned() } else { shown(key) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// How similar a slip of the keyboard is to what was meant.
const SIMILAR: f64 = 0.82;

/// The most similar of some names, if it is similar enough to be a slip of the keyboard.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = spelled(name);
    names
        .into_iter()
        .map(|known| (similarity(&name, &spelled(known)), known))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// From 0 to 1. A name that lacks the other's beginning, such as `journeys` for `user_journeys`, is
/// just similar enough.
fn similarity(name: &str, known: &str) -> f64 {
    let similarity = strsim::jaro_winkler(name, known);
    let is_end =
        name.len() >= 3 && known.strip_suffix(name).is_some_and(|rest| rest.ends_with('_'));
    if is_end { similarity.max(SIMILAR) } else { similarity }
}

/// A name without what is easily confused: capitals, and dashes for underscores.
fn spelled(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn items<'a>(field: &Field<'a>, problems: &mut Vec<Problem>) -> Vec<Field<'a>> {
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

fn whole(field: &Field<'_>, min: i128, max: i128) -> Result<i128, Problem> {
    let wanted = || format!("a whole number from {min} to {max}");
    let value = plain_scalar(field)
        .and_then(parse_whole)
        .ok_or_else(|| field.expected(wanted()).helped(field))?;
    if (min..=max).contains(&value) { Ok(value) } else { Err(field.expected(wanted())) }
}

fn flag(field: &Field<'_>) -> Result<bool, Problem> {
    plain_scalar(field).and_then(parse_flag).ok_or_else(|| field.expected("true or false"))
}

fn text<'a>(field: &Field<'a>) -> Result<&'a str, Problem> {
    match &field.node.value {
        Value::Scalar(scalar) if !scalar.is_plain || scalar.is_text() => Ok(&scalar.text),
        Value::Scalar(scalar) if !scalar.is_null() => {
            Err(field.expected("a text").help(format!("quote it: \"{}\"", shown(&scalar.text))))
        }
        _ => Err(field.expected("a text")),
    }
}

fn name(field: &Field<'_>) -> Result<String, Problem> {
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
