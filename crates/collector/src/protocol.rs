//! Requests in the wire formats of others: their events as lines of our own, and the vendor's answer.

use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use hyper::http::HeaderValue;

use event_simulator::wire::{Answers, WireFormat};

use crate::refusal::Refusal;
use crate::response::{self, HttpResponse};

/// The media type in which some client libraries send JSON as the value of `data`.
const FORM: &str = "application/x-www-form-urlencoded";

/// The answer to those: that it is well.
const FORM_ACCEPTED: &str = r#"{"status":1,"error":null}"#;

/// The events of one request.
#[derive(Debug)]
pub(crate) struct DecodedRequest {
    format: &'static WireFormat,
    /// Those that can be kept, a line each.
    pub(crate) lines: String,
    /// The places of the others, and what is wrong with them.
    refused: Vec<(usize, String)>,
    count: usize,
    bytes: usize,
    is_form: bool,
}

impl DecodedRequest {
    /// Reads the events of `body`.
    pub(crate) fn read(
        format: &'static WireFormat,
        body: &str,
        content_type: &str,
    ) -> Result<Self, Refusal> {
        let is_form = content_type.to_ascii_lowercase().starts_with(FORM);
        let data = is_form.then(|| {
            let mut pairs = form_urlencoded::parse(body.as_bytes());
            pairs.find(|(name, _)| name == "data").map(|(_, data)| data.into_owned())
        });
        let text = data.flatten();
        let text = text.as_deref().unwrap_or(body).as_bytes();
        let events = format
            .events_of(text)
            .map_err(|error| Refusal::Protocol(StatusCode::BAD_REQUEST, error.to_string()))?;
        let limits = format.limits;
        if events.len() > limits.batch_events {
            let reason = format!("{} events, more than {}", events.len(), limits.batch_events);
            return Err(Refusal::Protocol(StatusCode::PAYLOAD_TOO_LARGE, reason));
        }
        let (count, bytes) = (events.len(), text.len());
        let (mut lines, mut refused) = (String::new(), Vec::new());
        for (place, event) in events.into_iter().enumerate() {
            if event.len() > limits.event_bytes {
                return Err(Refusal::EventTooLarge { index: place, limit: limits.event_bytes });
            }
            match format.decode(event) {
                Ok(line) => {
                    // Only texts are put together.
                    lines.push_str(&String::from_utf8_lossy(&line));
                    lines.push('\n');
                }
                Err(error) => refused.push((place, error.to_string())),
            }
        }
        Ok(Self { format, lines, refused, count, bytes, is_form })
    }

    /// True if what is good is kept although not all is.
    pub(crate) fn is_kept(&self) -> bool {
        let takes_parts =
            matches!(self.format.answers, Answers::Discarding { .. } | Answers::MixpanelRecords);
        self.refused.is_empty() || takes_parts
    }

    /// True if something is wrong with an event.
    pub(crate) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// The vendor's answer.
    pub(crate) fn answer(&self) -> HttpResponse {
        let answers = self.format.answers;
        let is_discarded = matches!(answers, Answers::Discarding { .. });
        if self.refused.is_empty() || is_discarded {
            let text = answers.accepted(self.count, self.bytes);
            return reply(
                StatusCode::OK,
                if self.is_form { FORM_ACCEPTED.to_owned() } else { text },
            );
        }
        reply(StatusCode::BAD_REQUEST, answers.refused(&self.refused, self.count))
    }
}

fn reply(status: StatusCode, text: String) -> HttpResponse {
    let is_json = text.starts_with('{');
    let mut response = response::json(status, text);
    if !is_json {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
    }
    response
}

/// True for a path at which a format's receiver takes events.
pub(crate) fn is_path_of(format: &WireFormat, path: &str) -> bool {
    let own = format.path.split('?').next().unwrap_or_default();
    path == own || format.other_paths.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, body: &str, content_type: &str) -> DecodedRequest {
        let format = WireFormat::named(name).unwrap();
        DecodedRequest::read(format, body, content_type).unwrap()
    }

    #[test]
    fn what_is_wrong_is_answered_as_the_vendor_does() {
        let good = r#"{"event":"a","properties":{"distinct_id":"u"}}"#;
        let body = format!("[{good},{{\"event\":\"b\",\"properties\":{{}}}}]");
        let found = read("mixpanel", &body, "application/json");
        assert!(found.is_kept() && found.has_refused());
        assert_eq!(found.lines.lines().count(), 1);
        assert_eq!(found.answer().status(), StatusCode::BAD_REQUEST);

        let body = r#"{"events":[{"event_type":"a","user_id":"u"},{"event_type":"b"}]}"#;
        let found = read("amplitude", body, "");
        assert!(!found.is_kept());
        assert_eq!(found.answer().status(), StatusCode::BAD_REQUEST);

        let body = r#"{"batch":[{"type":"track","event":"a","userId":"u"},{"type":"track"}]}"#;
        let found = read("segment", body, "");
        assert!(found.is_kept() && found.has_refused());
        assert_eq!(found.answer().status(), StatusCode::OK);
    }

    #[test]
    fn a_form_has_its_events_in_data() {
        let body = "data=%7B%22event%22%3A%22a+b%22%2C%22properties%22%3A%7B%22distinct_id%22%3A%22u%22%7D%7D&ip=0";
        let found = read("mixpanel", body, FORM);
        assert!(found.lines.contains(r#""event_type":"a b""#), "{}", found.lines);
    }
}
