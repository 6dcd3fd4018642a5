//! The events that the collector keeps.

use std::io;
use std::path::PathBuf;

use event_simulator::VirtualTime;

use crate::batch::Submission;
use crate::config::CollectorConfig;
use crate::dedup::Deduplicator;
use crate::error::CollectorError;
use crate::event_log::EventLog;
use crate::ids::{UuidGenerator, unix_millis};
use crate::line;
use crate::order::OrderMonitor;

/// Knows which events came before, and writes the accepted ones if there is a file for them.
#[derive(Debug)]
pub(crate) struct EventStore {
    deduplicator: Deduplicator,
    order: OrderMonitor,
    log: Option<EventLog>,
    /// True if a duplicate is not written again.
    dedupe: bool,
    /// True if a line says when it came.
    stamp: bool,
    /// The lines of one request; kept for its memory.
    lines: Vec<u8>,
}

/// The events of one request, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Appended {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) order_violations: u64,
}

/// The output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub(crate) struct StoreError {
    path: PathBuf,
    pub(crate) source: io::Error,
}

impl EventStore {
    pub(crate) fn open(config: CollectorConfig) -> Result<Self, CollectorError> {
        let open = |path| EventLog::open(path, config.append);
        Ok(Self {
            deduplicator: Deduplicator::default(),
            order: OrderMonitor::new(config.order_by),
            log: config.output.map(open).transpose()?,
            dedupe: config.dedupe,
            stamp: config.stamp,
            lines: Vec::new(),
        })
    }

    /// Keeps the events of one request, all or none. `key` is its `Idempotency-Key`.
    pub(crate) fn append(
        &mut self,
        submission: &Submission,
        key: Option<&str>,
        uuids: &mut UuidGenerator,
    ) -> Result<Appended, StoreError> {
        let events = &submission.events;
        let duplicates = self.deduplicator.insert(events, key, submission.is_batch);
        if let Some(log) = &mut self.log {
            self.lines.clear();
            for (event, &is_duplicate) in events.iter().zip(&duplicates.is_duplicate) {
                if !(is_duplicate && self.dedupe) {
                    let stamp = self.stamp.then(|| stamp(uuids));
                    line::push(&mut self.lines, event.json, stamp.as_deref());
                }
            }
            if let Err(source) = log.write(&self.lines) {
                self.deduplicator.roll_back(&duplicates);
                return Err(StoreError { path: log.path().to_owned(), source });
            }
        }
        let mut appended = Appended::default();
        for (event, is_duplicate) in events.iter().zip(duplicates.is_duplicate) {
            appended.duplicates += u64::from(is_duplicate);
            appended.accepted += u64::from(!(is_duplicate && self.dedupe));
            if !is_duplicate {
                appended.order_violations += u64::from(self.order.is_violated_by(event));
            }
        }
        Ok(appended)
    }
}

/// The members that say when an event came, from the comma on.
fn stamp(uuids: &mut UuidGenerator) -> String {
    let now = unix_millis();
    let id = uuids.next(now);
    let at = VirtualTime::from_millis(now).unwrap_or(VirtualTime::MAX);
    format!(r#","received_id":"{id}","received_at":"{at}"}}"#)
}
