//! The dispatcher: takes what is due, keeps lanes and bounds, and settles what is done.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use super::sender::Sender;
use super::settled_batch::SettledBatch;
use super::settled_event::settled_event;
use super::worker_pool::WorkerPool;
use crate::bad_line::{BadLine, BadLineKind};
use crate::config::Config;
use crate::error::ReplayError;
use crate::metrics::SharedMetrics;
use crate::notifier::Notifier;
use crate::outcome::Outcome;
use crate::records::{DeadLetters, Journal, OpenRecords};
use crate::schedule::{
    Batch, Batcher, Converter, DueItem, DueItems, Lanes, ScheduledEvent, TimeRewriter,
};
use crate::shutdown::{Shutdown, ShutdownPhase};
use crate::source::{SourceEvent, SourceItem};
use crate::target::Target;

/// Bounds of what waits in memory for its turn. Room for many, so that a user whose events are stuck
/// does not soon hold up the others.
const MAX_QUEUED_EVENTS: usize = 8_192;
const MAX_QUEUED_BYTES: usize = 16 * 1024 * 1024;

/// Batches that may go out and wait only for others to settle. Few, so that they stay in the cache.
const MAX_READY: usize = 1_024;

/// Most batches that are settled together, with one write to the journal.
const SETTLED_TOGETHER: usize = 256;

/// The owner of all that changes while a replay runs; nothing here is shared.
pub(crate) struct Dispatcher<T> {
    workers: WorkerPool<T>,
    lanes: Lanes<Batch>,
    batcher: Batcher,
    rewriter: TimeRewriter,
    converter: Converter,
    dead_letters: DeadLetters,
    journal: Option<Journal>,
    metrics: Arc<SharedMetrics>,
    notifier: Notifier,
    shutdown: Shutdown,
    bounds: Bounds,
    in_flight: usize,
    queued_events: usize,
    queued_bytes: usize,
    failure: Option<ReplayError>,
}

/// Bounds of what there is at one time.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    in_flight: usize,
    ready: usize,
    queued_events: usize,
}

impl Bounds {
    fn new(config: &Config) -> Self {
        let in_flight = config.max_in_flight().get();
        let in_batches = config.batch_size().get().saturating_mul(in_flight).saturating_mul(2);
        Self {
            in_flight,
            ready: MAX_READY.max(in_flight.saturating_mul(2)),
            queued_events: MAX_QUEUED_EVENTS.max(in_batches),
        }
    }
}

impl<T: Target> Dispatcher<T> {
    pub(crate) fn new(
        config: &Config,
        sender: Sender<T>,
        records: OpenRecords,
        metrics: Arc<SharedMetrics>,
        notifier: Notifier,
        shutdown: Shutdown,
    ) -> Self {
        let OpenRecords { journal, dead_letters } = records;
        let shift_millis = journal.as_ref().and_then(Journal::shift_millis);
        Self {
            workers: WorkerPool::new(sender),
            lanes: Lanes::new(),
            batcher: Batcher::for_config(config),
            rewriter: TimeRewriter::new(config.schedule.event_time, shift_millis),
            converter: Converter::for_config(config),
            dead_letters,
            journal,
            metrics,
            notifier,
            shutdown,
            bounds: Bounds::new(config),
            in_flight: 0,
            queued_events: 0,
            queued_bytes: 0,
            failure: None,
        }
    }

