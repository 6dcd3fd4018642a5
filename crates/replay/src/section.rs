//! The `replay` section of a scenario, and the options that a scenario asks for.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::json;

use super::options::{
    BatchFormat, Compression, EventTime, HttpVersion, OnOutage, Options, Speed, StatusSet,
};
use event_simulator::VirtualTime;
use event_simulator::quantity::{Rate, parse_duration};
use event_simulator::scenario::kinds::{
    Decimal, Flag, HEADER_VALUE, HTTP_URL, NameList, OneOf, Optional, Parsed, Text, Whole,
};
use event_simulator::scenario::{OwnedSection, Problem, Scenario, Section};

/// The section's key.
const KEY: &str = "replay";
/// The file for events that could not be delivered, unless told otherwise.
const DEAD_LETTERS: &str = "dead-letters.jsonl";

/// The `replay` section of a scenario: how `run` sends, by the names of the options.
pub const SECTION: OwnedSection =
    OwnedSection { key: KEY, visit: |section| visit(&mut Options::default(), section) };

impl Options {
    /// The options that a scenario asks for: its `replay` section, and what that leaves open by
    /// `simulation` and `advanced`.
    ///
    /// # Errors
    /// Everything that is wrong with the section, each with the path of its key.
    pub fn from_scenario(scenario: &Scenario) -> Result<Self, Vec<Problem>> {
        let Scenario { simulation, advanced, .. } = scenario;
        let mut options = Self {
            url: simulation.api_url.clone(),
            timeout: Duration::try_from_secs_f64(simulation.timeout).unwrap_or(Duration::MAX),
            user_agent: advanced.user_agent.clone(),
            retries: if advanced.retry_on_failure { advanced.max_retries } else { 0 },
            dead_letters: Some(PathBuf::from(DEAD_LETTERS)),
            ..Self::default()
        };
        Section::read(KEY, &scenario.replay, |section| visit(&mut options, section))?;
        Ok(options)
    }
}

fn visit(options: &mut Options, section: &mut Section<'_>) {
    pace(options, section);
    request(options, section);
    flow(options, section);
    fields(options, section);
    for key in ["journal", "resume"] {
        section.refuse(key, "only `replay` of a timeline that is a file can be resumed");
    }
}

fn pace(options: &mut Options, section: &mut Section<'_>) {
    section.key("speed", &SPEED, "The pace, as a multiple of virtual time.", &mut options.speed);
    section.key(
        "rate",
        &Optional(RATE),
        "The events a second, evenly spaced in order; instead of `speed`.",
        &mut options.rate,
    );
    if section.is_given("speed") && section.is_given("rate") {
        section.report("rate", "either this or `speed`");
    }
    let doc = "The moment when the first event is due, by the machine's clock.";
    section.key("start_at", &Optional(TIME), doc, &mut options.start_at);
    let doc = "The time before which events are passed over.";
    section.key("from", &Optional(TIME), doc, &mut options.from);
    let doc = "The time from which on events are passed over.";
    section.key("until", &Optional(TIME), doc, &mut options.until);
}

