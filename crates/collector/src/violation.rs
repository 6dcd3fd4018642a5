//! Violations of the contract, in the words of `FastAPI`.

use serde::Serialize;
use serde_json::value::RawValue;

/// The longest value, in bytes, that an answer echoes as it came.
const MAX_ECHO_BYTES: usize = 1_000;

/// One entry of a 422 answer's `detail`.
#[derive(Debug, Serialize)]
pub(crate) struct Violation<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<LocationPart>,
    msg: &'static str,
    input: EchoedInput<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<ParserError>,
}

/// One step of the way from the body to what is wrong.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum LocationPart {
    Name(&'static str),
    Index(usize),
}

/// The value that is wrong.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum EchoedInput<'a> {
    Json(&'a RawValue),
    /// The beginning of a longer value, as a string.
    Beginning(String),
    Null(Option<()>),
    EmptyObject {},
}

impl<'a> From<&'a RawValue> for EchoedInput<'a> {
    fn from(value: &'a RawValue) -> Self {
        let json = value.get();
        if json.len() <= MAX_ECHO_BYTES {
            return Self::Json(value);
        }
        let end = (0..=MAX_ECHO_BYTES).rfind(|&end| json.is_char_boundary(end)).unwrap_or(0);
        Self::Beginning(format!("{}...", &json[..end]))
    }
}

#[derive(Debug, Serialize)]
struct ParserError {
    error: String,
}

impl<'a> Violation<'a> {
    /// A member of `object` that has to be there and is not.
    pub(crate) fn missing(
        location: &[LocationPart],
        name: &'static str,
        object: Option<&'a RawValue>,
    ) -> Self {
        let input = object.map_or(EchoedInput::Null(None), EchoedInput::from);
        Self::new("missing", location, Some(name), "Field required", input)
    }

    /// A body without anything in it.
    pub(crate) fn empty(location: &[LocationPart]) -> Self {
        Self::new("missing", location, None, "Field required", EchoedInput::Null(None))
    }

    /// A member that should be a string.
    pub(crate) fn not_a_string(
        location: &[LocationPart],
        name: &'static str,
        value: &'a RawValue,
    ) -> Self {
        let msg = "Input should be a valid string";
        Self::new("string_type", location, Some(name), msg, value.into())
    }

    /// A member that should be an object.
    pub(crate) fn not_a_dictionary(
        location: &[LocationPart],
        name: &'static str,
        value: &'a RawValue,
    ) -> Self {
        let msg = "Input should be a valid dictionary";
        Self::new("dict_type", location, Some(name), msg, value.into())
    }

    /// An event that is not an object.
    pub(crate) fn not_an_object(location: &[LocationPart], value: &'a RawValue) -> Self {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        Self::new("model_attributes_type", location, None, msg, value.into())
    }

    /// A text that is not JSON. `location` is followed by the position in `json` (in characters,
    /// from 0) where it went wrong.
    pub(crate) fn invalid_json(
        location: &[LocationPart],
        json: &str,
        error: &serde_json::Error,
    ) -> Self {
        let earlier = json.split_inclusive('\n').take(error.line().saturating_sub(1));
        let before: usize = earlier.map(str::len).sum();
        let bytes = (before + error.column().saturating_sub(1)).min(json.len());
        let position = json.bytes().take(bytes).filter(|&byte| byte & 0xC0 != 0x80).count();
        let input = EchoedInput::EmptyObject {};
        let mut violation = Self::new("json_invalid", location, None, "JSON decode error", input);
        violation.loc.push(LocationPart::Index(position));
        violation.ctx = Some(ParserError { error: error.to_string() });
        violation
    }

    fn new(
        kind: &'static str,
        location: &[LocationPart],
        name: Option<&'static str>,
        msg: &'static str,
        input: EchoedInput<'a>,
    ) -> Self {
        let mut loc = location.to_vec();
        loc.extend(name.map(LocationPart::Name));
        Self { kind, loc, msg, input, ctx: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoed(json: &str) -> serde_json::Value {
        let violation = Violation::not_an_object(&[], serde_json::from_str(json).unwrap());
        serde_json::to_value(violation).unwrap()["input"].clone()
    }

    #[test]
    fn a_long_value_is_echoed_in_part() {
        let text = |characters| format!("\"{}\"", "é".repeat(characters));
        assert_eq!(echoed(&text(499)), "é".repeat(499));
        let beginning = format!("\"{}...", "é".repeat(499));
        assert_eq!(echoed(&text(500)), beginning);
        assert_eq!(echoed(&text(1_000_000)), beginning);
    }
}
