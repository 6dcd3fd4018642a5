//! The flags that say where and how events are sent; `replay` and `run` share them.

use std::path::PathBuf;
use std::time::Duration;

use event_simulator::quantity::parse_duration;
use event_simulator_replay::{
    BatchFormat, Compression, EventTime, HttpVersion, OnOutage, Options, StatusSet,
};

/// Where and how events are sent. A flag that is not given leaves the option as it is.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DeliveryArgs {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    flow: FlowArgs,
    #[command(flatten)]
    fields: FieldArgs,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Request (${NAME} is taken from the environment and never shown)")]
struct RequestArgs {
    /// Where to send [default: `http://localhost:8000/api/events`]
    #[arg(long)]
    url: Option<String>,

    /// HTTP method [default: POST]
    #[arg(long)]
    method: Option<String>,

    /// Statuses that mean delivered, such as 2xx,409 [default: 2xx]
    #[arg(long, value_name = "STATUSES")]
    success: Option<StatusSet>,

    /// Add a header; can be given several times
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    headers: Vec<String>,

    /// Authorization: Bearer, such as '${TOKEN}'
    #[arg(long, value_name = "TOKEN", conflicts_with = "basic")]
    bearer: Option<String>,

    /// Authorization: Basic, such as 'me:${PASSWORD}'
    #[arg(long, value_name = "USER:PASSWORD")]
    basic: Option<String>,

    /// The User-Agent header [default: EventSimulator/VERSION]
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,

    /// Longest time for one request [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,

    /// HTTP version; 2 without TLS means prior knowledge [default: auto]
    #[arg(long, value_name = "VERSION")]
    http: Option<HttpVersion>,

    /// Compress bodies [default: none]
    #[arg(long, value_name = "HOW")]
    compress: Option<Compression>,

    /// Proxy for all requests [default: the environment's, such as `https_proxy`]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    /// PEM file of authorities to trust besides the system's
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,

    /// PEM file with the client's certificate and key
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,

    /// PEM file with the client's key, if it is not with the certificate
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,

    /// DANGEROUS: accept any certificate, from anybody
    #[arg(long)]
    insecure: bool,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Flow")]
struct FlowArgs {
    /// Most requests at one time [default: 64, with batches 8]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    in_flight: Option<usize>,

    /// Send N events in one request [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    batch: Option<usize>,

    /// A JSON array, or a line for each event [default: json]
    #[arg(long, value_name = "FORM")]
    batch_format: Option<BatchFormat>,

    /// Longest time that an event waits for its batch to fill [default: 50ms]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    batch_wait: Option<Duration>,

    /// Tries after the first for what may pass by itself [default: 3]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,

    /// Up to this long before the first retry; it doubles with each [default: 100ms]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    backoff: Option<Duration>,

    /// Retries for each event, over time; more wait [default: 1]
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    retry_budget: Option<f64>,

    /// When the target is down [default: wait, but abort if it never answered]
    #[arg(long, value_name = "WHAT")]
    on_outage: Option<OnOutage>,

    /// Longest time to wait for a target that is down [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    outage_limit: Option<Duration>,

    /// Where events that cannot be delivered go [default: TIMELINE.dead-letters.jsonl]
    #[arg(long, value_name = "FILE")]
    dead_letters: Option<PathBuf>,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Fields (any JSON lines can be replayed)")]
struct FieldArgs {
    /// Events with the same value here keep their order; or none [default: `user_id`]
    #[arg(long, alias = "key-field", value_name = "FIELD")]
    per_lane: Option<String>,

    /// The field with the time [default: `event_time`]
    #[arg(long, value_name = "FIELD")]
    time_field: Option<String>,

    /// The field with the identity, sent as Idempotency-Key [default: `event_id`]
    #[arg(long, value_name = "FIELD")]
    id_field: Option<String>,

    /// What the time field says when sent: as recorded, the moment of sending, or the whole timeline
    /// moved so that its first event is now [default: original]
    #[arg(long, value_name = "WHAT")]
    event_time: Option<EventTime>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number: Option<usize> = text.parse().ok();
    number
        .filter(|number| (1..=100_000).contains(number))
        .ok_or_else(|| format!("{text:?} is not a number from 1 to 100000"))
}

fn ratio(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("{text:?} is not a number from 0 to 100"))
}

impl DeliveryArgs {
    /// Puts what was given in place of what `options` say.
    pub(crate) fn apply(&self, options: &mut Options) {
        self.request.apply(options);
        self.flow.apply(options);
        self.fields.apply(options);
    }
}

fn set<T: Clone>(option: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        option.clone_from(given);
    }
}

fn set_some<T: Clone>(option: &mut Option<T>, given: Option<&T>) {
    if given.is_some() {
        *option = given.cloned();
    }
}

impl RequestArgs {
    fn apply(&self, options: &mut Options) {
        set(&mut options.url, self.url.as_ref());
        set(&mut options.method, self.method.as_ref());
        set(&mut options.success, self.success.as_ref());
        options.headers.extend(self.headers.iter().cloned());
        set_some(&mut options.bearer, self.bearer.as_ref());
        set_some(&mut options.basic, self.basic.as_ref());
        set(&mut options.user_agent, self.user_agent.as_ref());
        set(&mut options.timeout, self.timeout.as_ref());
        set(&mut options.http, self.http.as_ref());
        set(&mut options.compress, self.compress.as_ref());
        set_some(&mut options.proxy, self.proxy.as_ref());
        set_some(&mut options.ca_cert, self.ca_cert.as_ref());
        set_some(&mut options.client_cert, self.client_cert.as_ref());
        set_some(&mut options.client_key, self.client_key.as_ref());
        options.insecure |= self.insecure;
    }
}

impl FlowArgs {
    fn apply(&self, options: &mut Options) {
        set_some(&mut options.in_flight, self.in_flight.as_ref());
        set(&mut options.batch, self.batch.as_ref());
        set(&mut options.batch_format, self.batch_format.as_ref());
        set(&mut options.batch_wait, self.batch_wait.as_ref());
        set(&mut options.retries, self.retries.as_ref());
        set(&mut options.backoff, self.backoff.as_ref());
        set(&mut options.retry_budget, self.retry_budget.as_ref());
        set_some(&mut options.on_outage, self.on_outage.as_ref());
        set(&mut options.outage_limit, self.outage_limit.as_ref());
        set_some(&mut options.dead_letters, self.dead_letters.as_ref());
    }
}

impl FieldArgs {
    fn apply(&self, options: &mut Options) {
        set(&mut options.per_lane, self.per_lane.as_ref());
        set(&mut options.time_field, self.time_field.as_ref());
        set(&mut options.id_field, self.id_field.as_ref());
        set(&mut options.event_time, self.event_time.as_ref());
    }
}
