//! `expect`: what an analytics pipeline must report for a timeline.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use clap::Args;

use event_simulator::expectations::tables::SHAPES;
use event_simulator::expectations::{Declared, Expectations, OutOfOrder, csv_files};
use event_simulator::policy::{IntakeReport, crosses_users};
use event_simulator::quantity::ByteSize;
use event_simulator::scenario::Loaded;
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::simulation::Shard;
use event_simulator::{Model, Scenario};
use event_simulator_timeline::{
    DigestReader, NamedInput, ReadAhead, ReadDigest, ReadError, SimulationReader, TimelineReader,
    counted_under, open_digested, sorted,
};

use super::after_each::{self, arrivals};
use super::declared::{declared, declared_by, warn_of_strangers};
use super::observed::{DOCUMENT, Observed, ShardOrigin, TableChoice, warn_of, warn_of_faults};
use crate::args::html::{HtmlArgs, JsonOutput};
use crate::args::policy::{self, KeptLines};
use crate::args::scenario::{ScenarioOverrides, compile};
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::standard_output::print_data;
use crate::view::progress::EventMeter;

/// The memory for sorting, unless it is given.
const MEMORY: ByteSize = ByteSize::mebibytes(256);

/// Write the tables that a correct analytics pipeline must report for a timeline
///
/// Six tables as CSV (`page_engagement`, `session_metrics`, `click_through_rates`, `event_counts`,
/// `funnels`, `users_active`), those of what the scenario declares (`goals`, `flow_funnels`, `experiments`,
/// `experiment_properties`, `revenue`, `activity`, `retention`), under a policy that attributes conversions to channels
/// `attribution`, under one that declares funnels `policy_funnels`, with --rows one of `users` and one of `sessions`, and all of them in `expectations.json`, with the timeline's BLAKE3 digest.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator expect events.jsonl -o expected
  event-simulator expect events.jsonl.zst \\
      | jq .tables.users_active
  event-simulator expect --scenario web-shop -o expected
  event-simulator expect --scenario load-test --shard 0/2 \\
      -o part0
  event-simulator expect events.jsonl --declared web-shop \\
      -o expected
  event-simulator expect events.jsonl --policy web \\
      -o expected
  event-simulator expect --after-each batches --policy web \\
      -o expected
  event-simulator verify --expected expected \\
      --actual warehouse-export

The timeline is read once, in bounded memory. Dates are UTC; docs/expectations.md defines every column.")]
pub(crate) struct ExpectArgs {
    /// Timelines (JSONL or CSV, plain, .gz or .zst, Parquet or Arrow; `-` for standard input); several are put together
    #[arg(
        required_unless_present_any = ["scenario", "after_each"],
        conflicts_with = "scenario",
        value_name = "TIMELINE"
    )]
    timelines: Vec<PathBuf>,

    /// Put the events in order of time first, as is done for several timelines or one out of order
    #[arg(long, conflicts_with = "scenario")]
    sort: bool,

    /// Memory for sorting; what is more goes to temporary files
    #[arg(long, value_name = "SIZE", default_value_t = MEMORY)]
    memory: ByteSize,

    /// Simulate a scenario, a file or a shipped one, instead of reading a timeline
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,

    /// Count what this scenario declares, too: goals and funnels of its flow, amounts of money, attributes,
    /// retention; with --scenario it is that one
    #[arg(long, value_name = "SCENARIO", conflicts_with = "scenario")]
    declared: Option<String>,

    /// Count only what counts under these rules: a policy file, a shipped policy (docs/policies.md), or `scenario` for that
    /// of the scenario; timelines are then read as what arrives
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Write the events that count, too, with the time, user and session that the policy gives them
    #[arg(long, value_name = "FILE", requires = "policy")]
    counted: Option<PathBuf>,

    /// Write what is right after each batch of a folder that `deliver` wrote, each into a folder of its own in -o, and the rows
    /// that change with it into changes.jsonl
    #[arg(long, value_name = "DIR", requires_all = ["policy", "output"], conflicts_with_all = ["timelines", "scenario", "counted"])]
    after_each: Option<PathBuf>,

    /// Only every N-th user, as part I of N (0/4, 1/4, ...), with the sums by which `merge` puts the tables of all parts
    /// together
    #[arg(long, value_name = "I/N", requires_all = ["scenario", "output"])]
    shard: Option<Shard>,

    /// Write retention by cohort, too, whether or not a scenario declares it
    #[arg(long)]
    retention: bool,

    /// Write a row for each user and each session, too, which takes memory for all of them
    #[arg(long)]
    rows: bool,

    #[command(flatten)]
    overrides: ScenarioOverrides,

    /// Folder to write to, made if needed; without it the JSON goes to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Print the tables as JSON on standard output, also where they are written to a folder
    #[arg(long, conflicts_with = "after_each")]
    json: bool,

    #[command(flatten)]
    html: HtmlArgs,
}

