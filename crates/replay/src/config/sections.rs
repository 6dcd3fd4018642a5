//! The sections of a configuration, with their defaults.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use event_simulator::time::VirtualTime;

use super::choice::{EventTime, OnOutage};
use super::pace::{ReplayPace, Speed};
use super::target::{TargetConfig, TargetUrl};
use crate::error::ReplayError;

/// Everything that can be asked of a replay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The reading of lines.
    pub input: InputConfig,
    /// The times at which events are due.
    pub schedule: ScheduleConfig,
    /// The order that is kept, and the bound on what goes on at one time.
    pub ordering: OrderingConfig,
    /// The gathering of events into requests.
    pub batching: BatchingConfig,
    /// The reaction to failed requests.
    pub retry: RetryConfig,
    /// The files that remember what became of events.
    pub records: RecordsConfig,
    /// The place that events go to.
    pub target: TargetConfig,
}

impl Config {
    /// Checks what concerns several options.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do.
    pub fn check(&self) -> Result<(), ReplayError> {
        let ScheduleConfig { from, until, .. } = self.schedule;
        self.target.check().map_err(ReplayError::Config)?;
        self.check_batch()?;
        if self.target.url.is_written() && self.ordering.max_in_flight.is_some() {
            return Err(ReplayError::Config(
                "--in-flight: a file and standard output get one batch after the other; leave it out"
                    .to_owned(),
            ));
        }
        match from.zip(until).filter(|(from, until)| from >= until) {
            Some((from, until)) => Err(ReplayError::Config(format!(
                "--from {from} is not before --until {until}: no event lies between"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses batches of more events than the format's receiver takes.
    fn check_batch(&self) -> Result<(), ReplayError> {
        let Some(format) = self.target.format.wire() else { return Ok(()) };
        let is_http = matches!(self.target.url, TargetUrl::Http(_));
        let (size, most) = (self.batch_size().get(), format.limits.batch_events);
        if is_http && size > most {
            let title = format.title;
            return Err(ReplayError::Config(format!(
                "--batch {size}: {title} takes {most} events in a request at most"
            )));
        }
        Ok(())
    }

    /// Most requests at one time, by default as suits the target and the size of batches. What is written
    /// is written in the timeline's order: one batch after the other.
    pub fn max_in_flight(&self) -> NonZeroUsize {
        const SINGLE: NonZeroUsize = NonZeroUsize::new(64).unwrap();
        const BATCHED: NonZeroUsize = NonZeroUsize::new(8).unwrap();
        if self.target.url.is_written() {
            return NonZeroUsize::MIN;
        }
        let default = if self.batch_size().get() > 1 { BATCHED } else { SINGLE };
        self.ordering.max_in_flight.unwrap_or(default)
    }

    /// Most events in a request, by default as suits the target.
    pub fn batch_size(&self) -> NonZeroUsize {
        const KAFKA: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
        const WRITTEN: NonZeroUsize = NonZeroUsize::new(500).unwrap();
        const FORMATTED: NonZeroUsize = NonZeroUsize::new(100).unwrap();
        self.batching.size.unwrap_or(match self.target.url {
            TargetUrl::Http(_) => match self.target.format.wire() {
                None => NonZeroUsize::MIN,
                Some(format) => NonZeroUsize::new(format.limits.batch_events)
                    .map_or(NonZeroUsize::MIN, |most| most.min(FORMATTED)),
            },
            TargetUrl::Kafka(_) => KAFKA,
            TargetUrl::File(_) | TargetUrl::StandardOutput => WRITTEN,
        })
    }

    /// Longest time that an event waits for its batch to fill, by default as suits the target.
    pub fn batch_wait(&self) -> Duration {
        self.batching.wait.unwrap_or(match self.target.url {
            TargetUrl::Http(_) => Duration::from_millis(50),
            _ => Duration::from_millis(5),
        })
    }
}

/// The reading of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputConfig {
    /// The field with the event's time.
    pub time_field: String,
    /// The field with the event's identity, for `Idempotency-Key`.
    pub id_field: String,
    /// The replay stops at the first line that cannot be replayed.
    pub strict: bool,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self { time_field: "event_time".to_owned(), id_field: "event_id".to_owned(), strict: false }
    }
}

/// The times at which events are due.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleConfig {
    /// The pace.
    pub pace: ReplayPace,
    /// The time at which the first event is due, by the machine's clock.
    pub start_at: Option<VirtualTime>,
    /// Events before this time are passed over.
    pub from: Option<VirtualTime>,
    /// Events at or after this time are passed over.
    pub until: Option<VirtualTime>,
    /// The time that is sent.
    pub event_time: EventTime,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            pace: ReplayPace::Speed(Speed::REAL_TIME),
            start_at: None,
            from: None,
            until: None,
            event_time: EventTime::Original,
        }
    }
}

