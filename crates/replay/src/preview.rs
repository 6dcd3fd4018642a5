//! A dry run: what would be sent, and when, without sending it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batch::Batcher;
use super::books::{Books, Metrics};
use super::delivery::{Courier, Parcel, Unit};
use super::observer::Voice;
use super::options::Options;
use super::pacer::Pacer;
use super::source::{Entry, Item, Source};
use super::stop::Stop;
use super::{ReplayError, dispatch, event_time};
use event_simulator::time::VirtualTime;

/// What a replay would send.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Where to, secrets masked.
    pub url: String,
    /// Events in all.
    pub events: u64,
    /// Their bytes, without compression or batch brackets.
    pub bytes: u64,
    /// Requests, if each batch fills.
    pub requests: u64,
    /// Lines that would go to the dead letters: number and reason of the first few.
    pub bad_lines: Vec<(u64, String)>,
    /// How many bad lines there are.
    pub bad_line_count: u64,
    /// Times of the first and last events.
    pub times: Option<(VirtualTime, VirtualTime)>,
    /// When the last event would be due after the first; `None` without a schedule.
    pub lasts: Option<Duration>,
    /// Most events that would be due within one second.
    pub peak_rate: u64,
    /// Events by type, the most frequent first.
    pub types: Vec<(String, u64)>,
    /// The first request in full, secrets masked.
    pub first_request: Option<String>,
}

const BAD_LINES_SHOWN: usize = 10;

/// Reads all of `source` and sends nothing.
///
/// # Errors
///
/// Whatever would keep the replay from beginning, and what keeps the source from being read.
pub fn preview(options: &Options, source: &mut dyn Source) -> Result<Preview, ReplayError> {
    let books = Arc::new(Books::new(None));
    let (sender, _messages) = std::sync::mpsc::channel();
    let voice = Voice { sender, wants_events: false };
    let courier = Courier::new(options, books, voice, Stop::new().subscribe())?;
    let mut preview = Preview { url: courier.shown_url(), ..Preview::default() };
    let mut pacer = Pacer::new(options.pace());
    let mut peak = Peak::default();
    let mut counts = Metrics::new();
    let mut first = FirstUnit::new(options);
    while let Some(entry) = source.next()? {
        let item = match entry {
            Entry::Event(item) => item,
            Entry::Bad(line) => {
                preview.bad_line_count += 1;
                if preview.bad_lines.len() < BAD_LINES_SHOWN {
                    preview.bad_lines.push((line.position, line.reason));
                }
                continue;
            }
        };
        preview.events += 1;
        preview.bytes += item.body.len() as u64;
        counts.accepted(item.kind(), None);
        if let Some(due) = pacer.due(item.time) {
            preview.lasts = Some(due);
            peak.add(due);
        }
        if let Some(time) = item.time {
            let first = preview.times.map_or(time, |(first, _)| first);
            preview.times = Some((first, time));
        }
        first.add(item);
    }
    preview.requests = preview.events.div_ceil(options.batch.max(1) as u64);
    preview.peak_rate = peak.highest;
    preview.types =
        counts.by_type().into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    preview.first_request = first.unit().map(|mut unit| {
        let first = unit.parcels.first().and_then(|parcel| parcel.item.time);
        let shift = first.map(event_time::shift_to_now);
        for parcel in &mut unit.parcels {
            parcel.rewritten = event_time::body(&parcel.item, options.event_time, shift);
        }
        courier.shown_request(&unit.parcels)
    });
    Ok(preview)
}

/// Finds the unit that would go out first.
struct FirstUnit {
    batcher: Batcher,
    found: Option<Unit>,
}

impl FirstUnit {
    fn new(options: &Options) -> Self {
        Self { batcher: dispatch::batcher(options), found: None }
    }

    fn add(&mut self, item: Item) {
        if self.found.is_none() {
            let parcel = Parcel { item, due: None, rewritten: None };
            self.found = self.batcher.add(parcel, Instant::now());
        }
    }

    fn unit(mut self) -> Option<Unit> {
        self.found.or_else(|| self.batcher.flush(None).into_iter().next())
    }
}

/// The fullest second of a schedule, seconds counted from its start.
#[derive(Default)]
struct Peak {
    second: u64,
    events: u64,
    highest: u64,
}

impl Peak {
    fn add(&mut self, due: Duration) {
        if due.as_secs() != self.second {
            self.second = due.as_secs();
            self.events = 0;
        }
        self.events += 1;
        self.highest = self.highest.max(self.events);
    }
}
