//! Where the collector listens, what it keeps, and which faults it injects.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use event_simulator::quantity::{ByteSize, DurationRange, Rate, Share};
use event_simulator::wire::WireFormat;

/// The configuration of a collector.
#[derive(Clone, Debug)]
pub struct CollectorConfig {
    /// The address to bind.
    pub bind: IpAddr,
    /// The port to bind; 0 takes a free one.
    pub port: u16,
    /// The file that gets each accepted event, one a line.
    pub output: Option<PathBuf>,
    /// Keep what already stands in `output`, and write behind it.
    pub append: bool,
    /// Add `received_id` and `received_at` to each line of `output`.
    pub stamp: bool,
    /// The largest event, in bytes.
    pub max_event: ByteSize,
    /// The largest body of a request, in bytes, after decompression.
    pub max_body: ByteSize,
    /// The longest time that a client may take for the head of a request, or let pass between two
    /// pieces of its body.
    pub read_timeout: Duration,
    /// Accept each event once: a repeat is answered 200 and not written again.
    pub dedupe: bool,
    /// The field within which event times must not go backwards.
    pub order_by: OrderBy,
    /// The wire format in which events come; by default our own.
    pub protocol: Option<&'static WireFormat>,
    /// The faults to inject; none by default.
    pub faults: FaultConfig,
}

impl Default for CollectorConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8000,
            output: None,
            append: false,
            stamp: false,
            max_event: ByteSize::mebibytes(1),
            max_body: ByteSize::mebibytes(64),
            read_timeout: Duration::from_secs(30),
            dedupe: false,
            order_by: OrderBy::User,
            protocol: None,
            faults: FaultConfig::default(),
        }
    }
}

/// The field within which event times must not go backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// `user_id`.
    #[default]
    User,
    /// `session_id`.
    Session,
}

/// The faults that a collector injects, and how often. None by default.
#[derive(Clone, Debug)]
pub struct FaultConfig {
    /// Chooses which requests meet which fault.
    pub seed: u64,
    /// The time that each answer is held back, uniformly from this range.
    pub latency: Option<DurationRange>,
    /// Share of requests that are answered with `status`, and not accepted.
    pub fail: Share,
    /// The status of those that fail: 400 to 599.
    pub status: u16,
    /// Share of requests whose connection is reset before the event is accepted.
    pub reset_before: Share,
    /// Share of requests whose connection is reset after the event is accepted, so that a client
    /// that tries again makes a duplicate.
    pub reset_after: Share,
    /// Share of requests that are never answered, and not accepted.
    pub hang: Share,
    /// Share of requests that are answered as if accepted, and not kept.
    pub silently_drop: Share,
    /// When, since the start, connections are refused and the open ones reset.
    pub down: Vec<DurationRange>,
    /// Requests a second beyond which the answer is 429 with `Retry-After`.
    pub rate_limit: Option<Rate>,
}

impl Default for FaultConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            latency: None,
            fail: Share::default(),
            status: 503,
            reset_before: Share::default(),
            reset_after: Share::default(),
            hang: Share::default(),
            silently_drop: Share::default(),
            down: Vec::new(),
            rate_limit: None,
        }
    }
}
