//! Forms of one's own, as files say them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use event_simulator::wire::FieldMap;

use super::template::EventTemplate;

/// A form of one's own.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnForm {
    /// By a map of fields.
    Fields(FieldMap),
    /// By a template.
    Template(EventTemplate),
}

impl OwnForm {
    /// The name of forms by a map of fields.
    pub const FIELDS: &'static str = "fields";
    /// The name of forms by a template.
    pub const TEMPLATE: &'static str = "template";

    /// The name, as in `--format` and in a manifest.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fields(_) => Self::FIELDS,
            Self::Template(_) => Self::TEMPLATE,
        }
    }
}

/// Why a file is no map of fields.
#[derive(Debug, thiserror::Error)]
pub enum FieldMapError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Lines of it are wrong.
    #[error("{}", problems.join("\n"))]
    Wrong {
        /// Each with file and line.
        problems: Vec<String>,
    },
}

/// Reads the rules of a map of fields from a file: one a line, and comments behind `#` at the beginning of a line.
/// Each is handed to `add`.
///
/// # Errors
/// A file that cannot be read, and everything that is wrong with it.
pub fn read_rules(
    path: &Path,
    mut add: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), FieldMapError> {
    let text = fs::read_to_string(path)
        .map_err(|source| FieldMapError::Unreadable { path: path.to_owned(), source })?;
    let (mut problems, mut is_empty) = (Vec::new(), true);
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        is_empty = false;
        if let Err(reason) = add(line) {
            problems.push(format!("{}:{number}: {reason}", path.display()));
        }
    }
    if is_empty {
        problems.push(format!("{}: no line says where a field goes", path.display()));
    }
    if problems.is_empty() { Ok(()) } else { Err(FieldMapError::Wrong { problems }) }
}

/// Reads a map of fields from a file.
///
/// # Errors
/// Those of [`read_rules`].
pub fn read_field_map(path: &Path) -> Result<FieldMap, FieldMapError> {
    let mut map = FieldMap::default();
    read_rules(path, |line| map.add(line.parse()?))?;
    Ok(map)
}
