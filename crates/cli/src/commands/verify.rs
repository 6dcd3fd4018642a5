//! `verify`: what a pipeline received or computed, held against the truth.

use std::fs::read_dir;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};

use event_simulator::quantity::{ByteSize, parse_duration, show_duration};
use event_simulator::scenario::policy::{DeduplicateSpec, PolicySpec};
use event_simulator_check::comparison::{CompareError, CompareOptions, MatchKey, Times};
use event_simulator_check::verify::{
    ArrivalSource, Finding, Findings, FindingsFile, LedgerError, LedgerSources, Report, TableError,
    Tolerances, junit, verify_counted, verify_events, verify_tables, verify_tables_under,
};
use event_simulator_timeline::{Compression, Manifest, OutputFile, write_whole};

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::args::policy;
use crate::args::wire_format::{protocol_parser, received_form};
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::standard_output::ResultArgs;
use crate::view::progress::Ticker;

/// Hold what a pipeline received or computed against what truly happened
///
/// With --sent and --received: which events are missing, unexpected, duplicated, altered, out of order.
/// With --ledger too: which of that is right under a policy, and which faults explain the rest.
/// With --expected and --actual: which cells and rows of its tables are not those that `expect` wrote.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["sent", "expected"]),
    after_help = "\
Examples:
  event-simulator verify --sent events.jsonl \\
      --received received.jsonl
  event-simulator verify --sent events.jsonl.gz \\
      --unordered --received part-0.jsonl part-1.jsonl.gz
  event-simulator verify --sent events.jsonl \\
      --received calls.jsonl --format segment
  event-simulator verify --sent truth/timeline.jsonl \\
      --received cleaned.jsonl --ledger truth/ledger.jsonl \\
      --policy web
  event-simulator verify --expected expected \\
      --actual warehouse --tolerance avg_time_seconds=0.01
  event-simulator verify --expected expected \\
      --actual warehouse --ledger truth/ledger.jsonl \\
      --policy web
  event-simulator verify --expected expected --actual out \\
      --report findings.json --junit junit.xml

Received events: JSON lines, bare or wrapped in `value`, `payload`, `after` and the like, or CSV with a header; \
any number of files, plain, .gz or .zst.

Actual tables: NAME.csv, .tsv, .json or .jsonl, or a folder NAME of them, as Spark writes. Causes are looked \
for in the timeline too, where `expect` noted it.

Exit code: 0 if nothing is wrong, 1 if something is, or a file cannot be read, 2 for wrong usage."
)]
pub(crate) struct VerifyArgs {
    /// Timeline that was sent
    #[arg(long, value_name = "TIMELINE", requires = "received", conflicts_with = "actual")]
    sent: Option<PathBuf>,

