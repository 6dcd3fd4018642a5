//! A diff in one screen.

use std::fmt;

use event_simulator::printable::printable;

use crate::comparison::cut;

use super::origins::Origins;
use super::result::{Affected, Counts, Diff};

/// Characters of a line that are shown.
const LINE_CHARACTERS: usize = 600;

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = &self.first else {
            return write!(f, "the same: {} lines", self.events.0);
        };
        writeln!(f, "{} events -> {} events", self.events.0, self.events.1)?;
        writeln!(f, "{}", self.origins)?;
        writeln!(f, "\nFirst difference, line {}:", first.line)?;
        let shown = |line: &Option<String>| match line {
            Some(line) => cut(line, 0, LINE_CHARACTERS).into_owned(),
            None => "(the end)".to_owned(),
        };
        writeln!(f, "- {}", shown(&first.left))?;
        writeln!(f, "+ {}", shown(&first.right))?;
        if self.total == Counts::default() {
            return write!(
                f,
                "\nEvery event is the same; only how lines are written, or how users are mixed, differs."
            );
        }
        let columns = ["added", "removed", "changed", "moved"];
        let [added, removed, changed, moved] = columns;
        write!(f, "\n{:24} {added:>9} {removed:>9} {changed:>9} {moved:>9}", "By type")?;
        for (event_type, counts) in &self.by_type {
            row(f, event_type, *counts)?;
        }
        row(f, "all", self.total)?;
        affected(f, "user", &self.users)?;
        affected(f, "session", &self.sessions)?;
        if !self.changes.is_empty() {
            write!(f, "\n\nFirst changes:")?;
        }
        for change in &self.changes {
            write!(f, "\n{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("No manifest beside both, so why is not known."),
            Self::Same => f.write_str(
                "The manifests name the same version, seed and scenario: a file was edited.",
            ),
            Self::Different(changes) => {
                let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, counts: Counts) -> fmt::Result {
    let (name, Counts { added, removed, changed, moved }) = (printable(name), counts);
    write!(f, "\n{name:24} {added:>9} {removed:>9} {changed:>9} {moved:>9}")
}

fn affected(f: &mut fmt::Formatter<'_>, what: &str, affected: &Affected) -> fmt::Result {
    let count = affected.count;
    if count == 0 {
        return Ok(());
    }
    let more = if count as usize >= Affected::MOST { " or more" } else { "" };
    write!(f, "\n\nBy {what}, of {count}{more} with differences:")?;
    for (name, counts) in &affected.most {
        row(f, name, *counts)?;
    }
    Ok(())
}