fn request(options: &mut Options, section: &mut Section<'_>) {
    let doc = "The URL that events are sent to; without it `simulation.api_url`.";
    section.key("url", &URL, doc, &mut options.url);
    section.key("method", &METHOD, "The HTTP method.", &mut options.method);
    section.key("success", &STATUSES, "The statuses that mean delivered.", &mut options.success);
    let doc = "Extra headers. `${NAME}` is taken from the environment and never shown.";
    section.key("headers", &HEADERS, doc, &mut options.headers);
    let doc = "The token for `Authorization: Bearer`, such as `${TOKEN}`.";
    section.key("bearer", &Optional(SECRET), doc, &mut options.bearer);
    let doc = "The user and password for `Authorization: Basic`, such as `me:${PASSWORD}`.";
    section.key("basic", &Optional(SECRET), doc, &mut options.basic);
    if options.bearer.is_some() && options.basic.is_some() {
        section.report("basic", "either this or `bearer`");
    }
    let doc = "The request's User-Agent; without it `advanced.user_agent`.";
    section.key("user_agent", &HEADER_VALUE, doc, &mut options.user_agent);
    let doc = "The longest time for one request; without it `simulation.timeout`.";
    section.key("timeout", &DURATION_ABOVE_0, doc, &mut options.timeout);
    let doc = "The version of HTTP; 2 without TLS means prior knowledge.";
    section.key("http", &HTTP_VERSION, doc, &mut options.http);
    section.key("compress", &COMPRESSION, "The compression of bodies.", &mut options.compress);
    let doc = "The proxy for all requests; without it the environment's, such as `https_proxy`.";
    section.key("proxy", &Optional(ANY_TEXT), doc, &mut options.proxy);
    let doc = "A PEM file of authorities to trust besides the system's.";
    section.key("ca_cert", &Optional(FILE), doc, &mut options.ca_cert);
    let doc = "A PEM file with the client's certificate and key.";
    section.key("client_cert", &Optional(FILE), doc, &mut options.client_cert);
    let doc = "A PEM file with the client's key, if it is not with the certificate.";
    section.key("client_key", &Optional(FILE), doc, &mut options.client_key);
    if options.client_key.is_some() && options.client_cert.is_none() {
        section.report("client_key", "it needs `client_cert`");
    }
    let doc = "DANGEROUS: any certificate is accepted, from anybody.";
    section.key("insecure", &Flag, doc, &mut options.insecure);
}

fn flow(options: &mut Options, section: &mut Section<'_>) {
    let doc = "The most requests at one time; by default 64, with batches 8.";
    section.key("in_flight", &Optional(COUNT), doc, &mut options.in_flight);
    section.key("batch", &COUNT, "The events in one request.", &mut options.batch);
    let doc = "The form of a batch: a JSON array, or a line for each event.";
    section.key("batch_format", &BATCH_FORMAT, doc, &mut options.batch_format);
    let doc = "The longest time that an event waits for its batch to fill.";
    section.key("batch_wait", &DURATION, doc, &mut options.batch_wait);
    let doc = "The tries after the first, for what may pass by itself; without it `advanced.max_retries`.";
    section.key("retries", &Whole(0, u32::MAX), doc, &mut options.retries);
    let doc = "The longest wait before the first retry; it doubles with each.";
    section.key("backoff", &DURATION, doc, &mut options.backoff);
    let doc = "The retries for each event, over time; more wait.";
    section.key("retry_budget", &RATIO, doc, &mut options.retry_budget);
    let doc = "What is done when the target is down; by default `wait`, but `abort` if it never answered.";
    section.key("on_outage", &Optional(ON_OUTAGE), doc, &mut options.on_outage);
    let doc = "The longest time to wait for a target that is down.";
    section.key("outage_limit", &DURATION, doc, &mut options.outage_limit);
    let doc = "The file for events that cannot be delivered; by default `dead-letters.jsonl`.";
    section.key("dead_letters", &Optional(FILE), doc, &mut options.dead_letters);
}

fn fields(options: &mut Options, section: &mut Section<'_>) {
    let doc = "The field whose equal values keep their order, or `none`.";
    section.key("per_lane", &ANY_TEXT, doc, &mut options.per_lane);
    section.key("time_field", &ANY_TEXT, "The field with the time.", &mut options.time_field);
    let doc = "The field with the identity, sent as Idempotency-Key.";
    section.key("id_field", &ANY_TEXT, doc, &mut options.id_field);
    let doc = "The time that is sent: as simulated, the moment of sending, or the whole timeline moved \
               so that its first event is now.";
    section.key("event_time", &EVENT_TIME, doc, &mut options.event_time);
    let doc = "The first line that cannot be sent is the last.";
    section.key("strict", &Flag, doc, &mut options.strict);
}

const COUNT: Whole<usize> = Whole(1, 100_000);
const RATIO: Decimal = Decimal { min: 0.0, max: 100.0, unit: "" };

