//! `replay`: sends a recorded timeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::args::config_flags::ConfigFlags;
use crate::args::replay_output::{OutputArgs, Simulated};
use crate::args::wire_format::tell_losses;
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::interrupt::on_request;
use crate::standard_output::print_result;
use crate::view::replay::View;
use event_simulator::printable::{printable, printable_lines};
use event_simulator::quantity::{counted, grouped, show_bytes, show_duration};
use event_simulator_replay::{
    Config, EventSource, LineSource, Metrics, Preview, Replay, ReplayError, ReplayStatus,
    TargetUrl, preview,
};
use event_simulator_timeline::Manifest;

/// The time that a replay has to end after a second request to.
const ABORT_GRACE: Duration = Duration::from_secs(2);

/// Send a recorded timeline to an ingestion API, Kafka, a file or standard output, paced to the clock
///
/// Every event is delivered, or written to the dead letters with the reason. A user's events are sent
/// in order, each when it is due and never early.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # in real time, to localhost:8000
  event-simulator replay timeline.jsonl
  # an hour in a minute
  event-simulator replay timeline.jsonl --speed 60
  # go on where it was stopped
  event-simulator replay timeline.jsonl --speed max --resume
  event-simulator replay timeline.jsonl --rate 500/s \\
      --event-time now
  event-simulator replay timeline.jsonl --batch 500 \\
      --batch-format ndjson --compress gzip
  # the first request, and nothing sent
  event-simulator replay timeline.jsonl \\
      --header 'X-Api-Key: ${API_KEY}' --dry-run
  # another try for what was refused
  event-simulator replay timeline.jsonl.dead-letters.jsonl

Exit code: 0 if every event was delivered, 1 if not, 2 for bad usage, 130 after Ctrl+C, SIGTERM or SIGHUP (once: \
what is in flight settles; twice: at once).")]
pub(crate) struct ReplayArgs {
    /// A file of JSON lines, also .gz or .zst, also dead letters, or Parquet or Arrow; `-` for standard input
    timeline: PathBuf,

    #[command(flatten)]
    flags: ConfigFlags<true>,

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

pub(crate) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let mut config = Config::default();
    args.flags.apply(&mut config)?;
    args.output.refuse_two_results(&config)?;
    config.target.format.wire().into_iter().for_each(tell_losses);
    config.records.beside(&args.timeline);
    let manifest = Manifest::path_for(&args.timeline);
    refuse_overwriting(
        &config,
        &args.output,
        [
            ("the timeline", Some(&*args.timeline)),
            ("the timeline's manifest", Some(&*manifest)),
            ("--journal", config.records.journal.as_deref()),
        ],
    )?;
    let mut source = LineSource::open(&args.timeline, &config).map_err(ReplayError::from)?;
    if args.dry_run {
        return show_preview(&preview(&config, &mut source)?);
    }
    let interval = (args.stats_interval > 0).then(|| Duration::from_secs(args.stats_interval));
    let view = View::new(interval, args.verbose, args.output.result);
    note!(
        "{} to {}, {}; Ctrl+C stops",
        printable(&args.timeline.display().to_string()),
        config.target.url,
        config.schedule.pace
    );
    let if_stopped = match config.records.journal {
        Some(_) => "To go on where it stopped, give the same command with --resume.",
        None => {
            "Without --journal or --resume nothing remembers what was sent: the next run sends all of it."
        }
    };
    let replay = Replay::new(config).of_timeline(&args.timeline);
    send(replay, Box::new(source), view, &args.output, &Origin::Timeline { if_stopped })
}

/// Where the events that are sent come from.
pub(crate) enum Origin<'a> {
    /// A file of them.
    Timeline {
        /// What is to be done if the replay does not come to its end.
        if_stopped: &'a str,
    },
    /// A simulation that runs meanwhile.
    Simulation(Simulated),
}

