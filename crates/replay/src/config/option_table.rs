//! The table of all options.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use event_simulator::quantity::parse_duration;
use event_simulator::time::VirtualTime;
use event_simulator::wire::{FieldMap, FieldRule};
use event_simulator_timeline::{Compression, EventTemplate};
use reqwest::Method;

use super::choice::{BatchFormat, Choice as _, EventTime, HttpVersion, OnOutage};
use super::format::{AS_IT_IS, DEFAULT_SITE, SentFormat, site};
use super::http::{Auth, ClientIdentity, DEFAULT_URL, DEFAULT_USER_AGENT, RequestHeader};
use super::kafka::{KafkaProperty, SaslMechanism};
use super::options::{ConfigOption, OptionGroup, OptionKind};
use super::pace::ReplayPace;
use super::sections::Config;

use OptionGroup::{Fields, Flow, Pace, Request, Safety};
use OptionKind::{Choice, Duration, File, Lines, List, Number, Parsed, Switch, Text, Whole};

/// Every option there is, in the order of help. Options are set in this order too.
pub const OPTIONS: &[ConfigOption] = &[
    row("speed", Pace, SPEED, "SPEED", |c, v| put(&mut c.schedule.pace, parse(v)))
        .default("1")
        .doc("The pace, as a multiple of the timeline's own: 0.01 to 100000, or max."),
    row("rate", Pace, RATE, "RATE", |c, v| {
        put(&mut c.schedule.pace, parse(v).map(ReplayPace::Rate))
    })
    .unset_by(|_| ())
    .excludes("speed")
    .doc("The events a second, evenly spaced, instead of a speed, such as 2000/s or 30/m."),
    row("start_at", Pace, TIME, "TIME", |c, v| put_some(&mut c.schedule.start_at, time(v)))
        .unset_by(|c| c.schedule.start_at = None)
        .doc("The moment when the first event is due, by the clock, such as 2026-01-01T12:00:00Z."),
    row("from", Pace, TIME, "TIME", |c, v| put_some(&mut c.schedule.from, time(v)))
        .unset_by(|c| c.schedule.from = None)
        .doc("The time before which events are passed over."),
    row("until", Pace, TIME, "TIME", |c, v| put_some(&mut c.schedule.until, time(v)))
        .unset_by(|c| c.schedule.until = None)
        .doc("The time from which on events are passed over."),
    row("url", Request, Text, "URL", |c, v| put(&mut c.target.url, parse(v)))
        .default(DEFAULT_URL)
        .doc("Where events go: an http:// or https:// URL, kafka://BROKER/TOPIC (kafka+ssl:// with TLS), `file:NAME`, or `stdout:`."),
    row("format", Request, Choice(SentFormat::WORDS), "NAME", |c, v| put(&mut c.target.format.format, choice(v)))
        .default(AS_IT_IS)
        .doc("The wire format that events are turned into; a URL without a path gets the vendor's."),
    row("api_key", Request, Text, "KEY", |c, v| put_some(&mut c.target.format.api_key, parse(v)))
        .unset_by(|c| c.target.format.api_key = None)
        .doc("The vendor's key, such as '${KEY}', sent where the format has it."),
    row("site", Request, Text, "URL", |c, v| put(&mut c.target.format.site, text(v).and_then(site)))
        .default(DEFAULT_SITE)
        .doc("The address of the site, for formats that have it."),
    row("fields", Request, Lines(checked::<FieldRule>), "FILE", |c, v| {
        c.target.format.fields.add(parse(v)?)
    })
    .unset_by(|c| c.target.format.fields = FieldMap::default())
    .doc("Where fields go with `format: fields`, such as `user.id = user_id`; the flag names a file with one a line."),
    row("template", Request, File, "FILE", |c, v| {
        let template = EventTemplate::read(&file(v)).map_err(|error| error.to_string());
        put_some(&mut c.target.format.template, template)
    })
    .unset_by(|c| c.target.format.template = None)
    .doc("The minijinja template that makes a body of an event with `format: template`."),
    row("method", Request, Text, "METHOD", |c, v| put(&mut c.target.http.method, method(v)))
        .default("POST")
        .doc("The HTTP method."),
    row("success", Request, STATUSES, "STATUSES", |c, v| put(&mut c.target.http.success, parse(v)))
        .default("2xx")
        .doc("The statuses that mean delivered, such as 2xx,409."),
    row("headers", Request, List(checked::<RequestHeader>), "NAME: VALUE", |c, v| {
        parse(v).map(|header| c.target.http.headers.push(header))
    })
    .doc("Extra headers, each `Name: value`; the flag may be repeated."),
    row("bearer", Request, Text, "TOKEN", |c, v| {
        put_some(&mut c.target.auth, parse(v).map(Auth::Bearer))
    })
    .unset_by(|_| ())
    .doc("The token for `Authorization: Bearer`, such as '${TOKEN}'."),
    row("basic", Request, Text, "USER:PASSWORD", |c, v| {
        put_some(&mut c.target.auth, parse(v).map(Auth::Basic))
    })
    .unset_by(|_| ())
    .excludes("bearer")
    .doc("The user and password, such as 'me:${PASSWORD}', for `Authorization: Basic`, or Kafka's SASL."),
    row("user_agent", Request, Text, "TEXT", |c, v| put(&mut c.target.http.user_agent, header_value(v)))
        .default(DEFAULT_USER_AGENT)
        .doc("The User-Agent header."),
    row("timeout", Request, Duration, "TIME", |c, v| put_some(&mut c.target.timeout, parse(v)))
        .unset_by(|c| c.target.timeout = None)
        .doc("The longest time for one request; by default 5s, to Kafka 30s."),
    row("http", Request, Choice(HttpVersion::WORDS), "VERSION", |c, v| {
        put(&mut c.target.http.version, choice(v))
    })
    .default("auto")
    .doc("The version of HTTP; 2 without TLS means prior knowledge."),
    row("compress", Request, Choice(Compression::WORDS), "HOW", |c, v| {
        put(&mut c.target.compression, choice(v))
    })
    .default("none")
    .doc("The compression of bodies, or of Kafka's batches."),
    row("proxy", Request, Text, "URL", |c, v| put_some(&mut c.target.http.proxy, parse(v)))
        .unset_by(|c| c.target.http.proxy = None)
        .doc("The proxy for all requests; without one the environment's, such as `https_proxy`."),
    row("ca_cert", Request, File, "FILE", |c, v| put_some(&mut c.target.tls.ca_cert, Ok(file(v))))
        .unset_by(|c| c.target.tls.ca_cert = None)
        .doc("A PEM file of authorities to trust besides the system's."),
    row("client_cert", Request, File, "FILE", |c, v| {
        put_some(&mut c.target.tls.client, Ok(ClientIdentity { certificate: file(v), key: None }))
    })
    .unset_by(|c| c.target.tls.client = None)
    .doc("A PEM file with the client's certificate and key."),
    row("client_key", Request, File, "FILE", |c, v| {
        let client = c.target.tls.client.as_mut();
        put_some(&mut client.ok_or("this is of use with client_cert only")?.key, Ok(file(v)))
    })
    .unset_by(|_| ())
    .requires("client_cert")
    .doc("A PEM file with the client's key, if it is not with the certificate."),
    row("insecure", Request, Switch, "", |c, v| put(&mut c.target.tls.insecure, parse_switch(v)))
        .default("false")
        .doc("DANGEROUS: any certificate is accepted, from anybody."),
    row("kafka_key", Request, Text, "FIELD", |c, v| {
        put(&mut c.target.kafka.key_field, text(v).map(field_or_none))
    })
    .default("user_id")
    .doc("The field whose value is the key of a Kafka record, or none."),
    row("kafka_sasl", Request, Choice(SaslMechanism::WORDS), "MECHANISM", |c, v| {
        put(&mut c.target.kafka.sasl, choice(v))
    })
    .default("plain")
    .doc("The way in which Kafka is given the user and password of --basic or of the URL."),
    row("kafka_options", Request, List(checked::<KafkaProperty>), "NAME=VALUE", |c, v| {
        parse(v).map(|property| c.target.kafka.properties.push(property))
    })
    .doc("Properties of librdkafka, each `name=value`; the flag may be repeated."),
    row("rotate", Request, ROTATION, "SIZE|TIME", |c, v| {
        put_some(&mut c.target.rotation, parse(v))
    })
    .unset_by(|c| c.target.rotation = None)
    .doc("The size, such as 100MB, or time, such as 5m, after which a file ends and the next one begins."),
    row("in_flight", Flow, COUNT, "N", |c, v| put_some(&mut c.ordering.max_in_flight, count(v)))
        .unset_by(|c| c.ordering.max_in_flight = None)
        .doc("The most requests at one time; by default 64, with batches 8."),
    row("batch", Flow, COUNT, "N", |c, v| put_some(&mut c.batching.size, count(v)))
        .unset_by(|c| c.batching.size = None)
        .doc("The most events in one request; by default 1, to Kafka 1000, to a file or standard output 500."),
    row("batch_format", Flow, Choice(BatchFormat::WORDS), "FORM", |c, v| {
        put(&mut c.target.http.batch_format, choice(v))
    })
    .default("json")
    .doc("The form of a batch: a JSON array, or a line for each event."),
    row("batch_wait", Flow, Duration, "TIME", |c, v| put_some(&mut c.batching.wait, duration(v)))
        .unset_by(|c| c.batching.wait = None)
        .doc("The longest time that an event waits for its batch to fill; by default 50ms, to others than HTTP 5ms."),
    row("retries", Flow, Whole(0, u32::MAX), "N", |c, v| put(&mut c.retry.retries, retries(v)))
        .default("3")
        .doc("The tries after the first, for what may pass by itself."),
    row("backoff", Flow, Duration, "TIME", |c, v| put(&mut c.retry.backoff, duration(v)))
        .default("100ms")
        .doc("The longest wait before the first retry; it doubles with each."),
    row("retry_budget", Flow, Number(0.0, 100.0), "RATIO", |c, v| {
        put(&mut c.retry.budget, parse(v))
    })
    .default("1")
    .doc("The retries for each event, over time; more wait."),
    row("on_outage", Flow, Choice(OnOutage::WORDS), "WHAT", |c, v| {
        put_some(&mut c.retry.on_outage, choice(v))
    })
    .unset_by(|c| c.retry.on_outage = None)
    .doc("The reaction to a target that is down; by default wait, but abort if it never answered."),
    row("outage_limit", Flow, Duration, "TIME", |c, v| put(&mut c.retry.outage_limit, duration(v)))
        .default("10m")
        .doc("The longest time to wait for a target that is down or asks to wait."),
    row("dead_letters", Flow, File, "FILE", |c, v| {
        put_some(&mut c.records.dead_letters, Ok(file(v)))
    })
    .unset_by(|c| c.records.dead_letters = None)
    .doc("The file for events that cannot be delivered; by default TIMELINE.dead-letters.jsonl, or dead-letters.jsonl for `run`."),
    row("per_lane", Fields, Text, "FIELD", |c, v| {
        put(&mut c.ordering.lane_field, text(v).map(field_or_none))
    })
    .default("user_id")
    .doc("The field whose equal values keep their order, or none."),
    row("time_field", Fields, Text, "FIELD", |c, v| {
        put(&mut c.input.time_field, text(v).map(str::to_owned))
    })
    .default("event_time")
    .doc("The field with the time."),
    row("id_field", Fields, Text, "FIELD", |c, v| {
        put(&mut c.input.id_field, text(v).map(str::to_owned))
    })
    .default("event_id")
    .doc("The field with the identity, sent as Idempotency-Key."),
    row("event_time", Fields, Choice(EventTime::WORDS), "WHAT", |c, v| {
        put(&mut c.schedule.event_time, choice(v))
    })
    .default("original")
    .doc("The time that is sent: as recorded, the moment of sending, or the whole timeline moved so that its first event is now."),
    row("journal", Safety, File, "FILE", |c, v| put_some(&mut c.records.journal, Ok(file(v))))
        .unset_by(|c| c.records.journal = None)
        .doc("The file that remembers what is settled, so that --resume can go on."),
    row("resume", Safety, Switch, "", |c, v| put(&mut c.records.resume, parse_switch(v)))
        .default("false")
        .doc("Go on where an earlier run stopped, or begin; the journal is TIMELINE.journal unless named."),
    row("strict", Safety, Switch, "", |c, v| put(&mut c.input.strict, parse_switch(v)))
        .default("false")
        .doc("The replay stops at the first line that cannot be sent, instead of setting it aside."),
];

