//! Received events against those that count.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use event_simulator::scenario::policy::PolicySpec;
use event_simulator_timeline::{LineReader, ReadError, judged_under, open};

use crate::comparison::{CompareError, CompareOptions, Compared, compare};
use crate::verify::account::Account;
use crate::verify::causes::{Cause, EventCauses};
use crate::verify::events::{self, SentSide};
use crate::verify::finding::FindingKind;
use crate::verify::report::{Findings, Report, Subject};

use super::attribution::Attributions;
use super::bot_filter::FilteredBots;
use super::error::LedgerError;
use super::fault_causes::fault_causes;
use super::fault_notes::FaultNotes;
use super::judged::JudgedArrivals;
use super::lost_batches::lost_batches;

/// What truly happened, what arrived of it, and the rules by which that counts.
#[derive(Clone, Copy, Debug)]
pub struct LedgerSources<'a> {
    /// The timeline: what happened.
    pub timeline: &'a Path,
    /// What faults did.
    pub ledger: &'a Path,
    /// What arrived, as `generate --format deliveries` writes it.
    pub deliveries: &'a Path,
    /// The rules.
    pub policy: &'a PolicySpec,
    /// How the policy is called; none if it is none of the user's.
    pub policy_name: Option<&'a str>,
}

/// Compares what was received with what counts of what arrived, and attributes each difference to the faults of its event
/// or to none. What the policy drops is no finding.
///
/// # Errors
///
/// [`LedgerError`] if a file cannot be read, or if the files are not of one run.
pub fn verify_counted(
    sources: &LedgerSources<'_>,
    received: &[PathBuf],
    options: &CompareOptions,
    mut findings: Findings<'_>,
) -> Result<Report, LedgerError> {
    let notes = FaultNotes::read(sources.ledger)?;
    let mut arrivals = JudgedArrivals::new(&notes);
    let mut bots = FilteredBots::new(&notes);
    let counting = counting(sources, options, (&mut arrivals, &mut bots))?;
    let mut account = account(sources, &notes, &arrivals)?;
    // Policies say nothing of the order in which events are written.
    let options = CompareOptions { check_order: false, ..options.clone() };
    let mut causes = EventCauses::default();
    let mut attributions = Attributions::new(arrivals);
    let compared = compare(counting.path(), received, &options, &mut |difference| {
        causes.observe(difference);
        attributions.observe(difference);
        bots.observe(difference);
        let deliveries = SentSide::Counted(sources.deliveries);
        events::add(&mut findings, difference, deliveries, received);
    })?;
    (account.counted, account.received) = (compared.sent, compared.received);
    account.bots = bots.into_matrix(compared.sent);
    account.lines = attributions.lines(&notes);
    let mut of_faults = fault_causes(&attributions, &notes, compared.sent);
    let others = causes.into_causes(counting.path(), &compared, options.memory_bytes)?;
    let missing = std::mem::take(&mut attributions.missing);
    let minutes = &attributions.arrivals.counting_by_minute;
    let batches = lost_batches(sources.deliveries, minutes, missing)?;
    let of_missing = |cause: &&Cause| cause.kind == FindingKind::Missing;
    let explains = |cause: &Cause| cause.explained == cause.found;
    let is_better_explained = others.iter().filter(of_missing).any(explains);
    if let Some(batches) = batches.filter(|cause| explains(cause) || !is_better_explained) {
        // Among what is in the batches some has faults, by chance more than others have.
        of_faults.retain(|cause| cause.kind != FindingKind::Missing);
        of_faults.insert(0, batches);
    }
    let subject = subject(sources, received, compared);
    let report = findings.report(subject, with_others(of_faults, others));
    Ok(Report { account: Some(account), ..report })
}

fn subject(sources: &LedgerSources<'_>, received: &[PathBuf], compared: Compared) -> Subject {
    let deliveries = sources.deliveries.to_owned();
    Subject::Counted { deliveries, received: received.to_owned(), compared }
}

/// The events that count, in a file.
fn counting(
    sources: &LedgerSources<'_>,
    options: &CompareOptions,
    (arrivals, bots): (&mut JudgedArrivals<'_>, &mut FilteredBots<'_>),
) -> Result<NamedTempFile, LedgerError> {
    let path = sources.deliveries;
    let name = path.display().to_string();
    let input = open(path).map_err(|error| ReadError::of_input(&name, error))?;
    let memory_bytes = usize::try_from(options.memory_bytes / 4).unwrap_or(usize::MAX);
    let judged =
        judged_under(sources.policy, vec![(name, input)], memory_bytes, |line, verdict| {
            arrivals.add(line, verdict);
            bots.add(line, verdict);
        });
    let mut lines = judged?.into_lines();
    if let Some(line) = arrivals.no_delivery {
        return Err(LedgerError::NoDelivery { path: path.to_owned(), line });
    }
    let mut file = NamedTempFile::new().map_err(CompareError::from)?;
    io::copy(&mut lines, &mut file).and_then(|_| file.flush()).map_err(CompareError::from)?;
    Ok(file)
}

/// The numbers of what happened and arrived, which must add up.
fn account(
    sources: &LedgerSources<'_>,
    notes: &FaultNotes,
    arrivals: &JudgedArrivals<'_>,
) -> Result<Account, LedgerError> {
    let happened = events_of(sources.timeline)?;
    let FaultNotes { added, copied, .. } = *notes;
    let lost: u64 = notes.lost.values().sum();
    if happened + added + copied != arrivals.arrivals + lost {
        return Err(LedgerError::NotOfOneRun {
            happened,
            added,
            copied,
            lost,
            arrivals: arrivals.arrivals,
            timeline: sources.timeline.to_owned(),
            ledger: sources.ledger.to_owned(),
            deliveries: sources.deliveries.to_owned(),
        });
    }
    Ok(Account {
        policy: sources.policy_name.map(str::to_owned),
        happened,
        added,
        copied,
        lost,
        arrivals: arrivals.arrivals,
        counted: 0,
        received: 0,
        lines: Vec::new(),
        bots: None,
    })
}

/// The number of events of a timeline, one a line.
fn events_of(path: &Path) -> Result<u64, ReadError> {
    let failed = |error| ReadError::of_input(&path.display().to_string(), error);
    let mut lines = LineReader::new(open(path).map_err(failed)?);
    let mut events = 0;
    while lines.next_line().map_err(failed)?.is_some() {
        events += 1;
    }
    Ok(events)
}

/// Causes that are faults, and others for what those do not explain.
fn with_others(mut causes: Vec<Cause>, others: Vec<Cause>) -> Vec<Cause> {
    let explained = |cause: &Cause| -> u64 {
        causes.iter().filter(|other| other.kind == cause.kind).map(|other| other.explained).sum()
    };
    let others: Vec<Cause> = others
        .into_iter()
        .filter_map(|cause| match (explained(&cause), cause.is_named()) {
            (0, _) => Some(cause),
            // What did arrive was sent, whatever is unusual about it.
            (explained, true) if cause.kind == FindingKind::Unexpected => {
                (cause.explained + explained <= cause.found).then_some(cause)
            }
            (explained, true) => (explained < cause.found).then_some(cause),
            (explained, false) => {
                // Of an event that was received several times again, others know one.
                let of_kind = causes.iter().filter(|other| other.kind == cause.kind);
                let all = of_kind.map(|other| other.found).fold(cause.found, u64::max);
                let rest = all.saturating_sub(explained);
                (rest > 0).then(|| Cause::unknown(cause.kind, rest))
            }
        })
        .collect();
    causes.extend(others);
    causes
}
