//! Replay: sends a timeline to an ingestion API, paced to the wall clock, and loses nothing.
//!
//! ```text
//! source -> reader thread -> pacing thread -> dispatcher -> workers -> target
//!                                                 |  ^         |
//!                      dead letters, journal  <---+  +---------+
//! ```
//!
//! The [`Pacer`] says when each event is due and is a pure value. The pacing thread waits until then.
//! The dispatcher keeps lanes (a user's next event is not sent before the last one is settled), the
//! bound on what is in flight, the dead letters and the journal. Workers send and retry. Between all
//! of them lie bounded queues, so a slow target makes the schedule slip and memory does not grow.
//!
//! | module | what it is about |
//! |---|---|
//! | `config` | what is asked of a replay, and the table of its options |
//! | `source` | where events come from |
//! | `schedule` | when they are due, in what order, and what goes together |
//! | `target` | where they go, and what the responses mean |
//! | `delivery` | requests with their retries, and what becomes of each event |
//! | `records` | the journal and the dead letters |
//! | `metrics` | what is counted and measured, and how it is shown |

mod bad_line;
mod config;
mod delivery;
mod engine;
mod error;
mod metrics;
mod notifier;
mod observer;
mod outcome;
mod preview;
mod records;
mod scenario;
mod schedule;
mod shutdown;
mod source;
mod target;
mod watching;

pub use bad_line::{BadLine, BadLineKind};
pub use config::{
    Auth, BasicCredentials, BatchFormat, BatchingConfig, BearerToken, Choice, ClientIdentity,
    Config, ConfigOption, EventTime, FormatConfig, HttpConfig, HttpUrl, HttpVersion, InputConfig,
    Interpolated, KafkaConfig, KafkaProperty, KafkaUrl, OPTIONS, OnOutage, OptionGroup, OptionKind,
    OrderingConfig, ProxyUrl, RecordsConfig, ReplayPace, RequestHeader, RetryConfig, RetryRatio,
    Rotation, SaslMechanism, ScheduleConfig, SentFormat, Speed, StatusSet, TargetConfig, TargetUrl,
    Timeout, TlsConfig,
};
pub use engine::Replay;
pub use error::{ReplayError, SourceError};
pub use metrics::{
    Durations, METRICS, Metric, MetricValue, Metrics, ReplayStatus, RunSeries, SendingState,
    SharedMetrics, Summary, Threshold, serve_metrics,
};
pub use observer::{Observer, SettledEvent, Silent};
pub use preview::{Preview, preview};
pub use scenario::SECTION;
pub use schedule::Pacer;
pub use shutdown::{Shutdown, ShutdownPhase};
pub use source::{EventSource, LineSource, SourceEvent, SourceItem};
