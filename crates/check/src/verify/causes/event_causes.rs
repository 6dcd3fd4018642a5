//! The probable causes of what differs between events.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use event_simulator::VirtualTime;
use event_simulator::event::Field;

use crate::comparison::{CompareError, Compared, Difference, MatchKey, each_sent_event};
use crate::verify::finding::FindingKind;

use super::attribute::Attribute;
use super::candidates::Sample;
use super::cause::Cause;
use super::event_findings::{EventFindings, FieldChanges, ReceivedKeys, TELLING_FIELDS};
use super::event_phrases::{describe, events};
use super::pattern::{PatternPart, Spread, pattern};
use super::population::FactTable;
use super::sent_columns::{BYTES_PER_EVENT, SentColumns};
use super::text_change::TextChange;
use super::value_change::ValueChange;

/// Fields whose changes are named.
const MOST_ALTERED: usize = 5;

/// Finds the causes of what differs between the events that were sent and those received.
#[derive(Default)]
pub(in crate::verify) struct EventCauses(EventFindings);

impl EventCauses {
    pub(in crate::verify) fn observe(&mut self, difference: &Difference<'_>) {
        self.0.observe(difference);
    }

    /// The causes, in the order in which they should be looked into. What was sent is read again, if anything
    /// differs.
    pub(in crate::verify) fn into_causes(
        self,
        sent: &Path,
        compared: &Compared,
        memory_bytes: u64,
    ) -> Result<Vec<Cause>, CompareError> {
        let findings = self.0;
        let mut causes = unreadable(&findings);
        if findings.is_of_lines_alone() {
            return Ok(causes);
        }
        if compared.sent > memory_bytes / BYTES_PER_EVENT {
            causes.extend(findings.kinds().map(|(kind, found)| Cause::unknown(kind, found)));
            return Ok(causes);
        }
        let mut wanted: HashSet<u64> = HashSet::new();
        let received = [&findings.duplicated, &findings.out_of_order, &findings.late];
        for keys in received.into_iter().flatten() {
            wanted.extend(keys.all());
        }
        let mut columns = SentColumns::new();
        let mut known: HashMap<u64, u32> = HashMap::new();
        let mut place = 0;
        each_sent_event(sent, &mut |line| {
            columns.add(line);
            if !wanted.is_empty() {
                for key in ReceivedKeys::of_sent(line).filter(|key| wanted.contains(key)) {
                    known.entry(key).or_insert(place);
                }
            }
            place += 1;
        })?;
        let mut found: Vec<Cause> = unexpected(&findings, &columns, compared).into_iter().collect();
        let is_all_explained = found.iter().any(|cause| cause.explained == compared.sent)
            && findings.missing.len() as u64 == compared.sent;
        let population = columns.into_population();
        let is_missing = flags(population.size, findings.missing.iter().copied());
        let evidence = Evidence { population, is_missing, known, compared };
        if !is_all_explained {
            found.extend(evidence.missing(&findings));
        }
        found.extend(evidence.duplicated(&findings.duplicated));
        found.extend(evidence.altered(&findings));
        found.extend(evidence.received(FindingKind::OutOfOrder, &findings.out_of_order));
        found.extend(evidence.received(FindingKind::Late, &findings.late));
        found.append(&mut causes);
        Ok(found)
    }
}

impl EventFindings {
    fn kinds(&self) -> impl Iterator<Item = (FindingKind, u64)> {
        let counts = [
            (FindingKind::Missing, self.missing.len() as u64),
            (FindingKind::Unexpected, self.unexpected.count),
            (FindingKind::Duplicated, self.duplicated.len() as u64),
            (FindingKind::Altered, self.altered_events),
            (FindingKind::OutOfOrder, self.out_of_order.len() as u64),
            (FindingKind::Late, self.late.len() as u64),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0)
    }

    fn is_of_lines_alone(&self) -> bool {
        self.kinds().next().is_none()
    }
}

fn unreadable(findings: &EventFindings) -> Vec<Cause> {
    let all = findings.unreadable.values().sum();
    let mut forms: Vec<_> = findings.unreadable.iter().collect();
    forms.sort_by_key(|(_, count)| Reverse(**count));
    let cause = |(form, count): (&super::line_form::LineForm, &u64)| {
        Cause::new(FindingKind::Unreadable, *count, all, form.to_string())
    };
    forms.into_iter().map(cause).collect()
}