    /// Files with what was received
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "actual")]
    received: Vec<PathBuf>,

    /// Ledger of faults that `generate --truth` wrote: what was received is held against what counts of what arrived; for
    /// tables, rules of the policy that are not followed are named
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    ledger: Option<PathBuf>,

    /// Deliveries: what arrived; for tables also a log of arrivals [default: deliveries.jsonl beside the ledger]
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    deliveries: Option<PathBuf>,

    /// Rules by which it counts: a policy file, a shipped policy (docs/policies.md), or `scenario` for that of --scenario;
    /// without it each event counts once, as it arrived
    #[arg(long, value_name = "POLICY", help_heading = "Faults")]
    policy: Option<String>,

    /// Scenario, for its policy
    #[arg(long, value_name = "SCENARIO", requires = "policy", help_heading = "Faults")]
    scenario: Option<String>,

    /// Folder that `expect` wrote
    #[arg(long, value_name = "DIR", requires = "actual")]
    expected: Option<PathBuf>,

    /// Folder with the pipeline's tables
    #[arg(long, value_name = "DIR", requires = "expected")]
    actual: Option<PathBuf>,

    /// Wire format of received events, one a line; by default our own, also wrapped or respelled
    #[arg(long, value_name = "NAME", value_parser = protocol_parser(), conflicts_with = "expected", help_heading = "Events")]
    format: Option<String>,

    /// Map of fields by which received events were written: see `generate --format fields`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expected", "format"], help_heading = "Events")]
    fields: Option<PathBuf>,

    /// How received events are matched; found out from the files if not given
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        conflicts_with = "expected",
        help_heading = "Events"
    )]
    r#match: Option<MatchArg>,

    /// Whether event times are compared; `ignore` where the target replaces them
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t = TimesArg::Compare,
        conflicts_with = "expected",
        help_heading = "Events"
    )]
    times: TimesArg,

    /// Leave a field out of the comparison: country, or props.step; may be repeated
    #[arg(long, value_name = "FIELD", conflicts_with = "expected", help_heading = "Events")]
    ignore: Vec<String>,

    /// The order of a user's events in a file means nothing, as in a database export
    #[arg(long, conflicts_with = "expected", help_heading = "Events")]
    unordered: bool,

    /// Report events that stand this long (in event time) behind newer ones, such as 5m
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "expected", help_heading = "Events")]
    late_after: Option<Duration>,

    /// Memory to stay within, roughly; larger files go through temporary files
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "1GiB",
        conflicts_with = "expected",
        help_heading = "Events"
    )]
    memory: ByteSize,

    /// How far numbers may be apart: 0.01, 1% or COLUMN=0.5; may be repeated
    #[arg(long, value_name = "[COLUMN=]AMOUNT", conflicts_with = "sent", help_heading = "Tables")]
    tolerance: Vec<Tolerances>,

    #[command(flatten)]
    result: ResultArgs,

    /// Write all findings as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Write the outcome as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    html: HtmlArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MatchArg {
    /// By `event_id`
    EventId,
    /// By `props.event_id`
    PropsEventId,
    /// By session, type, page and button, in order
    Content,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TimesArg {
    /// A time that is not the one that was sent is altered
    Compare,
    /// Times are not compared
    Ignore,
}

pub(crate) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    refuse_outputs_over_inputs(args)?;
    let options = args.options()?;
    let ticker = if args.sent.is_some() {
        Ticker::counting("comparing", Arc::clone(&options.events_read), args.events())
    } else {
        Ticker::start(|elapsed| format!("comparing tables: {}", show_duration(elapsed)))
    };
    let report = match &args.report {
        Some(path) => with_findings_file(args, &options, path)?,
        None => verify(args, &options, Findings::default())?,
    };
    drop(ticker);
    if let Some(path) = &args.junit {
        write_whole(path, junit(&report, "event-simulator verify").as_bytes())
            .map_err(Failure::io(format!("cannot write {}", path.display())))?;
    }
    let recorded = serde_json::json!({ "report": &report });
    args.html.write(&recorded, JsonOutput::File("--report", args.report.as_deref()))?;
    args.result.print(&report, &report)?;
    if report.is_clean() { Ok(()) } else { Err(Failure::Reported) }
}

/// Refuses reports that would be written over what is verified, or over each other.
fn refuse_outputs_over_inputs(args: &VerifyArgs) -> Result<(), Failure> {
    let mut inputs: Vec<(&str, PathBuf)> = Vec::new();
    inputs.extend(args.sent.iter().map(|path| ("what was sent", path.clone())));
    inputs.extend(args.received.iter().map(|path| ("what was received", path.clone())));
    inputs.extend(args.ledger.iter().map(|path| ("the ledger", path.clone())));
    inputs.extend(args.deliveries().map(|path| ("the deliveries", path)));
    for directory in args.expected.iter().chain(&args.actual) {
        inputs.extend(files_in(directory).into_iter().map(|path| ("a table", path)));
    }
    let (report, junit) = (args.report.as_deref(), args.junit.as_deref());
    let outputs = [("--report", report), ("--junit", junit), args.html.file()];
    refuse_shared(outputs)?;
    // One by one, because inputs may be the same file.
    inputs.iter().try_for_each(|(role, path)| {
        refuse_shared([(*role, Some(path.as_path()))].into_iter().chain(outputs))
    })
}

/// The files of a directory and of those in it; none if it cannot be read.
fn files_in(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            files.push(path);
        }
    }
    files
}

