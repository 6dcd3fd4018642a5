//! Events that something is wrong with, over time and by type.

use std::collections::BTreeMap;

use serde::Serialize;

use event_simulator::event::Field;
use event_simulator::time::{Buckets, NamedCounts, TimeBuckets};

use crate::comparison::RawEvent;

use super::finding::FindingKind;

/// Buckets of time that are kept.
const MOST_BUCKETS: usize = 400;

/// Types that are told apart.
const MOST_TYPES: usize = 100;

/// Findings of events, counted by kind: over time and by type. Those that have no time or no type are left out of that.
#[derive(Clone, Debug, Serialize)]
pub struct WrongEvents {
    /// By the time of the event.
    #[serde(skip_serializing_if = "is_empty")]
    pub over_time: TimeBuckets<NamedCounts>,
    /// By its type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_type: BTreeMap<String, NamedCounts>,
}

fn is_empty(buckets: &TimeBuckets<NamedCounts>) -> bool {
    buckets.0.is_empty()
}

impl Default for WrongEvents {
    fn default() -> Self {
        Self { over_time: TimeBuckets(Buckets::new(MOST_BUCKETS)), by_type: BTreeMap::new() }
    }
}

impl WrongEvents {
    /// Counts a finding of an event, by its JSON text.
    pub(super) fn add(&mut self, kind: FindingKind, line: &[u8]) {
        let event = RawEvent::of_any(line);
        if let Some(time) = event.time() {
            self.over_time.at(time, |counts| counts.add(kind.name(), 1));
        }
        let Some(event_type) = event.text(Field::EventType) else { return };
        let is_told = self.by_type.len() < MOST_TYPES || self.by_type.contains_key(&*event_type);
        let name = if is_told { event_type.into_owned() } else { NamedCounts::OTHERS.to_owned() };
        self.by_type.entry(name).or_default().add(kind.name(), 1);
    }
}
