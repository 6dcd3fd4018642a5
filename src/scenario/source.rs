//! Where a scenario comes from, and where in it each key stands.

use super::problem::{Position, Problem, Problems};
use super::yaml::{self, Node};
use super::{Scenario, read};

/// A scenario together with where it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Where it was read.
    pub source: Source,
    /// What it probably does not mean, though it can be used.
    pub warnings: Problems,
}

/// What a scenario is called and where its keys stand, for messages about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    name: String,
    document: Option<Node>,
}

impl Loaded {
    /// Reads a scenario from YAML text that is called `name` in messages.
    ///
    /// # Errors
    /// All problems of the text, if one of them is an error.
    pub fn from_yaml(text: &str, name: &str) -> Result<Self, Problems> {
        let document = match yaml::parse(text) {
            Ok(document) => document,
            Err(problem) => return Err(Problems::new(name, vec![problem])),
        };
        let (scenario, problems) =
            document.as_ref().map_or_else(|| (Scenario::default(), Vec::new()), read::scenario);
        let warnings = Problems::new(name, problems);
        if warnings.errors() > 0 {
            return Err(warnings);
        }
        Ok(Self { scenario, source: Source { name: name.to_owned(), document }, warnings })
    }

    /// Reads a scenario from the bytes of a file that is called `name` in messages.
    ///
    /// # Errors
    /// As [`Self::from_yaml`]; also bytes that are not UTF-8.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        let text = text(bytes).map_err(|problem| Problems::new(name, vec![problem]))?;
        Self::from_yaml(text, name)
    }
}

impl Source {
    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where a key stands, such as `user_behavior.pages_per_session_min`: its own place, or that of
    /// the section it would stand in. `None` if neither does.
    pub fn position(&self, path: &str) -> Option<Position> {
        self.document.as_ref().and_then(|document| document.nearest(path))
    }

    /// Gives problems that were found later, in the meaning of the scenario, their places.
    pub fn problems(&self, problems: impl IntoIterator<Item = Problem>) -> Problems {
        let placed = problems.into_iter().map(|problem| {
            let position = problem.position.or_else(|| self.position(&problem.path));
            problem.at(position)
        });
        Problems::new(self.name.clone(), placed.collect())
    }
}

fn text(bytes: &[u8]) -> Result<&str, Problem> {
    str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let is_utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let encoding = if is_utf16 { "UTF-16" } else { "another encoding" };
        let message = format!("not UTF-8: the byte at offset {offset} belongs to no character");
        Problem::error("", message)
            .at(Position { line, column })
            .help(format!("it looks like {encoding}; save the file as UTF-8"))
    })
}
