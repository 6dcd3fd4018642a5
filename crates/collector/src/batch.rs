//! The events of a body: one event, an array of events, or lines, each held against the contract.

use std::fmt;
use std::ops::ControlFlow;

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::{self, ValidEvent};
use crate::violation::{LocationPart, Violation};

/// A refusal names no more violations than this.
const MAX_VIOLATIONS: usize = 100;

/// The events of one request, all of which keep the contract.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    pub(crate) events: Vec<ValidEvent<'a>>,
    pub(crate) is_batch: bool,
}

/// Reads the events of `body`: as lines if `content_type` says so, else as what they look like.
///
/// Events are looked at one by one as they are found, so what is refused takes no more memory than
/// its violations.
pub(crate) fn validate<'a>(
    body: &'a str,
    content_type: &str,
) -> Result<Submission<'a>, Vec<Violation<'a>>> {
    if is_ndjson(content_type) {
        return validate_lines(body);
    }
    let trimmed = body.trim_ascii_start();
    if trimmed.starts_with('[') {
        validate_array(body)
    } else if looks_like_lines(trimmed) {
        validate_lines(body)
    } else {
        let event = contract::check(body, &[LocationPart::Name("body")])?;
        Ok(Submission { events: vec![event], is_batch: false })
    }
}

fn is_ndjson(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let names = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    names.iter().any(|name| essence.eq_ignore_ascii_case(name))
}

/// True if the first line is an object by itself, and another line follows.
fn looks_like_lines(text: &str) -> bool {
    match text.split_once('\n') {
        Some((first, rest)) => {
            first.starts_with('{')
                && !rest.trim_ascii().is_empty()
                && serde_json::from_str::<&RawValue>(first).is_ok()
        }
        None => false,
    }
}

fn validate_lines(text: &str) -> Result<Submission<'_>, Vec<Violation<'_>>> {
    let mut batch = BatchValidator::default();
    for line in text.split('\n').map(str::trim_ascii).filter(|line| !line.is_empty()) {
        if batch.push(line).is_break() {
            break;
        }
    }
    batch.finish()
}

fn validate_array(text: &str) -> Result<Submission<'_>, Vec<Violation<'_>>> {
    let mut batch = BatchValidator::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = deserializer.deserialize_seq(&mut batch).and_then(|()| deserializer.end());
    match parsed {
        Err(error) if !batch.is_stopped() => {
            Err(vec![Violation::invalid_json(&[LocationPart::Name("body")], text, &error)])
        }
        _ => batch.finish(),
    }
}

/// Takes the events of a batch one by one, until there are enough violations.
#[derive(Default)]
struct BatchValidator<'a> {
    /// Events looked at.
    count: usize,
    valid: Vec<ValidEvent<'a>>,
    violations: Vec<Violation<'a>>,
}

impl<'a> BatchValidator<'a> {
    fn push(&mut self, json: &'a str) -> ControlFlow<()> {
        let location = [LocationPart::Name("body"), LocationPart::Index(self.count)];
        self.count += 1;
        match contract::check(json, &location) {
            Ok(event) if self.violations.is_empty() => self.valid.push(event),
            Ok(_) => {}
            Err(violations) => {
                self.valid = Vec::new();
                self.violations.extend(violations);
            }
        }
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn is_stopped(&self) -> bool {
        self.violations.len() >= MAX_VIOLATIONS
    }

    fn finish(mut self) -> Result<Submission<'a>, Vec<Violation<'a>>> {
        if self.violations.is_empty() {
            return Ok(Submission { events: self.valid, is_batch: true });
        }
        self.violations.truncate(MAX_VIOLATIONS);
        Err(self.violations)
    }
}

impl<'a> Visitor<'a> for &mut BatchValidator<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(event) = elements.next_element::<&'a RawValue>()? {
            if self.push(event.get()).is_break() {
                return Err(A::Error::custom("too many violations"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NDJSON: &str = "application/x-ndjson";

    fn event(user: &str) -> String {
        format!(r#"{{"event_type":"a", "user_id":"{user}","session_id":"s"}}"#)
    }

    /// The events that were found, and whether as a batch; or the violations.
    fn found(body: &str, content_type: &str) -> Result<(Vec<String>, bool), String> {
        match validate(body, content_type) {
            Ok(submission) => {
                let events = submission.events.iter().map(|event| event.json.to_owned());
                Ok((events.collect(), submission.is_batch))
            }
            Err(violations) => Err(serde_json::to_string(&violations).unwrap()),
        }
    }

    #[test]
    fn events_are_found_by_type_or_by_looking() {
        let (a, b) = (event("a"), event("b"));
        let pretty = a.replace(',', ",\n");
        let one = |event: &str| Ok((vec![event.to_owned()], false));
        let both = Ok((vec![a.clone(), b.clone()], true));
        assert_eq!(found(&format!("{pretty}\n"), "application/json"), one(&pretty));
        assert_eq!(found(&format!("{a}\n"), ""), one(&a));
        assert_eq!(found(&a, NDJSON), Ok((vec![a.clone()], true)));
        assert_eq!(found(&format!("{a}\n\n{b}\r\n"), ""), both);
        assert_eq!(found(&format!(" [{a}, {b}]\n"), ""), both);
        for (empty, content_type) in [("[]", ""), ("", NDJSON), ("\n \n", NDJSON)] {
            assert_eq!(found(empty, content_type), Ok((vec![], true)), "{empty:?}");
        }
        assert!(found(&format!("{a}\n{{}}"), "").unwrap_err().contains(r#"["body",1,"user_id"]"#));
    }

    #[test]
    fn an_array_that_breaks_off_is_no_array() {
        for body in [format!("[{}", event("a")), "[{},".to_owned(), "[] x".to_owned()] {
            let violations = found(&body, "").unwrap_err();
            assert!(violations.contains("json_invalid"), "{violations}");
            assert!(!violations.contains("missing"), "{violations}");
        }
    }

    #[test]
    fn a_batch_stops_at_its_hundredth_violation() {
        let numbers = format!("[{}", "1,".repeat(1_000));
        let lines = format!("{}\n{}", event("a"), "1\n".repeat(1_000));
        for body in [numbers, lines] {
            let violations = validate(&body, "").unwrap_err();
            assert_eq!(violations.len(), 100);
        }
    }
}