/// Counts of which more would not be meant.
const COUNT: OptionKind = Whole(1, 100_000);
const SPEED: OptionKind = Parsed("a number from 0.01 to 100000, or `max`");
const RATE: OptionKind = Parsed("a rate above 0 such as 500/s or 30/min");
const TIME: OptionKind = Parsed("a time in RFC 3339 such as 2026-01-01T00:00:00Z");
const ROTATION: OptionKind = Parsed("a size such as 100MB or a time such as 5m");
const STATUSES: OptionKind = Parsed("a list of statuses such as 2xx or 200,201,409");

type Set = fn(&mut Config, &OsStr) -> Result<(), String>;

const fn row(
    name: &'static str,
    group: OptionGroup,
    kind: OptionKind,
    placeholder: &'static str,
    set: Set,
) -> ConfigOption {
    ConfigOption {
        name,
        doc: "",
        kind,
        placeholder,
        default: None,
        group,
        excludes: None,
        requires: None,
        set,
        unset: None,
    }
}

impl ConfigOption {
    const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn excludes(self, other: &'static str) -> Self {
        Self { excludes: Some(other), ..self }
    }

    const fn requires(self, other: &'static str) -> Self {
        Self { requires: Some(other), ..self }
    }

    const fn unset_by(self, unset: fn(&mut Config)) -> Self {
        Self { unset: Some(unset), ..self }
    }
}