pub(crate) fn run(args: &ExpectArgs) -> Result<(), Failure> {
    let (name, result) = match &args.scenario {
        Some(scenario) => (scenario.clone(), simulated(scenario, args)?),
        None if args.overrides != ScenarioOverrides::default() => {
            let reason =
                "overrides such as --seed change a scenario, not a timeline: use --scenario";
            return Err(Failure::Usage(reason.to_owned()));
        }
        None => {
            refuse_overwriting(args)?;
            if let Some(policy) = &args.policy {
                let policy = policy::named(policy, args.declared.as_deref())?;
                if let (Some(batches), Some(output)) = (&args.after_each, &args.output) {
                    return after_each::write(batches, output, |arrivals, folder| {
                        let (observed, report) = count(
                            args,
                            &policy,
                            arrivals,
                            declared(args.declared.as_deref(), args.policy.is_some())?,
                        )?;
                        Ok((observed.write_directory(folder, true)?.tables, report))
                    });
                }
                let counted = under(
                    args,
                    &policy,
                    arrivals(&args.timelines)?,
                    declared(args.declared.as_deref(), args.policy.is_some())?,
                )?;
                warn_of_strangers(&args.timelines, args.declared.as_deref(), &counted.sums)?;
                return show(args, counted);
            }
            warn_of_faults(&args.timelines);
            let names = args.timelines.iter().map(|path| path.display().to_string());
            (names.collect::<Vec<_>>().join(", "), read(args)?)
        }
    };
    warn_of(&name, &result.notes);
    warn_of_strangers(&args.timelines, args.declared.as_deref(), &result.sums)?;
    show(args, result)
}

/// Writes what was asked for.
fn show(args: &ExpectArgs, result: Observed) -> Result<(), Failure> {
    let file = args.output.as_ref().map(|directory| directory.join(DOCUMENT));
    let (document, output) = match &args.output {
        Some(directory) => {
            let written = result.write_directory(directory, args.json)?;
            (written.document, JsonOutput::File("-o", file.as_deref()))
        }
        None => (result.document()?, JsonOutput::Plain),
    };
    if args.html.is_wanted() {
        args.html.write_document(&document, output)?;
    }
    if args.output.is_some() && !args.json {
        return Ok(());
    }
    print_data(&String::from_utf8_lossy(&document))
}

