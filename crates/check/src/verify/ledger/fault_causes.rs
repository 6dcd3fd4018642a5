//! The faults that explain what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use event_simulator::quantity::show_duration;

use crate::verify::account::{DropReason, Judgement};
use crate::verify::causes::{Cause, code_length};
use crate::verify::finding::FindingKind;

use super::attribution::{Attributions, Judged};
use super::fault_notes::{FaultIndex, FaultNotes};
use super::judged::{CopyDistance, FaultSet};

/// The bits by which naming a fault must be shorter than naming its findings.
const LEAST_BITS: f64 = 20.0;

/// The causes that faults are, what explains most first; `counted` is how many events count.
pub(super) fn fault_causes(
    attributions: &Attributions<'_>,
    notes: &FaultNotes,
    counted: u64,
) -> Vec<Cause> {
    let wrong = [FindingKind::Missing, FindingKind::Altered];
    let mut causes: Vec<Cause> = wrong
        .into_iter()
        .flat_map(|kind| of_counting(attributions, notes, kind, counted))
        .collect();
    for kind in [FindingKind::Unexpected, FindingKind::Duplicated] {
        causes.extend(of_received(attributions, notes, kind, counted));
    }
    causes
}

/// The causes of what is wrong with events that count: faults that those have in common.
fn of_counting(
    attributions: &Attributions<'_>,
    notes: &FaultNotes,
    kind: FindingKind,
    counted: u64,
) -> Vec<Cause> {
    let mut left: BTreeMap<FaultSet, u64> = BTreeMap::new();
    for ((_, _, faults), events) in attributions.found(kind) {
        *left.entry(faults.clone()).or_default() += events;
    }
    let all: u64 = left.values().sum();
    let mut among: BTreeMap<FaultIndex, u64> = BTreeMap::new();
    for arrival in attributions.arrivals.touched() {
        arrival.faults.iter().for_each(|fault| *among.entry(*fault).or_default() += 1);
    }
    let mut causes = Vec::new();
    loop {
        let rest: u64 = left.values().sum();
        let of_fault = |fault: FaultIndex| -> u64 {
            let sets = left.iter().filter(|(faults, _)| faults.contains(&fault));
            sets.map(|(_, events)| events).sum()
        };
        let faults: BTreeSet<FaultIndex> = left.keys().flatten().copied().collect();
        let best = faults
            .iter()
            .map(|fault| (*fault, of_fault(*fault)))
            .map(|(fault, found)| (bits((counted, rest), (among[&fault], found)), fault, found))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, fault, found)) = best.filter(|(bits, ..)| *bits >= LEAST_BITS) else { break };
        let name = notes.name(fault);
        let delayed = delayed(attributions, fault, (among[&fault], found));
        let events = match delayed.filter(|_| kind == FindingKind::Missing) {
            Some((least, such)) => {
                format!(
                    "events that the fault {name} delays by {least} or more, {found} of {such} such"
                )
            }
            None => {
                format!("events with the fault {name}, {found} of {} such", among[&fault])
            }
        };
        let wrongly = if kind == FindingKind::Missing { "dropped" } else { "altered" };
        causes.push(Cause::new(
            kind,
            found,
            all,
            format!("wrongly {wrongly}: {events} that count"),
        ));
        left.retain(|faults, _| !faults.contains(&fault));
    }
    causes
}

/// The bits by which it is shorter to say that of `whole` events `all` are found of which `found` are among `part`, than to
/// name them; below 0 if the part has no more of them than others.
fn bits((whole, all): (u64, u64), (part, found): (u64, u64)) -> f64 {
    let others = whole.saturating_sub(part);
    if (found as f64) * (whole as f64) <= (all as f64) * (part as f64) {
        return f64::NEG_INFINITY;
    }
    let apart = code_length::found(part, found) + code_length::found(others, all - found);
    code_length::found(whole, all) - apart
}

/// The least delay of the missing events of a fault, in words, and the number of events that are delayed by as much, if
/// that tells most of them apart from those that are there.
fn delayed(
    attributions: &Attributions<'_>,
    fault: FaultIndex,
    (among, found): (u64, u64),
) -> Option<(String, u64)> {
    let of_fault = attributions.missing_delays_ms.iter().filter(|(f, _)| f.contains(&fault));
    let delays: Vec<u64> = of_fault.map(|(_, delay)| *delay).collect();
    let least = delays.iter().copied().min()?;
    let is_such = |faults: &FaultSet, delay: u64| faults.contains(&fault) && delay >= least;
    let such = attributions.arrivals.touched();
    let such = such.filter(|one| is_such(&one.faults, one.delay_ms)).count() as u64;
    let tells = delays.len() as u64 == found && such < among && found * 10 >= such * 9;
    tells.then(|| (show_duration(Duration::from_millis(least)), such))
}

/// What was received beside what counts, of one judgement and reason, and the faults that all of it has.
struct ReceivedGroup {
    judgement: Judgement,
    reason: DropReason,
    faults: FaultSet,
    events: u64,
}

