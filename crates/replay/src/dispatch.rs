//! The dispatcher: takes what is due, keeps lanes and bounds, and settles what is done.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use super::ReplayError;
use super::batch::Batcher;
use super::books::Books;
use super::dead_letters::DeadLetters;
use super::delivery::{Crew, Fate, Parcel, Reason, Settled, Unit};
use super::event_time;
use super::feed::{Due, Fed};
use super::journal::Journal;
use super::lanes::Lanes;
use super::observer::{SettledEvent, Voice};
use super::options::{EventTime, Options};
use super::source::{Entry, Item};
use super::stop::{Phase, Stop};

/// What may wait in memory for its turn: so many events, so many bytes. Room for many, so that a user
/// whose events are stuck does not soon hold up the others.
const MAX_QUEUED_EVENTS: usize = 8_192;
const MAX_QUEUED_BYTES: usize = 16 * 1024 * 1024;

/// Units that may go out and wait only for others to settle. Few, so that they stay in the cache.
const MAX_READY: usize = 1_024;

/// Most units that are settled together, with one write to the journal.
const SETTLED_TOGETHER: usize = 256;

/// Owns all that changes while a replay runs; nothing here is shared.
pub(super) struct Dispatcher {
    crew: Crew,
    lanes: Lanes<Unit>,
    batcher: Batcher,
    dead_letters: DeadLetters,
    journal: Option<Journal>,
    books: Arc<Books>,
    voice: Voice,
    stop: Stop,
    event_time: EventTime,
    shift_millis: Option<i64>,
    max_in_flight: usize,
    in_flight: usize,
    max_ready: usize,
    max_queued_events: usize,
    queued_events: usize,
    queued_bytes: usize,
    failure: Option<ReplayError>,
}

impl Dispatcher {
    pub(super) fn new(
        options: &Options,
        crew: Crew,
        journal: Option<Journal>,
        books: Arc<Books>,
        voice: Voice,
        stop: Stop,
    ) -> Self {
        let max_in_flight = options.max_in_flight();
        Self {
            crew,
            lanes: Lanes::new(),
            batcher: batcher(options),
            dead_letters: DeadLetters::new(options.dead_letters.clone()),
            shift_millis: journal.as_ref().and_then(Journal::shift_millis),
            journal,
            books,
            voice,
            stop,
            event_time: options.event_time,
            max_in_flight,
            in_flight: 0,
            max_ready: MAX_READY.max(2 * max_in_flight),
            max_queued_events: MAX_QUEUED_EVENTS.max(2 * options.batch * max_in_flight),
            queued_events: 0,
            queued_bytes: 0,
            failure: None,
        }
    }

    /// Runs until everything is settled, or the replay is stopped. Gives what it failed of.
    pub(super) async fn run(mut self, mut feed: mpsc::Receiver<Fed>) -> Option<ReplayError> {
        let mut phase = self.stop.subscribe();
        let mut has_ended = false;
        let mut together = Vec::with_capacity(SETTLED_TOGETHER);
        loop {
            let is_running = *phase.borrow_and_update() == Phase::Running;
            if is_running {
                self.send_ready();
            }
            let is_idle = self.in_flight == 0 && self.queued_events == 0;
            if (has_ended && is_idle) || (!is_running && self.in_flight == 0) {
                break;
            }
            if self.is_stuck() {
                self.flush(None);
                continue;
            }
            let has_room = self.has_room() && !has_ended && is_running;
            let flush = self.batcher.next_flush().filter(|_| is_running);
            tokio::select! {
                biased;
                () = self.crew.collect(&mut together, SETTLED_TOGETHER) => {
                    let result = self.settle(&mut together);
                    self.heed(result);
                }
                fed = feed.recv(), if has_room => {
                    let result = match fed {
                        Some(Ok(due)) => self.admit(due),
                        Some(Err(error)) => Err(error.into()),
                        None => {
                            has_ended = true;
                            self.flush(None);
                            Ok(())
                        }
                    };
                    self.heed(result);
                }
                () = until(flush) => self.flush(Some(Instant::now())),
                () = stopped(&mut phase) => {
                    if *phase.borrow() == Phase::Aborted {
                        break;
                    }
                }
            }
        }
        self.failure
    }

    /// A failure stops the replay: no new sends, and what is in flight still settles.
    fn heed(&mut self, result: Result<(), ReplayError>) {
        if let Err(error) = result {
            self.failure.get_or_insert(error);
            self.stop.drain();
        }
    }

    fn has_room(&self) -> bool {
        self.lanes.ready() < self.max_ready
            && self.queued_events < self.max_queued_events
            && self.queued_bytes < MAX_QUEUED_BYTES
    }

    /// Whether all that fills the memory waits for its batches to fill, which they never will.
    fn is_stuck(&self) -> bool {
        !self.has_room() && self.in_flight == 0
    }

