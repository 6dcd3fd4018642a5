//! All findings, for programs.

use std::io::{self, Write};

use super::finding::Finding;
use super::report::Report;

/// A JSON document of all findings, written as they come: `{"findings": [...], "report": {...}}`.
pub struct FindingsFile<W> {
    out: W,
    is_first: bool,
    error: Option<io::Error>,
}

impl<W: Write> FindingsFile<W> {
    /// Begins the document.
    pub fn new(mut out: W) -> Self {
        let error = out.write_all(b"{\"findings\": [").err();
        Self { out, is_first: true, error }
    }

    /// Writes a finding. An error is told by [`Self::finish`].
    pub fn add(&mut self, finding: &Finding) {
        if self.error.is_some() {
            return;
        }
        let separator = if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" };
        let written = serde_json::to_vec(finding)
            .map_err(io::Error::from)
            .and_then(|json| self.out.write_all(&[separator.as_bytes(), &json].concat()));
        self.error = written.err();
    }

    /// Ends the document.
    ///
    /// # Errors
    ///
    /// Those of writing, also the earlier ones.
    pub fn finish(mut self, report: &Report) -> io::Result<W> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.out.write_all(b"\n], \"report\": ")?;
        serde_json::to_writer_pretty(&mut self.out, report)?;
        self.out.write_all(b"}\n")?;
        Ok(self.out)
    }
}