    /// Runs until everything is settled, or the replay is stopped. Gives the error that stopped it.
    pub(crate) async fn run(mut self, mut due: mpsc::Receiver<DueItems>) -> Option<ReplayError> {
        let mut phase = self.shutdown.subscribe();
        let mut has_ended = false;
        let mut together = Vec::with_capacity(SETTLED_TOGETHER);
        loop {
            let is_running = *phase.borrow_and_update() == ShutdownPhase::Running;
            if is_running {
                self.send_ready();
            }
            let is_idle = self.in_flight == 0 && self.queued_events == 0;
            if (has_ended && is_idle) || (!is_running && self.in_flight == 0) {
                break;
            }
            if self.is_stuck() {
                let batches = self.batcher.flush_all();
                self.enqueue(batches);
                continue;
            }
            let has_room = self.has_room() && !has_ended && is_running;
            let flush = self.next_flush().filter(|_| is_running);
            tokio::select! {
                biased;
                () = self.workers.collect(&mut together, SETTLED_TOGETHER) => {
                    let result = self.settle(&mut together);
                    self.heed(result);
                }
                items = due.recv(), if has_room => match items {
                    Some(Ok(items)) => {
                        let result = self.admit(items);
                        self.heed(result);
                    }
                    // What was read before is sent all the same.
                    Some(Err(error)) => self.failure = self.failure.take().or(Some(error.into())),
                    None => {
                        has_ended = true;
                        let batches = self.batcher.flush_all();
                        self.enqueue(batches);
                    }
                },
                () = until(flush) => {
                    let lanes = &self.lanes;
                    let can_go = |lane| !lanes.is_busy(lane);
                    let batches = self.batcher.flush_due(Instant::now(), can_go);
                    self.enqueue(batches);
                }
                () = changed(&mut phase) => {
                    if *phase.borrow() == ShutdownPhase::Aborted {
                        break;
                    }
                }
            }
        }
        self.failure
    }

    /// Stops the replay on a failure: no new sends, and what is in flight still settles. That the target
    /// gives no answer to what is in flight is no failure of a replay that was stopped.
    fn heed(&mut self, result: Result<(), ReplayError>) {
        let is_stopped = self.shutdown.phase() != ShutdownPhase::Running;
        if let Err(error) = result
            && !(is_stopped && error.is_of_target())
        {
            self.failure.get_or_insert(error);
            self.shutdown.drain();
        }
    }

    fn has_room(&self) -> bool {
        self.lanes.ready() < self.bounds.ready
            && self.queued_events < self.bounds.queued_events
            && self.queued_bytes < MAX_QUEUED_BYTES
    }

    /// The instant at which a batch must go that is not full; none as long as none could.
    fn next_flush(&self) -> Option<Instant> {
        let has_place = self.in_flight < self.bounds.in_flight;
        has_place.then(|| self.batcher.next_flush(|lane| !self.lanes.is_busy(lane)))?
    }

    /// True if all that fills the memory waits for its batches to fill, which they never will.
    fn is_stuck(&self) -> bool {
        !self.has_room() && self.in_flight == 0
    }

    /// Takes in what has become due, and sets aside what cannot be sent.
    fn admit(&mut self, items: Vec<DueItem>) -> Result<(), ReplayError> {
        let now = Instant::now();
        let (mut bad_lines, mut bad_bytes) = (0, 0);
        for DueItem { item, since } in items {
            let line_bytes = item.line_bytes();
            let bad = match item {
                SourceItem::Event(event) => {
                    self.decide_shift(&event)?;
                    let rewritten = self.rewriter.body(&event);
                    let form = rewritten.and_then(|rewritten| {
                        let line = rewritten.as_ref().unwrap_or(&event.body);
                        self.converter.convert(&event, line)
                    });
                    match form {
                        Ok(form) => {
                            let event =
                                ScheduledEvent { form, ..ScheduledEvent::new(event, since) };
                            self.queued_events += 1;
                            self.queued_bytes += event.held_bytes();
                            let full = self.batcher.add(event, now);
                            self.enqueue(full);
                            continue;
                        }
                        Err(reason) => BadLine {
                            position: event.position,
                            line: event.body,
                            reason,
                            kind: BadLineKind::Event,
                        },
                    }
                }
                SourceItem::BadLine(line) => line,
            };
            bad_lines += 1;
            bad_bytes += line_bytes;
            self.notifier.bad_line(bad.position, &bad.reason);
            self.dead_letters.bad_line(&bad);
        }
        if bad_lines > 0 {
            let mut metrics = self.metrics.lock();
            metrics.bad_lines += bad_lines;
            metrics.dead_letters += bad_lines;
            metrics.settled_bytes(bad_bytes);
            drop(metrics);
            self.commit()?;
        }
        self.metrics.lock().queued = self.queued_events;
        Ok(())
    }