    /// Takes in what has become due.
    fn admit(&mut self, dues: Vec<Due>) -> Result<(), ReplayError> {
        let now = Instant::now();
        let (mut bad_lines, mut bad_bytes) = (0, 0);
        for Due { entry, since } in dues {
            match entry {
                Entry::Event(item) => {
                    self.decide_shift(&item)?;
                    self.queued_events += 1;
                    self.queued_bytes += item.body.len();
                    if let Some(unit) =
                        self.batcher.add(Parcel { item, due: since, rewritten: None }, now)
                    {
                        self.lanes.admit(unit.lane, unit);
                    }
                }
                Entry::Bad(line) => {
                    bad_lines += 1;
                    bad_bytes += line.line.len() as u64 + 1;
                    self.voice.say(format!("line {}: {}", line.position, line.reason));
                    self.dead_letters.bad_line(line.position, &line.line, &line.reason);
                }
            }
        }
        if bad_lines > 0 {
            let mut metrics = self.books.lock();
            metrics.bad_lines += bad_lines;
            metrics.dead += bad_lines;
            metrics.unsettled_bytes = metrics.unsettled_bytes.saturating_sub(bad_bytes);
            drop(metrics);
            self.commit()?;
        }
        self.books.lock().queued = self.queued_events;
        Ok(())
    }

    fn flush(&mut self, now: Option<Instant>) {
        for unit in self.batcher.flush(now) {
            self.lanes.admit(unit.lane, unit);
        }
    }

    /// Sends what may go out, up to the bound.
    fn send_ready(&mut self) {
        while self.in_flight < self.max_in_flight {
            let Some(mut unit) = self.lanes.next() else { break };
            self.in_flight += 1;
            for parcel in &mut unit.parcels {
                self.queued_events -= 1;
                self.queued_bytes -= parcel.item.body.len();
                parcel.rewritten =
                    event_time::body(&parcel.item, self.event_time, self.shift_millis);
            }
            self.crew.send(unit);
        }
        let mut metrics = self.books.lock();
        metrics.in_flight = self.in_flight;
        metrics.queued = self.queued_events;
    }

    /// The first event to be sent decides by how much all are shifted.
    fn decide_shift(&mut self, item: &Item) -> Result<(), ReplayError> {
        if self.event_time != EventTime::Shift || self.shift_millis.is_some() {
            return Ok(());
        }
        let Some(time) = item.time else { return Ok(()) };
        let shift = event_time::shift_to_now(time);
        self.shift_millis = Some(shift);
        match &mut self.journal {
            Some(journal) => journal.set_shift_millis(shift),
            None => Ok(()),
        }
    }

    /// Settles units that are done: dead letters first, then the journal, and only then are their
    /// lanes and places free for others.
    fn settle(&mut self, together: &mut Vec<Settled>) -> Result<(), ReplayError> {
        let books = Arc::clone(&self.books);
        let mut metrics = books.lock();
        for Settled { unit, fates, at, .. } in &*together {
            for (parcel, fate) in unit.parcels.iter().zip(fates) {
                let item = &parcel.item;
                let since_due = parcel.due.map(|due| at.saturating_duration_since(due));
                match fate {
                    Fate::Unsettled => continue,
                    Fate::Delivered => {
                        metrics.accepted(item.kind(), since_due);
                        if let Some(journal) = &mut self.journal {
                            journal.settle(item.position);
                        }
                    }
                    Fate::Dead(reason) => {
                        metrics.dead += 1;
                        self.dead_letters.event(item.position, &item.body, reason);
                    }
                }
                metrics.unsettled_bytes =
                    metrics.unsettled_bytes.saturating_sub(item.body.len() as u64 + 1);
                if self.voice.wants_events {
                    self.voice.settled(event_line(item, fate, since_due));
                }
            }
        }
        drop(metrics);
        let mut result = self.commit();
        for Settled { unit, failure, .. } in together.drain(..) {
            self.in_flight -= 1;
            self.lanes.settle(unit.lane);
            if let Some(error) = failure {
                result = result.and(Err(error));
            }
        }
        self.books.lock().in_flight = self.in_flight;
        result
    }

    /// Makes what was settled last. A dead letter is settled only once it is written.
    fn commit(&mut self) -> Result<(), ReplayError> {
        let written = self.dead_letters.commit();
        let Some(journal) = &mut self.journal else { return written.map(|_| ()) };
        for &position in written.iter().flatten() {
            journal.settle(position);
        }
        let journalled = journal.commit();
        written.and(journalled)
    }
}

/// Gathers events as `options` say.
pub(super) fn batcher(options: &Options) -> Batcher {
    let stripes = options.lane_field().map(|_| options.max_in_flight());
    Batcher::new(options.batch, options.batch_wait, stripes)
}

fn event_line(item: &Item, fate: &Fate, since_due: Option<std::time::Duration>) -> SettledEvent {
    let error = |reason: &Reason| reason.error.clone();
    SettledEvent {
        position: item.position,
        kind: String::from_utf8_lossy(item.kind()).into_owned(),
        id: String::from_utf8_lossy(item.id().unwrap_or_default()).into_owned(),
        error: match fate {
            Fate::Dead(reason) => Some(error(reason)),
            Fate::Delivered | Fate::Unsettled => None,
        },
        since_due,
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns when the phase changes, never when its sender is gone.
async fn stopped(phase: &mut watch::Receiver<Phase>) {
    if phase.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
