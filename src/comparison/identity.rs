//! Which event is which: what of the events survived on their way.

use std::path::{Path, PathBuf};

use foldhash::{HashSet, HashSetExt};

use crate::time::VirtualTime;
use crate::timeline::{ReadError, scan};

use super::fields::raw_fields;
use super::lines::EventLines;
use super::marks::Hashes;

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

/// A type and a session.
type Place = (u64, u64);

#[derive(Default)]
struct Sample {
    ids: HashSet<u64>,
    props_ids: HashSet<u64>,
    places: HashSet<Place>,
    times: HashSet<(Place, Option<VirtualTime>)>,
}

/// Finds out how the events of the files can be matched. Ids are unique, so that a single one found
/// again says that they survived.
pub(super) fn find(
    sent: &Path,
    received: &[PathBuf],
    wanted: Option<Matching>,
) -> Result<Identity, ReadError> {
    let sample = Sample::of(received)?;
    let (mut props_ids, mut any_place, mut times) = (false, false, HashSet::new());
    let mut lines = EventLines::open(sent)?;
    while let Some(line) = lines.next_event()? {
        let Ok(event) = line.event else { continue };
        let hashes = event.hashes;
        if wanted.is_none_or(|wanted| wanted == Matching::EventId)
            && sample.ids.contains(&hashes.id)
        {
            let matching = Matching::EventId;
            return Ok(Identity { matching, ids_survive: true, times_survive: true });
        }
        props_ids |= sample.props_ids.contains(&hashes.id);
        let place = hashes.place();
        if sample.places.contains(&place) {
            any_place = true;
            times.extend(Some((place, hashes.time)).filter(|timed| sample.times.contains(timed)));
        }
    }
    let matching = match wanted {
        Some(wanted) => wanted,
        None if props_ids => Matching::PropsEventId,
        None => Matching::Content,
    };
    let ids_survive = matching == Matching::EventId;
    // Where nothing is found again, nothing says that times were replaced.
    let times_survive = !any_place || times.len() * LEAST_PART >= sample.times.len();
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
                if let Ok(event) = event.event {
                    sample.add(&event.hashes);
                }
            }
        }
        Ok(sample)
    }

    fn add(&mut self, hashes: &Hashes) {
        self.ids.extend(hashes.known_id());
        self.props_ids.extend(hashes.known_props_id());
        self.places.insert(hashes.place());
        self.times.insert((hashes.place(), hashes.time));
    }
}

/// The raw `props.event_id`.
pub(super) fn props_id(line: &[u8]) -> Option<&[u8]> {
    let [.., props] = raw_fields(line);
    let [id] = scan::members(props?, ["event_id"]).ok()?;
    id
}
