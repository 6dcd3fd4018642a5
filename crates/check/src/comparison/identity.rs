//! Which event is which: what of the events survived on their way.

use std::path::PathBuf;

use foldhash::HashSet;

use event_simulator::time::VirtualTime;
use event_simulator::wire::scan;
use event_simulator_timeline::ReadError;

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

/// Finds out how events can be matched, from a sample of what was received and all that was sent.
#[derive(Default)]
pub(super) struct Finder {
    wanted: Option<Matching>,
    ids: HashSet<u64>,
    props_ids: HashSet<u64>,
    places: HashSet<Place>,
    times: HashSet<(Place, Option<VirtualTime>)>,
    found_ids: bool,
    found_props_ids: bool,
    found_places: bool,
    found_times: HashSet<(Place, Option<VirtualTime>)>,
}

impl Finder {
    /// Looks at the beginnings of the received files.
    pub(super) fn new(received: &[PathBuf], wanted: Option<Matching>) -> Result<Self, ReadError> {
        let mut finder = Self { wanted, ..Self::default() };
        for path in received {
            let mut lines = EventLines::open(path)?;
            let mut left = SAMPLE;
            while left > 0
                && let Some(line) = lines.next_event()?
            {
                left -= 1;
                if let Ok(event) = line.event {
                    finder.sample(&event.hashes);
                }
            }
        }
        Ok(finder)
    }

    fn sample(&mut self, hashes: &Hashes) {
        self.ids.extend(hashes.known_id());
        self.props_ids.extend(hashes.known_props_id());
        self.places.insert(hashes.place());
        self.times.insert((hashes.place(), hashes.time));
    }

    /// Looks at an event that was sent. Ids are unique, so that a single one found again says that they
    /// survived, and times with them.
    pub(super) fn look_at(&mut self, hashes: &Hashes) {
        if self.found_ids {
            return;
        }
        self.found_ids = self.ids.contains(&hashes.id);
        self.found_props_ids |= self.props_ids.contains(&hashes.id);
        let place = hashes.place();
        if self.places.contains(&place) {
            self.found_places = true;
            let timed = Some((place, hashes.time)).filter(|timed| self.times.contains(timed));
            self.found_times.extend(timed);
        }
    }

    /// What was found out.
    pub(super) fn identity(&self) -> Identity {
        let matching = match self.wanted {
            Some(wanted) => wanted,
            None if self.found_ids => Matching::EventId,
            None if self.found_props_ids => Matching::PropsEventId,
            None => Matching::Content,
        };
        // Where nothing is found again, nothing says that times were replaced.
        let times_survive = self.found_ids
            || !self.found_places
            || self.found_times.len() * LEAST_PART >= self.times.len();
        Identity { matching, ids_survive: matching == Matching::EventId, times_survive }
    }
}

/// The raw `props.event_id`.
pub(super) fn props_id(line: &[u8]) -> Option<&[u8]> {
    let [.., props] = raw_fields(line);
    let [id] = scan::members(props?, ["event_id"]).ok()?;
    id
}
