//! Lines of two timelines that are no events.

use std::collections::HashMap;

use crate::comparison::{EventRef, Side, hash};

use super::result::Counts;

/// Distinct lines that are told apart; beyond, each one differs.
const MOST_DISTINCT: usize = 1 << 20;

/// Lines that are no events, of either side, by their bytes.
#[derive(Default)]
pub(super) struct StrayLines {
    /// For each line how many more the first timeline has than the second.
    surplus: HashMap<u64, i64>,
    beyond: Counts,
}

impl StrayLines {
    pub(super) fn add(&mut self, line: &EventRef<'_>) {
        let key = hash(line.line);
        let is_told_apart = self.surplus.len() < MOST_DISTINCT || self.surplus.contains_key(&key);
        match line.side {
            Side::Sent if is_told_apart => *self.surplus.entry(key).or_default() += 1,
            Side::Received if is_told_apart => *self.surplus.entry(key).or_default() -= 1,
            Side::Sent => self.beyond.removed += 1,
            Side::Received => self.beyond.added += 1,
        }
    }

    /// The lines that one timeline has and the other has not.
    pub(super) fn counts(self) -> Counts {
        let mut counts = self.beyond;
        for surplus in self.surplus.into_values() {
            let lines = surplus.unsigned_abs();
            *(if surplus > 0 { &mut counts.removed } else { &mut counts.added }) += lines;
        }
        counts
    }
}
