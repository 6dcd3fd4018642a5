//! The engine: sets up a replay's parts and lets them run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use event_simulator::quantity::grouped;
use event_simulator::time::VirtualTime;

use crate::config::Config;
use crate::delivery::{Dispatcher, Sender};
use crate::error::{ReplayError, SourceError};
use crate::metrics::{ReplayStatus, RunSeries, SharedMetrics, Summary};
use crate::notifier::Notifier;
use crate::observer::Observer;
use crate::records::{DeadLetters, Journal, JournalIdentity, OpenRecords, RangeSet, SentFile};
use crate::schedule::{PacingThread, Start};
use crate::shutdown::{Shutdown, ShutdownPhase};
use crate::source::{EventSource, ReaderThread};
use crate::target::{Target, with_target};
use crate::watching::observe;

/// A replay that is ready to run.
///
/// ```no_run
/// use event_simulator_replay::{Config, LineSource, Replay, Silent};
///
/// let mut config = Config::default();
/// config.target.url = "http://localhost:8000/api/events".parse()?;
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
    saved_to: Option<PathBuf>,
    records_series: bool,
}

impl Replay {
    /// A replay as `config` says.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            timeline: None,
            shutdown: Shutdown::new(),
            metrics: Arc::default(),
            saved_to: None,
            records_series: false,
        }
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

    /// Has each event appended to a file, as it is sent, when its first request begins.
    #[must_use]
    pub fn saving_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.saved_to = Some(path.into());
        self
    }

    /// Has it record its course, second by second, for the summary.
    pub fn record_series(&mut self) {
        self.records_series = true;
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
        self.config.check()?;
        let (notifier, messages) = Notifier::new(observer.wants_events());
        let metrics = Arc::clone(&self.metrics);
        let mut series = self.records_series.then(RunSeries::default);
        let watched = series.as_mut();
        let ended = std::thread::scope(|scope| {
            let watching = scope.spawn(move || observe(observer, &messages, &metrics, watched));
            let ended = self.send_all(source, &notifier);
            notifier.end();
            // A panic of the observer's is its own affair; the replay's result stands.
            let _ = watching.join();
            ended
        });
        ended.map(|summary| Summary { series, ..summary })
    }

    fn send_all(
        self,
        source: Box<dyn EventSource>,
        notifier: &Notifier,
    ) -> Result<Summary, ReplayError> {
        with_target!(&self.config, |target| self.send_all_to(target, source, notifier))
    }

    fn send_all_to(
        self,
        target: impl Target,
        mut source: Box<dyn EventSource>,
        notifier: &Notifier,
    ) -> Result<Summary, ReplayError> {
        let Self { config, timeline, shutdown, metrics, saved_to, .. } = self;
        if let Some(warning) = target.warning() {
            notifier.notice(warning);
        }
        for warning in source.warnings() {
            notifier.notice(format!("warning: {warning}"));
        }
        target.begin()?;
        let target = Arc::new(target);
        let sent_file = saved_to.as_deref().map(SentFile::open).transpose()?;
        let records = open_records(&config, timeline.as_deref(), &*target)?;
        metrics.lock().total_bytes = source.total_bytes();
        let settled = settled_before(&records, &config, &metrics, notifier);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ReplayError::Start)?;
        let reader = ReaderThread {
            source,
            settled,
            metrics: Arc::clone(&metrics),
            notifier: notifier.clone(),
        };
        let chunks = reader.spawn().map_err(ReplayError::Start)?;
        let pacing = PacingThread {
            pace: config.schedule.pace,
            start: start(config.schedule.start_at),
            shutdown: shutdown.clone(),
            metrics: Arc::clone(&metrics),
        };
        let due = pacing.spawn(chunks).map_err(ReplayError::Start)?;
        let sender = Sender::new(
            Arc::clone(&target),
            &config.retry,
            sent_file,
            Arc::clone(&metrics),
            notifier.clone(),
            shutdown.subscribe(),
        );
        let dispatcher = Dispatcher::new(
            &config,
            sender,
            records,
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
            None if shutdown.phase() == ShutdownPhase::Running => match target.finish() {
                Ok(()) => ReplayStatus::Complete,
                Err(error) => ReplayStatus::Failed(error),
            },
            None => ReplayStatus::Interrupted,
        };
        let dead_letters_file = config.records.dead_letters.filter(|_| metrics.dead_letters > 0);
        Ok(Summary { metrics, elapsed, status, dead_letters_file, series: None })
    }
}

/// Opens what is written down; what cannot be written is known before anything is sent.
fn open_records(
    config: &Config,
    timeline: Option<&Path>,
    target: &impl Target,
) -> Result<OpenRecords, ReplayError> {
    let journal = match &config.records.journal {
        Some(path) => Some(open_journal(path, config.records.resume, timeline, target)?),
        None => None,
    };
    Ok(OpenRecords {
        journal,
        dead_letters: DeadLetters::open(config.records.dead_letters.clone())?,
    })
}

fn open_journal(
    path: &Path,
    resume: bool,
    timeline: Option<&Path>,
    target: &impl Target,
) -> Result<Journal, ReplayError> {
    let timeline = timeline.filter(|timeline| timeline.is_file()).ok_or_else(|| {
        ReplayError::Config("a journal needs a timeline that is a file".to_owned())
    })?;
    let identity = JournalIdentity::of(timeline, target.address_digest(), target.address())
        .map_err(|source| SourceError::Io { name: timeline.display().to_string(), source })?;
    Journal::open(path, identity, resume)
}

/// What earlier runs have settled, told and counted.
fn settled_before(
    records: &OpenRecords,
    config: &Config,
    metrics: &SharedMetrics,
    notifier: &Notifier,
) -> RangeSet {
    let Some(journal) = &records.journal else { return RangeSet::default() };
    let settled = journal.settled().clone();
    if settled.len() > 0 {
        notifier.notice(format!("going on after {} settled events", grouped(settled.len())));
    }
    let given_up = journal.given_up();
    if given_up > 0 {
        let place = config.records.dead_letters.as_ref();
        let place = place.map(|path| format!(" ({})", path.display())).unwrap_or_default();
        notifier.notice(format!(
            "{} events were given up before and are not tried again: replay the dead letters for \
             that{place}",
            grouped(given_up)
        ));
    }
    metrics.lock().given_up_before = given_up;
    settled
}

/// The moment at which the first event is due.
fn start(at: Option<VirtualTime>) -> Start {
    let Some(at) = at else { return Start::AtOnce };
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis());
    let wait = at.duration_since(SystemTime::now()).unwrap_or_default();
    Start::At(Instant::now() + wait)
}
