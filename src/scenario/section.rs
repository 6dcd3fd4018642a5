//! A typed reader of YAML mappings that goes on after a problem.
//!
//! A section is read by asking for each of its keys, and asking makes a key known; what nobody asked
//! for is unknown. So the keys stand in one place. A value that is missing or wrong leaves the
//! default as it was.

use std::collections::HashMap;
use std::fmt::Display;

use super::field::{self, Field, join};
use super::limits::Range;
use super::problem::{Position, Problem};
use super::spelling::{nearest, spelled};
use super::yaml::Entry;

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

impl<'a> Section<'a> {
    /// Reads a mapping by the function `read`, then notes the keys that it did not ask for. Nothing
    /// at all counts as an empty mapping.
    pub(super) fn read(
        field: &Field<'a>,
        findings: &'a mut Findings,
        read: impl FnOnce(&mut Section<'_>),
    ) {
        let entries = match field::mapping(field) {
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
        self.value(key, out, |field| field::number(&field, range));
    }

    /// A whole number within `range`.
    pub(super) fn count(&mut self, key: &'static str, out: &mut u32, range: Range<u32>) {
        self.value(key, out, |field| {
            field::whole(&field, i128::from(range.min), i128::from(range.max))
                .map(|value| value as u32)
        });
    }

    /// Any unsigned whole number of 64 bits, decimal or hexadecimal.
    pub(super) fn seed(&mut self, key: &'static str, out: &mut u64) {
        self.value(key, out, |field| {
            field::whole(&field, 0, i128::from(u64::MAX)).map(|value| value as u64)
        });
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, out: &mut bool) {
        self.value(key, out, |field| field::flag(&field));
    }

    /// A text that `parse` accepts; its error says what is wrong and what is allowed.
    pub(super) fn text<T, E: Display>(
        &mut self,
        key: &'static str,
        out: &mut T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) {
        self.value(key, out, |field| {
            let text = field::text(&field)?;
            parse(text).map_err(|error| field.problem(error.to_string()))
        });
    }

    /// A name: a text that is neither empty nor endless.
    pub(super) fn name(&mut self, key: &'static str, out: &mut String) {
        self.value(key, out, |field| field::name(&field));
    }

    /// A list of names.
    pub(super) fn names(&mut self, key: &'static str, out: &mut Vec<String>) {
        let Some(field) = self.field(key) else { return };
        let mut names = Vec::new();
        let problems_before = self.findings.problems.len();
        for item in field::items(&field, &mut self.findings.problems) {
            match field::name(&item) {
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
        for item in field::items(&field, &mut self.findings.problems) {
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
