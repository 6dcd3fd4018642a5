//! The parts of events that survived on their way, found out from the files.

use std::path::PathBuf;

use foldhash::HashSet;

use event_simulator::time::VirtualTime;
use event_simulator_timeline::ReadError;

use super::fingerprint::FieldHashes;
use super::matching::{MatchKey, Matching};
use super::reader::EventReader;

/// Received events that are looked at, of each file.
const SAMPLE: usize = 2_000;

/// Of the sample, the part (one in so many) that must be found again with its time.
const LEAST_PART: usize = 20;

/// The hashes of a type and a session.
type TypeAndSession = (u64, u64);

type TypeSessionTime = (TypeAndSession, Option<VirtualTime>);

/// Finds out how events can be matched, from a sample of what was received and all that was sent.
#[derive(Default)]
pub(super) struct MatchingDetector {
    ids: HashSet<u64>,
    props_ids: HashSet<u64>,
    sessions: HashSet<TypeAndSession>,
    times: HashSet<TypeSessionTime>,
    found_ids: bool,
    found_props_ids: bool,
    found_sessions: bool,
    found_times: HashSet<TypeSessionTime>,
}

impl MatchingDetector {
    /// Looks at the beginnings of the received files.
    pub(super) fn of_received(received: &[PathBuf]) -> Result<Self, ReadError> {
        let mut detector = Self::default();
        for path in received {
            let mut events = EventReader::open(path)?;
            let mut left = SAMPLE;
            while left > 0
                && let Some(line) = events.next_event()?
            {
                left -= 1;
                if let Ok(event) = line.event {
                    detector.sample(&event.hashes);
                }
            }
        }
        Ok(detector)
    }

    fn sample(&mut self, hashes: &FieldHashes) {
        self.ids.extend(hashes.id());
        self.props_ids.extend(hashes.props_id());
        self.sessions.insert(hashes.type_and_session());
        self.times.insert((hashes.type_and_session(), hashes.time));
    }

    /// Looks at an event that was sent. Ids are unique, so that a single one found again says that they
    /// survived, and times with them.
    pub(super) fn observe_sent(&mut self, hashes: &FieldHashes) {
        if self.found_ids {
            return;
        }
        if let Some(id) = hashes.id() {
            self.found_ids = self.ids.contains(&id);
            self.found_props_ids |= self.props_ids.contains(&id);
        }
        let session = hashes.type_and_session();
        if self.sessions.contains(&session) {
            self.found_sessions = true;
            let timed = Some((session, hashes.time)).filter(|timed| self.times.contains(timed));
            self.found_times.extend(timed);
        }
    }

    /// The matching, by the key that is wanted or else by the best that survived.
    pub(super) fn matching(&self, wanted: Option<MatchKey>) -> Matching {
        let key = match wanted {
            Some(wanted) => wanted,
            None if self.found_ids => MatchKey::EventId,
            None if self.found_props_ids => MatchKey::PropsEventId,
            None => MatchKey::Content,
        };
        // Where nothing is found again, nothing says that times were replaced.
        let times_survive = self.found_ids
            || !self.found_sessions
            || self.found_times.len() * LEAST_PART >= self.times.len();
        Matching { key, ids_survive: key == MatchKey::EventId, times_survive }
    }
}
