//! `demo`: the whole product in a minute, needing nothing.

mod folder;
mod pipeline;
mod step;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::commands::collector::CollectorArgs;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::standard_output::{ResultArgs, print_json, print_result};
use event_simulator::quantity::grouped;
use event_simulator_collector::Collector;
use folder::DemoFolder;
use step::DemoStep;

/// See the whole of it in a minute: simulate, send, find what went wrong, and why
///
/// Makes a day of a web shop, sends it to a collector that loses and doubles events, finds which and why, finds the few
/// events that break a pipeline, and writes a report with pictures. Each step is a command of this program and is shown,
/// so that it can be run again. Needs no network and nothing installed, and leaves nothing running.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to put the files [default: a new folder among the temporary files]
    #[arg(short, long, alias = "directory", value_name = "DIR")]
    output: Option<PathBuf>,

    /// Be the pipeline of the fourth step on a timeline: a funnel that joins by `user_id`
    #[arg(long, value_name = "TIMELINE", conflicts_with = "output")]
    pipeline: Option<PathBuf>,

    #[command(flatten)]
    result: ResultArgs,
}

/// A demo that went well.
#[derive(Serialize)]
struct DemoResult<'a> {
    directory: &'a Path,
    timeline: PathBuf,
    received: PathBuf,
    minimal: PathBuf,
    report: PathBuf,
    sent: u64,
    missing: u64,
    duplicated: u64,
    minimal_events: usize,
}

const TIMELINE: &str = "day.jsonl";
const RECEIVED: &str = "received.jsonl";
const SENT: &str = "sent.json";
const FINDINGS: &str = "findings.json";
const STATS: &str = "stats.json";
const MINIMAL: &str = "day.min.jsonl";
const REPORT: &str = "report.html";

pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    if let Some(timeline) = &args.pipeline {
        return pipeline::run(timeline);
    }
    let interrupt = Interrupt::listen()?;
    let folder = DemoFolder::new(args.output.as_deref())?;
    match (Demo { folder: &folder, is_json: args.result.json, interrupt: &interrupt }).tell() {
        Err(Failure::Interrupted) => {
            folder.remove();
            Err(Failure::Interrupted)
        }
        told => told,
    }
}

/// A demo under way.
struct Demo<'a> {
    folder: &'a DemoFolder,
    is_json: bool,
    interrupt: &'a Interrupt,
}

