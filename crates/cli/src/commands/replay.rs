//! `replay`: sends a recorded timeline.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::args::replay::DeliveryArgs;
use crate::args::replay_output::OutputArgs;
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::interrupt::on_request;
use crate::view::replay::View;
use event_simulator::quantity::grouped;
use event_simulator::quantity::{Rate, show_duration};
use event_simulator::time::VirtualTime;
use event_simulator_replay::{
    LineSource, Options, Outcome, Preview, Replay, ReplayError, Source, Speed, preview,
};

/// Send a recorded timeline to an ingestion API, paced to the clock
///
/// Every event is delivered, or written to the dead letters with the reason. A user's events are sent
/// in order, each when it is due and never early.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  event-simulator replay timeline.jsonl                          in real time, to localhost:8000
  event-simulator replay timeline.jsonl --speed 60               an hour in a minute
  event-simulator replay timeline.jsonl --speed max --resume     as fast as possible; can be stopped
                                                                 at any time and started again
  event-simulator replay timeline.jsonl --rate 500/s --event-time now
  event-simulator replay timeline.jsonl --batch 500 --batch-format ndjson --compress gzip
  event-simulator replay timeline.jsonl --header 'X-Api-Key: ${API_KEY}' --dry-run
  event-simulator replay timeline.jsonl.dead-letters.jsonl       another try for what was refused

Exit code: 0 if every event was delivered, 1 if not, 2 for bad usage, 130 after Ctrl+C or SIGTERM
(once: what is in flight settles; twice: at once).")]
pub(crate) struct ReplayArgs {
    /// A file of JSON lines, also .gz or .zst, also dead letters; `-` for standard input
    timeline: PathBuf,

    #[command(flatten)]
    pace: PaceArgs,

    #[command(flatten)]
    delivery: DeliveryArgs,

    /// Remember in FILE what is settled, so that --resume can go on
    #[arg(long, value_name = "FILE", help_heading = "Safety")]
    journal: Option<PathBuf>,

    /// Go on where an earlier run stopped, or begin; the journal is TIMELINE.journal unless named
    #[arg(long, help_heading = "Safety")]
    resume: bool,

    /// Stop at the first line that cannot be replayed, instead of setting it aside
    #[arg(long, help_heading = "Safety")]
    strict: bool,

    /// Send nothing: show what would be sent, and when, with the first request in full
    #[arg(long, help_heading = "Output")]
    dry_run: bool,

    #[command(flatten)]
    output: OutputArgs,

    /// Seconds between statistics on standard error; 0 only at the end
    #[arg(long, value_name = "SECONDS", default_value_t = 30, help_heading = "Output")]
    stats_interval: u64,

    /// One line for each event on standard error
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pace")]
struct PaceArgs {
    /// How much faster than the timeline's own time: 0.01 to 100000, or max
    #[arg(long, default_value = "1")]
    speed: Speed,

    /// Send evenly at this rate instead, such as 2000/s, 30/m
    #[arg(long, conflicts_with = "speed")]
    rate: Option<Rate>,

    /// When the first event is due, by the clock, such as 2026-01-01T12:00:00Z
    #[arg(long, value_name = "TIME")]
    start_at: Option<VirtualTime>,

    /// Pass over events before this time
    #[arg(long, value_name = "TIME")]
    from: Option<VirtualTime>,

    /// Pass over events at or after this time
    #[arg(long, value_name = "TIME")]
    until: Option<VirtualTime>,
}

pub(crate) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let options = options(args);
    refuse_shared(args.output.files().into_iter().chain([
        ("the timeline", Some(&*args.timeline)),
        ("--dead-letters", options.dead_letters.as_deref()),
        ("--journal", options.journal.as_deref()),
    ]))?;
    let mut source = LineSource::open(&args.timeline, &options).map_err(ReplayError::from)?;
    if args.dry_run {
        return show_preview(&preview(&options, &mut source)?);
    }
    let interval = (args.stats_interval > 0).then(|| Duration::from_secs(args.stats_interval));
    let view = View::new(interval, args.verbose);
    let if_stopped = match options.journal {
        Some(_) => "To go on where it stopped, give the same command with --resume.",
        None => {
            "Without --journal or --resume nothing remembers what was sent: the next run sends all of it."
        }
    };
    let replay = Replay::new(options).of_timeline(&args.timeline);
    send(replay, Box::new(source), view, &args.output, Some(if_stopped))
}