/// Reads the timelines: as they are if that is one in order, and sorted if not.
fn read(args: &ExpectArgs) -> Result<Observed, Failure> {
    if let ([timeline], false) = (&args.timelines[..], args.sort) {
        let name = timeline.display().to_string();
        let opened = open_digested(timeline).map_err(Failure::io(format!("cannot open {name}")))?;
        match observe(
            &name,
            opened,
            empty(declared(args.declared.as_deref(), args.policy.is_some())?, args),
        ) {
            Err(ObserveError::OutOfOrder(error)) if timeline.as_os_str() == "-" => {
                let cure = "--sort puts it in order";
                return Err(Failure::Failed(format!("standard input: {error}; {cure}")));
            }
            Err(ObserveError::OutOfOrder(_)) => {
                note!("{name} is not in order of time: its events are sorted first");
            }
            observed => {
                let file = Some(timeline.clone()).filter(|path| path.is_file());
                return Ok(Observed { file, ..observed? });
            }
        }
    }
    let input = sorted(&args.timelines, args.memory.as_bytes())?;
    let (input, digest) = DigestReader::new(input);
    let input = ReadAhead::start(input).map_err(Failure::io("cannot start a thread"))?;
    Ok(observe(
        "the sorted events",
        (input, digest),
        empty(declared(args.declared.as_deref(), args.policy.is_some())?, args),
    )?)
}

/// Refuses a folder in which a table would take the place of a timeline.
fn refuse_overwriting(args: &ExpectArgs) -> Result<(), Failure> {
    let timelines = args.timelines.iter().map(|path| ("a timeline", Some(path.as_path())));
    let inputs = timelines.chain([("--counted", args.counted.as_deref()), args.html.file()]);
    let Some(folder) = &args.output else { return refuse_shared(inputs) };
    let outputs = SHAPES.iter().map(|shape| folder.join(format!("{}.csv", shape.name)));
    let outputs: Vec<PathBuf> = outputs.chain([folder.join(DOCUMENT)]).collect();
    refuse_shared(inputs.chain(outputs.iter().map(|path| ("a table", Some(path.as_path())))))
}

/// The events of a timeline cannot be observed.
enum ObserveError {
    Read(ReadError),
    OutOfOrder(OutOfOrder),
}

impl From<ObserveError> for Failure {
    fn from(error: ObserveError) -> Self {
        match error {
            ObserveError::Read(error) => error.into(),
            ObserveError::OutOfOrder(error) => Self::Failed(error.to_string()),
        }
    }
}

fn simulated(scenario: &str, args: &ExpectArgs) -> Result<Observed, Failure> {
    let loaded = args.overrides.load(Some(scenario))?;
    if loaded.scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so neither have its tables: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    of_model((scenario, &loaded), &compile(&loaded)?, args)
}

/// Observes what happens in a model, or what counts of what arrives.
fn of_model(
    (name, loaded): (&str, &Loaded),
    model: &Model,
    args: &ExpectArgs,
) -> Result<Observed, Failure> {
    let declared = declared_by(&loaded.scenario, || Ok(model.clone()))?;
    let policy = args.policy.as_ref().map(|name| policy::of_scenario(name, loaded));
    let policy = policy.transpose()?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let observed = match &policy {
        None => observe_model(name, (model, shard), empty(declared, args))?,
        Some(policy) => {
            let crossing = crosses_users(policy, &loaded.scenario);
            if let Some(reason) = crossing.filter(|_| args.shard.is_some()) {
                let reason = format!("tables of shards do not add up under this policy: {reason}");
                return Err(Failure::Usage(format!("--shard: {reason}")));
            }
            let simulation = model.simulate_shard(model.seed(), shard);
            let arrivals = SimulationReader::of_deliveries(simulation, shard);
            let arrivals: Box<dyn BufRead + Send> = Box::new(arrivals);
            under(args, policy, vec![(name.to_owned(), arrivals)], declared)?
        }
    };
    let Some(shard) = args.shard else { return Ok(observed) };
    let policy = policy.as_ref().map(serde_json::to_string).transpose();
    let policy = policy.map_err(|error| Failure::Failed(error.to_string()))?;
    let origin = (model.seed(), loaded.scenario.digest());
    Ok(Observed { shard: Some(ShardOrigin { origin, policy, shard }), ..observed })
}

