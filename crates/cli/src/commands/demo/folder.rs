//! The folder of a demo.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The folder in which a demo's files are.
pub(super) struct DemoFolder {
    /// As it is named.
    named: PathBuf,
    /// The whole path: commands run in it.
    path: PathBuf,
    is_new: bool,
}

impl DemoFolder {
    /// The folder that is named, or a new one, so that two demos at a time do not meet.
    pub(super) fn new(named: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = named else {
            let new = tempfile::Builder::new().prefix("event-simulator-demo-").tempdir();
            let path = new.map_err(Failure::io("cannot create a temporary directory"))?.keep();
            return Ok(Self { named: path.clone(), path, is_new: true });
        };
        let (named, is_new) = (path.to_owned(), !path.exists());
        let cannot_create = || Failure::io(format!("cannot create {}", named.display()));
        fs::create_dir_all(&named).map_err(cannot_create())?;
        let path = fs::canonicalize(&named).map_err(cannot_create())?;
        Ok(Self { named, path, is_new })
    }

    /// The folder as it is named.
    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    /// The whole path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the folder, unless it was there before.
    pub(super) fn remove(&self) {
        if self.is_new {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
