//! The contract: what an event must look like.

use event_simulator::VirtualTime;
use event_simulator::event::Field;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::violation::{LocationPart, Violation};

/// An event that keeps the contract. The fields are JSON texts, quotes included: nothing here needs
/// them unescaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidEvent<'a> {
    /// The whole object, as it came.
    pub(crate) json: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) session_id: &'a str,
    pub(crate) event_id: Option<&'a str>,
    pub(crate) event_time: Option<VirtualTime>,
}

/// The members that the contract speaks of; others are ignored.
#[derive(Deserialize)]
struct EventMembers<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    event_type: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    user_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    session_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    page_path: Option<&'a RawValue>,
    #[serde(borrow, default)]
    button_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    props: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event_time: Option<&'a RawValue>,
}

/// Keeps `null` apart from an absent member: their problems differ.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Checks one event, which stands at `location` in the request. Gives all violations at once.
pub(crate) fn check<'a>(
    json: &'a str,
    location: &[LocationPart],
) -> Result<ValidEvent<'a>, Vec<Violation<'a>>> {
    let json = json.trim_ascii();
    if json.is_empty() {
        return Err(vec![Violation::empty(location)]);
    }
    if !json.starts_with('{') {
        return Err(vec![match serde_json::from_str(json) {
            Ok(value) => Violation::not_an_object(location, value),
            Err(error) => Violation::invalid_json(location, json, &error),
        }]);
    }
    match serde_json::from_str::<EventMembers<'a>>(json) {
        Ok(members) => members.check(json, location),
        Err(error) => Err(vec![Violation::invalid_json(location, json, &error)]),
    }
}

impl<'a> EventMembers<'a> {
    fn check(
        &self,
        json: &'a str,
        location: &[LocationPart],
    ) -> Result<ValidEvent<'a>, Vec<Violation<'a>>> {
        let required = [self.event_type, self.user_id, self.session_id];
        let members_are_good = required.iter().all(|value| value.is_some_and(is_string))
            && [self.page_path, self.button_id].into_iter().flatten().all(is_string)
            && self.props.is_none_or(is_object);
        let (Some(user_id), Some(session_id), true) =
            (self.user_id, self.session_id, members_are_good)
        else {
            return Err(self.violations(json, location));
        };
        Ok(ValidEvent {
            json,
            user_id: user_id.get(),
            session_id: session_id.get(),
            event_id: self.event_id.map(RawValue::get),
            event_time: self.event_time.and_then(|time| parse_time(time.get())),
        })
    }

    #[cold]
    fn violations(&self, json: &'a str, location: &[LocationPart]) -> Vec<Violation<'a>> {
        let mut violations = Vec::new();
        let required = [
            (Field::EventType, self.event_type),
            (Field::UserId, self.user_id),
            (Field::SessionId, self.session_id),
        ];
        for (field, value) in required {
            let name = field.name();
            match value {
                None => {
                    let object = serde_json::from_str(json).ok();
                    violations.push(Violation::missing(location, name, object));
                }
                Some(value) if !is_string(value) => {
                    violations.push(Violation::not_a_string(location, name, value));
                }
                Some(_) => {}
            }
        }
        let optional = [(Field::PagePath, self.page_path), (Field::ButtonId, self.button_id)];
        for (field, value) in optional {
            let wrong = value.filter(|value| !is_string(value));
            let violation = |value| Violation::not_a_string(location, field.name(), value);
            violations.extend(wrong.map(violation));
        }
        let wrong = self.props.filter(|props| !is_object(props));
        violations.extend(
            wrong.map(|value| Violation::not_a_dictionary(location, Field::Props.name(), value)),
        );
        violations
    }
}

fn is_string(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

fn parse_time(json: &str) -> Option<VirtualTime> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"event_type":"page_visited","user_id":"u","session_id":"s"}"#;

    fn violations(json: &str) -> String {
        let violations = check(json, &[LocationPart::Name("body")]).expect_err("is refused");
        serde_json::to_string(&violations).unwrap()
    }

    #[test]
    fn optional_members_may_be_absent_or_null_and_others_are_ignored() {
        let nulls =
            GOOD.replace('}', r#","page_path":null,"button_id":null,"props":null,"x":[1]}"#);
        let full = GOOD.replace('}', r#","page_path":"/","button_id":"b","props":{"a":{}}}"#);
        let odd = GOOD.replace('}', r#","event_id":7,"event_time":"yesterday"}"#);
        for json in [GOOD, &nulls, &full, &odd] {
            assert!(check(json, &[]).is_ok(), "{json}");
        }
    }

    #[test]
    fn ids_and_times_are_found() {
        let json = GOOD.replace('}', r#","event_id":"e","event_time":"2026-01-01T00:00:01Z"}"#);
        let event = check(&json, &[]).unwrap();
        assert_eq!((event.user_id, event.event_id), (r#""u""#, Some(r#""e""#)));
        assert_eq!(event.event_time.unwrap().to_string(), "2026-01-01T00:00:01.000Z");
    }

    /// As `FastAPI` with Pydantic 2 answers.
    #[test]
    fn violations_are_worded_as_fastapi_does() {
        let cases = [
            (
                "{}",
                r#"[{"type":"missing","loc":["body","event_type"],"msg":"Field required","input":{}},{"type":"missing","loc":["body","user_id"],"msg":"Field required","input":{}},{"type":"missing","loc":["body","session_id"],"msg":"Field required","input":{}}]"#,
            ),
            (
                r#"{"event_type":1,"user_id":null,"session_id":"s","page_path":[],"props":[1]}"#,
                r#"[{"type":"string_type","loc":["body","event_type"],"msg":"Input should be a valid string","input":1},{"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":null},{"type":"string_type","loc":["body","page_path"],"msg":"Input should be a valid string","input":[]},{"type":"dict_type","loc":["body","props"],"msg":"Input should be a valid dictionary","input":[1]}]"#,
            ),
            (
                "5",
                r#"[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":5}]"#,
            ),
            ("", r#"[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]"#),
        ];
        for (json, expected) in cases {
            assert_eq!(violations(json), expected, "{json}");
        }
    }

    #[test]
    fn invalid_json_is_placed() {
        assert!(violations(r#"{"a" 1}"#).contains(r#""loc":["body",5],"msg":"JSON decode error""#));
        for json in ["{", "nope", r#"{"a":1} x"#, r#"{"a":1,}"#, "\u{0}", "{\"a\":\"\n\"}"] {
            assert!(violations(json).contains("json_invalid"), "{json}");
        }
    }
}