/// Runs a replay until its end or Ctrl+C, shows it, and tells whether everything was delivered, and
/// `if_stopped` if it did not come to its end.
pub(crate) fn send(
    replay: Replay,
    source: Box<dyn Source>,
    mut view: View,
    output: &OutputArgs,
    if_stopped: Option<&str>,
) -> Result<(), Failure> {
    output.begin(&replay)?;
    let stop = replay.stop();
    // The first drains the replay, the second ends it.
    on_request(move |is_first| if is_first { stop.drain() } else { stop.abort() })?;
    let summary = replay.run(source, &mut view)?;
    view.end(&summary);
    if let Some(text) = if_stopped.filter(|_| !matches!(summary.outcome, Outcome::Complete)) {
        tell!("{text}");
    }
    let is_broken = output.end(&summary)?;
    match summary.outcome {
        Outcome::Complete if is_broken => Err(Failure::Reported),
        Outcome::Complete if summary.metrics.dead == 0 => Ok(()),
        Outcome::Complete => {
            Err(Failure::Failed(format!("{} events were not delivered", summary.metrics.dead)))
        }
        Outcome::Interrupted => Err(Failure::Interrupted),
        Outcome::Failed(error) => Err(error.into()),
    }
}

fn options(args: &ReplayArgs) -> Options {
    let beside = |ending: &str| match args.timeline.as_os_str() {
        name if name == "-" => PathBuf::from(ending),
        name => {
            let mut name = name.to_owned();
            name.push(".");
            name.push(ending);
            PathBuf::from(name)
        }
    };
    let mut options = Options {
        speed: args.pace.speed,
        rate: args.pace.rate,
        start_at: args.pace.start_at,
        from: args.pace.from,
        until: args.pace.until,
        strict: args.strict,
        journal: args.journal.clone().or_else(|| args.resume.then(|| beside("journal"))),
        resume: args.resume,
        dead_letters: Some(beside("dead-letters.jsonl")),
        ..Options::default()
    };
    args.delivery.apply(&mut options);
    options
}

fn show_preview(preview: &Preview) -> Result<(), Failure> {
    let mut lines = vec![
        format!("Target:    {}", preview.url),
        format!(
            "Events:    {} ({} bytes) in {} requests",
            grouped(preview.events),
            grouped(preview.bytes),
            grouped(preview.requests)
        ),
    ];
    if let Some((first, last)) = preview.times {
        lines.push(format!("Times:     {first} to {last}"));
    }
    lines.push(match preview.lasts {
        Some(lasts) => format!(
            "Schedule:  {} from the first to the last, at most {} events in one second",
            show_duration(lasts),
            grouped(preview.peak_rate)
        ),
        None => "Schedule:  as fast as the target takes them".to_owned(),
    });
    for (name, count) in &preview.types {
        lines.push(format!("  - {name:<18} : {}", grouped(*count)));
    }
    lines.push(format!("Bad lines: {}", grouped(preview.bad_line_count)));
    for (number, reason) in &preview.bad_lines {
        lines.push(format!("  line {number}: {reason}"));
    }
    if let Some(request) = &preview.first_request {
        lines.push(format!("\nThe first request:\n{request}"));
    }
    writeln!(io::stdout(), "{}", lines.join("\n")).map_err(Failure::io("standard output"))?;
    match preview.bad_line_count {
        0 => Ok(()),
        count => Err(Failure::Failed(format!("{} lines cannot be sent", grouped(count)))),
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Options(_) => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}