fn put<T>(slot: &mut T, value: Result<T, String>) -> Result<(), String> {
    *slot = value?;
    Ok(())
}

fn put_some<T>(slot: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    put(slot, value.map(Some))
}

fn text(value: &OsStr) -> Result<&str, String> {
    value.to_str().ok_or_else(|| "this is not UTF-8".to_owned())
}

fn file(value: &OsStr) -> PathBuf {
    PathBuf::from(value)
}

fn parse<T: FromStr<Err: ToString>>(value: &OsStr) -> Result<T, String> {
    text(value)?.parse().map_err(|error: T::Err| error.to_string())
}

fn checked<T: FromStr<Err = String>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(|_| ())
}

fn time(value: &OsStr) -> Result<VirtualTime, String> {
    parse(value)
}

fn choice<T: super::choice::Choice>(value: &OsStr) -> Result<T, String> {
    T::from_word(text(value)?)
}

fn duration(value: &OsStr) -> Result<std::time::Duration, String> {
    parse_duration(text(value)?).map_err(|error| error.to_string())
}

fn method(value: &OsStr) -> Result<Method, String> {
    let method = Method::from_str(&text(value)?.to_ascii_uppercase());
    method.map_err(|_| "this is not an HTTP method".to_owned())
}

fn header_value(value: &OsStr) -> Result<reqwest::header::HeaderValue, String> {
    let wrong = || "this cannot be a header's value".to_owned();
    text(value)?.parse().map_err(|_| wrong())
}

