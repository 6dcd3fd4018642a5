//! What is right for a file of arrivals, under a policy.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use event_simulator::expectations::{Expectations, Tables, csv_files};
use event_simulator::policy::IntakeReport;
use event_simulator::scenario::policy::PolicySpec;
use event_simulator_timeline::{CountedEvents, counted_under};

use super::error::GauntletError;

/// Memory for sorting; arrivals of a case are far smaller.
const MEMORY_BYTES: usize = 64 << 20;

fn counted(policy: &PolicySpec, arrivals: &Path) -> Result<CountedEvents, GauntletError> {
    let file = File::open(arrivals).map_err(GauntletError::io(arrivals))?;
    let input = (arrivals.display().to_string(), Box::new(BufReader::new(file)) as Box<_>);
    Ok(counted_under(policy, vec![input], MEMORY_BYTES)?)
}

/// Writes the events that count.
pub(super) fn write_counted(
    policy: &PolicySpec,
    arrivals: &Path,
    to: &Path,
) -> Result<IntakeReport, GauntletError> {
    let counted = counted(policy, arrivals)?;
    let report = counted.report;
    let mut file = File::create(to).map_err(GauntletError::io(to))?;
    io::copy(&mut counted.into_lines(), &mut file).map_err(GauntletError::io(to))?;
    Ok(report)
}

/// Writes those tables that `is_wanted` into a folder, which is emptied first: it is told the name, and whether there are rows.
pub(super) fn write_tables(
    policy: &PolicySpec,
    arrivals: &Path,
    is_wanted: impl Fn(&str, bool) -> bool,
    folder: &Path,
) -> Result<(IntakeReport, usize), GauntletError> {
    let counted = counted(policy, arrivals)?;
    let report = counted.report;
    let tables = observe(policy, counted)?;
    let broken = |error: csv::Error| GauntletError::io(folder)(io::Error::other(error));
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(GauntletError::io(folder))?;
    }
    fs::create_dir_all(folder).map_err(GauntletError::io(folder))?;
    let mut written = 0;
    for (file, contents) in csv_files(&tables).map_err(broken)? {
        let has_rows = contents.split(|&byte| byte == b'\n').nth(2).is_some();
        if is_wanted(file.strip_suffix(".csv").unwrap_or(&file), has_rows) {
            let path = folder.join(file);
            fs::write(&path, contents).map_err(GauntletError::io(&path))?;
            written += 1;
        }
    }
    Ok((report, written))
}

fn observe(policy: &PolicySpec, mut events: CountedEvents) -> Result<Tables, GauntletError> {
    let expectations = Expectations::new().with_retention().with_rows().under(policy);
    let mut expectations = expectations.with_lateness(events.lateness.take());
    while let Some(event) = events.next_event()? {
        expectations.observe(&event).map_err(|error| {
            GauntletError::io(Path::new("what counts"))(io::Error::other(error))
        })?;
    }
    Ok(expectations.finish())
}
