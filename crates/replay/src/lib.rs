//! Replay: sends a timeline to an ingestion API, paced to the wall clock, and loses nothing.
//!
//! ```text
//! source -> reader thread -> pacing thread -> dispatcher -> requests
//!                                                 |  ^         |
//!                      dead letters, journal  <---+  +---------+
//! ```
//!
//! The [`Pacer`] says when each event is due and is a pure value. The pacing thread waits until then.
//! The dispatcher keeps lanes (a user's next event is not sent before the last one is settled), the
//! bound on what is in flight, the dead letters and the journal. Deliveries retry by themselves.
//! Between all of them lie bounded queues, so a slow target makes the schedule slip and memory does
//! not grow.

mod batch;
mod books;
mod dead_letters;
mod delivery;
mod dispatch;
mod event_time;
mod feed;
mod journal;
mod lanes;
mod lines;
mod observer;
mod options;
mod pacer;
mod preview;
mod prometheus;
mod range_set;
mod section;
mod source;
mod stop;
mod summary;
mod threshold;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

pub use books::{Books, Durations, Metrics};
pub use lines::LineSource;
pub use observer::{Observer, SettledEvent, Silent};
pub use options::{
    BatchFormat, Compression, EventTime, HttpVersion, OnOutage, Options, Pace, Speed, StatusSet,
};
pub use pacer::Pacer;
pub use preview::{Preview, preview};
pub use prometheus::serve_metrics;
pub use section::SECTION;
pub use source::{BadLine, Entry, Item, Source, SourceError, Span};
pub use stop::{Phase, Stop};
pub use threshold::Threshold;

use delivery::{Courier, Crew};
use dispatch::Dispatcher;
use feed::{Pacing, Reader, Start};
use journal::{Identity, Journal};
use observer::{Message, Voice};

use event_simulator::quantity::grouped;
use event_simulator::quantity::show_duration;