fn count(value: &OsStr) -> Result<NonZeroUsize, String> {
    let text = text(value)?;
    let count = text.parse().ok().filter(|count: &NonZeroUsize| count.get() <= 100_000);
    count.ok_or_else(|| format!("{text:?} is not a number from 1 to 100000"))
}

fn retries(value: &OsStr) -> Result<u32, String> {
    let text = text(value)?;
    text.parse().map_err(|_| format!("{text:?} is not a number from 0 to {}", u32::MAX))
}

fn field_or_none(text: &str) -> Option<String> {
    (text != "none").then(|| text.to_owned())
}

fn parse_switch(value: &OsStr) -> Result<bool, String> {
    parse(value).map_err(|_| "this is neither true nor false".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_in_the_table_are_those_of_a_configuration() {
        let mut config = Config::default();
        for option in OPTIONS {
            if let Some(default) = option.default {
                option.set(&mut config, default).unwrap();
            }
        }
        assert_eq!(config, Config::default());
    }

    #[test]
    fn names_are_unique_and_relations_name_options_before() {
        for (number, option) in OPTIONS.iter().enumerate() {
            let before = &OPTIONS[..number];
            assert!(before.iter().all(|other| other.name != option.name), "{}", option.name);
            assert!(!option.doc.is_empty(), "{}", option.name);
            for other in [option.requires, option.excludes].into_iter().flatten() {
                assert!(before.iter().any(|option| option.name == other), "{}", option.name);
            }
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        for (name, value) in [
            ("speed", "0"),
            ("rate", "0"),
            ("start_at", "noon"),
            ("url", "x"),
            ("method", "a b"),
            ("success", "658xx"),
            ("headers", "no colon"),
            ("fields", "no equals sign"),
            ("template", "no/such.j2"),
            ("basic", "nobody"),
            ("user_agent", "a\nb"),
            ("timeout", "0s"),
            ("timeout", "5"),
            ("http", "3"),
            ("client_key", "alone.pem"),
            ("insecure", "maybe"),
            ("in_flight", "0"),
            ("batch", "100001"),
            ("retries", "-1"),
            ("retry_budget", "nan"),
            ("on_outage", "cry"),
        ] {
            let option = OPTIONS.iter().find(|option| option.name == name).unwrap();
            assert!(option.set(&mut Config::default(), value).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn what_may_be_secret_is_not_checked_where_it_would_be_repeated() {
        let check = |name: &str, value: &str| {
            OPTIONS.iter().find(|option| option.name == name).unwrap().check(value)
        };
        assert!(check("headers", "Authorization secret").is_ok());
        assert!(check("basic", "secret").is_ok());
        assert!(check("batch", "many").is_err());
    }
}
