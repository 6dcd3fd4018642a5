//! The collector: a small ingestion API of our own, to try things out and to test against.
//!
//! It takes events at `POST /api/events`, validates them as the owner's service (`FastAPI`) does, keeps
//! what it accepted, and can inject faults, in a seeded and thus repeatable way.
//!
//! ```
//! use event_simulator_collector::{Collector, CollectorConfig};
//!
//! let collector = Collector::start(CollectorConfig { port: 0, ..CollectorConfig::default() })?;
//! println!("send events to {}", collector.url());
//! let stats = collector.stop()?;
//! assert_eq!(stats.events_accepted, 0);
//! # Ok::<(), event_simulator_collector::CollectorError>(())
//! ```
//!
//! A request passes `server` (the listener, outages), `connection` (HTTP/1.1 or HTTP/2), `routes` (the
//! path) and `ingest`, where a `body` becomes a `batch` of events that keep the `contract`, which the
//! `store` appends to its file; or a `refusal` says why not.

mod batch;
mod body;
mod collector;
mod config;
mod connection;
mod context;
mod contract;
mod cross_origin;
mod dedup;
mod error;
mod event_log;
mod faults;
mod ids;
mod ingest;
mod line;
mod lz_string;
mod order;
mod outages;
mod payload;
mod protocol;
mod refusal;
mod reset;
mod response;
mod routes;
mod server;
mod state;
mod stats;
mod store;
mod token_bucket;
mod violation;

pub use collector::Collector;
pub use config::{CollectorConfig, FaultConfig, OrderBy};
pub use error::{CollectorError, FaultError};
pub use stats::{CollectorStats, ResetCounts};
