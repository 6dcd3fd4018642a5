//! A scenario together with where in its file each key stands.

use super::check;
use super::keys::Scenario;
use super::problem::{Position, Problem, Problems};
use super::section::OwnedSection;
use super::side_files::SideFiles;
use super::yaml::{self, Node};

/// A scenario together with where it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// The place of each of its keys.
    pub source: SourceMap,
    /// The warnings: what it probably does not mean, though it can be used.
    pub warnings: Problems,
}

/// The name of a scenario and the places of its keys, for messages about it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceMap {
    name: String,
    document: Option<Node>,
}

impl Loaded {
    /// Reads a scenario from YAML text that is called `name` in messages. Sections that are owned
    /// elsewhere are only kept; see [`Self::read`].
    ///
    /// # Errors
    /// All problems of the text, if one of them is an error.
    pub fn from_yaml(text: &str, name: &str) -> Result<Self, Problems> {
        Self::read(text.as_bytes(), name, &[], &SideFiles::default())
    }

    /// Reads a scenario from the bytes of a file that is called `name` in messages. Sections that are
    /// owned elsewhere are only kept; see [`Self::read`].
    ///
    /// # Errors
    /// As [`Self::from_yaml`]; also bytes that are not UTF-8.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        Self::read(bytes, name, &[], &SideFiles::default())
    }

    /// Reads a scenario from the bytes of a file that is called `name` in messages, the sections of
    /// `owners` and the rows of the files beside it included.
    ///
    /// # Errors
    /// All problems of the text, if one of them is an error; or bytes that are not UTF-8.
    pub fn read(
        bytes: &[u8],
        name: &str,
        owners: &[OwnedSection],
        files: &SideFiles,
    ) -> Result<Self, Problems> {
        let document = text(bytes)
            .and_then(yaml::parse)
            .map_err(|problem| Problems::new(name, vec![problem]))?;
        let mut scenario = Scenario::default();
        let problems = check::visit(&mut scenario, document.as_ref(), owners, files);
        let source = SourceMap { name: name.to_owned(), document };
        let warnings = source.problems(problems);
        if warnings.errors() > 0 {
            return Err(warnings);
        }
        Ok(Self { scenario, source, warnings })
    }
}

impl SourceMap {
    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place of a key, such as `user_behavior.pages_per_session_min`: its own, or that of the
    /// section it would stand in. `None` if neither is there.
    pub fn position(&self, path: &str) -> Option<Position> {
        self.document.as_ref().and_then(|document| document.nearest(path))
    }

    /// True if the file says the key at a path, such as `seed`.
    pub fn says(&self, path: &str) -> bool {
        self.document.as_ref().is_some_and(|document| document.at(path).is_some())
    }

    /// Gives problems that were found in the meaning of the scenario their places.
    pub fn problems(&self, problems: impl IntoIterator<Item = Problem>) -> Problems {
        let placed = problems.into_iter().map(|problem| {
            let position = problem.position.or_else(|| self.position(&problem.path));
            problem.at(position)
        });
        Problems::new(self.name.clone(), placed.collect())
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, Problem> {
    str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let is_utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let encoding = if is_utf16 { "UTF-16" } else { "another encoding" };
        let message =
            format!("not UTF-8: the byte at offset {} belongs to no character", before.len());
        Problem::error("", message)
            .at(Position { line, column })
            .help(format!("it looks like {encoding}; save the file as UTF-8"))
    })
}
