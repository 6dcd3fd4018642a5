//! `collector`: the local ingestion API.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

use crate::args::wire_format::protocol_parser;
use crate::failure::Failure;
use crate::interrupt::Requests;
use crate::standard_output::ResultArgs;
use crate::view::collector::{summary, watch};
use event_simulator::quantity::{ByteSize, DurationRange, Rate, Share};
use event_simulator::wire::WireFormat;
use event_simulator_collector::{Collector, CollectorConfig, CollectorError, FaultConfig, OrderBy};

/// Run a local ingestion API that validates, counts, keeps and, if asked, misbehaves
///
/// It takes one JSON event, a JSON array or NDJSON at POST /api/events, plain, gzip or zstd, over
/// HTTP/1.1 or cleartext HTTP/2. GET /health says that it is up, GET /stats what it counted.
///
/// An event that was answered 200 stands in the output file, even if the collector is killed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # listen on 127.0.0.1:8000
  event-simulator collector
  # keep what is accepted
  event-simulator collector --port 9000 -o received.jsonl
  # lose answers, accept each event once
  event-simulator collector --dedupe --reset 1%
  # be slow and unreliable
  event-simulator collector --latency 20ms..80ms --fail 5%
  # take what Segment's clients send
  event-simulator collector --protocol segment
  # be gone for ten seconds
  event-simulator collector --down 10s..20s

Ctrl+C (or SIGTERM, SIGHUP) stops it: requests under way get their answers, the totals are printed, and the exit \
code is 0. It is 1 if events could not be written.")]
pub(crate) struct CollectorArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 8000)]
    port: u16,

    /// Address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    bind: IpAddr,

    /// Write each accepted event as it came, one a line; replaces the file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Keep what already stands in the output file, and write behind it
    #[arg(long, requires = "output")]
    append: bool,

    /// Add `received_id` and `received_at` to each line of the output
    #[arg(long, requires = "output")]
    stamp: bool,

    /// Accept each event once, by `Idempotency-Key` or `event_id`; a repeat is answered 200
    #[arg(long)]
    dedupe: bool,

    /// Take the requests of a vendor's clients, answer as the vendor does, and keep events as lines of our own
    #[arg(long, value_name = "NAME", value_parser = protocol_parser())]
    protocol: Option<String>,

    /// Within what event times must not go backwards, for the count of order violations
    #[arg(long, value_name = "FIELD", value_enum, default_value_t = OrderKey::User)]
    order_by: OrderKey,

    /// Largest event
    #[arg(long, value_name = "SIZE", default_value_t = ByteSize::mebibytes(1))]
    max_event: ByteSize,

    /// Largest body of a request, after decompression
    #[arg(long, value_name = "SIZE", default_value_t = ByteSize::mebibytes(64))]
    max_body: ByteSize,

    /// Stop when standard input ends, as it does when the program that started this one is gone
    #[arg(long)]
    until_eof: bool,

    #[command(flatten)]
    result: ResultArgs,

    #[command(flatten)]
    faults: FaultArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OrderKey {
    /// `user_id`
    User,
    /// `session_id`
    Session,
}

/// Each request meets one of fail, reset, hang and silently-drop at most.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Faults")]
struct FaultArgs {
    /// Chooses which requests meet a fault: the same for the same order of requests
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Hold each answer back, for a fixed time, such as 50ms, or one within a range, such as 20ms..80ms
    #[arg(long, value_name = "TIME")]
    latency: Option<DurationRange>,

    /// Answer this share of requests, such as 5%, with a failure, accepting nothing
    #[arg(long, value_name = "SHARE", default_value = "0%", hide_default_value = true)]
    fail: Share,

    /// The status of those failures
    #[arg(long, value_name = "CODE", default_value_t = 503)]
    status: u16,

    /// Reset this share of connections, half of them before accepting, half after
    #[arg(long, value_name = "SHARE", conflicts_with_all = ["reset_before", "reset_after"])]
    reset: Option<Share>,

