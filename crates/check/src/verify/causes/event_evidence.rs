//! What was sent, against which findings are held.

use std::collections::HashMap;

use crate::comparison::{Compared, MatchKey};
use crate::verify::finding::FindingKind;

use super::candidates::Sample;
use super::cause::Cause;
use super::event_findings::{EventFindings, ReceivedKeys};
use super::event_phrases::describe;
use super::pattern::{PatternPart, pattern};
use super::population::FactTable;

/// What was sent, and what is asked of it.
pub(super) struct Evidence<'a> {
    pub(super) population: FactTable,
    pub(super) is_missing: Vec<bool>,
    /// Places of the events that were received again or late, by their keys.
    pub(super) known: HashMap<u64, u32>,
    pub(super) compared: &'a Compared,
}

impl Evidence<'_> {
    /// What to do about repeats, by how many of them have the id of what was sent.
    fn advice(&self, duplicated: &[ReceivedKeys]) -> &'static str {
        let with_id = duplicated.iter().filter(|keys| keys.is_found_by_id(&self.known)).count();
        match self.compared.matching.key {
            MatchKey::EventId | MatchKey::PropsEventId if with_id == 0 => {
                "each time under a new id, so that ids do not tell repeats: give an event its id once, \
                 before it is sent or read again"
            }
            MatchKey::EventId | MatchKey::PropsEventId if with_id < duplicated.len() => {
                "retried or read again, some under a new id, so that ids do not tell all repeats"
            }
            MatchKey::EventId => {
                "retried or read again, and the target is not idempotent; deduplicate by event_id"
            }
            MatchKey::PropsEventId => {
                "retried or read again, and the target is not idempotent; deduplicate by \
                 props.event_id"
            }
            MatchKey::Content => {
                "retried or read again, and nothing is kept by which copies could be told from \
                 events: keep the id that was sent"
            }
        }
    }

    pub(super) fn missing(&self, findings: &EventFindings) -> Vec<Cause> {
        let count = findings.missing.len() as u64;
        let cause =
            |reason: &str| vec![Cause::new(FindingKind::Missing, count, count, reason.to_owned())];
        let unreadable: u64 = findings.unreadable.values().sum();
        if count > 0 && count == self.compared.sent {
            let is_unreadable = self.compared.received == 0 && unreadable > 0;
            return cause(if is_unreadable {
                "nothing that was received can be read as an event"
            } else {
                "nothing of the timeline was received"
            });
        }
        if count > 0 && count == unreadable {
            return cause("as many as lines that cannot be read: they may stand there");
        }
        self.at(FindingKind::Missing, &findings.missing)
    }

    /// The causes of findings at these places among what was sent.
    fn at(&self, kind: FindingKind, places: &[u64]) -> Vec<Cause> {
        let found = flags(self.population.size, places.iter().copied());
        self.among(kind, &found, 1, "")
    }

    /// The causes of findings, each of which stands for so many.
    fn among(&self, kind: FindingKind, found: &[bool], times: u64, advice: &str) -> Vec<Cause> {
        // What did not arrive could not go wrong in another way.
        let members: Vec<u32> = (0..self.population.size as u32)
            .filter(|&p| kind == FindingKind::Missing || !self.is_missing[p as usize])
            .collect();
        let sample = Sample { population: &self.population, members: &members, found };
        let count = sample.found_count();
        if count == 0 {
            return Vec::new();
        }
        let all = count * times;
        if kind == FindingKind::Duplicated && count == 1 && times > 2 {
            let reason =
                format!("one event was received {} times: retried again and again", times + 1);
            return vec![Cause::new(kind, all, all, reason)];
        }
        let parts = pattern(sample).filter(|parts| {
            let is_of_order = matches!(kind, FindingKind::OutOfOrder | FindingKind::Late);
            !is_of_order || parts.iter().all(PatternPart::is_plain)
        });
        let Some(parts) = parts else { return vec![Cause::unknown(kind, all)] };
        let explained: u64 = parts.iter().map(|part| part.found).sum();
        let mut causes = Vec::new();
        for part in &parts {
            let mut reason = describe(kind, part, &self.population, advice);
            if times > 1 {
                reason = format!("{times} times more, {reason}");
            }
            causes.push(Cause::new(kind, part.found * times, all, reason));
        }
        if explained < count {
            causes.push(Cause::unknown(kind, (count - explained) * times));
        }
        causes
    }

    pub(super) fn duplicated(&self, duplicated: &[ReceivedKeys]) -> Vec<Cause> {
        let kind = FindingKind::Duplicated;
        let mut counts = vec![0_u64; self.population.size];
        let places = duplicated.iter().filter_map(|keys| keys.find(&self.known));
        places.for_each(|place| counts[place as usize] += 1);
        if counts.iter().sum::<u64>() < duplicated.len() as u64 {
            return vec![Cause::unknown(kind, duplicated.len() as u64)];
        }
        let advice = self.advice(duplicated);
        let mut times = counts.iter().copied().filter(|count| *count > 0);
        let first = times.next().unwrap_or_default();
        let found: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        if times.all(|count| count == first) {
            return self.among(kind, &found, first, advice);
        }
        // Several of one event: each is counted once.
        self.among(kind, &found, 1, advice)
    }

    /// The causes of what was received in a wrong place.
    pub(super) fn received(&self, kind: FindingKind, received: &[ReceivedKeys]) -> Vec<Cause> {
        let places = received.iter().filter_map(|keys| keys.find(&self.known)).map(u64::from);
        let places: Vec<u64> = places.collect();
        if places.len() < received.len() {
            return vec![Cause::unknown(kind, received.len() as u64)];
        }
        let arrived =
            self.compared.sent - self.is_missing.iter().filter(|lost| **lost).count() as u64;
        if kind == FindingKind::OutOfOrder && places.len() as u64 * 2 > arrived {
            let all = places.len() as u64;
            let reason = "the files are not in order of time at all: reversed, sorted by something \
                          else, or not sorted (pass --unordered if order is not promised)";
            return vec![Cause::new(kind, all, all, reason.to_owned())];
        }
        self.at(kind, &places)
    }
}

/// True at each of these places.
pub(super) fn flags(size: usize, places: impl Iterator<Item = u64>) -> Vec<bool> {
    let mut flags = vec![false; size];
    for place in places {
        if let Some(flag) = flags.get_mut(place as usize) {
            *flag = true;
        }
    }
    flags
}
