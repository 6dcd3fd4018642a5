//! A diff in one screen.

use std::fmt;

use event_simulator::quantity::grouped;

use crate::comparison::named;

use super::origins::Origins;
use super::result::{Affected, Counts, Diff};

impl Diff {
    /// The outcome in a line.
    pub fn verdict(&self) -> String {
        if self.is_same() {
            return "OK: the same lines".to_owned();
        }
        if self.total == Counts::default() {
            return "Not OK: every event is the same, but lines are not".to_owned();
        }
        let Counts { added, removed, changed, moved } = self.total;
        let parts =
            [(added, "added"), (removed, "removed"), (changed, "changed"), (moved, "moved")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts = parts.map(|(count, what)| format!("{} {what}", grouped(count)));
        format!("Not OK: {}", parts.collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.verdict())?;
        let (left, right) = (grouped(self.events.0), grouped(self.events.1));
        let Some(first) = &self.first else { return write!(f, "{left} lines") };
        writeln!(f, "{left} events -> {right} events")?;
        writeln!(f, "{}", self.origins)?;
        let all = grouped(first.differing.len() as u64 + first.same_fields);
        let of = match first.differing.len() {
            0 => String::new(),
            1 => format!(" 1 of {all} fields differs"),
            some => format!(" {some} of {all} fields differ"),
        };
        writeln!(f, "\nFirst difference, line {}:{of}", grouped(first.line))?;
        writeln!(f, "{first}")?;
        if self.total == Counts::default() {
            return write!(
                f,
                "\nEvery event is the same; only how lines are written (in Parquet and Arrow whole numbers of a column that has \
                 others are 2.0, and keys may stand in another order), or how users are mixed, differs."
            );
        }
        let columns = ["added", "removed", "changed", "moved"];
        write!(f, "\nBy type:")?;
        let types = self.by_type.iter().map(|(event_type, counts)| (named(event_type), *counts));
        let all = ("all".to_owned(), self.total);
        let types: Vec<(String, Counts)> = types.chain([all]).collect();
        let width = width_of(&types);
        row(f, ("", width), columns.map(str::to_owned))?;
        rows(f, &types)?;
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

impl Counts {
    fn shown(self) -> [String; 4] {
        [self.added, self.removed, self.changed, self.moved].map(grouped)
    }
}

/// The width of the names of a table, which fits 60 columns while names and counts are of a usual length.
fn width_of(rows: &[(String, Counts)]) -> usize {
    const LEAST: usize = 22;
    rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(LEAST)
}

fn rows(f: &mut fmt::Formatter<'_>, rows: &[(String, Counts)]) -> fmt::Result {
    let width = width_of(rows);
    rows.iter().try_for_each(|(name, counts)| row(f, (name, width), counts.shown()))
}

fn row(
    f: &mut fmt::Formatter<'_>,
    (name, width): (&str, usize),
    [added, removed, changed, moved]: [String; 4],
) -> fmt::Result {
    write!(f, "\n  {name:width$} {added:>8} {removed:>8} {changed:>8} {moved:>8}")
}

fn affected(f: &mut fmt::Formatter<'_>, what: &str, affected: &Affected) -> fmt::Result {
    let count = affected.count;
    if count == 0 {
        return Ok(());
    }
    let more = if count as usize >= Affected::MOST { " or more" } else { "" };
    write!(f, "\n\nBy {what}, of {}{more} with differences:", grouped(count))?;
    let most = affected.most.iter().map(|(name, counts)| (named(name), *counts));
    rows(f, &most.collect::<Vec<_>>())
}