    fn enqueue(&mut self, batches: impl IntoIterator<Item = Batch>) {
        for batch in batches {
            self.lanes.admit(batch.lane, batch);
        }
    }

    /// Sends what may go out, up to the bound.
    fn send_ready(&mut self) {
        while self.in_flight < self.bounds.in_flight {
            let Some(mut batch) = self.lanes.next() else { break };
            self.in_flight += 1;
            for event in &mut batch.events {
                self.queued_events -= 1;
                self.queued_bytes -= event.held_bytes();
                // It was tried out when the event came.
                event.rewritten = self.rewriter.body(&event.event).unwrap_or_default();
            }
            self.workers.deliver(batch);
        }
        let mut metrics = self.metrics.lock();
        metrics.in_flight = self.in_flight;
        metrics.queued = self.queued_events;
    }

    /// The first event to be sent decides by how much all are shifted.
    fn decide_shift(&mut self, event: &SourceEvent) -> Result<(), ReplayError> {
        match (self.rewriter.decide_shift(event), &mut self.journal) {
            (Some(shift), Some(journal)) => journal.set_shift_millis(shift),
            _ => Ok(()),
        }
    }

    /// Settles batches that are done: dead letters first, then the journal, and only then are their
    /// lanes and places free for others.
    fn settle(&mut self, together: &mut Vec<SettledBatch>) -> Result<(), ReplayError> {
        let shared = Arc::clone(&self.metrics);
        let mut metrics = shared.lock();
        let mut told = Vec::new();
        for SettledBatch { batch, outcomes, at, .. } in &*together {
            debug_assert_eq!(batch.events.len(), outcomes.len(), "an outcome for each event");
            for (scheduled, outcome) in batch.events.iter().zip(outcomes) {
                let event = &scheduled.event;
                let since_due = scheduled.due.map(|due| at.saturating_duration_since(due));
                match outcome {
                    Outcome::Unsettled => continue,
                    Outcome::Delivered => {
                        metrics.accepted(event.event_type(), since_due);
                        if let Some(journal) = &mut self.journal {
                            journal.settle(event.position);
                        }
                    }
                    Outcome::GivenUp(reason) => {
                        metrics.dead_letters += 1;
                        self.dead_letters.event(event.position, &event.body, reason);
                    }
                }
                metrics.settled_bytes(event.line_bytes());
                if self.notifier.wants_events() {
                    told.push(settled_event(event, outcome, since_due));
                }
            }
        }
        // The observer may be looking at the metrics, and has to go on for there to be room.
        drop(metrics);
        for event in told {
            self.notifier.settled(event);
        }
        let mut result = self.commit();
        for SettledBatch { batch, failure, .. } in together.drain(..) {
            self.in_flight -= 1;
            self.lanes.settle(batch.lane);
            if let Some(error) = failure {
                result = result.and(Err(error));
            }
        }
        self.metrics.lock().in_flight = self.in_flight;
        result
    }

    /// Makes what was settled last. A dead letter is settled only once it is written.
    fn commit(&mut self) -> Result<(), ReplayError> {
        let written = self.dead_letters.commit();
        let Some(journal) = &mut self.journal else { return written.map(|_| ()) };
        for &position in written.iter().flatten() {
            journal.give_up(position);
        }
        let journalled = journal.commit();
        written.and(journalled)
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns when the phase changes, never when its sender is gone.
async fn changed(phase: &mut watch::Receiver<ShutdownPhase>) {
    if phase.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