/// The causes of what was received and never sent.
fn unexpected(
    findings: &EventFindings,
    columns: &SentColumns,
    compared: &Compared,
) -> Option<Cause> {
    let unexpected = &findings.unexpected;
    let all = unexpected.count;
    if all == 0 {
        return None;
    }
    let cause = |reason: String| Some(Cause::new(FindingKind::Unexpected, all, all, reason));
    let are_the_missing =
        findings.missing.len() as u64 == all && findings.missing_moments == unexpected.moments;
    if are_the_missing {
        let reason = "the missing events, at the same times, under other ids of user, session or \
                      event: ids are changed on the way";
        return cause(reason.to_owned());
    }
    if all == compared.received && findings.missing.len() as u64 == compared.sent {
        let reason =
            "nothing that was received belongs to this timeline: another seed or scenario?";
        return cause(reason.to_owned());
    }
    for field in TELLING_FIELDS {
        let of_field = unexpected.values.iter().filter(|((other, _), _)| *other == field);
        let unknown: Vec<_> =
            of_field.filter(|((_, text), _)| !columns.knows(field, text)).collect();
        let events: u64 = unknown.iter().map(|(_, events)| **events).sum();
        if events == all {
            let (name, values) = (field.name(), unknown.len());
            let what = match unknown.as_slice() {
                [((_, text), _)] => format!("{name} {text} was never sent"),
                _ => format!("their {name}s ({values}) were never sent"),
            };
            return cause(format!("{what}: left over from an earlier run, or of another source"));
        }
    }
    let (first, last) = columns.times();
    let is_outside = |time: Option<VirtualTime>, test: &dyn Fn(u64) -> bool| {
        time.is_some_and(|time| test(time.as_millis()))
    };
    if is_outside(unexpected.latest, &|time| time < first)
        || is_outside(unexpected.earliest, &|time| time > last)
    {
        return cause(
            "their times lie outside of the timeline: left over from another run".to_owned(),
        );
    }
    Some(Cause::unknown(FindingKind::Unexpected, all))
}

/// What was sent, and what is asked of it.
struct Evidence<'a> {
    population: FactTable,
    is_missing: Vec<bool>,
    /// Places of the events that were received again or late, by their keys.
    known: HashMap<u64, u32>,
    compared: &'a Compared,
}

impl Evidence<'_> {
    fn advice(&self) -> &'static str {
        match self.compared.matching.key {
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

    fn missing(&self, findings: &EventFindings) -> Vec<Cause> {
        let count = findings.missing.len() as u64;
        let cause =
            |reason: &str| vec![Cause::new(FindingKind::Missing, count, count, reason.to_owned())];
        if count > 0 && count == self.compared.sent {
            return cause("nothing of the timeline was received");
        }
        let unreadable: u64 = findings.unreadable.values().sum();
        if count > 0 && count == unreadable {
            return cause("as many as lines that cannot be read: they may stand there");
        }
        self.at(FindingKind::Missing, &findings.missing)
    }

    /// The causes of findings at these places among what was sent.
    fn at(&self, kind: FindingKind, places: &[u64]) -> Vec<Cause> {
        let found = flags(self.population.size, places.iter().copied());
        self.among(kind, &found, 1)
    }

    /// The causes of findings, each of which stands for so many.
    fn among(&self, kind: FindingKind, found: &[bool], times: u64) -> Vec<Cause> {
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
            let mut reason = describe(kind, part, &self.population, self.advice());
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

    fn duplicated(&self, duplicated: &[ReceivedKeys]) -> Vec<Cause> {
        let kind = FindingKind::Duplicated;
        let mut counts = vec![0_u64; self.population.size];
        let places = duplicated.iter().filter_map(|keys| keys.find(&self.known));
        places.for_each(|place| counts[place as usize] += 1);
        if counts.iter().sum::<u64>() < duplicated.len() as u64 {
            return vec![Cause::unknown(kind, duplicated.len() as u64)];
        }
        let mut times = counts.iter().copied().filter(|count| *count > 0);
        let first = times.next().unwrap_or_default();
        let found: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        if times.all(|count| count == first) {
            return self.among(kind, &found, first);
        }
        // Several of one event: each is counted once.
        self.among(kind, &found, 1)
    }

    /// The causes of what was received in a wrong place.
    fn received(&self, kind: FindingKind, received: &[ReceivedKeys]) -> Vec<Cause> {
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

    fn altered(&self, findings: &EventFindings) -> Vec<Cause> {
        let mut fields: Vec<_> = findings.altered.iter().collect();
        fields.sort_by_key(|(_, changes)| Reverse(changes.places.len()));
        let fields = fields.into_iter().take(MOST_ALTERED);
        fields.map(|(field, changes)| self.altered_field(field, changes)).collect()
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
            (None, _) => return Cause::unknown(FindingKind::Altered, all),
        };
        Cause::new(FindingKind::Altered, all, all, reason)
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

fn flags(size: usize, places: impl Iterator<Item = u64>) -> Vec<bool> {
    let mut flags = vec![false; size];
    for place in places {
        if let Some(flag) = flags.get_mut(place as usize) {
            *flag = true;
        }
    }
    flags
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
            ValueChange::Text(_) if !is_of_one_value => constant.unwrap_or(first),
            first => first,
        };
        let needs_two = matches!(
            change,
            ValueChange::ShiftedMillis(_) | ValueChange::Added(_) | ValueChange::Constant(_)
        );
        (all > 1 || !needs_two).then_some(change)
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
