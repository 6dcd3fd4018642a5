//! The contract: what an event must look like, and the words of `FastAPI` for what is wrong with one.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use event_simulator::time::VirtualTime;

/// An event that keeps the contract. The fields are JSON texts, quotes included: nothing here needs
/// them unescaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted<'a> {
    /// The whole object, as it came.
    pub(super) json: &'a str,
    pub(super) user_id: &'a str,
    pub(super) session_id: &'a str,
    pub(super) event_id: Option<&'a str>,
    pub(super) event_time: Option<VirtualTime>,
}

/// One entry of a 422 answer's `detail`.
#[derive(Debug, Serialize)]
pub(super) struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<Place>,
    msg: &'static str,
    input: Input<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Context>,
}

/// One step of the way to what is wrong.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Place {
    Name(&'static str),
    Index(usize),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Input<'a> {
    Json(&'a RawValue),
    Nothing(Option<()>),
    Empty {},
}

#[derive(Debug, Serialize)]
struct Context {
    error: String,
}

/// The members that the contract speaks of; others are ignored.
#[derive(Deserialize)]
struct Members<'a> {
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

/// Checks one event, which stands at `place` in the request. Gives all problems at once.
pub(super) fn check<'a>(json: &'a str, place: &[Place]) -> Result<Accepted<'a>, Vec<Problem<'a>>> {
    let json = json.trim_ascii();
    if json.is_empty() {
        return Err(vec![problem("missing", place, None, "Field required", Input::Nothing(None))]);
    }
    if !json.starts_with('{') {
        return Err(vec![match serde_json::from_str(json) {
            Ok(value) => not_an_object(value, place),
            Err(error) => invalid_json(json, &error, place),
        }]);
    }
    match serde_json::from_str::<Members<'a>>(json) {
        Ok(members) => members.check(json, place),
        Err(error) => Err(vec![invalid_json(json, &error, place)]),
    }
}

impl<'a> Members<'a> {
    fn check(&self, json: &'a str, place: &[Place]) -> Result<Accepted<'a>, Vec<Problem<'a>>> {
        let required = [self.event_type, self.user_id, self.session_id];
        let texts_are_good = required.iter().all(|text| text.is_some_and(is_text))
            && [self.page_path, self.button_id].into_iter().flatten().all(is_text)
            && self.props.is_none_or(is_object);
        let (Some(user_id), Some(session_id), true) =
            (self.user_id, self.session_id, texts_are_good)
        else {
            return Err(self.problems(json, place));
        };
        Ok(Accepted {
            json,
            user_id: user_id.get(),
            session_id: session_id.get(),
            event_id: self.event_id.map(RawValue::get),
            event_time: self.event_time.and_then(|time| parse_time(time.get())),
        })
    }

    #[cold]
    fn problems(&self, json: &'a str, place: &[Place]) -> Vec<Problem<'a>> {
        let mut problems = Vec::new();
        let required = [
            ("event_type", self.event_type),
            ("user_id", self.user_id),
            ("session_id", self.session_id),
        ];
        let not_text = |name, value| {
            let words = "Input should be a valid string";
            problem("string_type", place, Some(name), words, Input::Json(value))
        };
        for (name, value) in required {
            match value {
                None => {
                    let whole =
                        serde_json::from_str(json).map_or(Input::Nothing(None), Input::Json);
                    problems.push(problem("missing", place, Some(name), "Field required", whole));
                }
                Some(value) if !is_text(value) => problems.push(not_text(name, value)),
                Some(_) => {}
            }
        }
        for (name, value) in [("page_path", self.page_path), ("button_id", self.button_id)] {
            problems
                .extend(value.filter(|value| !is_text(value)).map(|value| not_text(name, value)));
        }
        problems.extend(self.props.filter(|props| !is_object(props)).map(|props| {
            let words = "Input should be a valid dictionary";
            problem("dict_type", place, Some("props"), words, Input::Json(props))
        }));
        problems
    }
}

fn is_text(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

fn parse_time(json: &str) -> Option<VirtualTime> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    VirtualTime::from_text(text.as_bytes()).or_else(|| text.parse().ok())
}

fn problem<'a>(
    kind: &'static str,
    place: &[Place],
    name: Option<&'static str>,
    msg: &'static str,
    input: Input<'a>,
) -> Problem<'a> {
    let mut loc = place.to_vec();
    loc.extend(name.map(Place::Name));
    Problem { kind, loc, msg, input, ctx: None }
}

fn not_an_object<'a>(value: &'a RawValue, place: &[Place]) -> Problem<'a> {
    let words = "Input should be a valid dictionary or object to extract fields from";
    problem("model_attributes_type", place, None, words, Input::Json(value))
}

/// `place` is followed by the position in `json` (in characters, from 0) where it went wrong.
pub(super) fn invalid_json<'a>(
    json: &str,
    error: &serde_json::Error,
    place: &[Place],
) -> Problem<'a> {
    let earlier = json.split_inclusive('\n').take(error.line().saturating_sub(1));
    let before: usize = earlier.map(str::len).sum();
    let bytes = (before + error.column().saturating_sub(1)).min(json.len());
    let position = json.bytes().take(bytes).filter(|&byte| byte & 0xC0 != 0x80).count();
    let mut loc = place.to_vec();
    loc.push(Place::Index(position));
    let ctx = Some(Context { error: error.to_string() });
    Problem { kind: "json_invalid", loc, msg: "JSON decode error", input: Input::Empty {}, ctx }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"event_type":"page_visited","user_id":"u","session_id":"s"}"#;

    fn problems(json: &str) -> String {
        let problems = check(json, &[Place::Name("body")]).expect_err("is refused");
        serde_json::to_string(&problems).unwrap()
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
    fn problems_are_worded_as_fastapi_does() {
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
            assert_eq!(problems(json), expected, "{json}");
        }
    }

    #[test]
    fn invalid_json_is_placed() {
        assert!(problems(r#"{"a" 1}"#).contains(r#""loc":["body",5],"msg":"JSON decode error""#));
        for json in ["{", "nope", r#"{"a":1} x"#, r#"{"a":1,}"#, "\u{0}", "{\"a\":\"\n\"}"] {
            assert!(problems(json).contains("json_invalid"), "{json}");
        }
    }
}