impl Demo<'_> {
    fn tell(&self) -> Result<(), Failure> {
        self.say(&format!(
            "Everything is in {}, where each command can be run again.\n",
            self.folder.named().display()
        ))?;
        self.say("1. A day of a web shop, as 200 visitors spend it:")?;
        self.run(&DemoStep::new(&["generate", "web-shop", "-o", TIMELINE]))?;
        self.say(&format!(
            "Each has an id per device, and another when logged in: {} user_ids in all.",
            grouped(self.user_ids()?)
        ))?;
        self.say("\n2. Sent to a collector that loses and doubles events:")?;
        self.send()?;
        self.say("\n3. What was lost and doubled, and why:")?;
        let verify = ["verify", "--sent", TIMELINE, "--received", RECEIVED, "--report", FINDINGS];
        self.run(&DemoStep::new(&verify).ending_with(1))?;
        self.say("\n4. A pipeline has a bug; the few events that show it:")?;
        let program = step::PROGRAM;
        let minimize =
            ["minimize", TIMELINE, "-o", MINIMAL, "--", program, "demo", "--pipeline", "{}"];
        self.run(&DemoStep::new(&minimize))?;
        let minimal = self.minimal()?;
        self.say(&format!(
            "What is left of the day:\n{}\nThe cart is the visitor's, the order the account's: who logs in between is lost.",
            minimal.join("\n")
        ))?;
        self.say("\n5. All of it on one page, with pictures:")?;
        self.run(&DemoStep::new(&["stats", TIMELINE, "--json"]).into_file(STATS))?;
        self.run(&DemoStep::new(&["report", FINDINGS, SENT, STATS, "-o", REPORT]))?;
        if self.is_json {
            return self.print_json(minimal.len());
        }
        self.say(&format!(
            "\nOpen {} in a browser.\n\nNext, a shop of your own:\n\
             $ event-simulator init web-shop -o shop.yaml\n\
             $ event-simulator generate shop.yaml -o events.jsonl",
            self.folder.named().join(REPORT).display(),
        ))
    }

    /// Sends the timeline to a collector that runs for as long.
    fn send(&self) -> Result<(), Failure> {
        let faults = ["--silently-drop", "1%", "--reset-after", "1%", "-o", RECEIVED];
        let flags = [&["--port", "0"], &faults[..]].concat();
        let config = CollectorArgs::config_of(&flags, self.folder.path())?;
        let collector = Collector::start(config).map_err(|e| Failure::Failed(e.to_string()))?;
        let (url, port) = (collector.url(), collector.addr().port().to_string());
        let shown = DemoStep::new(&[&["collector", "--port", &port], &faults[..]].concat()).shown();
        self.say(&format!("$ {shown} &"))?;
        // One by one, so that each demo loses and doubles the same events.
        let order = ["--in-flight", "1", "--per-lane", "none"];
        let replay = ["replay", TIMELINE, "--rate", "1000/s"];
        let replay = [&replay[..], &order, &["--url", &url, "--json"]].concat();
        self.run(&DemoStep::new(&replay).into_file(SENT))?;
        collector.stop().map_err(|error| Failure::Failed(error.to_string()))?;
        let sent = self.read_json(SENT)?;
        let count =
            |name: &str| grouped(sent.get(name).and_then(Value::as_u64).unwrap_or_default());
        self.say(&format!(
            "The sender sees nothing wrong: {} events delivered after {} retries, {} errors.",
            count("delivered"),
            count("retries"),
            count("errors")
        ))
    }

    fn run(&self, step: &DemoStep<'_>) -> Result<(), Failure> {
        self.say(&format!("$ {}", step.shown()))?;
        step.run(self.folder.path(), self.is_json, self.interrupt)
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.is_json { Ok(()) } else { print_result(&format!("{text}\n")) }
    }

    /// The number of ids by which the day's events know their users.
    fn user_ids(&self) -> Result<u64, Failure> {
        let text = self.read(TIMELINE)?;
        let events = text.lines().map(serde_json::from_str::<Value>);
        let ids = events.filter_map(|event| Some(event.ok()?.get("user_id")?.as_str()?.to_owned()));
        Ok(ids.collect::<BTreeSet<_>>().len() as u64)
    }

    /// The events that are left, one a line, as a person reads them.
    fn minimal(&self) -> Result<Vec<String>, Failure> {
        let text = self.read(MINIMAL)?;
        let line = |line: &str| {
            let event: Value = serde_json::from_str(line).ok()?;
            let field = |name: &str| event.get(name)?.as_str();
            let (time, user) = (field("event_time")?, field("user_id")?);
            let (event_type, page) = (field("event_type")?, field("page_path").unwrap_or_default());
            let line = format!("  {}  {event_type:<15}  {user:<21}  {page}", time.get(11..19)?);
            Some(line.trim_end().to_owned())
        };
        Ok(text.lines().filter_map(line).collect())
    }

    fn print_json(&self, minimal_events: usize) -> Result<(), Failure> {
        let findings = self.read_json(FINDINGS)?;
        let count = |path: &str| findings.pointer(path).and_then(Value::as_u64).unwrap_or_default();
        let file = |name: &str| self.folder.path().join(name);
        print_json(&DemoResult {
            directory: self.folder.path(),
            timeline: file(TIMELINE),
            received: file(RECEIVED),
            minimal: file(MINIMAL),
            report: file(REPORT),
            sent: count("/report/sizes/sent"),
            missing: count("/report/counts/missing"),
            duplicated: count("/report/counts/duplicated"),
            minimal_events,
        })
    }

    fn read_json(&self, name: &str) -> Result<Value, Failure> {
        serde_json::from_str(&self.read(name)?)
            .map_err(|error| Failure::Failed(format!("{name}: {error}")))
    }

    fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.folder.path().join(name);
        fs::read_to_string(&path).map_err(Failure::io(format!("cannot read {}", path.display())))
    }
}