    /// Reset this share before accepting: nothing has happened
    #[arg(long, value_name = "SHARE", default_value = "0%", hide_default_value = true)]
    reset_before: Share,

    /// Reset this share after accepting: trying again makes a duplicate
    #[arg(long, value_name = "SHARE", default_value = "0%", hide_default_value = true)]
    reset_after: Share,

    /// Never answer this share of requests, accepting nothing
    #[arg(long, value_name = "SHARE", default_value = "0%", hide_default_value = true)]
    hang: Share,

    /// Answer this share of requests as if their events were accepted, and keep none of them
    #[arg(long, value_name = "SHARE", default_value = "0%", hide_default_value = true)]
    silently_drop: Share,

    /// Refuse and reset all connections from one time to another after the start, such as 10s..20s; may be repeated
    #[arg(long, value_name = "TIME..TIME")]
    down: Vec<DurationRange>,

    /// Answer 429 with Retry-After to requests beyond this rate, such as 500/s
    #[arg(long, value_name = "RATE")]
    rate_limit: Option<Rate>,
}

impl FaultArgs {
    fn faults(&self) -> FaultConfig {
        let half = self.reset.map(Share::half);
        FaultConfig {
            seed: self.seed,
            latency: self.latency,
            fail: self.fail,
            status: self.status,
            reset_before: half.unwrap_or(self.reset_before),
            reset_after: half.unwrap_or(self.reset_after),
            hang: self.hang,
            silently_drop: self.silently_drop,
            down: self.down.clone(),
            rate_limit: self.rate_limit,
        }
    }
}

/// Flags of a collector without the program around them.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct CollectorFlags {
    #[command(flatten)]
    args: CollectorArgs,
}

impl CollectorArgs {
    /// The collector that these flags describe, of which the output is in a folder.
    pub(crate) fn config_of(flags: &[&str], folder: &Path) -> Result<CollectorConfig, Failure> {
        let flags = CollectorFlags::try_parse_from(flags);
        let config = flags.map_err(|error| Failure::Usage(error.to_string()))?.args.config();
        let output = config.output.as_ref().map(|name| folder.join(name));
        Ok(CollectorConfig { output, ..config })
    }

    fn config(&self) -> CollectorConfig {
        CollectorConfig {
            bind: self.bind,
            port: self.port,
            output: self.output.clone(),
            append: self.append,
            stamp: self.stamp,
            max_event: self.max_event,
            max_body: self.max_body,
            dedupe: self.dedupe,
            order_by: match self.order_by {
                OrderKey::User => OrderBy::User,
                OrderKey::Session => OrderBy::Session,
            },
            protocol: self.protocol.as_deref().and_then(WireFormat::named),
            faults: self.faults.faults(),
            ..CollectorConfig::default()
        }
    }
}

pub(crate) fn run(args: &CollectorArgs) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::io("cannot start"))?;
    runtime.block_on(async {
        let mut requests = Requests::listen().map_err(Failure::io("cannot listen for Ctrl+C"))?;
        let collector = Collector::start(args.config()).map_err(failure)?;
        note!("listening on {} (Ctrl+C stops)", collector.url());
        tokio::select! {
            () = requests.next() => {}
            () = end_of_input(), if args.until_eof => {}
            () = watch(&collector) => {}
        }
        let stats = collector.stop().map_err(failure)?;
        args.result.tell(&stats, summary(&stats).trim_end())?;
        stats.last_error.map_or(Ok(()), |_| Err(Failure::Reported))
    })
}

/// Waits until standard input ends, on a thread of its own: a read that is under way cannot be called off.
async fn end_of_input() {
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(ended);
    });
    let _ = end.await;
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn failure(error: CollectorError) -> Failure {
    match error {
        CollectorError::Faults(_) => Failure::Usage(error.to_string()),
        _ => Failure::Failed(error.to_string()),
    }
}
