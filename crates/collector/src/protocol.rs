//! Requests in the wire formats of others: their events as lines of our own, and the vendor's answer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::http::HeaderValue;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::value::RawValue;

use event_simulator::wire::{Envelope, EventMessage, RequestOrigin, WireFormat, object_of_query};

use crate::batch;
use crate::payload::{EventPayload, FORM};
use crate::refusal::Refusal;
use crate::response::{self, HttpResponse};

/// The way in which a request came, which the answer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestManner {
    /// As events in its body.
    Plain,
    /// As a picture's address.
    Pixel,
    /// As the value of `data`, or as if it was.
    Data { is_verbose: bool },
}

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
    manner: RequestManner,
}

impl DecodedRequest {
    /// Reads the events of a request with `head` and `body` from a client with that address; at most `limit` bytes
    /// of what is compressed.
    pub(crate) fn read(
        format: &'static WireFormat,
        body: Vec<u8>,
        head: &Parts,
        address: &str,
        limit: usize,
    ) -> Result<Self, Refusal> {
        let told = format.told_by_header.filter(|(name, _)| head.headers.contains_key(*name));
        let format = told.map_or(format, |(_, format)| format);
        let path = head.uri.path();
        let query = head.uri.query().unwrap_or_default();
        let content_type = header(&head.headers, CONTENT_TYPE.as_str());
        let mut manner = RequestManner::Plain;
        let text = if is_pixel(format, path, &head.method) {
            manner = RequestManner::Pixel;
            object_of_query(query)
        } else if format.reception.takes_data {
            let found = EventPayload::find(query, content_type, body, limit)?;
            let is_of_batches = path.trim_end_matches('/') == own_path(format);
            if found.is_data || format.reception.takes(path) && !is_of_batches {
                manner = RequestManner::Data { is_verbose: found.is_verbose };
            }
            found.text
        } else if format.takes_queries() && body.trim_ascii().is_empty() {
            query.as_bytes().to_vec()
        } else if format.reception.is_described(path) {
            described(query, content_type, body)
        } else {
            body
        };
        let text = match format.envelope {
            Envelope::Message => message(&head.headers, &text),
            Envelope::Array if batch::is_ndjson(content_type) => list_of_lines(&text),
            _ => text,
        };
        let (count, bytes) = (0, text.len());
        let found =
            Self { format, lines: String::new(), refused: Vec::new(), count, bytes, manner };
        let forwarded = header(&head.headers, "x-forwarded-for").split(',').next();
        let forwarded = forwarded.map(str::trim).filter(|address| !address.is_empty());
        let agent = header(&head.headers, USER_AGENT.as_str());
        found.with_events(
            &text,
            &RequestOrigin { path, address: forwarded.unwrap_or(address), agent },
        )
    }

