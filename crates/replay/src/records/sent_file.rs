//! The file that keeps what is sent.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::ReplayError;

/// A file to which each event is appended, as it is sent, when its first request begins: one a line.
#[derive(Debug)]
pub(crate) struct SentFile {
    path: PathBuf,
    output: Mutex<SentLines>,
}

#[derive(Debug)]
struct SentLines {
    file: File,
    /// Room for the lines of one request, so that they are written at once.
    lines: Vec<u8>,
}

impl SentFile {
    /// Opens the file behind what it holds, or makes it.
    pub(crate) fn open(path: &Path) -> Result<Self, ReplayError> {
        let opened = OpenOptions::new().append(true).create(true).open(path);
        let file =
            opened.map_err(|source| ReplayError::SentFile { path: path.to_owned(), source })?;
        let output = Mutex::new(SentLines { file, lines: Vec::new() });
        Ok(Self { path: path.to_owned(), output })
    }

    /// Appends the events of a request.
    pub(crate) fn add<'a>(
        &self,
        events: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), ReplayError> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let SentLines { file, lines } = &mut *output;
        lines.clear();
        for event in events {
            lines.extend_from_slice(event);
            lines.push(b'\n');
        }
        let written: io::Result<()> = file.write_all(lines);
        written.map_err(|source| ReplayError::SentFile { path: self.path.clone(), source })
    }
}
