//! The forms in which errors and warnings are said: for people, or as JSON for programs.

use std::io::{self, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde::Serialize;

use event_simulator::scenario::{Position, Problem, Problems, Severity};
use event_simulator_timeline::ReadError;

/// The form of errors and warnings on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorForm {
    /// Sentences
    #[default]
    Text,
    /// One JSON object a line: severity, kind, file, line, column, key, message, help
    Json,
}

/// The form that was asked for; until it is known, sentences.
static CHOSEN: OnceLock<ErrorForm> = OnceLock::new();

impl ErrorForm {
    /// Makes this the form of all that is said from now on.
    pub(crate) fn choose(self) {
        // Chosen once, from the arguments.
        let _ = CHOSEN.set(self);
    }

    fn is_json() -> bool {
        CHOSEN.get() == Some(&Self::Json)
    }
}

/// An error or a warning, as data.
#[derive(Debug, Default, Serialize)]
struct ErrorLine<'a> {
    severity: &'a str,
    kind: &'a str,
    file: Option<&'a str>,
    line: Option<u64>,
    column: Option<u64>,
    key: Option<&'a str>,
    message: String,
    help: Option<&'a str>,
}

impl<'a> ErrorLine<'a> {
    /// A text of which the first line is the message and the others say what to do.
    fn of_text(kind: &'a str, text: &'a str) -> Self {
        let (message, help) = match text.split_once('\n') {
            Some((message, help)) => (message, Some(help.trim())),
            None => (text, None),
        };
        Self { severity: "error", kind, message: message.to_owned(), help, ..Self::default() }
    }

    fn of_problem(file: &'a str, problem: &'a Problem) -> Self {
        let place = problem.position.map(|Position { line, column }| (line as u64, column as u64));
        Self {
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            kind: "scenario",
            file: Some(file),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            key: Some(problem.path.as_str()).filter(|path| !path.is_empty()),
            message: problem.message.clone(),
            help: problem.help.as_deref(),
        }
    }

    fn of_read_error(error: &'a ReadError) -> Self {
        let (file, line) = error.place();
        Self {
            severity: "error",
            kind: "timeline",
            file: Some(file),
            line,
            message: error.reason(),
            ..Self::default()
        }
    }

    fn tell(&self) {
        // What is made of texts and numbers can always be written.
        let Ok(line) = serde_json::to_string(self) else { return };
        // As it is: a terminal's lines are no place to break it.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// Says what is wrong with a scenario, or with another file of its form.
pub(crate) fn tell_problems(problems: &Problems) {
    if !ErrorForm::is_json() {
        return tell!("{problems}");
    }
    problems.iter().for_each(|problem| ErrorLine::of_problem(problems.file(), problem).tell());
}

/// Says why a timeline cannot be read.
pub(crate) fn tell_read_error(error: &ReadError) {
    if !ErrorForm::is_json() {
        return tell!("error: {error}");
    }
    ErrorLine::of_read_error(error).tell();
}

/// Says an error that has no place in a file. Its kind is `usage` or `failed`.
pub(crate) fn tell_error(kind: &str, text: &str) {
    if !ErrorForm::is_json() {
        return tell!("error: {text}");
    }
    ErrorLine::of_text(kind, text).tell();
}
