//! The policy that an argument names.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use event_simulator::digest::Digest;
use event_simulator::policy::IntakeReport;
use event_simulator::quantity::grouped;
use event_simulator::scenario::Loaded;
use event_simulator::scenario::policy::{PolicySpec, shipped};
use event_simulator::wire::EventFields;

use super::scenario::named as named_scenario;
use crate::failure::Failure;

/// The word for the policy of the scenario.
const OF_SCENARIO: &str = "scenario";

/// The policy that an argument names: a file, a shipped one, or that of a scenario.
pub(crate) fn named(name: &str, scenario: Option<&str>) -> Result<PolicySpec, Failure> {
    if name == OF_SCENARIO {
        let Some(scenario) = scenario else {
            let reason = "--policy scenario: of which? name it by --scenario (or --declared, where `expect` reads a timeline)";
            return Err(Failure::Usage(reason.to_owned()));
        };
        return of_scenario(name, &named_scenario(scenario)?);
    }
    let path = Path::new(name);
    match shipped::find(name) {
        Some(shipped) if !path.is_file() => Ok(PolicySpec::read(shipped.yaml.as_bytes(), name)?),
        None if !path.exists() => {
            let names: Vec<&str> = shipped::ALL.iter().map(|policy| policy.name).collect();
            let reason = format!(
                "there is no file {name:?} and no shipped policy of that name; they are {}, and `{OF_SCENARIO}` is that of \
                 the scenario",
                names.join(", ")
            );
            Err(Failure::Usage(reason))
        }
        _ => {
            let bytes = std::fs::read(path).map_err(Failure::io(format!("cannot read {name}")))?;
            Ok(PolicySpec::read(&bytes, name)?)
        }
    }
}

/// The policy that an argument names beside a scenario that has been read.
pub(crate) fn of_scenario(name: &str, loaded: &Loaded) -> Result<PolicySpec, Failure> {
    if name != OF_SCENARIO {
        return named(name, None);
    }
    loaded.scenario.policy.clone().ok_or_else(|| {
        let reason = format!("{} has no `policy`: see docs/policies.md", loaded.source.name());
        Failure::Usage(reason)
    })
}

/// Says what became of what arrived.
pub(crate) fn tell_report(report: &IntakeReport) {
    let parts = [
        ("malformed", report.malformed),
        ("copies", report.duplicates),
        ("with none of the fields of deduplicate.by", report.without_key),
        ("late", report.late),
        ("late but counted", report.amended),
        ("too far ahead", report.ahead),
        ("of bots", report.bots),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{} {what}", grouped(count)))
        .collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let (arrivals, counted) = (grouped(report.arrivals), grouped(report.counted));
    note!("{counted} of {arrivals} arrivals count{parts}");
}

/// The lines of events that count: digested, and written to a file if one is wanted.
pub(crate) struct KeptLines {
    digest: Digest,
    file: Option<(PathBuf, File)>,
    /// Lines that were not yet digested, nor written.
    block: Vec<u8>,
}

/// Bytes that are digested and written at a time.
const BLOCK_BYTES: usize = 256 * 1024;

impl KeptLines {
    /// No lines yet, for a file or none.
    pub(crate) fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let create = |path: &Path| {
            let file = File::create(path);
            let file = file.map_err(Failure::io(format!("cannot write {}", path.display())))?;
            Ok::<_, Failure>((path.to_owned(), file))
        };
        let file = path.map(create).transpose()?;
        Ok(Self { digest: Digest::default(), file, block: Vec::new() })
    }

    /// Adds the line of an event.
    pub(crate) fn keep(&mut self, event: &EventFields<'_>) -> Result<(), Failure> {
        event.write_line(&mut self.block);
        self.block.push(b'\n');
        if self.block.len() < BLOCK_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.digest.update(&self.block);
        if let Some((path, file)) = &mut self.file {
            let written = file.write_all(&self.block);
            written.map_err(Failure::io(format!("cannot write {}", path.display())))?;
        }
        self.block.clear();
        Ok(())
    }

    /// The digest of all lines.
    pub(crate) fn finish(mut self) -> Result<String, Failure> {
        self.flush()?;
        Ok(self.digest.finish())
    }
}
