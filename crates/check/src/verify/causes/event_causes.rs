//! The probable causes of what differs between events.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use event_simulator::VirtualTime;
use event_simulator::event::Field;

use crate::comparison::{CompareError, Compared, Difference, each_sent_event};
use crate::verify::finding::FindingKind;

use super::cause::Cause;
use super::event_evidence::{Evidence, flags};
use super::event_findings::{EventFindings, ReceivedKeys, TELLING_FIELDS};
use super::sent_columns::{BYTES_PER_EVENT, SentColumns};

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
        wanted.extend(&findings.other_ids);
        let mut columns = SentColumns::new();
        let mut known: HashMap<u64, u32> = HashMap::new();
        let mut place = 0;
        each_sent_event(sent, &mut |line, event| {
            columns.add(line, event);
            if !wanted.is_empty() {
                for key in ReceivedKeys::of_sent(event).filter(|key| wanted.contains(key)) {
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
    const MOST_NAMED: usize = 5;
    let all = findings.unreadable.values().sum();
    let mut forms: Vec<_> = findings.unreadable.iter().collect();
    forms.sort_by_key(|(what, count)| (what.is_empty(), Reverse(**count)));
    let kind = FindingKind::Unreadable;
    let cause = |(what, count): (&String, &u64)| match what.as_str() {
        "" => Cause::unknown(kind, *count),
        what => Cause::new(kind, *count, all, what.to_owned()),
    };
    forms.into_iter().take(MOST_NAMED).map(cause).collect()
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
        let mut sessions = unexpected.values.keys().filter(|(f, _)| *f == Field::SessionId);
        let are_sent = sessions.all(|(field, text)| columns.knows(*field, text));
        let why = if are_sent {
            "in sessions that were sent: sent again under new ids and times"
        } else {
            "left over from another run"
        };
        return cause(format!("their times lie outside of the timeline, {why}"));
    }
    Some(Cause::unknown(FindingKind::Unexpected, all))
}
