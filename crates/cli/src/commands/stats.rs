//! `stats`: the guide's statistics for a file, and the test of its mix.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use event_simulator::Model;
use event_simulator::model::SessionUsers;
use event_simulator::printable::printable;
use event_simulator::quantity::counted;
use event_simulator::time::VirtualTime;
use event_simulator::wire::EventFields;
use event_simulator_check::statistics::{
    MixOutcome, MixTest, MixUnit, Overview, Statistics, StatisticsBlock,
};
use event_simulator_timeline::{Manifest, ReadError, ReceivedForm, TimelineReader, decoded, open};

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::args::scenario::{compile, named};
use crate::args::wire_format::{protocol_parser, received_form};
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::standard_output::ResultArgs;
use crate::view::progress::EventMeter;

/// Print the statistics of a timeline, and test its mix against a scenario
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator stats events.jsonl
  event-simulator stats events.jsonl.zst \\
      --scenario my-scenario.yaml
  event-simulator generate quick-test \\
      | event-simulator stats - --scenario quick-test
  event-simulator stats events.jsonl --html report.html

The test takes sessions as the independent unit, or users where these differ (personas, experiments); then the \
file has to be a whole run of the scenario, as long as that says. A p-value below 0.001 means that the mix is \
not the scenario's; --fail-below makes that exit code 1.")]
pub(crate) struct StatsArgs {
    /// Timeline: JSON lines or CSV, plain, .gz or .zst, Parquet or Arrow; `-` for standard input
    timeline: PathBuf,

    /// Wire format of the timeline, one event a line; by default our own
    #[arg(long, value_name = "NAME", value_parser = protocol_parser())]
    format: Option<String>,

    /// Map of fields by which the timeline was written: see `generate --format fields`
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    fields: Option<PathBuf>,

    /// Scenario to test the mix against: a file or the name of a shipped scenario
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,

    /// Seed of the timeline, by which users with accounts are told apart; by default that of its manifest, or of the scenario
    #[arg(long, value_name = "N", requires = "scenario")]
    seed: Option<u64>,

    /// Exit with code 1 if the p-value is below P
    #[arg(long, value_name = "P", requires = "scenario")]
    fail_below: Option<f64>,

    #[command(flatten)]
    result: ResultArgs,

    #[command(flatten)]
    html: HtmlArgs,
}

pub(crate) fn run(args: &StatsArgs) -> Result<(), Failure> {
    refuse_shared([("the timeline", Some(&*args.timeline)), args.html.file()])?;
    let scenario = args.scenario.as_deref();
    let mix_test = scenario.map(|scenario| mix_test(args, scenario)).transpose()?;
    let overview = (args.result.json || args.html.is_wanted()).then(Overview::default);
    let statistics = Statistics::default();
    let mut observed = TimelineStatistics { statistics, mix_test, span: None, overview };
    let failed = |error: ReadError| Failure::Failed(error.to_string());
    let form = received_form(args.format.as_deref(), args.fields.as_deref())?;
    let mut events = opened(args, form).map_err(failed)?;
    let (mut first_error, mut cut_off) = (None, None);
    let total = Manifest::beside(&args.timeline).ok().map(|manifest| manifest.events);
    let mut meter = EventMeter::new("reading", total);
    loop {
        meter.tick();
        match events.next_event() {
            Ok(Some(event)) => observed.add(&event),
            Ok(None) => break,
            Err(error) if error.is_of_one_line() => {
                observed.statistics.observe_error();
                first_error.get_or_insert(error);
            }
            Err(error) => {
                cut_off = Some(error);
                break;
            }
        }
    }
    meter.finish();
    if let Some(session) = observed.mix_test.as_ref().and_then(MixTest::stranger) {
        let reason = "is of nobody with this seed: give the --seed of the timeline";
        return Err(Failure::Failed(format!("the session {} {reason}", printable(session))));
    }
    let outcome = observed.mix_test.take().map(MixTest::finish);
    let overview = observed.overview.take().map(Overview::finish);
    let (first_event_time, last_event_time) = observed.span.unzip();
    let (statistics, mix) = (observed.block(), outcome.as_ref());
    let report = StatsReport { first_event_time, last_event_time, statistics, mix, overview };
    args.html.write(&report, JsonOutput::Printed)?;
    args.result.print(&report, text_of(&observed, mix))?;
    if let Some(error) = cut_off {
        return Err(Failure::Failed(format!("{error}; the statistics are of what stands before")));
    }
    if let Some(error) = first_error {
        let errors = observed.statistics.errors();
        let wrong = counted(errors, "line");
        return Err(Failure::Failed(format!("{wrong} without an event; the first: {error}")));
    }
    match (outcome, args.fail_below) {
        (Some(outcome), Some(_)) if outcome.units == 0 => {
            Err(Failure::Failed("the mix was not tested".to_owned()))
        }
        (Some(outcome), Some(least)) if outcome.p_value < least => Err(Failure::Failed(format!(
            "the mix is not the scenario's: p = {:.2e} is below {least}",
            outcome.p_value
        ))),
        _ => Ok(()),
    }
}

