//! Requests in the wire formats of others: their events as lines of our own, and the vendor's answer.

use std::borrow::Cow;

use hyper::header::CONTENT_TYPE;
use hyper::http::HeaderValue;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};

use event_simulator::wire::{Envelope, EventMessage, WireFormat};

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
    /// Reads the events of a request with `head` and `body`.
    pub(crate) fn read(
        format: &'static WireFormat,
        body: &str,
        head: &Parts,
    ) -> Result<Self, Refusal> {
        let told = format.told_by_header.filter(|(name, _)| head.headers.contains_key(*name));
        let format = told.map_or(format, |(_, format)| format);
        let query = head.uri.query().filter(|_| format.takes_queries());
        let body = query.filter(|_| body.trim_ascii().is_empty()).unwrap_or(body);
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        let is_form = content_type.to_ascii_lowercase().starts_with(FORM);
        let data = is_form.then(|| {
            let mut pairs = form_urlencoded::parse(body.as_bytes());
            pairs.find(|(name, _)| name == "data").map(|(_, data)| data.into_owned())
        });
        let text = data.flatten();
        let text = text.as_deref().unwrap_or(body).as_bytes();
        let text = match format.envelope {
            Envelope::Message => Cow::Owned(message(&head.headers, text)),
            _ => Cow::Borrowed(text),
        };
        let (count, bytes) = (0, text.len());
        let found =
            Self { format, lines: String::new(), refused: Vec::new(), count, bytes, is_form };
        found.with_events(&text)
    }

    fn with_events(mut self, text: &[u8]) -> Result<Self, Refusal> {
        let format = self.format;
        let events = format
            .events_of(text)
            .map_err(|error| Refusal::Protocol(StatusCode::BAD_REQUEST, error.to_string()))?;
        let limits = format.limits;
        if events.len() > limits.batch_events {
            let reason = format!("{} events, more than {}", events.len(), limits.batch_events);
            return Err(Refusal::Protocol(StatusCode::PAYLOAD_TOO_LARGE, reason));
        }
        self.count = events.len();
        for (place, event) in events.into_iter().enumerate() {
            if event.len() > limits.event_bytes {
                return Err(Refusal::EventTooLarge { index: place, limit: limits.event_bytes });
            }
            match format.decode(event) {
                Ok(line) => {
                    // Only texts are put together.
                    self.lines.push_str(&String::from_utf8_lossy(&line));
                    self.lines.push('\n');
                }
                Err(error) => self.refused.push((place, error.to_string())),
            }
        }
        Ok(self)
    }

    /// True if what is good is kept although not all is.
    pub(crate) fn is_kept(&self) -> bool {
        self.refused.is_empty() || self.format.answers.takes_parts()
    }

    /// True if something is wrong with an event.
    pub(crate) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// The vendor's answer.
    pub(crate) fn answer(&self) -> HttpResponse {
        let answers = self.format.answers;
        let accepted = StatusCode::from_u16(answers.accepted_status()).unwrap_or(StatusCode::OK);
        if self.refused.is_empty() || answers.discards() {
            let text = answers.accepted(self.count, self.bytes);
            let is_mixpanel_form = self.is_form && !self.format.takes_queries();
            let text = if is_mixpanel_form { FORM_ACCEPTED.to_owned() } else { text };
            let mut response = reply(accepted, text);
            if let Some((name, value)) = answers.discarded_header().filter(|_| self.has_refused()) {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            return response;
        }
        let status = if answers.accepts_parts() { accepted } else { StatusCode::BAD_REQUEST };
        reply(status, answers.refused(&self.refused, self.count))
    }
}

/// A request that is one event, as the format writes it.
fn message(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let texts = headers.iter().filter_map(|(name, value)| {
        Some((Cow::Borrowed(name.as_str()), Cow::Borrowed(value.to_str().ok()?)))
    });
    EventMessage { headers: texts.collect(), body }.to_object()
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

/// True for a path and a method with which a format's receiver takes events.
pub(crate) fn is_request_of(format: &WireFormat, path: &str, method: &Method) -> bool {
    let takes_method = method == Method::POST || method == Method::GET && format.takes_queries();
    let own = format.path.split('?').next().unwrap_or_default();
    takes_method && (path == own || format.other_paths.contains(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(name: &str, body: &str, headers: &[(&str, &str)]) -> DecodedRequest {
        let format = WireFormat::named(name).unwrap();
        let mut request = hyper::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        DecodedRequest::read(format, body, &head).unwrap()
    }

    fn read(name: &str, body: &str, content_type: &str) -> DecodedRequest {
        read_with(name, body, &[("content-type", content_type)])
    }

    #[test]
    fn cloud_events_come_in_any_mode() {
        let one = r#"{"specversion":"1.0","id":"1","source":"s","type":"a","subject":"u","data":{"b":1}}"#;
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-id", "1"),
            ("ce-type", "a"),
            ("ce-subject", "u"),
            ("authorization", "Bearer x"),
        ];
        let found = [
            read("cloudevents", &format!("[{one}]"), "application/cloudevents-batch+json"),
            read("cloudevents", one, "application/cloudevents+json"),
            read_with("cloudevents", r#"{"b":1}"#, &headers),
            read_with("cloudevents-binary", r#"{"b":1}"#, &headers),
        ];
        let first = &found[0].lines;
        for found in &found {
            assert_eq!(&found.lines, first);
            assert!(found.lines.contains(r#""props":{"b":1}"#), "{}", found.lines);
        }
    }

    #[test]
    fn what_plausible_discards_is_told_in_a_header() {
        let agent = [("user-agent", "Mozilla/5.0"), ("x-forwarded-for", "203.0.113.7")];
        let good = r#"{"name":"pageview","url":"https://a.example/b","domain":"a.example","props":{"user_id":"u"}}"#;
        let found = read_with("plausible", good, &agent);
        assert!(found.lines.contains(r#""page_path":"/b""#), "{}", found.lines);
        assert_eq!(found.answer().status(), StatusCode::ACCEPTED);
        assert!(!found.answer().headers().contains_key("x-plausible-dropped"));
        let found = read_with("plausible", r#"{"url":"https://a.example/b"}"#, &agent);
        assert_eq!(found.answer().headers()["x-plausible-dropped"], "1");
    }

    #[test]
    fn matomo_takes_bulks_and_single_requests() {
        let one = "idsite=1&rec=1&url=https%3A%2F%2Fa.example%2Fb&uid=u";
        let bulk = read("matomo", &format!(r#"{{"requests":["?{one}","?idsite=1&rec=1"]}}"#), "");
        assert_eq!(bulk.lines, read("matomo", one, FORM).lines);
        assert!(bulk.lines.contains(r#""event_type":"page_visited""#), "{}", bulk.lines);
        assert!(bulk.is_kept() && bulk.has_refused());
        assert_eq!(bulk.answer().status(), StatusCode::OK);
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