/// The order that is kept, and the bound on what goes on at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderingConfig {
    /// The field whose equal values keep their order; without one, nothing does.
    pub lane_field: Option<String>,
    /// Most requests at one time; see [`Config::max_in_flight`].
    pub max_in_flight: Option<NonZeroUsize>,
}

impl Default for OrderingConfig {
    fn default() -> Self {
        Self { lane_field: Some("user_id".to_owned()), max_in_flight: None }
    }
}

/// The gathering of events into requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchingConfig {
    /// Most events in a request, where 1 sends each alone; see [`Config::batch_size`].
    pub size: Option<NonZeroUsize>,
    /// Longest time that an event waits for its batch to fill; see [`Config::batch_wait`].
    pub wait: Option<Duration>,
}

/// The reaction to failed requests.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryConfig {
    /// Tries after the first for what may pass by itself.
    pub retries: u32,
    /// Longest wait before the first retry; it doubles with each.
    pub backoff: Duration,
    /// Retries for each first try, over time; more wait their turn.
    pub budget: RetryRatio,
    /// The reaction to a target that is down; by default it is waited for, unless it never responded.
    pub on_outage: Option<OnOutage>,
    /// Longest time to wait for a target that is down.
    pub outage_limit: Duration,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            retries: 3,
            backoff: Duration::from_millis(100),
            budget: RetryRatio(1.0),
            on_outage: None,
            outage_limit: Duration::from_secs(600),
        }
    }
}

/// Retries for each first try, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RetryRatio(f64);

impl RetryRatio {
    /// So many, or `None` outside the bounds.
    pub fn new(ratio: f64) -> Option<Self> {
        (0.0..=100.0).contains(&ratio).then_some(Self(ratio))
    }

    /// As a number from 0 to 100.
    pub fn as_f64(self) -> f64 {
        self.0
    }
}

impl FromStr for RetryRatio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ratio = text.parse().ok().and_then(Self::new);
        ratio.ok_or_else(|| format!("{text:?} is not a number from 0 to 100"))
    }
}

/// The files that remember what became of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsConfig {
    /// The file for events that could not be delivered; without one they are only counted.
    pub dead_letters: Option<PathBuf>,
    /// The file that remembers what is settled.
    pub journal: Option<PathBuf>,
    /// A journal that exists is gone on with, not refused.
    pub resume: bool,
}

impl RecordsConfig {
    /// Names files beside the timeline where none are named: the dead letters, and if the replay is to
    /// go on where an earlier one stopped, the journal.
    pub fn beside(&mut self, timeline: &Path) {
        self.dead_letters.get_or_insert_with(|| file_beside(timeline, "dead-letters.jsonl"));
        if self.resume {
            self.journal.get_or_insert_with(|| file_beside(timeline, "journal"));
        }
    }
}

/// `TIMELINE.ending`; for standard input just `ending`.
fn file_beside(timeline: &Path, ending: &str) -> PathBuf {
    if timeline.as_os_str() == "-" {
        return PathBuf::from(ending);
    }
    let mut name = timeline.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_beside_the_timeline_unless_they_are_named() {
        let named = |config: RecordsConfig, timeline: &str| {
            let mut config = config;
            config.beside(Path::new(timeline));
            let text = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
            (text(config.dead_letters), text(config.journal))
        };
        let resume = RecordsConfig { resume: true, ..RecordsConfig::default() };
        let some = |name: &str| Some(name.to_owned());
        let expected = (some("t.jsonl.dead-letters.jsonl"), None);
        assert_eq!(named(RecordsConfig::default(), "t.jsonl"), expected);
        let expected = (some("a/t.dead-letters.jsonl"), some("a/t.journal"));
        assert_eq!(named(resume.clone(), "a/t"), expected);
        assert_eq!(named(resume.clone(), "-"), (some("dead-letters.jsonl"), some("journal")));
        let own = RecordsConfig { journal: Some("j".into()), ..resume };
        assert_eq!(named(own, "t").1, some("j"));
    }

    #[test]
    fn many_small_requests_or_few_large_ones_go_on_at_one_time() {
        let mut config = Config::default();
        assert_eq!(config.max_in_flight().get(), 64);
        config.batching.size = NonZeroUsize::new(2);
        assert_eq!(config.max_in_flight().get(), 8);
        config.ordering.max_in_flight = NonZeroUsize::new(3);
        assert_eq!(config.max_in_flight().get(), 3);
    }
}
