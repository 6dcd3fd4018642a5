//! What can be asked of a replay, with its defaults.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};

use event_simulator::quantity::{NumberOrText, Rate, serde_duration};
use event_simulator::time::VirtualTime;

/// Everything that can be asked of a replay. The names are those of the command line's flags and of
/// a scenario's `replay` section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Where events are sent. `${NAME}` is taken from the environment.
    pub url: String,
    /// HTTP method.
    pub method: String,
    /// Status codes that mean delivered.
    pub success: StatusSet,
    /// Extra headers, each `Name: value`. `${NAME}` is taken from the environment.
    pub headers: Vec<String>,
    /// Token for `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// `user:password` for `Authorization: Basic`.
    pub basic: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Longest time for one request, from connecting to the last byte of the answer.
    #[serde(with = "serde_duration")]
    pub timeout: Duration,
    /// Version of HTTP.
    pub http: HttpVersion,
    /// Proxy for all requests; without it the environment's (`http_proxy`, ...) is used.
    pub proxy: Option<String>,
    /// PEM file with certificate authorities to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
    /// PEM file with the client's certificate (and its key, unless `client_key` has it).
    pub client_cert: Option<PathBuf>,
    /// PEM file with the client's private key.
    pub client_key: Option<PathBuf>,
    /// Accept any server certificate. Dangerous.
    pub insecure: bool,
    /// Compression of request bodies.
    pub compress: Compression,

    /// Pace, as a multiple of the timeline's own.
    pub speed: Speed,
    /// Events a second, evenly spaced in order; instead of `speed`.
    pub rate: Option<Rate>,
    /// When the first event is due, by the machine's clock.
    pub start_at: Option<VirtualTime>,
    /// Pass over events before this time.
    pub from: Option<VirtualTime>,
    /// Pass over events at or after this time.
    pub until: Option<VirtualTime>,
    /// What the time field says when it is sent.
    pub event_time: EventTime,

    /// Most requests at one time; by default 64, or 8 with batches.
    pub in_flight: Option<usize>,
    /// Field whose equal values keep their order, or `none`.
    pub per_lane: String,
    /// Field with the event's time.
    pub time_field: String,
    /// Field with the event's identity, for `Idempotency-Key`.
    pub id_field: String,
    /// Stop at the first line that cannot be replayed.
    pub strict: bool,

    /// Events in a request; 1 sends each alone.
    pub batch: usize,
    /// Form of a batch.
    pub batch_format: BatchFormat,
    /// Longest time that an event waits for its batch to fill.
    #[serde(with = "serde_duration")]
    pub batch_wait: Duration,

    /// Tries after the first for what may pass by itself.
    pub retries: u32,
    /// The first wait before a retry is up to this long; it doubles with each.
    #[serde(with = "serde_duration")]
    pub backoff: Duration,
    /// Retries for each first try, over time; more wait their turn.
    pub retry_budget: f64,
    /// What to do when the target is down. By default: wait, but not if it never answered.
    pub on_outage: Option<OnOutage>,
    /// Longest time to wait for a target that is down.
    #[serde(with = "serde_duration")]
    pub outage_limit: Duration,

    /// File for events that could not be delivered.
    pub dead_letters: Option<PathBuf>,
    /// File that remembers what is settled.
    pub journal: Option<PathBuf>,
    /// Go on where the journal ends.
    pub resume: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: "http://localhost:8000/api/events".to_owned(),
            method: "POST".to_owned(),
            success: StatusSet::default(),
            headers: Vec::new(),
            bearer: None,
            basic: None,
            user_agent: concat!("EventSimulator/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(5),
            http: HttpVersion::Auto,
            proxy: None,
            ca_cert: None,
            client_cert: None,
            client_key: None,
            insecure: false,
            compress: Compression::None,
            speed: Speed::Factor(1.0),
            rate: None,
            start_at: None,
            from: None,
            until: None,
            event_time: EventTime::Original,
            in_flight: None,
            per_lane: "user_id".to_owned(),
            time_field: "event_time".to_owned(),
            id_field: "event_id".to_owned(),
            strict: false,
            batch: 1,
            batch_format: BatchFormat::Json,
            batch_wait: Duration::from_millis(50),
            retries: 3,
            backoff: Duration::from_millis(100),
            retry_budget: 1.0,
            on_outage: None,
            outage_limit: Duration::from_secs(600),
            dead_letters: None,
            journal: None,
            resume: false,
        }
    }
}

impl Options {
    /// Most requests at one time, with the default that suits the batch size.
    pub fn max_in_flight(&self) -> usize {
        self.in_flight.unwrap_or(if self.batch > 1 { 8 } else { 64 }).max(1)
    }

    /// The field that makes a lane, if order is to be kept at all.
    pub fn lane_field(&self) -> Option<&str> {
        (self.per_lane != "none").then_some(self.per_lane.as_str())
    }

