//! How an event breaks the contract, in the words of `FastAPI`.

use serde::Serialize;
use serde_json::value::RawValue;

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
    Null(Option<()>),
    EmptyObject {},
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
        let input = object.map_or(EchoedInput::Null(None), EchoedInput::Json);
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
        Self::new("string_type", location, Some(name), msg, EchoedInput::Json(value))
    }

    /// A member that should be an object.
    pub(crate) fn not_a_dictionary(
        location: &[LocationPart],
        name: &'static str,
        value: &'a RawValue,
    ) -> Self {
        let msg = "Input should be a valid dictionary";
        Self::new("dict_type", location, Some(name), msg, EchoedInput::Json(value))
    }

    /// An event that is not an object.
    pub(crate) fn not_an_object(location: &[LocationPart], value: &'a RawValue) -> Self {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        Self::new("model_attributes_type", location, None, msg, EchoedInput::Json(value))
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
