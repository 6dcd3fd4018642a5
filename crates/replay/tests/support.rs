//! A timeline whose events carry their number, a collector that keeps what it takes, and how to compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use event_simulator_collector::{Collector, CollectorConfig, FaultConfig};
use event_simulator_replay::{
    Config, LineSource, Replay, ReplayPace, ReplayStatus, RetryRatio, Silent, Summary, Timeout,
};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a timeline in it, and a collector that writes beside it.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) collector: Collector,
    events: u64,
}

/// A timeline of `events` events, 2 ms apart, of 97 users who take turns.
pub(crate) fn timeline(events: u64) -> String {
    let mut text = String::new();
    for number in 0..events {
        let (minutes, millis) = (number / 30_000, number * 2 % 60_000);
        let kind = ["page_visited", "button_clicked", "page_closed"][(number % 3) as usize];
        writeln!(
            text,
            "{{\"event_id\":\"{}\",\"event_time\":\"2026-01-01T00:{minutes:02}:{:02}.{:03}Z\",\
             \"event_type\":\"{kind}\",\"user_id\":\"user_{:08x}\",\"session_id\":\"session_{:012x}\",\
             \"page_path\":\"/products\",\"button_id\":\"add_to_cart\",\"props\":{{}}}}",
            id(number),
            millis / 1_000,
            millis % 1_000,
            number * 31 % 97,
            number * 31 % 97,
        )
        .unwrap();
    }
    text
}

pub(crate) fn id(number: u64) -> String {
    format!("0190163d-8694-739b-aea5-{number:012x}")
}

impl Stage {
    pub(crate) fn new(events: u64, config: CollectorConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("timeline.jsonl"), timeline(events)).unwrap();
        let output = Some(folder.path().join("received.jsonl"));
        let collector = Collector::start(CollectorConfig { port: 0, output, ..config }).unwrap();
        Self { folder, collector, events }
    }

    pub(crate) fn with_faults(events: u64, faults: FaultConfig) -> Self {
        Self::new(events, CollectorConfig { dedupe: true, faults, ..CollectorConfig::default() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn timeline(&self) -> PathBuf {
        self.path("timeline.jsonl")
    }

    /// A configuration that sends as fast as possible, tries often, and sets aside what fails.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::default();
        config.target.url = self.collector.url().parse().unwrap();
        config.target.timeout = Timeout::new(Duration::from_millis(500));
        config.schedule.pace = ReplayPace::Max;
        config.retry.retries = 10;
        config.retry.backoff = Duration::from_millis(5);
        config.retry.budget = RetryRatio::new(10.0).unwrap();
        config.records.dead_letters = Some(self.path("dead.jsonl"));
        config
    }

    /// Replays the timeline by [`Self::config`], with what `adapt` changes in it.
    pub(crate) fn replay(&self, adapt: impl FnOnce(&mut Config)) -> Summary {
        let mut config = self.config();
        adapt(&mut config);
        replay_file(&self.timeline(), config)
    }

    /// The events that the collector took, in the order in which it did.
    pub(crate) fn received(&self) -> Vec<Value> {
        lines(&self.path("received.jsonl"))
    }

    /// Asserts that every event was taken or is in the dead letters, and gives how many are there.
    pub(crate) fn assert_nothing_lost(&self) -> usize {
        let received = ids(&self.received());
        let dead: BTreeSet<String> = lines(&self.path("dead.jsonl"))
            .iter()
            .map(|letter| letter["event"]["event_id"].as_str().unwrap().to_owned())
            .collect();
        let missing: Vec<_> = (0..self.events)
            .map(id)
            .filter(|id| !received.contains(id) && !dead.contains(id))
            .collect();
        assert!(missing.is_empty(), "{} lost: {:?}", missing.len(), missing.first());
        dead.len()
    }

    /// Asserts that each user's events came in the timeline's order, repeats aside.
    pub(crate) fn assert_order(&self) {
        let mut seen = BTreeSet::new();
        let mut latest: BTreeMap<String, String> = BTreeMap::new();
        for event in self.received() {
            let id = event["event_id"].as_str().unwrap().to_owned();
            if !seen.insert(id.clone()) {
                continue;
            }
            let user = event["user_id"].as_str().unwrap().to_owned();
            if let Some(before) = latest.insert(user, id.clone()) {
                assert!(before < id, "{id} came after {before}");
            }
        }
    }

    pub(crate) fn assert_exactly_once(&self) {
        assert_eq!(self.received().len() as u64, self.events);
        assert_eq!(self.assert_nothing_lost(), 0);
        self.assert_order();
    }
}

pub(crate) fn replay_file(path: &Path, config: Config) -> Summary {
    let source = LineSource::open(path, &config).unwrap();
    Replay::new(config).of_timeline(path).run(Box::new(source), &mut Silent).unwrap()
}

pub(crate) fn assert_complete(summary: &Summary) {
    assert!(matches!(summary.status, ReplayStatus::Complete), "{:?}", summary.status);
}

pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn ids(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()).collect()
}

/// Looks again and again until it is so.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::yield_now();
    }
}
