//! The engine: sets up a replay's parts and lets them run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use event_simulator::quantity::grouped;
use event_simulator::time::VirtualTime;

use crate::config::{Config, TargetConfig};
use crate::delivery::{Dispatcher, Sender};
use crate::error::{ReplayError, SourceError};
use crate::metrics::{ReplayStatus, SharedMetrics, Summary};
use crate::observer::{Notifier, Observer, observe};
use crate::records::{Journal, JournalIdentity};
use crate::schedule::{PacingThread, Start};
use crate::shutdown::{Shutdown, ShutdownPhase};
use crate::source::{EventSource, ReaderThread};
use crate::target::{HttpTarget, Target};

/// A replay that is ready to run.
///
/// ```no_run
/// use event_simulator_replay::{Config, HttpConfig, LineSource, Replay, Silent, TargetConfig};
///
/// let http = HttpConfig { url: "http://localhost:8000/api/events".parse()?, ..HttpConfig::default() };
/// let config = Config { target: TargetConfig::Http(http), ..Config::default() };
/// let source = LineSource::open("timeline.jsonl".as_ref(), &config)?;
/// let summary = Replay::new(config).run(Box::new(source), &mut Silent)?;
/// println!("{} delivered", summary.metrics.delivered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    config: Config,
    timeline: Option<PathBuf>,
    shutdown: Shutdown,
    metrics: Arc<SharedMetrics>,
}

impl Replay {
    /// A replay as `config` says.
    pub fn new(config: Config) -> Self {
        Self { config, timeline: None, shutdown: Shutdown::new(), metrics: Arc::default() }
    }

    /// Names the timeline's file, by which a journal is known to belong to it.
    #[must_use]
    pub fn of_timeline(mut self, path: impl Into<PathBuf>) -> Self {
        self.timeline = Some(path.into());
        self
    }

    /// A handle that stops this replay.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// The metrics, to be looked at while it runs.
    pub fn metrics(&self) -> Arc<SharedMetrics> {
        Arc::clone(&self.metrics)
    }

    /// Sends everything that `source` gives. Blocks until it is settled or stopped.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from beginning. What stops it later is told by the summary's status.
    pub fn run(
        self,
        source: Box<dyn EventSource>,
        observer: &mut dyn Observer,
    ) -> Result<Summary, ReplayError> {
        let (notifier, messages) = Notifier::new(observer.wants_events());
        let metrics = Arc::clone(&self.metrics);
        std::thread::scope(|scope| {
            let watching = scope.spawn(move || observe(observer, &messages, &metrics));
            let ended = self.send_all(source, &notifier);
            notifier.end();
            // A panic of the observer's is its own affair; the replay's result stands.
            let _ = watching.join();
            ended
        })
    }

    fn send_all(
        self,
        source: Box<dyn EventSource>,
        notifier: &Notifier,
    ) -> Result<Summary, ReplayError> {
        match &self.config.target {
            TargetConfig::Http(http) => {
                let connections = self.config.max_in_flight().get();
                let is_batched = self.config.batching.size.get() > 1;
                let target = HttpTarget::new(http, connections, is_batched)?;
                self.send_all_to(target, source, notifier)
            }
        }
    }

    fn send_all_to(
        self,
        target: impl Target,
        source: Box<dyn EventSource>,
        notifier: &Notifier,
    ) -> Result<Summary, ReplayError> {
        let Self { config, timeline, shutdown, metrics } = self;
        if let Some(warning) = target.warning() {
            notifier.notice(warning);
        }
        let journal = open_journal(&config, timeline.as_deref(), target.address())?;
        let settled = journal.as_ref().map(|journal| journal.settled().clone()).unwrap_or_default();
        if settled.len() > 0 {
            let count = grouped(settled.len());
            notifier.notice(format!("going on after {count} settled events"));
        }
        metrics.lock().total_bytes = source.total_bytes();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ReplayError::Start)?;
        let reader = ReaderThread { source, settled, metrics: Arc::clone(&metrics) };
        let chunks = reader.spawn().map_err(ReplayError::Start)?;
        let pacing = PacingThread {
            pace: config.schedule.pace,
            start: start(config.schedule.start_at),
            shutdown: shutdown.clone(),
            metrics: Arc::clone(&metrics),
        };
        let due = pacing.spawn(chunks).map_err(ReplayError::Start)?;
        let sender = Sender::new(
            target,
            &config.retry,
            Arc::clone(&metrics),
            notifier.clone(),
            shutdown.subscribe(),
        );
        let dispatcher = Dispatcher::new(
            &config,
            sender,
            journal,
            Arc::clone(&metrics),
            notifier.clone(),
            shutdown.clone(),
        );
        let failure = runtime.block_on(dispatcher.run(due));
        let metrics = metrics.snapshot();
        let elapsed = metrics.elapsed();
        runtime.shutdown_background();
        let status = match failure {
            Some(error) => ReplayStatus::Failed(error),
            None if shutdown.phase() == ShutdownPhase::Running => ReplayStatus::Complete,
            None => ReplayStatus::Interrupted,
        };
        Ok(Summary { metrics, elapsed, status })
    }
}

fn open_journal(
    config: &Config,
    timeline: Option<&Path>,
    address: String,
) -> Result<Option<Journal>, ReplayError> {
    let Some(path) = &config.records.journal else { return Ok(None) };
    let timeline = timeline.filter(|timeline| timeline.is_file()).ok_or_else(|| {
        ReplayError::Config("a journal needs a timeline that is a file".to_owned())
    })?;
    let identity = JournalIdentity::of(timeline, address)
        .map_err(|source| SourceError::Io { name: timeline.display().to_string(), source })?;
    Journal::open(path, identity, config.records.resume).map(Some)
}

/// The moment at which the first event is due.
fn start(at: Option<VirtualTime>) -> Start {
    let Some(at) = at else { return Start::AtOnce };
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis());
    let wait = at.duration_since(SystemTime::now()).unwrap_or_default();
    Start::At(Instant::now() + wait)
}
