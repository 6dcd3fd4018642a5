//! Two threads between the source and the sending: one reads ahead, one waits until events are due.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::books::Books;
use super::options::Pace;
use super::pacer::Pacer;
use super::range_set::RangeSet;
use super::source::{Entry, Source, SourceError};
use super::stop::{Phase, Stop};

/// An entry that is due.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) entry: Entry,
    /// Since when; `None` without a schedule.
    pub(super) since: Option<Instant>,
}

/// What the sending side receives: entries that are due, then the source's error if it had one.
pub(super) type Fed = Result<Vec<Due>, SourceError>;

/// Entries are handed on in chunks, because waking a thread costs more than an event. A chunk is
/// never waited for when its events are due.
const CHUNK_EVENTS: usize = 256;
const CHUNK_BYTES: usize = 512 * 1024;
const CHUNKS_READ_AHEAD: usize = 2;
const CHUNKS_DUE: usize = 2;

/// A sleeping thread wakes up some 50 microseconds late. So the last stretch is not slept but given
/// to other threads, again and again.
const YIELDED: Duration = Duration::from_micros(100);

/// How often the pacing thread looks up from waiting for a slow source.
const LOOK_UP: Duration = Duration::from_millis(50);

/// The reading half: from the source to the pacing thread, without what is settled already.
pub(super) struct Reader {
    pub(super) source: Box<dyn Source>,
    pub(super) settled: RangeSet,
    pub(super) books: Arc<Books>,
}

type Chunk = Result<Vec<Entry>, SourceError>;

impl Reader {
    /// Starts the thread. It is not joined: a source such as a terminal may never return.
    pub(super) fn spawn(self) -> std::io::Result<Receiver<Chunk>> {
        let capacity = if self.source.is_live() { CHUNK_EVENTS } else { CHUNKS_READ_AHEAD };
        let (sender, receiver) = sync_channel(capacity);
        std::thread::Builder::new().name("reader".to_owned()).spawn(move || self.run(&sender))?;
        Ok(receiver)
    }

    fn run(mut self, chunks: &SyncSender<Chunk>) {
        let max_events = if self.source.is_live() { 1 } else { CHUNK_EVENTS };
        loop {
            let mut chunk = Vec::with_capacity(max_events);
            let (mut bytes, mut settled_bytes, mut settled_events) = (0, 0, 0);
            let end = loop {
                match self.source.next() {
                    Ok(Some(entry)) => {
                        if self.settled.contains(entry.position()) {
                            settled_bytes += entry.bytes();
                            settled_events += 1;
                        } else {
                            bytes += entry.bytes();
                            chunk.push(entry);
                        }
                        if chunk.len() == max_events || bytes + settled_bytes >= CHUNK_BYTES {
                            break None;
                        }
                    }
                    Ok(None) => break Some(Ok(())),
                    Err(error) => break Some(Err(error)),
                }
            };
            self.books.read(bytes as u64, settled_bytes as u64, settled_events);
            if !chunk.is_empty() && chunks.send(Ok(chunk)).is_err() {
                return;
            }
            match end {
                None => {}
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    let _ = chunks.send(Err(error));
                    return;
                }
            }
        }
    }
}

/// The waiting half: owns the clock.
pub(super) struct Pacing {
    pub(super) pace: Pace,
    pub(super) start: Start,
    pub(super) stop: Stop,
    pub(super) books: Arc<Books>,
}

/// When the first event is due.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// When it is there.
    AtOnce,
    /// At an instant.
    At(Instant),
}

impl Pacing {
    /// Starts the thread.
    pub(super) fn spawn(self, chunks: Receiver<Chunk>) -> std::io::Result<mpsc::Receiver<Fed>> {
        let (sender, receiver) = mpsc::channel(CHUNKS_DUE);
        let run = move || self.run(&chunks, &sender);
        std::thread::Builder::new().name("pacing".to_owned()).spawn(run)?;
        Ok(receiver)
    }

    fn run(self, chunks: &Receiver<Chunk>, due: &mpsc::Sender<Fed>) {
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

    fn next_chunk(&self, chunks: &Receiver<Chunk>) -> Option<Chunk> {
        loop {
            match chunks.recv_timeout(LOOK_UP) {
                Ok(chunk) => return Some(chunk),
                Err(RecvTimeoutError::Timeout) if self.stop.phase() == Phase::Running => {}
                Err(_) => return None,
            }
        }
    }

    /// Gives each entry its due time, and publishes the rate that they ask for.
    fn scheduled(&self, chunk: Vec<Entry>, schedule: &mut Schedule) -> Vec<Due> {
        let start = *schedule.start.get_or_insert_with(|| match self.start {
            Start::AtOnce => Instant::now(),
            Start::At(instant) => instant,
        });
        let dues: Vec<Due> = chunk
            .into_iter()
            .map(|entry| {
                let offset = match &entry {
                    Entry::Event(item) => schedule.pacer.due(item.time),
                    Entry::Bad(_) => None,
                };
                Due { since: offset.and_then(|offset| start.checked_add(offset)), entry }
            })
            .collect();
        self.books.scheduled(start, dues.iter().find_map(|due| due.entry.time()));
        let mut instants = dues.iter().filter_map(|due| due.since);
        if let Some((first, last)) = instants.next().zip(instants.next_back()) {
            let span = (last - first).as_secs_f64();
            self.books.wanted_rate((dues.len() - 1) as f64 / span.max(1e-9));
        }
        dues
    }

    /// Hands entries on as they become due, all that are due together. Says whether to go on.
    fn hand_on(&self, chunk: Vec<Due>, sender: &mpsc::Sender<Fed>) -> bool {
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
            Start::AtOnce if self.stop.phase() == Phase::Running => Some(Instant::now()),
            Start::AtOnce => None,
            Start::At(instant) => self.wait(instant),
        }
    }

    /// Waits until `due` and gives the time then, or `None` if the replay is stopped.
    fn wait(&self, due: Instant) -> Option<Instant> {
        let mut now = Instant::now();
        if due.saturating_duration_since(now) > YIELDED {
            if !self.stop.sleep_until(due.checked_sub(YIELDED).unwrap_or(now)) {
                return None;
            }
            now = Instant::now();
        }
        while now < due {
            std::thread::yield_now();
            now = Instant::now();
        }
        (self.stop.phase() == Phase::Running).then_some(now)
    }
}

struct Schedule {
    pacer: Pacer,
    start: Option<Instant>,
}