    /// What cannot be: options by their names, each with the reason. What is taken from the
    /// environment (`${NAME}`) is not looked at.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let is_url = |url: &str| {
            url.contains("${")
                || Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        let is_header = |header: &String| {
            header.split_once(':').is_some_and(|(name, value)| {
                HeaderName::from_str(name.trim()).is_ok()
                    && HeaderValue::from_str(value.trim()).is_ok()
            })
        };
        let mut problems = Vec::new();
        let mut refuse = |name, is_wrong: bool, reason: &str| {
            if is_wrong {
                problems.push((name, reason.to_owned()));
            }
        };
        refuse(
            "url",
            !is_url(&self.url),
            "this is no URL such as http://localhost:8000/api/events",
        );
        refuse("method", Method::from_str(&self.method).is_err(), "this is no HTTP method");
        refuse("headers", !self.headers.iter().all(is_header), "a header is \"Name: value\"");
        let frames_a_body = |header: &String| {
            let name = header.split(':').next().unwrap_or_default().trim();
            ["content-length", "transfer-encoding"].iter().any(|it| name.eq_ignore_ascii_case(it))
        };
        let reason = "each request says itself how long its body is: leave Content-Length and \
                      Transfer-Encoding out";
        refuse("headers", self.headers.iter().any(frames_a_body), reason);
        refuse("basic", self.bearer.is_some() && self.basic.is_some(), "either this or bearer");
        let is_wrong = HeaderValue::from_str(&self.user_agent).is_err();
        refuse("user_agent", is_wrong, "this cannot be a header's value");
        refuse("batch", self.batch == 0, "at least 1");
        refuse("in_flight", self.in_flight == Some(0), "at least 1");
        let is_wrong = !self.retry_budget.is_finite() || self.retry_budget < 0.0;
        refuse("retry_budget", is_wrong, "a number from 0");
        refuse("timeout", self.timeout.is_zero(), "longer than 0");
        problems
    }

    /// The pace that `rate` and `speed` ask for.
    pub fn pace(&self) -> Pace {
        match (self.rate, self.speed) {
            (Some(rate), _) => Pace::Rate(rate.as_per_second()),
            (None, Speed::Factor(factor)) => Pace::Speed(factor),
            (None, Speed::Max) => Pace::Max,
        }
    }
}

/// How fast events are due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// By the timeline's times, this many times as fast.
    Speed(f64),
    /// This many a second, evenly spaced.
    Rate(f64),
    /// All at once: as fast as the target takes them.
    Max,
}

/// A multiple of the timeline's own pace, or as fast as possible.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "NumberOrText", into = "String")]
pub enum Speed {
    /// Between [`Speed::SLOWEST`] and [`Speed::FASTEST`].
    Factor(f64),
    /// No pacing.
    Max,
}

impl Speed {
    /// A hundredth of real time.
    pub const SLOWEST: f64 = 0.01;
    /// More than a day a second.
    pub const FASTEST: f64 = 100_000.0;
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor: Option<f64> = text.trim_end_matches('x').parse().ok();
        factor
            .filter(|factor| (Self::SLOWEST..=Self::FASTEST).contains(factor))
            .map(Self::Factor)
            .ok_or_else(|| {
                format!("{text:?} is not a speed: a number from 0.01 to 100000, or the word max")
            })
    }
}

impl From<Speed> for String {
    fn from(speed: Speed) -> Self {
        match speed {
            Speed::Factor(factor) => factor.to_string(),
            Speed::Max => "max".to_owned(),
        }
    }
}

impl TryFrom<NumberOrText> for Speed {
    type Error = String;

    fn try_from(written: NumberOrText) -> Result<Self, String> {
        written.text().parse()
    }
}

/// Status codes that mean delivered: `2xx`, `200,201`, `2xx,409`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusSet {
    ranges: Vec<(u16, u16)>,
}

impl Default for StatusSet {
    fn default() -> Self {
        Self { ranges: vec![(200, 299)] }
    }
}

impl StatusSet {
    /// Whether `status` is one of them.
    pub fn contains(&self, status: u16) -> bool {
        self.ranges.iter().any(|&(first, last)| (first..=last).contains(&status))
    }
}

impl FromStr for StatusSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range = |part: &str| match part.trim().strip_suffix("xx") {
            Some(hundreds) => {
                let hundreds = hundreds.parse().ok().filter(|h: &u16| (1..=5).contains(h))?;
                Some((hundreds * 100, hundreds * 100 + 99))
            }
            None => {
                let status = part.trim().parse().ok().filter(|s: &u16| (100..600).contains(s))?;
                Some((status, status))
            }
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges
            .map(|ranges| Self { ranges })
            .ok_or_else(|| format!("{text:?} is not a list of statuses such as 2xx or 200,201,409"))
    }
}

impl TryFrom<String> for StatusSet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<StatusSet> for String {
    fn from(set: StatusSet) -> Self {
        let part = |&(first, last): &(u16, u16)| {
            if first == last { first.to_string() } else { format!("{}xx", first / 100) }
        };
        set.ranges.iter().map(part).collect::<Vec<_>>().join(",")
    }
}

/// What the time field says when an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum EventTime {
    /// What stands in the timeline.
    Original,
    /// The moment of sending.
    Now,
    /// The whole timeline moved so that its first event is now.
    Shift,
}

/// Form of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum BatchFormat {
    /// A JSON array.
    Json,
    /// A line for each event.
    Ndjson,
}

/// Compression of request bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// As they are.
    None,
    /// `Content-Encoding: gzip`.
    Gzip,
    /// `Content-Encoding: zstd`.
    Zstd,
}

/// Version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum HttpVersion {
    /// What TLS negotiates; HTTP/1.1 without TLS.
    Auto,
    /// HTTP/1.1 only.
    #[value(name = "1.1")]
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2, also without TLS (prior knowledge).
    #[value(name = "2")]
    #[serde(rename = "2")]
    Http2,
}

/// What to do when the target is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum OnOutage {
    /// Probe it until it is back.
    Wait,
    /// Stop; a journal makes it possible to go on later.
    Abort,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_listed_or_taken_by_the_hundred() {
        let set: StatusSet = "2xx, 409".parse().unwrap();
        for (status, is_in) in [(199, false), (200, true), (299, true), (300, false), (409, true)] {
            assert_eq!(set.contains(status), is_in, "{status}");
        }
        for wrong in
            ["", "xx", "0xx", "6xx", "658xx", "659xx", "36000xx", "99", "600", "2xx,", "-1"]
        {
            assert!(wrong.parse::<StatusSet>().is_err(), "{wrong}");
        }
    }
}
