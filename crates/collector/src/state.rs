//! The state that all connections of a collector share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_simulator::wire::WireFormat;

use crate::batch::Submission;
use crate::config::CollectorConfig;
use crate::error::CollectorError;
use crate::faults::FaultInjector;
use crate::ids::UuidGenerator;
use crate::outages::OutageSchedule;
use crate::stats::CollectorStats;
use crate::store::{Appended, EventStore, StoreError};
use crate::token_bucket::TokenBucket;

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct CollectorState {
    pub(crate) limits: RequestLimits,
    pub(crate) protocol: Option<&'static WireFormat>,
    pub(crate) outages: OutageSchedule,
    pub(crate) is_down: Arc<AtomicBool>,
    started: Instant,
    /// Never contended but by a reader of the statistics: the collector is a single thread.
    ingest: Mutex<IngestState>,
}

/// The limits of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLimits {
    /// In bytes.
    pub(crate) max_event: usize,
    /// In bytes, both as sent and after decompression.
    pub(crate) max_body: usize,
    pub(crate) read_timeout: Duration,
}

/// The part of the state that requests change, one after the other.
#[derive(Debug)]
pub(crate) struct IngestState {
    pub(crate) stats: CollectorStats,
    pub(crate) faults: FaultInjector,
    pub(crate) uuids: UuidGenerator,
    rate_limit: Option<TokenBucket>,
    store: EventStore,
}

impl CollectorState {
    pub(crate) fn new(config: CollectorConfig) -> Result<Self, CollectorError> {
        let faults = FaultInjector::new(&config.faults)?;
        let outages = OutageSchedule::new(&config.faults.down)?;
        let limits = RequestLimits {
            max_event: config.max_event.as_bytes(),
            max_body: config.max_body.as_bytes(),
            read_timeout: config.read_timeout,
        };
        let protocol = config.protocol;
        let ingest = IngestState {
            stats: CollectorStats::default(),
            faults,
            uuids: UuidGenerator::new(),
            rate_limit: config.faults.rate_limit.map(TokenBucket::new),
            store: EventStore::open(config)?,
        };
        Ok(Self {
            limits,
            protocol,
            outages,
            is_down: Arc::default(),
            started: Instant::now(),
            ingest: Mutex::new(ingest),
        })
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn ingest(&self) -> MutexGuard<'_, IngestState> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters so far.
    pub(crate) fn stats(&self) -> CollectorStats {
        CollectorStats {
            uptime_seconds: self.elapsed().as_secs_f64(),
            ..self.ingest().stats.clone()
        }
    }

    /// Takes a request's token; the error is the time until there is one.
    pub(crate) fn take_token(&self) -> Result<(), Duration> {
        let now = self.elapsed();
        self.ingest().rate_limit.as_mut().map_or(Ok(()), |bucket| bucket.take(now))
    }
}

impl IngestState {
    /// Keeps the events of one request, or only counts them if they are to be dropped silently.
    pub(crate) fn keep(
        &mut self,
        submission: &Submission,
        key: Option<&str>,
        is_dropped: bool,
    ) -> Result<Appended, StoreError> {
        if is_dropped {
            let accepted = submission.events.len() as u64;
            self.stats.silently_dropped += accepted;
            return Ok(Appended { accepted, ..Appended::default() });
        }
        self.append(submission, key)
    }

    /// Keeps the events of one request, all or none. `key` is its `Idempotency-Key`.
    fn append(
        &mut self,
        submission: &Submission,
        key: Option<&str>,
    ) -> Result<Appended, StoreError> {
        let appended = self.store.append(submission, key, &mut self.uuids);
        match &appended {
            Ok(appended) => {
                self.stats.events_accepted += appended.accepted;
                self.stats.duplicates += appended.duplicates;
                self.stats.order_violations += appended.order_violations;
            }
            Err(error) => self.stats.last_error = Some(error.to_string()),
        }
        appended
    }
}
