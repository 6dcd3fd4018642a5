//! Where a scenario comes from, and where in it each key stands.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::limits;
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

    /// Reads a scenario from a file, or from standard input for `-`.
    ///
    /// # Errors
    /// As [`Self::from_yaml`]; also a file that cannot be read, is too large, or is not UTF-8.
    pub fn from_file(path: &Path) -> Result<Self, Problems> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "<stdin>".into() } else { path.to_string_lossy() };
        let bytes = if is_stdin { limited(io::stdin()) } else { open(path).and_then(limited) };
        bytes
            .map_err(|error| Problem::error("", format!("cannot be read: {error}")))
            .and_then(text)
            .map_err(|problem| Problems::new(name.as_ref(), vec![problem]))
            .and_then(|text| Self::from_yaml(&text, &name))
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

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file"));
    }
    Ok(file)
}

fn limited(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits::FILE_BYTES {
        let reason = format!("it is larger than {} bytes", limits::FILE_BYTES);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let in_line = String::from_utf8_lossy(before.get(line_start..).unwrap_or_default());
        let column = in_line.chars().count() + 1;
        let is_utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let encoding = if is_utf16 { "UTF-16" } else { "another encoding" };
        Problem::error("", format!("not UTF-8: the byte at offset {valid} belongs to no character"))
            .at(Position { line, column })
            .help(format!("it looks like {encoding}; save the file as UTF-8"))
    })
}