fn verify(
    args: &VerifyArgs,
    options: &CompareOptions,
    findings: Findings<'_>,
) -> Result<Report, Failure> {
    let deliveries = args.deliveries();
    if args.policy.is_some() && deliveries.is_none() {
        let reason = "--policy: of what arrived where? name --ledger, or --deliveries for tables";
        return Err(Failure::Usage(reason.to_owned()));
    }
    match (&args.sent, &args.expected, &args.actual) {
        (Some(sent), ..) => match (&args.ledger, &deliveries) {
            (Some(ledger), Some(deliveries)) => {
                counted(args, options, [sent, ledger, deliveries], findings)
            }
            (None, Some(_)) => {
                Err(Failure::Usage("--deliveries: name their --ledger, too".to_owned()))
            }
            _ => Ok(verify_events(sent, &args.received, options, findings)?),
        },
        (None, Some(_), Some(actual)) if !actual.is_dir() => {
            let reason = format!("--actual {}: there is no such folder", actual.display());
            Err(Failure::Usage(reason))
        }
        (None, Some(expected), Some(actual)) => {
            let tolerances = args.tolerance.iter().cloned().collect();
            let Some(arrivals) = &deliveries else {
                return Ok(verify_tables(expected, actual, &tolerances, findings)?);
            };
            let policy = &args.policy()?;
            let source = ArrivalSource { arrivals, policy };
            Ok(verify_tables_under(expected, actual, &tolerances, source, findings)?)
        }
        _ => {
            Err(Failure::Usage("name --sent and --received, or --expected and --actual".to_owned()))
        }
    }
}

/// Verifies what was received against what counts of what arrived.
fn counted(
    args: &VerifyArgs,
    options: &CompareOptions,
    [timeline, ledger, deliveries]: [&Path; 3],
    findings: Findings<'_>,
) -> Result<Report, Failure> {
    let policy = &args.policy()?;
    let policy_name = args.policy.as_deref();
    let sources = LedgerSources { timeline, ledger, deliveries, policy, policy_name };
    Ok(verify_counted(&sources, &args.received, options, findings)?)
}

fn with_findings_file(
    args: &VerifyArgs,
    options: &CompareOptions,
    path: &Path,
) -> Result<Report, Failure> {
    let context = || format!("cannot write {}", path.display());
    let output =
        OutputFile::create(path, Compression::from_name(path)).map_err(Failure::io(context()))?;
    let mut file = FindingsFile::new(BufWriter::new(output));
    let mut each = |finding: &Finding| file.add(finding);
    let report = verify(args, options, Findings::new(Some(&mut each)))?;
    let output = file.finish(&report).map_err(Failure::io(context()))?;
    let output = output.into_inner().map_err(io::IntoInnerError::into_error);
    output.and_then(OutputFile::finish).map_err(Failure::io(context()))?;
    Ok(report)
}

/// The file of deliveries beside a ledger, as --truth writes them.
const DELIVERIES: &str = "deliveries.jsonl";

impl VerifyArgs {
    /// The file of deliveries, if a ledger is named.
    fn deliveries(&self) -> Option<PathBuf> {
        let beside = self.ledger.as_ref().map(|ledger| ledger.with_file_name(DELIVERIES));
        self.deliveries.clone().or(beside)
    }

    /// The policy; without one, each event counts once, as it arrived.
    fn policy(&self) -> Result<PolicySpec, Failure> {
        let Some(name) = &self.policy else {
            let deduplicate = Some(DeduplicateSpec::default());
            return Ok(PolicySpec { deduplicate, ..PolicySpec::default() });
        };
        policy::named(name, self.scenario.as_deref())
    }

    /// About how many events will be read, if a manifest says it.
    fn events(&self) -> Option<u64> {
        let manifest = Manifest::beside(self.sent.as_ref()?).ok()?;
        Some(manifest.events.saturating_mul(2))
    }

    fn options(&self) -> Result<CompareOptions, Failure> {
        Ok(CompareOptions {
            memory_bytes: self.memory.as_bytes() as u64,
            match_key: self.r#match.map(|how| match how {
                MatchArg::EventId => MatchKey::EventId,
                MatchArg::PropsEventId => MatchKey::PropsEventId,
                MatchArg::Content => MatchKey::Content,
            }),
            times: match self.times {
                TimesArg::Compare => Times::Compare,
                TimesArg::Ignore => Times::Ignore,
            },
            received_form: received_form(self.format.as_deref(), self.fields.as_deref())?,
            ignore: self.ignore.clone(),
            check_order: !self.unordered,
            late_after_millis: self.late_after.map(|limit| limit.as_millis() as u64),
            ..CompareOptions::default()
        })
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::NoSuchId { .. } => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Compare(error) => error.into(),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::Failed(error.to_string())
    }
}
