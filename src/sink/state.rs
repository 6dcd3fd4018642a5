//! The state that all connections of a collector share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::batch::Submission;
use super::config::CollectorConfig;
use super::error::CollectorError;
use super::faults::FaultInjector;
use super::ids::UuidGenerator;
use super::outages::OutageSchedule;
use super::stats::CollectorStats;
use super::store::{Appended, EventStore, StoreError};
use super::token_bucket::TokenBucket;

/// The state that all connections share.
#[derive(Debug)]
pub(super) struct CollectorState {
    pub(super) limits: RequestLimits,
    pub(super) outages: OutageSchedule,
    pub(super) is_down: Arc<AtomicBool>,
    started: Instant,
    /// Never contended but by a reader of the statistics: the collector is a single thread.
    ingest: Mutex<IngestState>,
}

/// The limits of a request, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLimits {
    pub(super) max_event: usize,
    /// Both as sent and after decompression.
    pub(super) max_body: usize,
}

/// The part of the state that requests change, one after the other.
#[derive(Debug)]
pub(super) struct IngestState {
    pub(super) stats: CollectorStats,
    pub(super) faults: FaultInjector,
    pub(super) uuids: UuidGenerator,
    rate_limit: Option<TokenBucket>,
    store: EventStore,
}

impl CollectorState {
    pub(super) fn new(config: CollectorConfig) -> Result<Self, CollectorError> {
        let faults = FaultInjector::new(&config.faults)?;
        let outages = OutageSchedule::new(&config.faults.down)?;
        let limits = RequestLimits {
            max_event: config.max_event.as_bytes(),
            max_body: config.max_body.as_bytes(),
        };
        let ingest = IngestState {
            stats: CollectorStats::default(),
            faults,
            uuids: UuidGenerator::new(),
            rate_limit: config.faults.rate_limit.map(TokenBucket::new),
            store: EventStore::open(config)?,
        };
        Ok(Self {
            limits,
            outages,
            is_down: Arc::default(),
            started: Instant::now(),
            ingest: Mutex::new(ingest),
        })
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn ingest(&self) -> MutexGuard<'_, IngestState> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters so far.
    pub(super) fn stats(&self) -> CollectorStats {
        CollectorStats {
            uptime_seconds: self.elapsed().as_secs_f64(),
            ..self.ingest().stats.clone()
        }
    }

    /// Takes a request's token; the error is the time until there is one.
    pub(super) fn take_token(&self) -> Result<(), Duration> {
        let now = self.elapsed();
        self.ingest().rate_limit.as_mut().map_or(Ok(()), |bucket| bucket.take(now))
    }
}

impl IngestState {
    /// Keeps the events of one request, all or none. `key` is its `Idempotency-Key`.
    pub(super) fn append(
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