/// Why a replay could not begin, or could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// What was asked for cannot be.
    #[error("{0}")]
    Options(String),
    /// The timeline cannot be read, or a line of it cannot be replayed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The target is down.
    #[error(
        "cannot deliver to {url}: {reason}{}. Is it up? {health_check}",
        if waited.is_zero() { String::new() } else { format!(" (waited {})", show_duration(*waited)) }
    )]
    Outage {
        /// Where was sent, secrets masked.
        url: String,
        /// What the last try showed.
        reason: String,
        /// How long it was waited for.
        waited: Duration,
        /// A command that shows whether it is up.
        health_check: String,
    },
    /// What is settled cannot be remembered.
    #[error("cannot write the journal {}: {source}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What cannot be delivered cannot be kept.
    #[error("cannot write the dead letters {}: {source}", path.display())]
    DeadLetters {
        /// Their file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The machine would not give a thread or a runtime.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

/// How a replay ended, with everything that was counted and measured.
#[derive(Debug)]
pub struct Summary {
    /// Counts and measures.
    pub metrics: Metrics,
    /// Time from when the first event was due to the end.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a replay ended.
#[derive(Debug)]
pub enum Outcome {
    /// Every event is settled: delivered, or written to the dead letters.
    Complete,
    /// It was stopped from outside.
    Interrupted,
    /// It could not go on.
    Failed(ReplayError),
}

/// A replay that is ready to run.
///
/// ```no_run
/// use event_simulator_replay::{LineSource, Options, Replay, Silent};
///
/// let options = Options { url: "http://localhost:8000/api/events".into(), ..Options::default() };
/// let source = LineSource::open("timeline.jsonl".as_ref(), &options)?;
/// let summary = Replay::new(options).run(Box::new(source), &mut Silent)?;
/// println!("{} delivered", summary.metrics.delivered);
/// # Ok::<(), event_simulator_replay::ReplayError>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    options: Options,
    timeline: Option<PathBuf>,
    stop: Stop,
    books: Arc<Books>,
}

impl Replay {
    /// A replay as `options` say.
    pub fn new(options: Options) -> Self {
        let books = Arc::new(Books::new(None));
        Self { options, timeline: None, stop: Stop::new(), books }
    }

    /// Names the timeline's file, by which a journal is known to belong to it.
    #[must_use]
    pub fn of_timeline(mut self, path: impl Into<PathBuf>) -> Self {
        self.timeline = Some(path.into());
        self
    }

    /// A handle that stops this replay.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The metrics, to be looked at while it runs.
    pub fn books(&self) -> Arc<Books> {
        Arc::clone(&self.books)
    }

    /// Sends everything that `source` gives. Blocks until it is settled or stopped.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from beginning. What stops it later is told by the summary's outcome.
    pub fn run(
        self,
        source: Box<dyn Source>,
        observer: &mut dyn Observer,
    ) -> Result<Summary, ReplayError> {
        let (sender, messages) = std::sync::mpsc::channel::<Message>();
        let voice = Voice { sender, wants_events: observer.wants_events() };
        let books = Arc::clone(&self.books);
        std::thread::scope(|scope| {
            let watched = Arc::clone(&books);
            let watching = scope.spawn(move || observer::attend(observer, &messages, &watched));
            let ended = self.send_all(source, &voice);
            voice.end();
            // A panic of the observer's is its own affair; the replay's result stands.
            let _ = watching.join();
            ended
        })
    }

    fn send_all(self, source: Box<dyn Source>, voice: &Voice) -> Result<Summary, ReplayError> {
        let Self { options, timeline, stop, books } = self;
        let courier = Courier::new(&options, Arc::clone(&books), voice.clone(), stop.subscribe())?;
        if options.insecure {
            voice.say(
                "WARNING: --insecure accepts any certificate: anybody on the way can read \
                and change what is sent"
                    .to_owned(),
            );
        }
        let journal = journal(&options, timeline, courier.shown_url())?;
        let settled = journal.as_ref().map(|journal| journal.settled().clone()).unwrap_or_default();
        if settled.len() > 0 {
            let count = grouped(settled.len());
            voice.say(format!("going on after {count} settled events"));
        }
        books.lock().total_bytes = source.total_bytes();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ReplayError::Start)?;
        let chunks = Reader { source, settled, books: Arc::clone(&books) }
            .spawn()
            .map_err(ReplayError::Start)?;
        let pacing = Pacing {
            pace: options.pace(),
            start: start(&options),
            stop: stop.clone(),
            books: Arc::clone(&books),
        };
        let feed = pacing.spawn(chunks).map_err(ReplayError::Start)?;
        let dispatcher = Dispatcher::new(
            &options,
            Crew::new(courier),
            journal,
            Arc::clone(&books),
            voice.clone(),
            stop.clone(),
        );
        let failure = runtime.block_on(dispatcher.run(feed));
        let metrics = books.snapshot();
        let elapsed = metrics.elapsed();
        runtime.shutdown_background();
        let outcome = match failure {
            Some(error) => Outcome::Failed(error),
            None if stop.phase() == Phase::Running => Outcome::Complete,
            None => Outcome::Interrupted,
        };
        Ok(Summary { metrics, elapsed, outcome })
    }
}

fn journal(
    options: &Options,
    timeline: Option<PathBuf>,
    url: String,
) -> Result<Option<Journal>, ReplayError> {
    let Some(path) = &options.journal else { return Ok(None) };
    let timeline = timeline.filter(|timeline| timeline.is_file()).ok_or_else(|| {
        ReplayError::Options("a journal needs a timeline that is a file".to_owned())
    })?;
    let identity = Identity::of(&timeline, url)
        .map_err(|source| SourceError::Io { name: timeline.display().to_string(), source })?;
    Journal::open(path, identity, options.resume).map(Some)
}

fn start(options: &Options) -> Start {
    let Some(at) = options.start_at else { return Start::AtOnce };
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis());
    let wait = at.duration_since(SystemTime::now()).unwrap_or_default();
    Start::At(Instant::now() + wait)
}
