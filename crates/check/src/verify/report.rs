//! Reports for people, for programs, and for CI.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use super::findings::{Finding, Kind, Report};

/// Findings of a kind that are shown on the screen.
const SHOWN: usize = 3;

impl fmt::Display for Report {
    /// One screen: what was compared, how many of what, why, and the first of each kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        if self.is_clean() {
            return write!(f, "OK: nothing is missing, unexpected, duplicated or altered");
        }
        for (kind, count) in &self.counts {
            writeln!(f, "  {kind:12} {count}")?;
        }
        if !self.causes.is_empty() {
            writeln!(f, "\nProbably:")?;
            for cause in &self.causes {
                writeln!(f, "  - {cause}")?;
            }
        }
        write!(f, "\nFirst differences:")?;
        for (kind, findings) in &self.first {
            for finding in findings.iter().take(SHOWN) {
                write!(f, "\n  {kind}: {}", finding.what)?;
            }
        }
        Ok(())
    }
}

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

/// The report as JUnit XML: one test case for each kind of finding.
pub fn junit(report: &Report, suite: &str) -> String {
    let failures = report.counts.len();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n",
        escaped(suite),
        Kind::ALL.len()
    );
    for kind in Kind::ALL {
        let Some(count) = report.counts.get(&kind) else {
            let _ = writeln!(xml, "<testcase classname=\"verify\" name=\"nothing is {kind}\"/>");
            continue;
        };
        let _ = writeln!(
            xml,
            "<testcase classname=\"verify\" name=\"nothing is {kind}\">\n<failure message=\"{count} {kind}\">{}\n",
            escaped(&report.subject)
        );
        for cause in report.causes.iter().filter(|cause| cause.starts_with(&kind.to_string())) {
            let _ = writeln!(xml, "probably {}", escaped(cause));
        }
        for finding in report.first.get(&kind).into_iter().flatten() {
            let _ = writeln!(xml, "{}", escaped(&finding.what));
        }
        xml.push_str("</failure>\n</testcase>\n");
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

/// Text that may stand in XML, without the control characters that XML has no way to write.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
