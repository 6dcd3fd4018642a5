//! What a receiver asks of a request beside that its events can be read.

use std::borrow::Cow;

use super::reception::Reception;
use super::scan;

/// A request is refused whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing says whose it is.
    #[error("there is no {name}: say it in the request, or in each event")]
    NoKey {
        /// The name of the key.
        name: &'static str,
    },
    /// Its events say different keys.
    #[error("the events have different values of {name}: send each customer's alone")]
    SeveralKeys {
        /// The name of the key.
        name: &'static str,
    },
    /// Its key cannot be one.
    #[error("the {name} {reason}")]
    WrongKey {
        /// The name of the key.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An id of an event is none.
    #[error("the {name} of an event is no UUID: {value}")]
    NoUuid {
        /// The name of the id.
        name: &'static str,
        /// The id as it stands.
        value: String,
    },
}

impl RequestError {
    /// True if it is about who sends.
    pub fn is_about_key(&self) -> bool {
        !matches!(self, Self::NoUuid { .. })
    }
}

impl Reception {
    /// Refuses a request without a key where one is asked for, and one with an event whose id is no UUID.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn check(&self, request: &[u8], events: &[&[u8]]) -> Result<(), RequestError> {
        if let Some(&name) = self.key_names.first() {
            self.check_key(name, request, events)?;
        }
        let Some(name) = self.uuid else { return Ok(()) };
        for event in events {
            if let Some(value) = member(event, name)
                && !scan::text(value).is_ok_and(|text| text.is_empty() || is_uuid(&text))
            {
                let value = String::from_utf8_lossy(value).into_owned();
                return Err(RequestError::NoUuid { name, value });
            }
        }
        Ok(())
    }

    fn check_key(
        &self,
        name: &'static str,
        request: &[u8],
        events: &[&[u8]],
    ) -> Result<(), RequestError> {
        let mut keys = events.iter().filter_map(|event| self.key_of(event));
        let of_request = self.key_of(request);
        let is_of_events = of_request.is_none();
        let key = of_request.or_else(|| keys.next()).ok_or(RequestError::NoKey { name })?;
        if is_of_events && keys.any(|other| other != key) {
            return Err(RequestError::SeveralKeys { name });
        }
        fault_of(key.trim()).map_or(Ok(()), |reason| Err(RequestError::WrongKey { name, reason }))
    }

    /// The key that an object says, or else its properties.
    fn key_of<'a>(&self, object: &'a [u8]) -> Option<Cow<'a, str>> {
        let text = |object: &'a [u8]| {
            let key = self.key_names.iter().find_map(|name| member(object, name))?;
            scan::text(key).ok()
        };
        text(object).or_else(|| text(member(object, "properties")?))
    }
}

/// A member that is not null.
fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let [value] = scan::members(object, [name]).ok()?;
    value.filter(|value| *value != b"null")
}

/// What is wrong with a key by its look; whose it is nobody asks.
fn fault_of(key: &str) -> Option<&'static str> {
    const MOST_BYTES: usize = 64;
    match key {
        "" => Some("is empty"),
        _ if key.len() > MOST_BYTES => Some("is longer than 64 bytes"),
        _ if !key.is_ascii() || key.contains('\0') => Some("has other characters than ASCII has"),
        _ if key.starts_with("phx_") => Some("is a person's key, not a project's"),
        _ => None,
    }
}

/// True for a UUID with hyphens or without, in braces or as a URN.
fn is_uuid(text: &str) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let in_braces = || text.strip_prefix('{')?.strip_suffix('}');
    let bare = text.strip_prefix("urn:uuid:").or_else(in_braces).unwrap_or(text);
    let is_hex = |byte: u8| byte.is_ascii_hexdigit();
    match bare.len() {
        32 => bare.bytes().all(is_hex),
        36 => bare
            .bytes()
            .enumerate()
            .all(|(at, byte)| if HYPHENS.contains(&at) { byte == b'-' } else { is_hex(byte) }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::WireFormat;

    fn check(request: &str) -> Result<(), String> {
        let format = WireFormat::named("posthog").unwrap();
        let events = format.events_of(request.as_bytes()).unwrap();
        let checked = format.reception.check(request.as_bytes(), &events);
        checked.map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_stands_in_the_request_or_in_each_event_or_its_properties() {
        for request in [
            r#"{"api_key":"k","batch":[{"event":"a"}]}"#,
            r#"{"token":" k\n","event":"a"}"#,
            r#"[{"$token":"k"},{"properties":{"token":"k"}}]"#,
        ] {
            assert_eq!(check(request), Ok(()), "{request}");
        }
        for (request, told) in [
            (r#"{"batch":[{"event":"a"}]}"#.to_owned(), "no api_key"),
            (r#"{"api_key":null,"event":"a"}"#.to_owned(), "no api_key"),
            (r#"[{"token":"k"},{"token":"l"}]"#.to_owned(), "different"),
            (r#"{"api_key":"","batch":[{"token":"k"}]}"#.to_owned(), "is empty"),
            (r#"{"api_key":"phx_a"}"#.to_owned(), "person's key"),
            (r#"{"api_key":"\u0000"}"#.to_owned(), "ASCII"),
            (format!(r#"{{"api_key":"{}"}}"#, "k".repeat(65)), "64 bytes"),
        ] {
            let error = check(&request).unwrap_err();
            assert!(error.contains(told), "{request}: {error}");
        }
    }

    #[test]
    fn an_id_that_is_there_is_a_uuid() {
        let request = |uuid: &str| format!(r#"{{"api_key":"k","batch":[{{"uuid":{uuid}}}]}}"#);
        for uuid in [
            "null",
            r#""""#,
            r#""019b76da-a82e-7001-9284-de806a25a2d5""#,
            r#""019B76DAA82E70019284DE806A25A2D5""#,
            r#""urn:uuid:019b76da-a82e-7001-9284-de806a25a2d5""#,
        ] {
            assert_eq!(check(&request(uuid)), Ok(()), "{uuid}");
        }
        for uuid in ["1", r#""foo""#, r#""019b76da-a82e-7001-9284-de806a25a2dz""#] {
            assert!(check(&request(uuid)).unwrap_err().contains("no UUID"), "{uuid}");
        }
    }
}
