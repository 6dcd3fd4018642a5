//! The report as one HTML page: `--html`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use event_simulator_report::{RecordedResult, ReportPage};
use event_simulator_timeline::write_whole;

use crate::failure::Failure;

/// The report of a command as one HTML page.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct HtmlArgs {
    /// Write a report with pictures as one HTML page, which opens offline
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
}

/// How a command gives its result as JSON.
#[derive(Clone, Copy)]
pub(crate) enum JsonOutput<'a> {
    /// With `--json`, on standard output.
    Printed,
    /// On standard output, without a flag.
    Plain,
    /// With this flag, in a file: the one that is named, or one that may be.
    File(&'static str, Option<&'a Path>),
}

impl HtmlArgs {
    /// The file, with its flag.
    pub(crate) fn file(&self) -> (&'static str, Option<&Path>) {
        ("--html", self.html.as_deref())
    }

    /// True if a report is wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        self.html.is_some()
    }

    /// Writes the page of a result that is JSON.
    pub(crate) fn write_document(
        &self,
        json: &[u8],
        output: JsonOutput<'_>,
    ) -> Result<(), Failure> {
        let value: Value =
            serde_json::from_slice(json).map_err(|error| Failure::Failed(error.to_string()))?;
        self.write(&value, output)
    }

    /// Writes the page of a result, if it is wanted.
    pub(crate) fn write(
        &self,
        result: &impl Serialize,
        json: JsonOutput<'_>,
    ) -> Result<(), Failure> {
        let Some(path) = &self.html else { return Ok(()) };
        let value =
            serde_json::to_value(result).map_err(|error| Failure::Failed(error.to_string()))?;
        let command = command_line(std::env::args_os());
        let read = match json {
            JsonOutput::Printed if command.contains(" --json") => format!("{command} | jq {{}}"),
            JsonOutput::Printed => format!("{command} --json | jq {{}}"),
            JsonOutput::Plain => format!("{command} | jq {{}}"),
            JsonOutput::File(_, Some(file)) => {
                format!("jq {{}} {}", quoted(&file.to_string_lossy()))
            }
            JsonOutput::File(flag, None) => {
                let (before, after) = match command.split_once(" -- ") {
                    Some((before, after)) => (before, format!(" -- {after}")),
                    None => (&*command, String::new()),
                };
                format!("{before} {flag} result.json{after}; jq {{}} result.json")
            }
        };
        let result = RecordedResult::new(command, value, read)
            .map_err(|error| Failure::Failed(error.to_string()))?;
        write_page(path, vec![result])
    }
}

/// Writes the page of results.
pub(crate) fn write_page(path: &Path, results: Vec<RecordedResult>) -> Result<(), Failure> {
    let html = ReportPage::of(results).html();
    let cannot_write = Failure::io(format!("cannot write {}", path.display()));
    write_whole(path, html.as_bytes()).map_err(cannot_write)?;
    note!("report: {}", path.display());
    Ok(())
}

/// Flags whose values may be secret.
const SECRET_FLAGS: [&str; 6] = ["-H", "--header", "--bearer", "--basic", "--url", "--proxy"];

/// A command line as a shell takes it, without `--html` and without secrets.
fn command_line(words: impl Iterator<Item = OsString>) -> String {
    let mut line = vec!["event-simulator".to_owned()];
    let mut words = words.skip(1).map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or_default();
        let is_attached = word.contains('=');
        if flag == "--html" {
            if !is_attached {
                words.next();
            }
        } else if let Some(secret) = SECRET_FLAGS.iter().find(|secret| word.starts_with(**secret)) {
            let value = match word.strip_prefix(secret).filter(|rest| !rest.is_empty()) {
                Some(rest) => rest.trim_start_matches('=').to_owned(),
                None => words.next().unwrap_or_default(),
            };
            let is_plain_address = *secret == "--url" && !value.contains(['@', '?', '#']);
            let value = if is_plain_address { quoted(&value) } else { "'***'".to_owned() };
            line.extend([(*secret).to_owned(), value]);
        } else {
            line.push(quoted(&word));
            if word == "--" {
                line.extend(words.by_ref().map(|word| quoted(&word)));
            }
        }
    }
    line.join(" ")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./{}=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_has_no_secrets_and_no_page() {
        let line = |text: &str| command_line(text.split_whitespace().map(OsString::from));
        assert_eq!(
            line(
                "x replay a.jsonl --html r.html --header X-Key:1 -HX-Key:2 --bearer=3 --url http://u:p@h --url=http://h --speed 5"
            ),
            "event-simulator replay a.jsonl --header '***' -H '***' --bearer '***' --url '***' --url http://h --speed 5"
        );
        assert_eq!(
            line("x gauntlet --html=r -- cat --url a*"),
            "event-simulator gauntlet -- cat --url 'a*'"
        );
    }
}
