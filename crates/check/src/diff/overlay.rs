//! Two timelines laid over each other: their events over time, and how far their sessions go.

use std::cmp::Reverse;
use std::path::Path;

use serde::Serialize;

use event_simulator::event_type;
use event_simulator::time::{BucketValue, Buckets, NamedCounts, TimeBuckets};
use event_simulator::wire::EventFields;
use event_simulator_timeline::{ReadError, TimelineReader};

use crate::statistics::OpenSessions;

/// Buckets of time that are kept.
const MOST_BUCKETS: usize = 400;

/// Event types of sessions that are told apart, a bit each; the last bit is that of all others.
const MOST_TYPES: usize = 64;

/// What both timelines have. Memory grows with the number of users, not of events.
#[derive(Clone, Debug, Serialize)]
pub struct Overlay {
    /// Events of each type.
    over_time: TimeBuckets<CountsOfBoth>,
    /// Sessions that have an event of each type, those of most sessions first.
    funnel: Vec<SessionsOfType>,
}

/// The counts of a bucket.
#[derive(Clone, Debug, Default, Serialize)]
struct CountsOfBoth {
    first: NamedCounts,
    second: NamedCounts,
}

/// The sessions that have an event of a type.
#[derive(Clone, Debug, Serialize)]
struct SessionsOfType {
    event_type: String,
    first: u64,
    second: u64,
}

impl BucketValue for CountsOfBoth {
    fn merge(&mut self, later: Self) {
        self.first.merge(later.first);
        self.second.merge(later.second);
    }
}

impl Overlay {
    /// The overlay of two timelines that can be read; lines that are no events are left out.
    pub(super) fn of(first: &Path, second: &Path) -> Result<Self, ReadError> {
        let mut over_time = TimeBuckets::<CountsOfBoth>(Buckets::new(MOST_BUCKETS));
        let mut types = EventTypes::default();
        let of_first = sessions(first, &mut types, |event| {
            over_time.at(event.event_time, |counts| counts.first.add(&event.event_type, 1));
        })?;
        let of_second = sessions(second, &mut types, |event| {
            over_time.at(event.event_time, |counts| counts.second.add(&event.event_type, 1));
        })?;
        let counts = types.0.into_iter().zip(of_first.into_iter().zip(of_second));
        let step = |(event_type, (first, second))| SessionsOfType { event_type, first, second };
        let mut funnel: Vec<SessionsOfType> = counts.map(step).collect();
        // Stable, so that types of as many sessions stay in the order in which they come.
        funnel.sort_by_key(|step| Reverse(step.first.max(step.second)));
        Ok(Self { over_time, funnel })
    }
}

/// For each type the sessions of a timeline that have an event of it.
fn sessions(
    timeline: &Path,
    types: &mut EventTypes,
    mut observe: impl FnMut(&EventFields<'_>),
) -> Result<[u64; MOST_TYPES], ReadError> {
    let mut counts = [0; MOST_TYPES];
    let mut count = |of_session: u64| {
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += of_session >> bit & 1;
        }
    };
    let mut open = OpenSessions::<u64>::default();
    let mut events = TimelineReader::open(timeline)?;
    loop {
        let event = match events.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) if error.is_of_one_line() => continue,
            Err(error) => return Err(error),
        };
        observe(&event);
        let (visitor, bit) = (event.visitor_id(), types.bit(&event.event_type));
        let before = open.observe(&visitor, &event.session_id, |of_session| *of_session |= bit);
        before.into_iter().for_each(&mut count);
        if event.event_type == event_type::SESSION_ENDED {
            open.end(&visitor).into_iter().for_each(&mut count);
        }
    }
    open.into_values().for_each(count);
    Ok(counts)
}

/// Event types in the order in which they come.
#[derive(Default)]
struct EventTypes(Vec<String>);

impl EventTypes {
    fn bit(&mut self, event_type: &str) -> u64 {
        let known = self.0.iter().position(|known| known == event_type);
        let number = known.unwrap_or_else(|| {
            match self.0.len() {
                MOST_TYPES => {}
                last if last + 1 == MOST_TYPES => self.0.push(NamedCounts::OTHERS.to_owned()),
                _ => self.0.push(event_type.to_owned()),
            }
            self.0.len() - 1
        });
        1 << number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_beyond_the_last_bit_are_one() {
        let mut types = EventTypes::default();
        let bits: Vec<u64> = (0..70).map(|number| types.bit(&format!("type {number}"))).collect();
        assert_eq!((bits[0], bits[62], bits[63], bits[69]), (1, 1 << 62, 1 << 63, 1 << 63));
        assert_eq!((types.bit("type 5"), types.0.len()), (1 << 5, MOST_TYPES));
    }
}
