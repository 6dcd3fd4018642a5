//! The events of a body: one event, an array of events, or lines, each held against the contract.

use std::fmt;
use std::ops::ControlFlow;

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::{self, ValidEvent};
use crate::violation::{LocationPart, Violation};

/// The media type of lines.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// A refusal names no more violations than this.
const MAX_VIOLATIONS: usize = 100;

/// The events of one request, all of which keep the contract.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    pub(crate) events: Vec<ValidEvent<'a>>,
    pub(crate) is_batch: bool,
}

/// Why the events of a body cannot be kept.
#[derive(Debug)]
pub(crate) enum Rejection<'a> {
    /// An event, by its place in the body, is larger than may be.
    EventTooLarge { index: usize, limit: usize },
    /// The events break the contract.
    Violations(Vec<Violation<'a>>),
}

/// Reads the events of `body`: as lines if `content_type` says so, else as what they look like. None
/// may be larger than `max_event` bytes.
///
/// Events are looked at one by one as they are found, and for their size first, so what is refused
/// takes no more memory than its violations.
pub(crate) fn validate<'a>(
    body: &'a str,
    content_type: &str,
    max_event: usize,
) -> Result<Submission<'a>, Rejection<'a>> {
    if is_ndjson(content_type) {
        return validate_lines(body, max_event);
    }
    let trimmed = body.trim_ascii();
    if trimmed.starts_with('[') {
        validate_array(body, max_event)
    } else if looks_like_lines(trimmed) {
        validate_lines(body, max_event)
    } else if trimmed.len() > max_event {
        Err(Rejection::EventTooLarge { index: 0, limit: max_event })
    } else {
        let event = contract::check(body, &[LocationPart::Name("body")]);
        let event = event.map_err(Rejection::Violations)?;
        Ok(Submission { events: vec![event], is_batch: false })
    }
}

/// True for a media type of lines.
pub(crate) fn is_ndjson(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let names = [NDJSON, "application/ndjson", "application/jsonl"];
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

fn validate_lines(text: &str, max_event: usize) -> Result<Submission<'_>, Rejection<'_>> {
    let mut batch = BatchValidator::new(max_event);
    for line in text.split('\n').map(str::trim_ascii).filter(|line| !line.is_empty()) {
        if batch.push(line).is_break() {
            break;
        }
    }
    batch.finish()
}

fn validate_array(text: &str, max_event: usize) -> Result<Submission<'_>, Rejection<'_>> {
    let mut batch = BatchValidator::new(max_event);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = deserializer.deserialize_seq(&mut batch).and_then(|()| deserializer.end());
    match parsed {
        Err(error) if !batch.is_stopped() => {
            let location = [LocationPart::Name("body")];
            Err(Rejection::Violations(vec![Violation::invalid_json(&location, text, &error)]))
        }
        _ => batch.finish(),
    }
}

/// Takes the events of a batch one by one, until one is too large or there are enough violations.
struct BatchValidator<'a> {
    max_event: usize,
    /// Events looked at.
    count: usize,
    valid: Vec<ValidEvent<'a>>,
    violations: Vec<Violation<'a>>,
    /// The place of the event that is too large.
    too_large: Option<usize>,
}

impl<'a> BatchValidator<'a> {
    fn new(max_event: usize) -> Self {
        let (valid, violations) = (Vec::new(), Vec::new());
        Self { max_event, count: 0, valid, violations, too_large: None }
    }

    fn push(&mut self, json: &'a str) -> ControlFlow<()> {
        let index = self.count;
        self.count += 1;
        if json.len() > self.max_event {
            self.too_large = Some(index);
            return ControlFlow::Break(());
        }
        let location = [LocationPart::Name("body"), LocationPart::Index(index)];
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
        self.too_large.is_some() || self.violations.len() >= MAX_VIOLATIONS
    }

    fn finish(mut self) -> Result<Submission<'a>, Rejection<'a>> {
        if let Some(index) = self.too_large {
            return Err(Rejection::EventTooLarge { index, limit: self.max_event });
        }
        if self.violations.is_empty() {
            return Ok(Submission { events: self.valid, is_batch: true });
        }
        self.violations.truncate(MAX_VIOLATIONS);
        Err(Rejection::Violations(self.violations))
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
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: &str) -> String {
        format!(r#"{{"event_type":"a", "user_id":"{user}","session_id":"s"}}"#)
    }

    /// The events that were found, and whether as a batch; or the violations.
    fn found(body: &str, content_type: &str) -> Result<(Vec<String>, bool), String> {
        match validate(body, content_type, 1_000) {
            Ok(submission) => {
                let events = submission.events.iter().map(|event| event.json.to_owned());
                Ok((events.collect(), submission.is_batch))
            }
            Err(Rejection::Violations(found)) => Err(serde_json::to_string(&found).unwrap()),
            Err(Rejection::EventTooLarge { index, .. }) => Err(format!("{index} is too large")),
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
            match validate(&body, "", 1_000) {
                Err(Rejection::Violations(violations)) => assert_eq!(violations.len(), 100),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_size_of_an_event_is_looked_at_before_the_contract() {
        let (good, long) = (event("a"), "x".repeat(1_001));
        assert_eq!(found(&long, "").unwrap_err(), "0 is too large");
        let padded = format!("{good}{}\n", " ".repeat(1_000));
        assert_eq!(found(&padded, ""), Ok((vec![good.clone()], false)));
        let lines = format!("{good}\n{{}}\n{{\"{long}\n1");
        assert_eq!(found(&lines, "").unwrap_err(), "2 is too large");
        let array = format!("[{good}, 1, \"{long}\", 2");
        assert_eq!(found(&array, "").unwrap_err(), "2 is too large");
    }
}
