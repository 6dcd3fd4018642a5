//! The causes of altered fields: how values were changed, and in which events.

use std::cmp::Reverse;
use std::collections::HashSet;

use event_simulator::event::Field;
use event_simulator::quantity::grouped;

use crate::verify::finding::FindingKind;

use super::attribute::Attribute;
use super::candidates::Sample;
use super::cause::Cause;
use super::event_evidence::{Evidence, flags};
use super::event_findings::{EventFindings, FieldChanges};
use super::event_phrases::events;
use super::pattern::{Spread, pattern};
use super::text_change::TextChange;
use super::value_change::ValueChange;

/// Zones are apart by quarters of an hour, so that even one time moved by some is no accident.
const MILLIS_PER_QUARTER: i64 = 900_000;

/// Fields whose changes are named.
const MOST_ALTERED: usize = 5;

impl Evidence<'_> {
    /// The causes of altered fields, those of most events first.
    pub(super) fn altered(&self, findings: &EventFindings) -> Vec<Cause> {
        let mut fields: Vec<_> = findings.altered.iter().collect();
        fields.sort_by_key(|(_, changes)| Reverse(changes.places.len()));
        let fields = fields.into_iter().take(MOST_ALTERED);
        let causes = fields.map(|(field, changes)| {
            if self.are_taken_ids(findings, field) {
                taken_ids(changes)
            } else {
                self.altered_field(field, changes)
            }
        });
        let (mut named, unknown): (Vec<Cause>, Vec<Cause>) = causes.partition(Cause::is_named);
        // Several fields of one event may have no pattern.
        let unknown: u64 = unknown.iter().map(|cause| cause.found).sum();
        if unknown > 0 {
            let events = unknown.min(findings.altered_events);
            named.push(Cause::unknown(FindingKind::Altered, events));
        }
        named
    }

    /// True if every id that was altered is that of another event that was sent.
    fn are_taken_ids(&self, findings: &EventFindings, field: &str) -> bool {
        let ids = &findings.other_ids;
        field == Field::EventId.name()
            && ids.len() > 1
            && ids.len() as u64 == findings.altered[field].places.len() as u64
            && ids.iter().all(|id| self.known.contains_key(id))
    }

    fn altered_field(&self, field: &str, changes: &FieldChanges) -> Cause {
        let all = changes.places.len() as u64;
        let change = changes.common();
        let found = flags(self.population.size, changes.places.iter().copied());
        let members: Vec<u32> = (0..self.population.size as u32)
            .filter(|&place| !self.is_missing[place as usize] || found[place as usize])
            .filter(|&place| found[place as usize] || self.would_change(field, change, place))
            .collect();
        let sample = Sample { population: &self.population, members: &members, found: &found };
        let parts = pattern(sample);
        let is_whole = |parts: &Vec<_>| parts.len() == 1;
        let part = parts.filter(is_whole).and_then(|mut parts| parts.pop());
        let scope = part.as_ref().map(|part| events(part, &self.population));
        let reason = match (change, part.map(|part| (part.spread, part.conditions.is_empty()))) {
            (Some(change), Some((Spread::All, true))) => {
                format!("{field} {change}; in all {all} events in which that shows")
            }
            (Some(change), _) => match scope {
                Some(scope) => format!("{field} {change}; in {scope}"),
                None => format!("{field} {change}; in {all} of {} events", members.len()),
            },
            (None, Some((Spread::All, false))) => {
                format!("{field} has other values; in {}", scope.unwrap_or_default())
            }
            (None, _) if field == Field::EventTime.name() && changes.clock_changes().is_some() => {
                changes.clock_changes().unwrap_or_default()
            }
            (None, _) if field == Field::EventTime.name() && self.is_nearly_all(all) => format!(
                "event_time is another one in {all} of {} events (if the target gives times of its own: \
                 --times ignore)",
                members.len()
            ),
            (None, _) => return Cause::unknown(FindingKind::Altered, all),
        };
        Cause::new(FindingKind::Altered, all, all, reason)
    }

    /// True for so many that next to none of what arrived is as it was sent.
    fn is_nearly_all(&self, altered: u64) -> bool {
        const MOST_UNALTERED: u64 = 100;
        let arrived = self.is_missing.iter().filter(|is_missing| !**is_missing).count() as u64;
        altered > 1 && (arrived - altered.min(arrived)) * MOST_UNALTERED <= arrived
    }

    /// True if the change of a field would show in the event at `place`.
    fn would_change(&self, field: &str, change: Option<&ValueChange>, place: u32) -> bool {
        if field == Field::EventTime.name() {
            let millis = self.population.places.0[place as usize];
            return change.is_none_or(|change| change.would_change_time(millis));
        }
        let attribute = match field.strip_prefix("props.") {
            Some(key) => Attribute::PropsValue(key.to_owned()),
            None => match Field::ALL.into_iter().find(|known| known.name() == field) {
                Some(Field::Props) => Attribute::Has("props"),
                Some(field) => Attribute::Named(field.name()),
                None => return true,
            },
        };
        let Some(column) = self.population.position(&attribute) else { return true };
        let label = self.population.columns[column].values[place as usize];
        let text = &self.population.labels(column)[label as usize];
        let is_there = !text.is_empty() && text != "no";
        match change {
            Some(ValueChange::Gained) => !is_there,
            Some(change) => is_there && change.would_change(text).unwrap_or(true),
            None => is_there,
        }
    }
}