const SPEED: Parsed<Speed> = Parsed {
    wanted: "a number from 0.01 to 100000, or `max`",
    parse: |text| text.parse().ok(),
    write: |speed| String::from(*speed),
};
const RATE: Parsed<Rate> = Parsed {
    wanted: "a rate above 0 such as 500/s or 30/min",
    parse: |text| text.parse().ok(),
    write: |rate| String::from(*rate),
};
const STATUSES: Parsed<StatusSet> = Parsed {
    wanted: "a list of statuses such as 2xx or 200,201,409",
    parse: |text| text.parse().ok(),
    write: |statuses| String::from(statuses.clone()),
};
const TIME: Parsed<VirtualTime> = Parsed {
    wanted: "a time in RFC 3339 such as 2026-01-01T00:00:00Z",
    parse: |text| text.parse().ok(),
    write: VirtualTime::to_string,
};
const FILE: Parsed<PathBuf> = Parsed {
    wanted: "the name of a file",
    parse: |text| (!text.is_empty()).then(|| text.into()),
    write: |path| path.display().to_string(),
};
const DURATION: Parsed<Duration> = Parsed {
    wanted: "a time such as 50ms, 5s or 10m, or a number of seconds",
    parse: duration,
    write: |time| format!("{}s", time.as_secs_f64()),
};
const DURATION_ABOVE_0: Parsed<Duration> = Parsed {
    wanted: "a time above 0 such as 50ms, 5s or 10m, or a number of seconds",
    parse: |text| duration(text).filter(|time| !time.is_zero()),
    ..DURATION
};

fn duration(text: &str) -> Option<Duration> {
    let is_number = text.parse::<f64>().is_ok();
    let with_unit = if is_number { format!("{text}s") } else { text.to_owned() };
    parse_duration(&with_unit).ok()
}

const HTTP_VERSION: OneOf<HttpVersion> =
    OneOf(&[("auto", HttpVersion::Auto), ("1.1", HttpVersion::Http1), ("2", HttpVersion::Http2)]);
const COMPRESSION: OneOf<Compression> =
    OneOf(&[("none", Compression::None), ("gzip", Compression::Gzip), ("zstd", Compression::Zstd)]);
const BATCH_FORMAT: OneOf<BatchFormat> =
    OneOf(&[("json", BatchFormat::Json), ("ndjson", BatchFormat::Ndjson)]);
const EVENT_TIME: OneOf<EventTime> = OneOf(&[
    ("original", EventTime::Original),
    ("now", EventTime::Now),
    ("shift", EventTime::Shift),
]);
const ON_OUTAGE: OneOf<OnOutage> = OneOf(&[("wait", OnOutage::Wait), ("abort", OnOutage::Abort)]);

const ANY_TEXT: Text = Text { check: |_| Ok(()), limits: "", schema: || json!({}) };
/// It is taken as it stands, so that no message shows it.
const SECRET: Parsed<String> =
    Parsed { wanted: "a text", parse: |text| Some(text.to_owned()), write: String::clone };
const URL: Text = Text {
    check: |text| if text.contains("${") { Ok(()) } else { (HTTP_URL.check)(text) },
    schema: || json!({}),
    ..HTTP_URL
};
const METHOD: Text = Text {
    check: |text| match Method::from_str(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("expected an HTTP method such as POST, found {text:?}")),
    },
    ..ANY_TEXT
};
const HEADERS: NameList = NameList {
    item: Text { check: check_header, limits: "", schema: || json!({}) },
    least: 0,
    is_unique: false,
};

/// The header is not shown: it may hold a secret.
fn check_header(header: &str) -> Result<(), String> {
    let is_header = header.split_once(':').is_some_and(|(name, value)| {
        HeaderName::from_str(name.trim()).is_ok() && HeaderValue::from_str(value.trim()).is_ok()
    });
    if is_header { Ok(()) } else { Err("expected a header such as \"Name: value\"".to_owned()) }
}