/// Runs a replay until its end or Ctrl+C, shows it, and tells whether everything was delivered.
pub(crate) fn send(
    mut replay: Replay,
    source: Box<dyn EventSource>,
    mut view: View,
    output: &OutputArgs,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    output.begin(&mut replay)?;
    let shutdown = replay.shutdown();
    let is_over = Arc::new(AtomicBool::new(false));
    let is_over_by_now = Arc::clone(&is_over);
    // The first drains the replay, the second ends it; what hangs all the same, such as a summary that
    // nobody reads from its pipe, does not outlive them.
    on_request(move |is_first| {
        if is_over_by_now.load(Ordering::SeqCst) {
            std::process::exit(130);
        }
        if is_first {
            return shutdown.drain();
        }
        shutdown.abort();
        std::thread::sleep(ABORT_GRACE);
        std::process::exit(130);
    })?;
    let summary = replay.run(source, &mut view)?;
    is_over.store(true, Ordering::SeqCst);
    let holding = output.holding(&summary);
    view.end(&summary, &holding);
    for found in &holding {
        tell!("failed: {found}");
    }
    let simulated = match origin {
        Origin::Timeline { if_stopped } => {
            let is_nothing_sent = summary.metrics.delivered == 0;
            if !matches!(summary.status, ReplayStatus::Complete) && !is_nothing_sent {
                tell!("{if_stopped}");
            }
            None
        }
        Origin::Simulation(simulated) => Some(simulated),
    };
    output.end(&summary, simulated)?;
    let Metrics { dead_letters, given_up_before, .. } = summary.metrics;
    match summary.status {
        ReplayStatus::Complete if !holding.is_empty() => Err(Failure::Reported),
        ReplayStatus::Complete if dead_letters + given_up_before == 0 => Ok(()),
        ReplayStatus::Complete => {
            let not_delivered = format!("could not deliver {}", counted(dead_letters, "event"));
            let given_up = format!("{} were given up by earlier runs", grouped(given_up_before));
            Err(Failure::Failed(match (dead_letters, given_up_before) {
                (_, 0) => not_delivered,
                (0, _) => format!("{given_up}: replay the dead letters to try them again"),
                _ => format!("{not_delivered}, and {given_up}"),
            }))
        }
        ReplayStatus::Interrupted => Err(Failure::Interrupted),
        ReplayStatus::Failed(error) => Err(error.into()),
    }
}

/// Refuses to write over what is read, and two outputs in one file. `files` are those of the command
/// besides what is configured.
pub(crate) fn refuse_overwriting<'a, const N: usize>(
    config: &'a Config,
    output: &OutputArgs,
    files: [(&'a str, Option<&'a Path>); N],
) -> Result<(), Failure> {
    let outputs = output.files();
    let all = || {
        let outputs = outputs.iter().map(|(flag, path)| (*flag, Some(&**path)));
        let dead_letters = ("--dead-letters", config.records.dead_letters.as_deref());
        let written = match &config.target.url {
            TargetUrl::File(path) => Some(&**path),
            _ => None,
        };
        files.into_iter().chain(outputs).chain([dead_letters, ("--url", written)])
    };
    refuse_shared(all())?;
    // Certificates and keys may well stand in one file.
    config.target.tls.files().try_for_each(|file| {
        refuse_shared([("a certificate", Some(file))].into_iter().chain(all()))
    })
}

fn show_preview(preview: &Preview) -> Result<(), Failure> {
    for warning in &preview.warnings {
        tell!("warning: {}", printable(warning));
    }
    let mut lines = vec![
        format!("Target:    {}", preview.address),
        format!(
            "Events:    {} ({}) in {} requests",
            grouped(preview.events),
            show_bytes(preview.bytes),
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
        lines.push(format!("  - {:<18} : {}", printable(name), grouped(*count)));
    }
    lines.push(format!("Bad lines: {}", grouped(preview.bad_line_count)));
    for (number, reason) in &preview.bad_lines {
        lines.push(format!("  line {number}: {}", printable(reason)));
    }
    if let Some(request) = &preview.first_request {
        lines.push(format!("\nThe first request:\n{request}"));
    }
    print_result(&format!("{}\n", lines.join("\n")))?;
    if let Some(error) = &preview.broken {
        return Err(Failure::Failed(printable(error).into_owned()));
    }
    match preview.bad_line_count {
        0 => Ok(()),
        count => Err(Failure::Failed(format!("{} lines cannot be sent", grouped(count)))),
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Config(_) => Self::Usage(printable(&error.to_string()).into_owned()),
            // Of several lines, of which no file's name is a part.
            ReplayError::Refused { .. } => {
                Self::Failed(printable_lines(&error.to_string()).into_owned())
            }
            _ => Self::Failed(printable(&error.to_string()).into_owned()),
        }
    }
}
