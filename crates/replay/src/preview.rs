//! A dry run: what would be sent, and when, without sending it.

use std::time::{Duration, Instant};

use event_simulator::time::VirtualTime;

use crate::bad_line::BadLine;
use crate::config::Config;
use crate::error::ReplayError;
use crate::metrics::Metrics;
use crate::schedule::{Batch, Batcher, Converter, Pacer, ScheduledEvent, TimeRewriter};
use crate::source::{EventSource, SourceEvent, SourceItem};
use crate::target::{Target, with_target};

/// The requests and the schedule of a replay that is not run.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The target's address, secrets masked.
    pub address: String,
    /// Events in all.
    pub events: u64,
    /// Their bytes, without compression or batch brackets.
    pub bytes: u64,
    /// Requests, if each batch fills.
    pub requests: u64,
    /// Lines that would go to the dead letters: number and reason of the first few.
    pub bad_lines: Vec<(u64, String)>,
    /// The number of bad lines.
    pub bad_line_count: u64,
    /// Times of the first and last events.
    pub times: Option<(VirtualTime, VirtualTime)>,
    /// Time from when the first event would be due to the last; `None` without a schedule.
    pub lasts: Option<Duration>,
    /// Most events that would be due within one second.
    pub peak_rate: u64,
    /// Events by type, the most frequent first.
    pub types: Vec<(String, u64)>,
    /// The first request in full, secrets masked.
    pub first_request: Option<String>,
    /// What a person should know before anything is sent.
    pub warnings: Vec<String>,
    /// The error that kept the source from being read to its end.
    pub broken: Option<String>,
}

const BAD_LINES_SHOWN: usize = 10;

/// Reads all of `source` and sends nothing.
///
/// # Errors
///
/// Whatever would keep the replay from beginning.
pub fn preview(config: &Config, source: &mut dyn EventSource) -> Result<Preview, ReplayError> {
    config.check()?;
    with_target!(config, |target| Ok(preview_to(&target, config, source)))
}

fn preview_to(target: &impl Target, config: &Config, source: &mut dyn EventSource) -> Preview {
    let mut preview =
        Preview { address: target.address(), warnings: source.warnings(), ..Preview::default() };
    let mut pacer = Pacer::new(config.schedule.pace);
    let mut peak = Peak::default();
    let mut counts = Metrics::default();
    let mut first = FirstBatch::new(config);
    loop {
        let event = match source.next() {
            Ok(None) => break,
            Ok(Some(SourceItem::Event(event))) => match first.scheduled(event) {
                Ok(event) => event,
                Err((position, reason)) => {
                    preview.bad_line(position, reason);
                    continue;
                }
            },
            Ok(Some(SourceItem::BadLine(BadLine { position, reason, .. }))) => {
                preview.bad_line(position, reason);
                continue;
            }
            Err(error) => {
                preview.broken = Some(error.to_string());
                break;
            }
        };
        preview.events += 1;
        preview.bytes += event.body().len() as u64;
        counts.accepted(event.event.event_type(), None);
        if let Some(due) = pacer.due(event.event.time) {
            preview.lasts = Some(due);
            peak.add(due);
        }
        if let Some(time) = event.event.time {
            let first = preview.times.map_or(time, |(first, _)| first);
            preview.times = Some((first, time));
        }
        first.add(event);
    }
    preview.requests = preview.events.div_ceil(config.batch_size().get() as u64);
    preview.peak_rate = peak.highest;
    preview.types =
        counts.by_type().into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    preview.warnings.extend(source.warnings());
    preview.first_request = first.batch().map(|batch| target.shown_request(&batch.events));
    preview
}

impl Preview {
    fn bad_line(&mut self, position: u64, reason: String) {
        self.bad_line_count += 1;
        if self.bad_lines.len() < BAD_LINES_SHOWN {
            self.bad_lines.push((position, reason));
        }
    }
}

/// Finds the batch that would go out first.
struct FirstBatch {
    batcher: Batcher,
    rewriter: TimeRewriter,
    converter: Converter,
    found: Option<Batch>,
}

impl FirstBatch {
    fn new(config: &Config) -> Self {
        let rewriter = TimeRewriter::new(config.schedule.event_time, None);
        let converter = Converter::for_config(config);
        Self { batcher: Batcher::for_config(config), rewriter, converter, found: None }
    }

    /// The event as it would be sent; an error, with its position, if it cannot say the time that it is to
    /// say, or cannot be sent in the format that is asked for.
    fn scheduled(&mut self, event: SourceEvent) -> Result<ScheduledEvent, (u64, String)> {
        self.rewriter.decide_shift(&event);
        let form = self.rewriter.body(&event).and_then(|rewritten| {
            self.converter.convert(&event, rewritten.as_ref().unwrap_or(&event.body))
        });
        let form = form.map_err(|reason| (event.position, reason))?;
        Ok(ScheduledEvent { form, ..ScheduledEvent::new(event, None) })
    }

    fn add(&mut self, event: ScheduledEvent) {
        if self.found.is_none() {
            self.found = self.batcher.add(event, Instant::now()).into_iter().next();
        }
    }

    fn batch(mut self) -> Option<Batch> {
        let mut batch = self.found.or_else(|| self.batcher.flush_all().into_iter().next())?;
        for event in &mut batch.events {
            event.rewritten = self.rewriter.body(&event.event).unwrap_or_default();
        }
        Some(batch)
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
