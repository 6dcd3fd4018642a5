//! The parts of events that survived on their way, found out from the files.

use foldhash::HashSet;

use event_simulator::event::Field;

use super::config::CompareOptions;
use super::error::CompareError;
use super::event_store::{KeyedEvent, PartitionedEvents};
use super::fingerprint::Fingerprint;
use super::matching::MatchKey;
use super::raw_event::RawEvent;

/// Of the received times, the part (one in so many) that must be found again.
const LEAST_PART: usize = 20;

/// Ids of the received side that are kept.
const MOST_RECEIVED_IDS: usize = 1 << 19;

/// Contents and times of the received side that are kept.
const MOST_RECEIVED: usize = 1 << 16;

/// Ids of the sent side that are kept, to know soon that ids survived.
const MOST_SENT: usize = 1 << 16;

/// Distinct hashes, of very many an even sample: which are kept depends on the hashes alone, and so neither
/// on the order of lines nor on that of files.
struct HashSample {
    kept: HashSet<u64>,
    most: usize,
    mask: u64,
}

impl HashSample {
    fn new(most: usize) -> Self {
        Self { kept: HashSet::default(), most, mask: 0 }
    }

    fn add(&mut self, hash: u64) {
        if hash & self.mask != 0 {
            return;
        }
        self.kept.insert(hash);
        while self.kept.len() > self.most {
            self.mask = self.mask << 1 | 1;
            let mask = self.mask;
            self.kept.retain(|hash| hash & mask == 0);
        }
    }

    fn extend(&mut self, hash: Option<u64>) {
        if let Some(hash) = hash {
            self.add(hash);
        }
    }

    fn has(&self, hash: u64) -> bool {
        self.kept.contains(&hash)
    }
}

/// Finds out how events can be matched.
pub(super) struct MatchingDetector {
    sent_ids: HashSample,
    received_ids: HashSample,
    received_props_ids: HashSample,
    received_contents: HashSample,
    received_times: HashSample,
    found_ids: bool,
    /// Whether received events have ids, and ids in `props`.
    has_ids: [bool; 2],
    fields_of_first: [Option<Vec<String>>; 2],
    wanted: Option<MatchKey>,
    times_survive: Option<bool>,
}

impl MatchingDetector {
    pub(super) fn new(options: &CompareOptions) -> Self {
        Self {
            sent_ids: HashSample::new(MOST_SENT),
            received_ids: HashSample::new(MOST_RECEIVED_IDS),
            received_props_ids: HashSample::new(MOST_RECEIVED_IDS),
            received_contents: HashSample::new(MOST_RECEIVED),
            received_times: HashSample::new(MOST_RECEIVED),
            found_ids: false,
            has_ids: [false; 2],
            fields_of_first: [None, None],
            wanted: options.match_key,
            times_survive: options.times_survive,
        }
    }

    /// Looks at an event that was sent. All of them come before those that were received.
    pub(super) fn observe_sent(&mut self, fields: &RawEvent<'_>, fingerprint: &Fingerprint) {
        self.fields_of_first[0].get_or_insert_with(|| names_of(fields));
        self.sent_ids.extend(fingerprint.id());
    }

    /// Looks at an event that was received. A single id that is found again says that ids survived.
    pub(super) fn observe_received(&mut self, fields: &RawEvent<'_>, event: &KeyedEvent<'_>) {
        self.fields_of_first[1].get_or_insert_with(|| names_of(fields));
        let (id, props_id) = (event.fingerprint.id(), event.props_id);
        self.has_ids[0] |= id.is_some();
        self.has_ids[1] |= props_id.is_some();
        let is_decided = match self.wanted {
            Some(MatchKey::Content) => self.times_survive.is_some(),
            Some(MatchKey::EventId | MatchKey::PropsEventId) => true,
            None => self.found_ids,
        };
        if is_decided {
            return;
        }
        self.found_ids = id.is_some_and(|id| self.sent_ids.has(id));
        self.received_ids.extend(id);
        self.received_props_ids.extend(props_id);
        self.received_contents.add(event.fingerprint.content);
        self.received_times.add(event.fingerprint.content_in_time());
    }

    /// True if sent events have ids, and it was to be found out whether they survived.
    pub(super) fn looked_for_ids(&self) -> bool {
        self.wanted.is_none() && !self.sent_ids.kept.is_empty()
    }

    /// The key that is wanted, or else the best that survived, and whether times did.
    pub(super) fn key(&self, sent: &PartitionedEvents) -> Result<(MatchKey, bool), CompareError> {
        match (self.wanted, self.times_survive) {
            (Some(MatchKey::Content), Some(times_survive)) => {
                return Ok((MatchKey::Content, times_survive));
            }
            (Some(MatchKey::Content), None) => {}
            (Some(key), _) => return self.require(key),
            (None, _) if self.found_ids => return Ok((MatchKey::EventId, true)),
            (None, _) => {}
        }
        let [mut found_ids, mut found_props_ids, mut found_contents] = [false; 3];
        let mut found_times = HashSet::default();
        sent.each(|event| {
            let fingerprint = &event.fingerprint;
            if let Some(id) = fingerprint.id() {
                found_ids |= self.received_ids.has(id);
                found_props_ids |= self.received_props_ids.has(id);
            }
            found_contents |= self.received_contents.has(fingerprint.content);
            let time = fingerprint.content_in_time();
            found_times.extend(Some(time).filter(|time| self.received_times.has(*time)));
            Ok(())
        })?;
        // Where nothing is found again, nothing says that times were replaced.
        let times_survive =
            !found_contents || found_times.len() * LEAST_PART >= self.received_times.kept.len();
        let key = match self.wanted {
            Some(key) => key,
            None if found_ids => MatchKey::EventId,
            None if found_props_ids => MatchKey::PropsEventId,
            None => MatchKey::Content,
        };
        Ok((key, self.times_survive.unwrap_or(times_survive)))
    }

    /// The key, if both sides have it. Where there are no events, none lacks it.
    fn require(&self, key: MatchKey) -> Result<(MatchKey, bool), CompareError> {
        let [first_sent, first_received] = &self.fields_of_first;
        let by_props = key == MatchKey::PropsEventId;
        if let Some(found) = first_sent.clone().filter(|_| self.sent_ids.kept.is_empty()) {
            return Err(CompareError::NoSuchId { side: "sent", name: "event_id", found });
        }
        let has_ids = self.has_ids[usize::from(by_props)];
        if let Some(found) = first_received.clone().filter(|_| !has_ids) {
            let name = if by_props { "props.event_id" } else { "event_id" };
            return Err(CompareError::NoSuchId { side: "received", name, found });
        }
        Ok((key, true))
    }
}

fn names_of(event: &RawEvent<'_>) -> Vec<String> {
    let fields = Field::ALL.into_iter().filter(|field| event.get(*field).is_some());
    let own = event.own().iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    fields.map(|field| field.name().to_owned()).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_depends_on_the_hashes_alone() {
        let hashes: Vec<u64> =
            (0..1_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let of = |hashes: &mut dyn Iterator<Item = &u64>| {
            let mut sample = HashSample::new(50);
            hashes.for_each(|hash| sample.add(*hash));
            sample.kept
        };
        let forwards = of(&mut hashes.iter());
        assert_eq!(forwards, of(&mut hashes.iter().rev()));
        assert!((20..=50).contains(&forwards.len()));
    }
}