/// The test of a timeline's mix against a scenario's.
fn mix_test(args: &StatsArgs, scenario: &str) -> Result<MixTest, Failure> {
    let model = compile(&named(scenario)?)?;
    let (unit, mix) = MixUnit::of_run(&model);
    let whole_until = model.cut_sessions_from().filter(|_| unit == MixUnit::Session);
    let test = MixTest::new(unit, &mix).until(whole_until);
    let knows_by_sessions = unit == MixUnit::User && model.has_accounts();
    Ok(if knows_by_sessions {
        test.of_sessions(SessionUsers::new(seed(args, &model)))
    } else {
        test
    })
}

/// The seed of the timeline.
fn seed(args: &StatsArgs, model: &Model) -> u64 {
    let of_manifest = || Manifest::beside(&args.timeline).ok().map(|manifest| manifest.seed);
    args.seed.or_else(of_manifest).unwrap_or(model.seed())
}

fn opened(args: &StatsArgs, form: Option<ReceivedForm>) -> Result<TimelineReader, ReadError> {
    let Some(form) = form else { return TimelineReader::open(&args.timeline) };
    let name = args.timeline.display().to_string();
    match open(&args.timeline) {
        Ok(input) => TimelineReader::new(name, decoded(input, form)),
        Err(source) => Err(ReadError::Io { name, source }),
    }
}

struct TimelineStatistics {
    statistics: Statistics,
    mix_test: Option<MixTest>,
    span: Option<(VirtualTime, VirtualTime)>,
    /// For JSON and reports only.
    overview: Option<Overview>,
}

/// The statistics of a timeline, the test of its mix, and what pictures show.
#[derive(Serialize)]
struct StatsReport<'a> {
    first_event_time: Option<VirtualTime>,
    last_event_time: Option<VirtualTime>,
    #[serde(flatten)]
    statistics: StatisticsBlock<'a>,
    mix: Option<&'a MixOutcome>,
    #[serde(flatten)]
    overview: Option<Overview>,
}

impl TimelineStatistics {
    fn add(&mut self, event: &EventFields<'_>) {
        let EventFields { event_type, session_id, event_time, .. } = event;
        self.statistics.observe(event_type, &event.visitor_id(), session_id);
        if let Some(test) = &mut self.mix_test {
            test.observe(event);
        }
        if let Some(overview) = &mut self.overview {
            overview.observe(event);
        }
        let (first, last) = self.span.unwrap_or((*event_time, *event_time));
        self.span = Some((first.min(*event_time), last.max(*event_time)));
    }

    fn block(&self) -> StatisticsBlock<'_> {
        let elapsed = self.span.map_or(0, |(first, last)| last.millis_since(first));
        self.statistics.block(elapsed as f64 / 1_000.0)
    }
}

fn text_of(observed: &TimelineStatistics, outcome: Option<&MixOutcome>) -> String {
    let mut text = observed.block().to_string();
    if let Some((first, last)) = observed.span {
        let _ = write!(text, "From {first} to {last} of virtual time");
    }
    if let Some(outcome) = outcome {
        let _ = write!(text, "\n\n{outcome}");
    }
    text
}
