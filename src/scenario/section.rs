//! The visit of a scenario's keys, section by section.
//!
//! A section is read by asking for each of its keys, and asking makes a key known; what nobody asked
//! for is unknown. A value that is missing or wrong leaves the default as it was.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::key_value::KeyValue;
use super::path::join;
use super::problem::{Position, Problem, Severity};
use super::scenario_key::ScenarioKey;
use super::side_files::SideFiles;
use super::unknown_key::UnknownKey;
use super::yaml::{MapEntry, Node};

/// The beginnings of the paths of keys that have others of their name elsewhere, or stand in mappings with names of
/// the user's own.
const NAMED: [&str; 6] = ["events.", "users.", "sessions.", "flow.", "experiments[", "faults."];

/// A value that has keys.
pub trait Keys {
    /// Asks `section` for each key.
    fn visit(&mut self, section: &mut Section<'_>);
}

/// The kind of a key whose values are of type `T`.
pub trait KeyKind<T> {
    /// Reads the value if it stands in the file, and otherwise checks it as it is.
    fn visit(&self, value: &mut T, field: &KeyValue<'_>, visit: &mut Visit);

    /// The JSON Schema of the value; `keys` are those within it.
    fn schema(&self, keys: &[ScenarioKey]) -> Value;

    /// The limits, in short.
    fn limits(&self) -> String;

    /// The value as plain data, if it is something to show as a default.
    fn default(&self, value: &T) -> Option<Value>;

    /// A key of this kind has to be there.
    fn is_required(&self) -> bool {
        false
    }
}

/// A section of a scenario that belongs to another part of the program, which registers it with
/// [`Loaded::read`](super::Loaded::read).
#[derive(Clone, Copy, Debug)]
pub struct OwnedSection {
    /// The key of the section.
    pub key: &'static str,
    /// Asks for each key of the section.
    pub visit: fn(&mut Section<'_>),
    /// Masks what must not be shown in the value of a key of that name, in whichever section it stands.
    pub mask: fn(&str, &mut Value),
}

impl OwnedSection {
    /// Masks what must not be shown in a scenario, or a section of one.
    pub(super) fn mask_in(&self, mapping: &mut Map<String, Value>) {
        for (key, value) in mapping {
            match value {
                Value::Object(section) => self.mask_in(section),
                value => (self.mask)(key, value),
            }
        }
    }
}

/// One mapping of a scenario while its keys are visited.
pub struct Section<'a> {
    entries: &'a [MapEntry],
    path: &'a str,
    /// The place of the mapping, if the file has it.
    position: Option<Position>,
    known: Vec<&'static str>,
    refused: Vec<&'static str>,
    visit: &'a mut Visit,
}

impl<'a> Section<'a> {
    /// Reads a mapping that a scenario keeps under `key` for the section's owner.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the path of its key.
    pub fn read(
        key: &str,
        written: &Map<String, Value>,
        ask: impl FnOnce(&mut Section<'_>),
    ) -> Result<(), Vec<Problem>> {
        let node = Node::from_json(&Value::Object(written.clone()));
        let field = KeyValue { node: Some(&node), path: key.to_owned(), position: None };
        let mut visit = Visit::default();
        visit.section(&field, ask);
        let problems = visit.into_problems();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Asks for a key: it is read into `value` if it stands in the file, and `value` is checked as it
    /// is if not. `doc` is the meaning.
    pub fn key<T>(
        &mut self,
        name: &'static str,
        kind: &impl KeyKind<T>,
        doc: &'static str,
        value: &mut T,
    ) {
        self.known.push(name);
        let field = self.field(name);
        let default = self.visit.describes().then(|| kind.default(value));
        let Some(default) = default else { return kind.visit(value, &field, self.visit) };
        let keys = self.visit.described(|visit| kind.visit(value, &field, visit));
        self.visit.describe(ScenarioKey {
            name,
            doc: doc.trim().to_owned(),
            limits: kind.limits(),
            default,
            is_required: kind.is_required(),
            schema: kind.schema(&keys),
            keys,
        });
    }

    /// Refuses a key that is known elsewhere and has no place here.
    pub fn refuse(&mut self, name: &'static str, reason: &str) {
        self.refused.push(name);
        if self.is_given(name) {
            self.report(name, reason);
        }
    }

    /// True for a key that stands in the file.
    pub fn is_given(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Adds an error at a key, unless it already has one.
    pub fn report(&mut self, name: &str, message: &str) {
        let path = join(self.path, name);
        if self.visit.is_sound(&path) {
            let position = self.entry(name).map_or(self.position, |entry| entry.position);
            self.visit.report(Problem::error(path, message).at(position));
        }
    }

    fn entry(&self, name: &str) -> Option<&'a MapEntry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    fn field(&self, name: &str) -> KeyValue<'a> {
        match self.entry(name) {
            Some(entry) => KeyValue::entry(entry, self.path),
            None => KeyValue::absent(join(self.path, name), self.position),
        }
    }
}

/// One visit of all keys, and what it finds.
///
/// With a document it reads, and without one it checks what is there. It goes on after a problem.
#[derive(Default)]
pub struct Visit {
    problems: Vec<Problem>,
    unknown: Vec<UnknownKey>,
    /// The sections and their keys, all of them: also those that are not in the file.
    known: Vec<(String, &'static str)>,
    owners: Vec<OwnedSection>,
    files: SideFiles,
    /// The keys of the mapping that is visited, if they are to be described.
    described: Option<Vec<ScenarioKey>>,
}

impl Visit {
    pub(super) fn with_owners(owners: &[OwnedSection]) -> Self {
        Self { owners: owners.to_vec(), ..Self::default() }
    }

    /// The same with files beside the scenario.
    pub(super) fn with_files(self, files: &SideFiles) -> Self {
        Self { files: files.clone(), ..self }
    }

    /// The bytes of a file beside the scenario.
    pub(super) fn side_file(&self, name: &str) -> Result<Vec<u8>, String> {
        self.files.read(name)
    }

    pub(super) fn owner(&self, key: &str) -> Option<OwnedSection> {
        self.owners.iter().find(|owner| owner.key == key).copied()
    }

    /// All keys so far, each with its section.
    pub(super) fn known(&self) -> &[(String, &'static str)] {
        &self.known
    }

    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// True for a key without an error so far, those within it included.
    pub(super) fn is_sound(&self, path: &str) -> bool {
        let is_within = |problem: &Problem| {
            let rest = problem.path.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let is_wrong =
            |problem: &Problem| problem.severity == Severity::Error && is_within(problem);
        !self.problems.iter().any(is_wrong)
    }

    /// True for a section with keys of its own, so far, that it does not have.
    pub(super) fn has_unknown_keys(&self, path: &str) -> bool {
        self.unknown
            .iter()
            .any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Visits the keys of a mapping by the function `ask`, then notes the keys that it did not ask
    /// for. Nothing at all counts as an empty mapping.
    pub(super) fn section(&mut self, field: &KeyValue<'_>, ask: impl FnOnce(&mut Section<'_>)) {
        let Some(entries) = self.mapping(field) else { return };
        let mut section = Section {
            entries,
            path: &field.path,
            position: field.node.and(field.position),
            known: Vec::new(),
            refused: Vec::new(),
            visit: self,
        };
        ask(&mut section);
        let Section { known, refused, .. } = section;
        let is_known = |key: &str| known.iter().chain(&refused).any(|known| *known == key);
        for entry in entries.iter().filter(|entry| !is_known(&entry.key)) {
            self.unknown.push(UnknownKey {
                key: entry.key.clone(),
                path: join(&field.path, &entry.key),
                position: entry.position,
                allowed: known.clone(),
            });
        }
        self.know(&field.path, known);
    }

    /// The entries of a mapping, each key once; what is wrong is reported.
    pub(super) fn mapping<'a>(&mut self, field: &'a KeyValue<'_>) -> Option<&'a [MapEntry]> {
        match field.mapping() {
            Ok(entries) => {
                self.report_duplicates(entries, &field.path);
                Some(entries)
            }
            Err(problem) => {
                self.report(problem);
                None
            }
        }
    }

    /// Reports keys that stand twice.
    pub(super) fn report_duplicates(&mut self, entries: &[MapEntry], path: &str) {
        let mut first_places = HashMap::new();
        for MapEntry { key, position, .. } in entries {
            let first = *first_places.entry(key.as_str()).or_insert(*position);
            if first != *position
                && let Some(first) = first
            {
                let message = format!("duplicate key, first on line {}", first.line);
                self.report(Problem::error(join(path, key), message).at(*position));
            }
        }
    }

    /// Notes the keys of a section, to know them where they are misplaced. Those of a list's entries
    /// are noted once, and those in mappings with names of the user's own not at all.
    pub(super) fn know(&mut self, path: &str, keys: impl IntoIterator<Item = &'static str>) {
        if path == "flow"
            || path.starts_with("policy")
            || path.starts_with("traffic")
            || NAMED.iter().any(|named| path.starts_with(named))
        {
            return;
        }
        let section = path.split_once('[').map_or(path, |(list, _)| list);
        let is_entry = section.len() < path.len();
        if is_entry && self.known.last().is_some_and(|(last, _)| last == section) {
            return;
        }
        self.known.extend(keys.into_iter().map(|key| (section.to_owned(), key)));
    }

    /// All problems, those of unknown keys with the best advice that the whole file allows.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        let is_owned = |section: &str| self.owner(section).is_some();
        let unknown = self.unknown.iter().map(|key| key.problem(&self.known, is_owned));
        let unknown: Vec<Problem> = unknown.collect();
        self.problems.extend(unknown);
        self.problems
    }
}

/// Describing: the visit of a blank scenario for what its keys are.
impl Visit {
    pub(super) fn describing(owners: &[OwnedSection]) -> Self {
        Self { described: Some(Vec::new()), ..Self::with_owners(owners) }
    }

    pub(super) fn describes(&self) -> bool {
        self.described.is_some()
    }

    /// Adds a key to the mapping that is visited.
    pub(super) fn describe(&mut self, key: ScenarioKey) {
        if let Some(keys) = &mut self.described {
            keys.push(key);
        }
    }

    /// The keys that `visit` describes.
    pub(super) fn described(&mut self, visit: impl FnOnce(&mut Self)) -> Vec<ScenarioKey> {
        let around = self.described.replace(Vec::new());
        visit(self);
        std::mem::replace(&mut self.described, around).unwrap_or_default()
    }
}
