//! Events that were sent, and what can be done to them.

use std::collections::HashMap;

use event_simulator::{Event, VirtualTime};

/// A line that was received, and the events of which it is made.
pub(super) type Lines = Vec<String>;

pub(super) struct Sent {
    pub(super) events: Vec<Event>,
    pub(super) lines: Lines,
}

pub(super) struct Plant {
    pub(super) name: &'static str,
    /// Every cause that is named has one of these texts, and each cause's text is one; none if there is no
    /// pattern to be found.
    pub(super) expected: &'static [&'static str],
    pub(super) damage: fn(&Sent) -> Lines,
}

pub(super) fn hash(text: &str) -> u64 {
    // FNV-1a with a final mix, which no consumer uses.
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (mixed ^ (mixed >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

impl Sent {
    /// Without the events for which a condition holds.
    pub(super) fn without(&self, is_lost: impl Fn(usize, &Event) -> bool) -> Lines {
        let events = self.events.iter().enumerate().zip(&self.lines);
        let kept = events.filter(|((index, event), _)| !is_lost(*index, event));
        kept.map(|(_, line)| line.clone()).collect()
    }

    /// With a copy right behind the events for which a condition holds.
    pub(super) fn doubled(&self, is_doubled: impl Fn(usize, &Event) -> bool) -> Lines {
        let events = self.events.iter().enumerate().zip(&self.lines);
        events
            .flat_map(|((index, event), line)| {
                vec![line.clone(); 1 + usize::from(is_doubled(index, event))]
            })
            .collect()
    }

    pub(super) fn altered(&self, change: impl Fn(usize, &mut Event)) -> Lines {
        let events = self.events.iter().cloned().enumerate();
        events
            .map(|(index, mut event)| {
                change(index, &mut event);
                serde_json::to_string(&event).unwrap()
            })
            .collect()
    }

    /// With the time written in another way.
    pub(super) fn with_time(&self, written: impl Fn(&Event) -> String) -> Lines {
        let events = self.events.iter().zip(&self.lines);
        events
            .map(|(event, line)| {
                line.replace(&format!("\"{}\"", event.event_time), &written(event))
            })
            .collect()
    }

    /// The value of a user who has about the average number of events.
    pub(super) fn user(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for event in &self.events {
            *counts.entry(&event.user_id).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(user, count)| (count, user)).collect();
        counts.sort_unstable();
        counts[counts.len() / 2].1
    }

    pub(super) fn longest_session(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for event in &self.events {
            *counts.entry(&event.session_id).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(session, count)| (*count, *session)).unwrap().0
    }

    /// A page that is neither the rarest nor the most frequent.
    pub(super) fn page(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for page in self.events.iter().filter_map(|event| event.page_path.as_deref()) {
            *counts.entry(page).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(page, count)| (count, page)).collect();
        counts.sort_unstable();
        counts[counts.len() / 2].1
    }

    pub(super) fn ranks(&self, key: impl Fn(&Event) -> String, from_end: bool) -> Vec<usize> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut ranks = vec![0; self.events.len()];
        let mut indices: Vec<usize> = (0..self.events.len()).collect();
        if from_end {
            indices.reverse();
        }
        for index in indices {
            let count = counts.entry(key(&self.events[index])).or_default();
            ranks[index] = *count;
            *count += 1;
        }
        ranks
    }
}

pub(super) fn shifted(time: VirtualTime, minutes: u64) -> VirtualTime {
    time.checked_add_millis(minutes * 60_000).unwrap()
}

pub(super) fn minute(event: &Event) -> u64 {
    event.event_time.as_millis() / 60_000 % 60
}

pub(super) const NONE: &[&str] = &[];
