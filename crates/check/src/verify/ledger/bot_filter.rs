//! How a pipeline's filter of bots did, by what the ledger says of who is one.

use foldhash::{HashMap, HashMapExt};

use event_simulator::deliveries::DELIVERY_ID;
use event_simulator::event::Field;
use event_simulator::policy::ArrivalVerdict;
use event_simulator::wire::scan;

use crate::comparison::{Difference, EventRef, RawEvent, hash};
use crate::verify::account::BotFilter;

use super::fault_notes::FaultNotes;

/// The events of bots that arrived, and those of people that are not there.
pub(super) struct FilteredBots<'n> {
    notes: &'n FaultNotes,
    /// By the hash of the id: whether it counts under the policy, and whether it was received.
    bots: HashMap<u64, (bool, bool)>,
    missing_people: u64,
}

impl<'n> FilteredBots<'n> {
    pub(super) fn new(notes: &'n FaultNotes) -> Self {
        Self { notes, bots: HashMap::new(), missing_people: 0 }
    }

    /// Adds the delivery on a line, and what the policy says of it.
    pub(super) fn add(&mut self, line: &[u8], verdict: &ArrivalVerdict) {
        if !self.notes.have_bots() {
            return;
        }
        let Ok([Some(id)]) = scan::members(line, [DELIVERY_ID]) else { return };
        let delivery = scan::text(id).unwrap_or_default();
        let (event_id, _) = delivery.rsplit_once('-').unwrap_or((&delivery, ""));
        let id = hash(event_id.as_bytes());
        if self.notes.is_of_bot(id) && !matches!(verdict, ArrivalVerdict::Malformed(_)) {
            let counts = matches!(verdict, ArrivalVerdict::Counts(_) | ArrivalVerdict::Held { .. });
            let (known, is_there) = self.bots.entry(id).or_default();
            *known |= counts;
            *is_there |= counts;
        }
    }

    /// Takes a difference between what counts and what was received into account.
    pub(super) fn observe(&mut self, difference: &Difference<'_>) {
        match difference {
            Difference::Missing(event) => match self.bots.get_mut(&id(event)) {
                Some((_, is_there)) => *is_there = false,
                None => self.missing_people += 1,
            },
            Difference::Unexpected(event) | Difference::Duplicated(event) => {
                if let Some((_, is_there)) = self.bots.get_mut(&id(event)) {
                    *is_there = true;
                }
            }
            _ => {}
        }
    }

    /// The matrix, if there are bots; `counted` events count, of bots too.
    pub(super) fn into_matrix(self, counted: u64) -> Option<BotFilter> {
        let bots_kept = self.bots.values().filter(|(_, is_there)| *is_there).count() as u64;
        let bots_counted = self.bots.values().filter(|(counts, _)| *counts).count() as u64;
        let people = counted.saturating_sub(bots_counted);
        (!self.bots.is_empty()).then(|| BotFilter {
            bots_dropped: self.bots.len() as u64 - bots_kept,
            bots_kept,
            people_dropped: self.missing_people,
            people_kept: people.saturating_sub(self.missing_people),
        })
    }
}

fn id(event: &EventRef<'_>) -> u64 {
    let event = RawEvent::of_any(event.line);
    event.text(Field::EventId).map_or(0, |id| hash(id.as_bytes()))
}
