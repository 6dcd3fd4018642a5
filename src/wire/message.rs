//! Events that are requests of their own: headers and a body, put together as one object.

use std::borrow::Cow;

use super::fields::name;
use super::json_text::{push_key, push_quoted};
use super::percent::percent_decoded;
use super::scan::{self, ScanError};

/// The headers and the body of a request that is one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMessage<'a> {
    /// Names in small letters, and values.
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> EventMessage<'a> {
    /// The message that an object says.
    ///
    /// # Errors
    /// A text that is no object, or headers that are no texts.
    pub fn of_object(object: &'a [u8]) -> Result<Self, ScanError> {
        let [headers, body] = scan::members(object, ["headers", "body"])?;
        let mut found = Vec::new();
        scan::each_member(headers.unwrap_or(b"{}"), |key, value| {
            found.push((name(key), scan::text(value)?));
            Ok(())
        })?;
        Ok(Self { headers: found, body: body.unwrap_or(b"{}") })
    }

    /// The headers as `CloudEvents` has them in Kafka's records: `ce_` before names, and texts as they are.
    pub fn record_headers(&self) -> impl Iterator<Item = (String, String)> {
        self.headers.iter().map(|(name, value)| match name.strip_prefix("ce-") {
            Some(name) => (format!("ce_{name}"), percent_decoded(value).into_owned()),
            None => (name.clone().into_owned(), value.clone().into_owned()),
        })
    }

    /// The message as an object.
    pub fn to_object(&self) -> Vec<u8> {
        let mut object = b"{\"headers\":{".to_vec();
        for (number, (name, value)) in self.headers.iter().enumerate() {
            if number > 0 {
                object.push(b',');
            }
            push_key(name, &mut object);
            push_quoted(value, &mut object);
        }
        object.extend_from_slice(b"},\"body\":");
        object.extend_from_slice(self.body);
        object.push(b'}');
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_apart_and_put_together() {
        let object = br#"{"headers":{"ce-id":"a\"b"},"body":{"c":1}}"#;
        let message = EventMessage::of_object(object).unwrap();
        assert_eq!(message.headers, [("ce-id".into(), "a\"b".into())]);
        assert_eq!(message.body, br#"{"c":1}"#);
        assert_eq!(message.to_object(), object);
        let told: Vec<_> = message.record_headers().collect();
        assert_eq!(told, [("ce_id".to_owned(), "a\"b".to_owned())]);
        assert!(EventMessage::of_object(br#"{"headers":{"a":1}}"#).is_err());
    }
}
