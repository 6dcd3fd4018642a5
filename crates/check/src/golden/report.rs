//! The outcome of a golden check.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use event_simulator::quantity::grouped;

use crate::comparison::FirstDifference;

use super::cause::GoldenCause;
use super::check::GoldenComparison;

/// The outcome of a golden check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoldenReport {
    /// The golden file.
    pub path: PathBuf,
    /// The comparison of it with the timeline of now.
    pub comparison: GoldenComparison,
    /// The causes of what differs; none if nothing does.
    pub causes: Vec<GoldenCause>,
}

impl GoldenReport {
    /// True if the golden file has the bytes that the simulator gives now.
    pub fn is_same(&self) -> bool {
        self.comparison.is_same()
    }
}

impl fmt::Display for GoldenReport {
    /// One screen: the first difference, the number of them, why, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (golden, comparison) = (self.path.display(), &self.comparison);
        if self.is_same() {
            let lines = grouped(comparison.lines);
            return write!(
                f,
                "OK: {golden}: the same, {lines} lines (BLAKE3 {})",
                comparison.blake3
            );
        }
        writeln!(f, "Not OK: {golden} differs from what the scenario gives now")?;
        match &comparison.first {
            Some(first) => write_differences(f, first, comparison)?,
            None => {
                writeln!(f, "  every line is the same: only line ends or blank lines differ")?;
            }
        }
        writeln!(f, "why:")?;
        for cause in &self.causes {
            writeln!(f, "  {cause}")?;
        }
        write!(
            f,
            "to see every event that differs: the same command with -o NEW in place of --check \
             {golden},\n  then `event-simulator diff {golden} NEW`\n\
             to accept what it gives now: the same command with -o in place of --check"
        )
    }
}

fn write_differences(
    f: &mut fmt::Formatter<'_>,
    first: &FirstDifference,
    comparison: &GoldenComparison,
) -> fmt::Result {
    let fields = first.fields();
    let fields =
        if fields.is_empty() { String::new() } else { format!(", in {}", fields.join(", ")) };
    writeln!(
        f,
        "  line {} is the first that differs{fields} (- golden, + now)\n{first}",
        grouped(first.line)
    )?;
    let counts = [comparison.golden_lines, comparison.lines, comparison.differing_lines];
    let [golden, now, differing] = counts.map(grouped);
    writeln!(
        f,
        "  {golden} lines golden, {now} now; {differing} differ, counted line against line"
    )?;
    for (name, (golden, now)) in &comparison.differing_types {
        if golden != now {
            writeln!(f, "    {name}: {:+}", i128::from(*now) - i128::from(*golden))?;
        }
    }
    Ok(())
}