    fn with_events(mut self, text: &[u8], origin: &RequestOrigin<'_>) -> Result<Self, Refusal> {
        std::str::from_utf8(text).map_err(|_| Refusal::NotUtf8)?;
        let format = self.format;
        let events = match format.events_of(text) {
            Ok(events) => events,
            Err(error) if format.reception.discards_unreadable => {
                self.refused.push((0, error.to_string()));
                return Ok(self);
            }
            Err(error) => {
                return Err(Refusal::Protocol(StatusCode::BAD_REQUEST, error.to_string()));
            }
        };
        if events.is_empty() && format.reception.refuses_empty {
            let reason = "the request holds no event".to_owned();
            return Err(Refusal::Protocol(StatusCode::BAD_REQUEST, reason));
        }
        format.reception.check(text, &events).map_err(|error| {
            let is_about_key = error.is_about_key();
            let status =
                if is_about_key { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            Refusal::Protocol(status, error.to_string())
        })?;
        if format.reception.discards(origin.path) {
            return Ok(self);
        }
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
            match format.decode_from(event, origin) {
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
        let first = self.refused.first().map(|(_, reason)| reason.as_str());
        match self.manner {
            RequestManner::Pixel => return response::pixel(),
            RequestManner::Data { is_verbose } => {
                if let Some(text) = answers.of_data(first, is_verbose) {
                    return reply(StatusCode::OK, text);
                }
            }
            RequestManner::Plain => {}
        }
        let accepted = StatusCode::from_u16(answers.accepted_status()).unwrap_or(StatusCode::OK);
        if self.refused.is_empty() || answers.discards() {
            let mut response = reply(accepted, answers.accepted(self.count, self.bytes));
            if let Some((name, value)) = answers.discarded_header().filter(|_| self.has_refused()) {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            return response;
        }
        let status = if answers.accepts_parts() { accepted } else { StatusCode::BAD_REQUEST };
        reply(status, answers.refused(&self.refused, self.count))
    }
}

/// A request that is one event, as the format writes it. A body that is no object is the data as it is, as JSON or a
/// text, and what is no text is in base64.
fn message(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let texts = headers.iter().filter_map(|(name, value)| {
        Some((Cow::Borrowed(name.as_str()), Cow::Borrowed(value.to_str().ok()?)))
    });
    let body = body.trim_ascii();
    let wrapped = match std::str::from_utf8(body) {
        Ok("") => "{}".to_owned(),
        Ok(text) if serde_json::from_str::<&RawValue>(text).is_err() => {
            format!(r#"{{"data":{}}}"#, serde_json::Value::from(text))
        }
        Ok(text) if !text.starts_with('{') => format!(r#"{{"data":{text}}}"#),
        Ok(text) => text.to_owned(),
        Err(_) => format!(r#"{{"data_base64":"{}"}}"#, STANDARD.encode(body)),
    };
    EventMessage { headers: texts.collect(), body: wrapped.as_bytes() }.to_object()
}

/// What is posted with a query that says its schema, as events that say it themselves: JSON is the data of one or of
/// several, a form has names and values like the query.
fn described(query: &str, content_type: &str, body: Vec<u8>) -> Vec<u8> {
    let says_schema = query.split('&').any(|pair| pair.starts_with("schema="));
    let text = str::from_utf8(&body).map(str::trim).unwrap_or_default();
    if !says_schema {
        return body;
    }
    if text.is_empty() || content_type.to_ascii_lowercase().starts_with(FORM) {
        return object_of_query(&[query, text].join("&"));
    }
    let head = object_of_query(query);
    let event = |data: &RawValue| {
        let head = head.strip_suffix(b"}").unwrap_or_default();
        [head, b",\"data\":", data.get().as_bytes(), b"}"].concat()
    };
    if let Ok(several) = serde_json::from_str::<Vec<&RawValue>>(text) {
        let events: Vec<Vec<u8>> = several.into_iter().map(event).collect();
        return [&b"["[..], &events.join(&b','), b"]"].concat();
    }
    if let Ok(data) = serde_json::from_str(text) {
        return event(data);
    }
    body
}

/// Lines as the list that they are in another form.
fn list_of_lines(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    [&b"["[..], &lines.join(&b','), b"]"].concat()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
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

fn own_path(format: &WireFormat) -> &'static str {
    format.path.split('?').next().unwrap_or_default()
}

fn is_pixel(format: &WireFormat, path: &str, method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && format.reception.is_pixel(path)
}

/// True for a path and a method with which a format's receiver takes events.
pub(crate) fn is_request_of(format: &WireFormat, path: &str, method: &Method) -> bool {
    let takes_get = format.takes_queries() || format.reception.takes_data;
    let takes_method = method == Method::POST || method == Method::GET && takes_get;
    let is_its_path =
        path == own_path(format) || format.reception.takes(path) || format.reception.discards(path);
    takes_method && is_its_path || is_pixel(format, path, method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(name: &str, body: &str, headers: &[(&str, &str)]) -> DecodedRequest {
        let format = WireFormat::named(name).unwrap();
        let mut request = hyper::Request::builder().uri(format.path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        DecodedRequest::read(format, body.into(), &head, "203.0.113.9", 1_000_000).unwrap()
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
        let bulk = read(
            "matomo",
            &format!(r#"{{"requests":["?{one}","?idsite=1&rec=1&cdt=yesterday"]}}"#),
            "",
        );
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