/// What was received beside what counts, by the faults that most of it has in common; what arrived with one of these is in one
/// group, whatever other faults it has.
fn received_groups<'a>(found: impl Iterator<Item = (&'a Judged, u64)>) -> Vec<ReceivedGroup> {
    let mut of_reasons: BTreeMap<(Judgement, DropReason), Vec<(&FaultSet, u64)>> = BTreeMap::new();
    for ((judgement, reason, faults), events) in found {
        if let Some(reason) = reason {
            of_reasons.entry((*judgement, *reason)).or_default().push((faults, events));
        }
    }
    let mut groups = Vec::new();
    for ((judgement, reason), mut left) in of_reasons {
        while !left.is_empty() {
            let mut by_fault: BTreeMap<FaultIndex, u64> = BTreeMap::new();
            for (faults, events) in &left {
                faults.iter().for_each(|fault| *by_fault.entry(*fault).or_default() += events);
            }
            let most = by_fault.into_iter().max_by_key(|(_, events)| *events);
            let is_in = |(faults, _): &(&FaultSet, u64)| {
                most.is_none_or(|(fault, _)| faults.contains(&fault))
            };
            let (group, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(is_in);
            left = rest;
            let mut faults = group.first().map(|(faults, _)| (*faults).clone()).unwrap_or_default();
            faults.retain(|fault| group.iter().all(|(of, _)| of.contains(fault)));
            let events = group.iter().map(|(_, events)| events).sum();
            groups.push(ReceivedGroup { judgement, reason, faults, events });
        }
    }
    groups
}

/// True if the faults of an arrival are those of a group: without any, it has none either.
fn are_in(group: &FaultSet, of: &FaultSet) -> bool {
    if group.is_empty() { of.is_empty() } else { group.iter().all(|fault| of.contains(fault)) }
}

/// The causes of what was received beside what counts: arrivals that do not count.
fn of_received(
    attributions: &Attributions<'_>,
    notes: &FaultNotes,
    kind: FindingKind,
    counted: u64,
) -> Vec<Cause> {
    let all: u64 = attributions.found(kind).map(|(_, events)| events).sum();
    let dropped = attributions.arrivals.dropped();
    let mut causes = Vec::new();
    for group in received_groups(attributions.found(kind)) {
        let ReceivedGroup { judgement, reason, faults, events } = group;
        let others = dropped.iter().filter(|((of, own), _)| *of == reason && are_in(&faults, own));
        let such = others.map(|(_, events)| events).sum::<u64>() + events;
        // Each has the id of an arrival that does not count. A repeat has that of one that does, too: by chance it may be
        // one of which a copy came.
        let is_chance = kind == FindingKind::Duplicated
            && bits((counted.max(such), all), (such, events)) < LEAST_BITS;
        if is_chance {
            continue;
        }
        let what = match reason {
            DropReason::Lost => "never arrived",
            DropReason::Malformed => "they are no events as they arrived",
            DropReason::Bot => "bots sent them",
            DropReason::Ahead => "they are further ahead than the policy allows",
            DropReason::Late if kind == FindingKind::Duplicated => {
                "they are copies that came later than the policy allows"
            }
            DropReason::Late => "they came later than the policy allows",
            DropReason::Copy => "they are copies of which another one counts",
        };
        let names: Vec<&str> = faults.iter().map(|fault| notes.name(*fault)).collect();
        let by = match names.as_slice() {
            [] => String::new(),
            [name] => format!(", by the fault {name}"),
            names => format!(", by the faults {}", names.join(", ")),
        };
        let reason =
            match part_of_copies(attributions, &faults).filter(|_| reason == DropReason::Copy) {
                Some((which, such)) => {
                    format!("{judgement}: {what}, {which}{by}, {events} of {such} such")
                }
                None => format!("{judgement}: {what}{by}, {events} of {such} such"),
            };
        causes.push(Cause::new(kind, events, all, reason));
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.explained));
    causes
}

/// What tells those copies of faults that were received from those that were not, and the number of such copies: that they
/// arrive on another day than the one that counts, or that much later. Nothing if that does not tell most of them.
fn part_of_copies(attributions: &Attributions<'_>, faults: &FaultSet) -> Option<(String, u64)> {
    let of_faults = attributions.kept_copies.iter().filter(|(of, _)| are_in(faults, of));
    let kept: Vec<CopyDistance> = of_faults.map(|(_, distance)| *distance).collect();
    let dropped: Vec<CopyDistance> = attributions
        .arrivals
        .dropped_copies()
        .into_iter()
        .filter(|(of, _)| are_in(faults, of))
        .map(|(_, distance)| distance)
        .collect();
    let least = kept.iter().map(|distance| distance.millis).min()?;
    let tells = |is_such: &dyn Fn(&CopyDistance) -> bool| {
        let count = |copies: &[CopyDistance]| copies.iter().filter(|c| is_such(c)).count() as u64;
        let (found, all) = (count(&kept), kept.len() as u64);
        let (such, whole) = (found + count(&dropped), all + dropped.len() as u64);
        let is_most = found * 10 >= all * 9 && found * 10 >= such * 9;
        (is_most && bits((whole, all), (such, found)) >= LEAST_BITS).then_some(such)
    };
    if let Some(such) = tells(&|copy| copy.is_another_day) {
        let which = "which arrive on another day than that one: deduplicated by day or batch";
        return Some((which.to_owned(), such));
    }
    let such = tells(&|copy| copy.millis >= least)?;
    let least = show_duration(Duration::from_millis(least));
    Some((format!("which arrive {least} or more after that one: deduplicated within less"), such))
}