fn taken_ids(changes: &FieldChanges) -> Cause {
    let all = changes.places.len() as u64;
    let reason = "event_id is that of another event: ids and events are put together wrongly";
    Cause::new(FindingKind::Altered, all, all, reason.to_owned())
}

impl FieldChanges {
    /// The change that all values may have gone through, if they are enough to say so.
    fn common(&self) -> Option<&ValueChange> {
        let all = self.places.len() as u64;
        let common: Vec<&ValueChange> = self
            .changes
            .iter()
            .filter(|(_, count)| **count == all)
            .map(|(change, _)| change)
            .collect();
        let is_of_one_value =
            common.iter().any(|c| matches!(c, ValueChange::Text(TextChange::Replaced(..))));
        let constant = common.last().filter(|c| matches!(c, ValueChange::Constant(_)));
        let Some(first) = common.first() else {
            return self.is_mapped().then_some(&ValueChange::Mapped);
        };
        let change = match first {
            ValueChange::Text(_) | ValueChange::UnreadableTime if !is_of_one_value => {
                constant.unwrap_or(first)
            }
            first => first,
        };
        let needs_two = match change {
            ValueChange::Lost
            | ValueChange::Gained
            | ValueChange::OfField(_)
            | ValueChange::CutToMillis(_)
            | ValueChange::TimeReplaced
            | ValueChange::UnreadableTime
            | ValueChange::ScaledByTenTo(_)
            | ValueChange::RoundedToDecimals(_)
            | ValueChange::Added(_)
            | ValueChange::Constant(_) => true,
            ValueChange::Text(change) => change.is_loose(),
            _ => false,
        };
        let is_any_shift = change.shift().is_some_and(|millis| millis % MILLIS_PER_QUARTER != 0);
        (all > 1 || !needs_two && !is_any_shift).then_some(change)
    }

    /// How times are moved that are those of a zone whose clocks change meanwhile; none if they are not.
    fn clock_changes(&self) -> Option<String> {
        const MOST_OFFSETS: usize = 3;
        let mut shifts: Vec<(i64, u64)> = self
            .changes
            .iter()
            .filter_map(|(change, count)| Some((change.shift()?, *count)))
            .filter(|(millis, _)| millis % MILLIS_PER_QUARTER == 0)
            .collect();
        shifts.sort_unstable();
        let moved: u64 = shifts.iter().map(|(_, count)| count).sum();
        let is_so = (2..=MOST_OFFSETS).contains(&shifts.len()) && moved == self.places.len() as u64;
        let shown = |(millis, count): &(i64, u64)| {
            format!("{:+} h in {}", *millis as f64 / 3_600_000.0, grouped(*count))
        };
        is_so.then(|| {
            let shifts: Vec<String> = shifts.iter().map(shown).collect();
            let shifts = shifts.join(", ");
            format!("event_time is moved by {shifts} events: local times of a zone whose clocks change meanwhile")
        })
    }

    /// True if each of several values has always become the same other one.
    fn is_mapped(&self) -> bool {
        const LEAST_VALUES: usize = 3;
        const LEAST_EVENTS_OF_A_VALUE: u64 = 3;
        let replaced = || {
            self.changes.iter().filter_map(|(change, count)| match change {
                ValueChange::Text(TextChange::Replaced(from, _)) => Some((from, *count)),
                _ => None,
            })
        };
        let values: HashSet<&String> = replaced().map(|(from, _)| from).collect();
        let (pairs, events) = (replaced().count(), replaced().map(|(_, count)| count).sum::<u64>());
        events == self.places.len() as u64
            && pairs == values.len()
            && pairs >= LEAST_VALUES
            && events >= LEAST_EVENTS_OF_A_VALUE * pairs as u64
    }
}
