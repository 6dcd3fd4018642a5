//! The thread that waits until events are due.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::pacer::Pacer;
use crate::config::ReplayPace;
use crate::error::SourceError;
use crate::metrics::SharedMetrics;
use crate::shutdown::{Shutdown, ShutdownPhase};
use crate::source::{SourceChunk, SourceItem};

/// An item that is due.
#[derive(Debug)]
pub(crate) struct DueItem {
    pub(crate) item: SourceItem,
    /// Since when; `None` without a schedule.
    pub(crate) since: Option<Instant>,
}

/// Items that are due, or the source's error, which is the last that the sending side receives.
pub(crate) type DueItems = Result<Vec<DueItem>, SourceError>;

/// Items that are due together are handed on together; what is due is never waited for.
const CHUNKS_DUE: usize = 2;

/// A sleeping thread wakes up some 50 microseconds late. So the last stretch is not slept but given
/// to other threads, again and again.
const YIELDED: Duration = Duration::from_micros(100);

/// The time after which the thread looks up from waiting for a slow source.
const LOOK_UP: Duration = Duration::from_millis(50);

/// Waits until items are due; the owner of the clock.
pub(crate) struct PacingThread {
    pub(crate) pace: ReplayPace,
    pub(crate) start: Start,
    pub(crate) shutdown: Shutdown,
    pub(crate) metrics: Arc<SharedMetrics>,
}

/// The moment at which the first event is due.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// As soon as it is there.
    AtOnce,
    /// At an instant.
    At(Instant),
}

impl PacingThread {
    /// Starts the thread.
    pub(crate) fn spawn(
        self,
        chunks: Receiver<SourceChunk>,
    ) -> std::io::Result<mpsc::Receiver<DueItems>> {
        let (sender, receiver) = mpsc::channel(CHUNKS_DUE);
        let run = move || self.run(&chunks, &sender);
        std::thread::Builder::new().name("pacing".to_owned()).spawn(run)?;
        Ok(receiver)
    }

    fn run(self, chunks: &Receiver<SourceChunk>, due: &mpsc::Sender<DueItems>) {
        let mut schedule = Schedule { pacer: Pacer::new(self.pace), start: None };
        while let Some(chunk) = self.next_chunk(chunks) {
            match chunk {
                Ok(chunk) => {
                    let chunk = self.scheduled(chunk, &mut schedule);
                    if !self.hand_on(chunk, due) {
                        return;
                    }
                }
                Err(error) => {
                    let _ = due.blocking_send(Err(error));
                    return;
                }
            }
        }
    }

    fn next_chunk(&self, chunks: &Receiver<SourceChunk>) -> Option<SourceChunk> {
        loop {
            match chunks.recv_timeout(LOOK_UP) {
                Ok(chunk) => return Some(chunk),
                Err(RecvTimeoutError::Timeout)
                    if self.shutdown.phase() == ShutdownPhase::Running => {}
                Err(_) => return None,
            }
        }
    }

    /// Gives each item its due time, and publishes the rate that they ask for.
    fn scheduled(&self, chunk: Vec<SourceItem>, schedule: &mut Schedule) -> Vec<DueItem> {
        let start = *schedule.start.get_or_insert_with(|| match self.start {
            Start::AtOnce => Instant::now(),
            Start::At(instant) => instant,
        });
        let dues: Vec<DueItem> = chunk
            .into_iter()
            .map(|item| {
                let offset = match &item {
                    SourceItem::Event(event) => schedule.pacer.due(event.time),
                    SourceItem::BadLine(_) => None,
                };
                DueItem { since: offset.and_then(|offset| start.checked_add(offset)), item }
            })
            .collect();
        self.metrics.scheduled(start, dues.iter().find_map(|due| due.item.time()));
        let mut instants = dues.iter().filter_map(|due| due.since);
        if let Some((first, last)) = instants.next().zip(instants.next_back()) {
            let span = (last - first).as_secs_f64();
            self.metrics.wanted_rate((dues.len() - 1) as f64 / span.max(1e-9));
        }
        dues
    }

    /// Hands items on as they become due, all that are due together, and tells whether to go on.
    fn hand_on(&self, chunk: Vec<DueItem>, sender: &mpsc::Sender<DueItems>) -> bool {
        let mut rest = chunk.into_iter().peekable();
        while let Some(first) = rest.peek() {
            let now = first.since.map_or_else(|| self.wait_for_start(), |due| self.wait(due));
            let Some(now) = now else { return false };
            let mut due = Vec::new();
            while let Some(next) = rest.next_if(|next| next.since.is_none_or(|since| since <= now))
            {
                due.push(next);
            }
            if sender.blocking_send(Ok(due)).is_err() {
                return false;
            }
        }
        true
    }

    /// Without a schedule only the start is waited for.
    fn wait_for_start(&self) -> Option<Instant> {
        match self.start {
            Start::AtOnce if self.shutdown.phase() == ShutdownPhase::Running => {
                Some(Instant::now())
            }
            Start::AtOnce => None,
            Start::At(instant) => self.wait(instant),
        }
    }

    /// Waits until `due` and gives the time then, or `None` if the replay is stopped.
    fn wait(&self, due: Instant) -> Option<Instant> {
        let mut now = Instant::now();
        if due.saturating_duration_since(now) > YIELDED {
            if !self.shutdown.sleep_until(due.checked_sub(YIELDED).unwrap_or(now)) {
                return None;
            }
            now = Instant::now();
        }
        while now < due {
            std::thread::yield_now();
            now = Instant::now();
        }
        (self.shutdown.phase() == ShutdownPhase::Running).then_some(now)
    }
}

struct Schedule {
    pacer: Pacer,
    start: Option<Instant>,
}
