//! Tables computed from a part of the events.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use event_simulator::event::event_type;
use event_simulator::wire::EventFields;

use super::prediction::Prediction;
use super::recomputed::Recomputation;

/// Pages of which each is left out in turn.
const MOST_PAGES: usize = 40;

/// Properties whose events are left out in turn.
const MOST_PROPERTIES: usize = 10;

impl Recomputation<'_> {
    pub(super) fn left_out(&self, all: &mut Vec<Prediction>) {
        let events = || self.timeline.events.iter();
        let types: BTreeSet<&str> = events().map(|event| &*event.event_type).collect();
        for left_out in types {
            let reason = format!("computed without the {left_out} events");
            all.extend(self.each(reason, |event| event.event_type != left_out));
        }
        let pages: BTreeSet<&str> = events().filter_map(|e| e.page_path.as_deref()).collect();
        for left_out in pages.into_iter().take(MOST_PAGES) {
            let reason = format!("computed without the events of the page {left_out}");
            all.extend(self.each(reason, |event| event.page_path.as_deref() != Some(left_out)));
        }
        for left_out in self.some_properties().into_iter().take(MOST_PROPERTIES) {
            let reason = format!("computed without the events that have the property {left_out}");
            all.extend(self.each(reason, |event| !properties(event).contains_key(&left_out)));
        }
        let ended: HashSet<&str> = events()
            .filter(|event| event.event_type == event_type::SESSION_ENDED)
            .map(|event| &*event.session_id)
            .collect();
        let reason = "computed without sessions that have no session_ended";
        all.extend(self.each(reason.to_owned(), |event| ended.contains(&*event.session_id)));
        let mut visits: HashMap<&str, u32> = HashMap::new();
        for event in events().filter(|event| event.event_type == event_type::PAGE_VISITED) {
            *visits.entry(&event.session_id).or_default() += 1;
        }
        let visits_of = |event: &EventFields<'_>| visits.get(&*event.session_id).copied();
        let reason = "computed without sessions that have no page view".to_owned();
        all.extend(self.each(reason, |event| visits_of(event).is_some()));
        let reason = "computed without sessions of a single page view (bounces)".to_owned();
        all.extend(self.each(reason, |event| visits_of(event) != Some(1)));
    }

    /// The properties that some events have, and others of their type have not.
    fn some_properties(&self) -> BTreeSet<String> {
        let mut events: HashMap<&str, u64> = HashMap::new();
        let mut having: BTreeMap<(&str, String), u64> = BTreeMap::new();
        for event in &self.timeline.events {
            *events.entry(&event.event_type).or_default() += 1;
            for (name, _) in properties(event) {
                *having.entry((&event.event_type, name)).or_default() += 1;
            }
        }
        let is_of_some = |((kind, _), count): &((&str, String), u64)| *count < events[kind];
        having.into_iter().filter(is_of_some).map(|((_, name), _)| name).collect()
    }

    /// Only the first or the last events, as many as were counted.
    pub(super) fn cut_short(&self, all: &mut Vec<Prediction>) {
        let counts = self.pairs.iter().find(|pair| pair.shape.name == "event_counts");
        let counted = counts.map(|p| p.actual.values().filter_map(|row| row[0]).sum::<f64>());
        let whole = self.timeline.events.len();
        let Some(counted) = counted.map(|counted| counted as usize).filter(|n| *n < whole) else {
            return;
        };
        let mut index = 0;
        let reason =
            format!("computed from the first {counted} of {whole} events: run before all was in");
        let first = self.each(reason, |_| {
            index += 1;
            index <= counted
        });
        let mut index = 0;
        let reason = format!("computed from the last {counted} of {whole} events: started late");
        let last = self.each(reason, |_| {
            index += 1;
            index > whole - counted
        });
        let of_all = |prediction| Prediction { is_of_all: true, ..prediction };
        all.extend(first.into_iter().chain(last).map(of_all));
    }
}

fn properties(event: &EventFields<'_>) -> Map<String, Value> {
    serde_json::from_slice(&event.props).unwrap_or_default()
}
