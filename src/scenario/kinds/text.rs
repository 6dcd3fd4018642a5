//! Texts, and what is written as one.

use serde_json::{Value, json};
use url::Url;

use super::scalar::ScalarKind;
use crate::scenario::key_value::KeyValue;
use crate::scenario::limits::{MAX_NAME_CHARS, check_name};
use crate::scenario::problem::Problem;
use crate::time::VirtualTime;

/// A text of which something has to hold.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The check: an error has what is wrong and what is allowed.
    pub check: fn(&str) -> Result<(), String>,
    /// The limits, in short.
    pub limits: &'static str,
    /// The keywords of its JSON Schema besides the type.
    pub schema: fn() -> Value,
}

/// The name of a page, button, journey or event: neither blank nor endless.
pub(in crate::scenario) const NAME: Text = Text {
    check: check_name,
    limits: "not blank, at most 200 characters",
    schema: || json!({ "minLength": 1, "maxLength": MAX_NAME_CHARS }),
};

/// The name of a file.
pub(in crate::scenario) const FILE_NAME: Text = Text {
    check: |text| match text.trim() {
        "" => Err("expected a file name, found an empty text".to_owned()),
        _ => Ok(()),
    },
    limits: "not empty",
    schema: || json!({ "minLength": 1 }),
};

/// A URL that events can be sent to.
pub const HTTP_URL: Text = Text {
    check: check_url,
    limits: "http or https",
    schema: || json!({ "format": "uri", "pattern": "^https?://" }),
};

/// The value of a header of a request.
pub const HEADER_VALUE: Text = Text {
    check: check_header_value,
    limits: "printable ASCII",
    schema: || json!({ "minLength": 1, "pattern": "^[ -~]+$" }),
};

fn check_url(text: &str) -> Result<(), String> {
    const EXAMPLE: &str = "such as http://localhost:8000/api/events";
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        Ok(url) => Err(format!(
            "expected an http or https URL, {EXAMPLE}; found the scheme {:?}",
            url.scheme()
        )),
        Err(error) => Err(format!("{text:?} is not a URL, {EXAMPLE}: {error}")),
    }
}

fn check_header_value(text: &str) -> Result<(), String> {
    let is_header = !text.trim().is_empty() && text.chars().all(|c| matches!(c, ' '..='~'));
    if is_header {
        Ok(())
    } else {
        Err(format!("expected printable ASCII, not empty, found {text:?}"))
    }
}

impl ScalarKind for Text {
    type Value = String;

    fn read(&self, field: &KeyValue<'_>) -> Result<String, Problem> {
        let text = field.text()?;
        (self.check)(text).map_err(|message| field.problem(message))?;
        Ok(text.to_owned())
    }

    fn check(&self, value: &String) -> Result<(), String> {
        (self.check)(value)
    }

    fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        schema["type"] = json!("string");
        schema
    }

    fn limits(&self) -> String {
        self.limits.to_owned()
    }

    fn plain(&self, value: &String) -> Value {
        json!(value)
    }
}

/// A moment of virtual time, in RFC 3339.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Timestamp;

impl ScalarKind for Timestamp {
    type Value = VirtualTime;

    fn read(&self, field: &KeyValue<'_>) -> Result<VirtualTime, Problem> {
        let text = field.text()?;
        if text == "now" {
            return Err(field.problem(
                "a scenario means the same for ever, so `now` is only to be had on the command \
                 line: --start now",
            ));
        }
        text.parse().map_err(|error: crate::ParseTimeError| field.problem(error.to_string()))
    }

    fn check(&self, _: &VirtualTime) -> Result<(), String> {
        Ok(())
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "format": "date-time" })
    }

    fn limits(&self) -> String {
        "1970 to 9999".to_owned()
    }

    fn plain(&self, value: &VirtualTime) -> Value {
        json!(value)
    }
}
