//! Which event is which: what of the events survived on their way.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::time::VirtualTime;
use crate::timeline::{ReadError, scan};

use super::fields::{raw_fields, time_of};
use super::lines::EventLines;

/// How a received event is matched with the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// By `event_id`.
    EventId,
    /// By `props.event_id`, where a target that gives its own ids may keep the original.
    PropsEventId,
    /// By session, type, page and button, in order.
    Content,
}

/// What survived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// How events are matched.
    pub matching: Matching,
    /// Whether `event_id` is the one that was sent, so that it can be compared.
    pub ids_survive: bool,
    /// Whether `event_time` is the one that was sent.
    pub times_survive: bool,
}

/// Received events that are looked at to find out.
const SAMPLE: usize = 2_000;

/// Of the sample, the part (one in so many) that must be found again with its time.
const LEAST_PART: usize = 20;

#[derive(Default)]
struct Sample {
    ids: HashSet<Vec<u8>>,
    props_ids: HashSet<Vec<u8>>,
    /// Session and type, with time.
    times: HashSet<(Vec<u8>, Option<VirtualTime>)>,
}

/// Finds out how the events of the files can be matched. Ids are unique, so that a single one found
/// again says that they survived.
pub(super) fn find(
    sent: &Path,
    received: &[PathBuf],
    wanted: Option<Matching>,
) -> Result<Identity, ReadError> {
    let sample = Sample::of(received)?;
    let (mut props_ids, mut times) = (false, HashSet::new());
    let mut lines = EventLines::open(sent)?;
    while let Some(event) = lines.next_event()? {
        let Ok(line) = event.line else { continue };
        let id = raw_fields(&line)[0];
        if wanted.is_none_or(|wanted| wanted == Matching::EventId)
            && id.is_some_and(|id| sample.ids.contains(id))
        {
            let matching = Matching::EventId;
            return Ok(Identity { matching, ids_survive: true, times_survive: true });
        }
        props_ids |= id.is_some_and(|id| sample.props_ids.contains(id));
        if let Some(place) = place_in_time(&line).filter(|place| sample.times.contains(place)) {
            times.insert(place);
        }
    }
    let matching = match wanted {
        Some(wanted) => wanted,
        None if props_ids => Matching::PropsEventId,
        None => Matching::Content,
    };
    let ids_survive = matching == Matching::EventId;
    let times_survive = times.len() * LEAST_PART >= sample.times.len().max(1);
    Ok(Identity { matching, ids_survive, times_survive })
}

impl Sample {
    fn of(received: &[PathBuf]) -> Result<Self, ReadError> {
        let mut sample = Self::default();
        for path in received {
            let mut lines = EventLines::open(path)?;
            let mut left = SAMPLE;
            while left > 0
                && let Some(event) = lines.next_event()?
            {
                left -= 1;
                if let Ok(line) = event.line {
                    sample.add(&line);
                }
            }
        }
        Ok(sample)
    }

    fn add(&mut self, line: &[u8]) {
        self.ids.extend(raw_fields(line)[0].map(<[u8]>::to_vec));
        self.props_ids.extend(props_id(line).map(<[u8]>::to_vec));
        self.times.extend(place_in_time(line));
    }
}

fn place_in_time(line: &[u8]) -> Option<(Vec<u8>, Option<VirtualTime>)> {
    let [_, _, event_type, _, session, ..] = raw_fields(line);
    Some(([event_type?, session?].concat(), time_of(line)))
}

/// The raw `props.event_id`.
pub(super) fn props_id(line: &[u8]) -> Option<&[u8]> {
    let [.., props] = raw_fields(line);
    let [id] = scan::members(props?, ["event_id"]).ok()?;
    id
}
