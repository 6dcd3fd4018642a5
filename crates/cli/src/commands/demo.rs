//! `demo`: the whole product in a minute, needing nothing.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::args::replay_output::OutputArgs;
use crate::args::scenario::{compile, named};
use crate::commands::replay::send;
use crate::failure::Failure;
use crate::standard_output::{ResultArgs, print_json, print_result};
use crate::view::replay::View;
use event_simulator::quantity::grouped;
use event_simulator_check::comparison::CompareOptions;
use event_simulator_check::verify::{Findings, verify_events};
use event_simulator_collector::{Collector, CollectorConfig, CollectorError};
use event_simulator_replay::{Config, LineSource, Replay, ReplayError, ReplayPace, Speed};
use event_simulator_timeline::{Compression, Generation, Manifest};

/// See the whole of it in a minute: generate, send, receive, compare
///
/// Generates the shipped scenario `normal-traffic`, starts the collector on a free port of this machine,
/// replays the timeline to it accelerated, and checks that what arrived is what was sent. Needs no
/// network and nothing installed.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to put the files [default: a new one among the temporary files]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,

    #[command(flatten)]
    result: ResultArgs,
}

/// A demo that went well.
#[derive(Serialize)]
struct DemoResult<'a> {
    directory: &'a Path,
    timeline: &'a Path,
    received: &'a Path,
    events: u64,
    blake3: &'a str,
}

const SCENARIO: &str = "normal-traffic";

/// The time that the replay is to take.
const REPLAY_SECONDS: f64 = 10.0;

pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let directory = directory(args)?;
    let timeline = directory.join("timeline.jsonl");
    let received = directory.join("received.jsonl");
    let say = |text: &str| {
        if args.result.json { Ok(()) } else { print_result(&format!("{text}\n")) }
    };

    say(&format!("1. generate {SCENARIO}"))?;
    let manifest = generate(&timeline)?;
    say(&format!("   {} events, BLAKE3 {}\n", grouped(manifest.events), manifest.blake3))?;

    let collector = Collector::start(CollectorConfig {
        port: 0,
        output: Some(received.clone()),
        ..CollectorConfig::default()
    })
    .map_err(|error| failed(&error))?;
    let speed = speed(&manifest);
    say(&format!(
        "2. replay it to the collector at {}, {:.0} times as fast as it happens",
        collector.url(),
        speed.factor()
    ))?;
    replay(&timeline, &collector.url(), speed, args.result)?;
    collector.stop().map_err(|error| failed(&error))?;

    say("\n3. verify that what arrived is what was sent")?;
    let report = verify_events(
        &timeline,
        std::slice::from_ref(&received),
        &CompareOptions::default(),
        Findings::default(),
    )?;
    if !report.is_clean() {
        return Err(Failure::Failed(format!("{report}\n\nThe files: {}", directory.display())));
    }
    say(&format!("   all {} events arrived, each once and unchanged\n", grouped(manifest.events)))?;
    if args.result.json {
        let (directory, timeline, received) = (&*directory, &*timeline, &*received);
        let Manifest { events, ref blake3, .. } = manifest;
        return print_json(&DemoResult { directory, timeline, received, events, blake3 });
    }
    say(&format!(
        "The files are in {}:\n  \
           timeline.jsonl                 the events, in order\n  \
           timeline.jsonl.manifest.json   where they came from, counts, digest\n  \
           received.jsonl                 what the collector took\n\n\
         Next: event-simulator init, edit {}, event-simulator run",
        directory.display(),
        crate::args::scenario::DEFAULT_FILE,
    ))
}

/// A folder of its own for each demo, so that two at a time do not meet.
fn directory(args: &DemoArgs) -> Result<PathBuf, Failure> {
    let Some(directory) = &args.directory else {
        let new = tempfile::Builder::new().prefix("event-simulator-demo-").tempdir();
        return Ok(new.map_err(Failure::io("cannot create a temporary directory"))?.keep());
    };
    fs::create_dir_all(directory)
        .map_err(Failure::io(format!("cannot create {}", directory.display())))?;
    Ok(directory.clone())
}

fn generate(timeline: &Path) -> Result<Manifest, Failure> {
    let loaded = named(SCENARIO)?;
    let model = compile(&loaded)?;
    let digest = loaded.scenario.digest();
    let generation = Generation::whole(&model, &digest);
    generation
        .write_file(timeline, Compression::None, &mut |_| ControlFlow::Continue(()))
        .map_err(Failure::io(format!("cannot write {}", timeline.display())))
}

/// The speed at which the timeline takes `REPLAY_SECONDS`.
fn speed(manifest: &Manifest) -> Speed {
    let (Some(first), Some(last)) = (manifest.first_event_time, manifest.last_event_time) else {
        return Speed::REAL_TIME;
    };
    Speed::nearest(last.millis_since(first) as f64 / 1_000.0 / REPLAY_SECONDS)
}

fn replay(timeline: &Path, url: &str, speed: Speed, result: ResultArgs) -> Result<(), Failure> {
    let mut config = Config::default();
    config.target.url = url.parse().map_err(Failure::Failed)?;
    config.schedule.pace = ReplayPace::Speed(speed);
    let source = LineSource::open(timeline, &config).map_err(ReplayError::from)?;
    let no_interval: Option<Duration> = None;
    let view = View::new(no_interval, false, result);
    send(Replay::new(config), Box::new(source), view, &OutputArgs::default(), None)
}

fn failed(error: &CollectorError) -> Failure {
    Failure::Failed(error.to_string())
}