/// Observes what counts of what arrives, and says how much that is.
fn under(
    args: &ExpectArgs,
    policy: &PolicySpec,
    arrivals: Vec<NamedInput>,
    declared: Declared,
) -> Result<Observed, Failure> {
    let (observed, report) = count(args, policy, arrivals, declared)?;
    policy::tell_report(&report);
    Ok(observed)
}

/// Observes what counts of what arrives.
fn count(
    args: &ExpectArgs,
    policy: &PolicySpec,
    arrivals: Vec<NamedInput>,
    declared: Declared,
) -> Result<(Observed, IntakeReport), Failure> {
    let mut counted = counted_under(policy, arrivals, args.memory.as_bytes())?;
    let report = counted.report;
    let mut lines = KeptLines::new(args.counted.as_deref())?;
    let expectations = empty(declared, args).under(policy);
    let mut expectations = expectations.with_lateness(counted.lateness.take());
    let mut meter = EventMeter::new("counting", None);
    counted.for_each(
        |event| lines.keep(event),
        |event| {
            expectations.observe(event).map_err(ObserveError::OutOfOrder)?;
            meter.tick();
            Ok::<(), Failure>(())
        },
    )?;
    meter.finish();
    Ok((Observed::new(expectations, lines.finish()?), report))
}

/// Observes what happens in a model, whatever becomes of it on its way.
fn observe_model(
    name: &str,
    (model, shard): (&Model, Shard),
    expectations: Expectations,
) -> Result<Observed, Failure> {
    let simulation = SimulationReader::new(model.simulate_shard(model.seed(), shard));
    let (input, digest) = DigestReader::new(simulation);
    let input = ReadAhead::start(input).map_err(Failure::io("cannot start a thread"))?;
    Ok(observe(name, (input, digest), expectations)?)
}

/// Writes the tables of what happens in a model, with what its scenario declares.
pub(super) fn write_tables(
    directory: &Path,
    scenario: &Scenario,
    model: &Model,
) -> Result<(), Failure> {
    let declared = declared_by(scenario, || Ok(model.clone()))?;
    let expectations = Expectations::of_declared(declared);
    let observed = observe_model("the timeline", (model, Shard::WHOLE), expectations)?;
    observed.write_directory(directory, false).map(|_| ())
}

/// The tables of a model as CSV: of what happens, or under a policy of what counts of it.
pub(super) fn csv_tables(
    loaded: &Loaded,
    model: &Model,
    choice: &TableChoice<'_>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let TableChoice { policy, rows, retention } = *choice;
    let args = ExpectArgs {
        timelines: Vec::new(),
        sort: false,
        memory: MEMORY,
        scenario: None,
        declared: None,
        policy: policy.map(str::to_owned),
        counted: None,
        after_each: None,
        shard: None,
        retention,
        rows,
        overrides: ScenarioOverrides::default(),
        output: None,
        json: false,
        html: HtmlArgs::default(),
    };
    let observed = of_model((loaded.source.name(), loaded), model, &args)?;
    let files = csv_files(&observed.sums.into_tables());
    files.map_err(|error| Failure::Failed(error.to_string()))
}

/// The expectations of no events.
fn empty(declared: Declared, args: &ExpectArgs) -> Expectations {
    let mut expectations = Expectations::of_declared(declared);
    if args.retention {
        expectations = expectations.with_retention();
    }
    if args.rows { expectations.with_rows() } else { expectations }
}

/// Observes every event of `input`, which messages call `name`.
fn observe(
    name: &str,
    (input, digest): (ReadAhead, ReadDigest),
    mut expectations: Expectations,
) -> Result<Observed, ObserveError> {
    let mut reader = TimelineReader::new(name, Box::new(input)).map_err(ObserveError::Read)?;
    let mut meter = EventMeter::new("reading", None);
    while let Some(event) = reader.next_event().map_err(ObserveError::Read)? {
        expectations.observe(&event).map_err(ObserveError::OutOfOrder)?;
        meter.tick();
    }
    meter.finish();
    Ok(Observed::new(expectations, digest.finish()))
}
