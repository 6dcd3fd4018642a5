//! Templates: one event, one body.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event_simulator::event::Field;
use event_simulator::wire::push_compacted;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde_json::Map;

/// A template in [minijinja](https://docs.rs/minijinja), the Jinja of Python's, that makes a body of an event.
///
/// A name that the event does not have is an error, so that a misspelled one does not become an empty text.
#[derive(Clone, Debug)]
pub struct EventTemplate {
    path: PathBuf,
    text: String,
    environment: Arc<Environment<'static>>,
}

impl PartialEq for EventTemplate {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

/// Why a template gives no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// It is wrong, or wrong for this event.
    #[error("{}:{line}: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line of it.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// The line is no event.
    #[error("not a JSON object: {reason}")]
    Line {
        /// The reason.
        reason: String,
    },
}

const NAME: &str = "event";

impl EventTemplate {
    /// Reads a template from a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no template.
    pub fn read(path: &Path) -> Result<Self, TemplateError> {
        let text = fs::read_to_string(path).map_err(|error| TemplateError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("tojson", to_json);
        environment.add_template_owned(NAME, text.clone()).map_err(|error| wrong(path, &error))?;
        Ok(Self { path: path.to_owned(), text, environment: Arc::new(environment) })
    }

    /// Appends the body of a line's event. JSON over several lines is put on one.
    ///
    /// # Errors
    /// A line that is no object, and what the template cannot do with it.
    pub fn render(&self, line: &[u8], out: &mut Vec<u8>) -> Result<(), TemplateError> {
        let mut event: Map<String, serde_json::Value> = serde_json::from_slice(line)
            .map_err(|error| TemplateError::Line { reason: error.to_string() })?;
        for name in Field::NAMES {
            event.entry(name).or_insert(serde_json::Value::Null);
        }
        let template = self.environment.get_template(NAME);
        let rendered = template
            .and_then(|template| template.render(Serde(&event)))
            .map_err(|error| wrong(&self.path, &error))?;
        let rendered = rendered.trim_ascii();
        let is_several = memchr::memchr2(b'\n', b'\r', rendered.as_bytes()).is_some();
        match serde_json::from_str::<&serde_json::value::RawValue>(rendered) {
            Ok(_) if is_several => push_compacted(rendered.as_bytes(), out),
            _ => out.extend_from_slice(rendered.as_bytes()),
        }
        Ok(())
    }
}

/// A value as JSON.
fn to_json(value: &Value) -> Result<String, minijinja::Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    serde_json::to_string(value)
        .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn wrong(path: &Path, error: &minijinja::Error) -> TemplateError {
    let detail = error.detail().map(|detail| format!(": {detail}"));
    let reason = match error.kind() {
        ErrorKind::UndefinedError => {
            "the event has no such value: test it by `is defined`".to_owned()
        }
        kind => format!("{kind}{}", detail.unwrap_or_default()),
    };
    TemplateError::Wrong { path: path.to_owned(), line: error.line().unwrap_or(1), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<EventTemplate, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.j2");
        fs::write(&path, text).unwrap();
        EventTemplate::read(&path).map_err(|error| shown(&error))
    }

    /// Without the folder.
    fn shown(error: &TemplateError) -> String {
        let text = error.to_string();
        text.split_once("body.j2").map_or(text.clone(), |(_, rest)| format!("body.j2{rest}"))
    }

    const LINE: &[u8] =
        br#"{"event_id":"1","user_id":"a\"b\n","props":{"price":12.5,"big":18446744073709551615}}"#;

    fn rendered(text: &str) -> Result<String, String> {
        let mut out = Vec::new();
        let result = template(text)?.render(LINE, &mut out);
        result.map(|()| String::from_utf8(out).unwrap()).map_err(|error| shown(&error))
    }

    #[test]
    fn an_event_becomes_a_body() {
        let text = "{\n  \"who\": {{ user_id|tojson }},\n  \"page\": {{ page_path|tojson }}\n  {%- if props.price is defined %}, \"p\": {{ props|tojson }}{% endif %}\n}\n";
        let expected =
            r#"{"who":"a\"b\n","page":null,"p":{"price":12.5,"big":18446744073709551615}}"#;
        assert_eq!(rendered(text).unwrap(), expected);
        assert_eq!(rendered("<e>{{ event_id }}</e>\n").unwrap(), "<e>1</e>");
    }

    #[test]
    fn what_fails_says_where() {
        let undefined = "the event has no such value: test it by `is defined`";
        assert_eq!(rendered("{\n{{ user_idd }}}").unwrap_err(), format!("body.j2:2: {undefined}"));
        assert_eq!(
            rendered("{{ props.cost|tojson }}").unwrap_err(),
            format!("body.j2:1: {undefined}")
        );
        let syntax = template("a\nb {% if %}").unwrap_err();
        assert!(syntax.starts_with("body.j2:2: syntax error"), "{syntax}");
    }
}
