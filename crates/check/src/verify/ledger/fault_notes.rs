//! The ledger, by event.

use std::borrow::Cow;
use std::path::Path;

use foldhash::{HashMap, HashSet};
use serde::Deserialize;

use event_simulator::scenario::faults::FaultKind;
use event_simulator_timeline::{LineReader, ReadError, open};

use crate::comparison::hash;

use super::error::LedgerError;

/// The place of a fault among those of the ledger.
pub(super) type FaultIndex = u16;

/// What faults did, by the ids of events.
#[derive(Default)]
pub(super) struct FaultNotes {
    names: Vec<String>,
    by_name: HashMap<String, FaultIndex>,
    of_events: HashMap<u64, Vec<FaultNote>>,
    /// Events that never arrived, by fault.
    pub(super) lost: HashMap<FaultIndex, u64>,
    /// The events of bots, by the hashes of their ids.
    bots: HashSet<u64>,
    /// Events that are in no timeline.
    pub(super) added: u64,
    /// Further arrivals of events.
    pub(super) copied: u64,
}

/// What one fault did to one event.
#[derive(Clone, Copy)]
pub(super) struct FaultNote {
    pub(super) fault: FaultIndex,
    pub(super) effect: NotedEffect,
    /// Of a copy its number, else 0.
    pub(super) copy: u16,
    pub(super) delay_ms: u64,
}

/// What a fault did, as the ledger says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NotedEffect {
    Lost,
    Delayed,
    Told,
    Changed,
    Damaged,
    Copied,
    Added,
}

#[derive(Deserialize)]
struct LedgerLine<'a> {
    #[serde(borrow)]
    fault: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    effect: NotedEffect,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    copy: u16,
    #[serde(default)]
    delay_ms: u64,
}

impl FaultNotes {
    /// Reads a ledger.
    pub(super) fn read(path: &Path) -> Result<Self, LedgerError> {
        let failed = |error| ReadError::of_input(&path.display().to_string(), error);
        let mut lines = LineReader::new(open(path).map_err(failed)?);
        let mut notes = Self::default();
        while let Some((number, line)) = lines.next_line().map_err(failed)? {
            let note = serde_json::from_slice(line).map_err(|source| LedgerError::NoNote {
                path: path.to_owned(),
                line: number,
                source,
            })?;
            notes.add(&note);
        }
        Ok(notes)
    }

    fn add(&mut self, line: &LedgerLine<'_>) {
        let fault = self.index(&line.fault);
        match line.effect {
            NotedEffect::Lost => *self.lost.entry(fault).or_default() += 1,
            NotedEffect::Added => {
                self.added += 1;
                if line.kind == FaultKind::Bots.word() {
                    self.bots.insert(hash(line.event_id.as_bytes()));
                }
            }
            NotedEffect::Copied => self.copied += 1,
            _ => {}
        }
        let LedgerLine { effect, copy, delay_ms, .. } = *line;
        let note = FaultNote { fault, effect, copy, delay_ms };
        self.of_events.entry(hash(line.event_id.as_bytes())).or_default().push(note);
    }

    fn index(&mut self, name: &str) -> FaultIndex {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        // So many faults no scenario has; of more the last ones would share a name.
        let index = FaultIndex::try_from(self.names.len()).unwrap_or(FaultIndex::MAX);
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), index);
        index
    }

    /// What was done to the event that truly has that id.
    pub(super) fn of(&self, event_id: &str) -> &[FaultNote] {
        self.of_events.get(&hash(event_id.as_bytes())).map_or(&[], Vec::as_slice)
    }

    /// True if there are events of bots.
    pub(super) fn have_bots(&self) -> bool {
        !self.bots.is_empty()
    }

    /// True for the event of a bot, by the hash of its id.
    pub(super) fn is_of_bot(&self, id: u64) -> bool {
        self.bots.contains(&id)
    }

    pub(super) fn name(&self, fault: FaultIndex) -> &str {
        self.names.get(usize::from(fault)).map_or("", String::as_str)
    }
}
