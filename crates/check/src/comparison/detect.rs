//! The parts of events that survived on their way, found out from the files.

use std::path::PathBuf;

use foldhash::HashSet;

use event_simulator::event::Field;

use super::config::{CompareOptions, Times};
use super::error::CompareError;
use super::event_store::PartitionedEvents;
use super::fingerprint::{Fingerprint, IdField, hash_of_id};
use super::matching::{MatchKey, Matching};
use super::raw_event::RawEvent;
use super::reader::EventReader;
use super::scope::FieldScope;

/// Of the received times, the part (one in so many) that must be found again.
const LEAST_PART: usize = 20;

/// Hashes of the received side that are kept.
const MOST_RECEIVED: usize = 1 << 20;

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

    fn has(&self, hash: u64) -> bool {
        self.kept.contains(&hash)
    }
}

/// Finds out how events can be matched.
pub(super) struct MatchingDetector {
    sent_ids: HashSample,
    fields_of_first_sent: Option<Vec<String>>,
}

/// What received events have that may be found again among those sent.
struct Received {
    ids: HashSample,
    props_ids: HashSample,
    contents: HashSample,
    times: HashSample,
    fields_of_first: Option<Vec<String>>,
}

impl MatchingDetector {
    pub(super) fn new() -> Self {
        Self { sent_ids: HashSample::new(MOST_SENT), fields_of_first_sent: None }
    }

    /// Looks at an event that was sent.
    pub(super) fn observe_sent(&mut self, fields: &RawEvent<'_>, fingerprint: &Fingerprint) {
        self.fields_of_first_sent.get_or_insert_with(|| names_of(fields));
        if let Some(id) = fingerprint.id() {
            self.sent_ids.add(id);
        }
    }

    /// The matching, by the key that is wanted or else by the best that survived. A single id that is found
    /// again says that ids survived; that none did is known when all were looked at.
    pub(super) fn matching(
        &self,
        options: &CompareOptions,
        sent: &PartitionedEvents,
        received: &[PathBuf],
        scope: &FieldScope,
    ) -> Result<Matching, CompareError> {
        let times_compared =
            options.times == Times::Compare && !scope.ignores(Field::EventTime.name().as_bytes());
        let by = |key: MatchKey, times_survive: bool| Matching {
            key,
            ids_survive: key == MatchKey::EventId
                || key == MatchKey::Content && options.ids_compared,
            times_survive,
            times_compared,
        };
        if let (Some(MatchKey::Content), Some(times_survive)) =
            (options.match_key, options.times_survive)
        {
            return Ok(by(MatchKey::Content, times_survive));
        }
        if options.match_key.is_some_and(|key| key != MatchKey::Content)
            && self.sent_ids.kept.is_empty()
            && let Some(found) = self.fields_of_first_sent.clone()
        {
            return Err(CompareError::NoSuchId { side: "sent", name: "event_id", found });
        }
        let mut seen = Received {
            ids: HashSample::new(MOST_RECEIVED),
            props_ids: HashSample::new(MOST_RECEIVED),
            contents: HashSample::new(MOST_RECEIVED),
            times: HashSample::new(MOST_RECEIVED),
            fields_of_first: None,
        };
        if let Some(key) = self.look_at(options.match_key, received, scope, &mut seen)? {
            return Ok(by(key, true));
        }
        if let Some(key) = options.match_key.filter(|key| *key != MatchKey::Content) {
            return Err(no_such_id(key, &seen));
        }
        let mut found = [false; 3];
        let mut found_times = HashSet::default();
        sent.each(|event| {
            let fingerprint = &event.fingerprint;
            if let Some(id) = fingerprint.id() {
                found[0] |= seen.ids.has(id);
                found[1] |= seen.props_ids.has(id);
            }
            found[2] |= seen.contents.has(fingerprint.content);
            let time = fingerprint.content_in_time();
            found_times.extend(Some(time).filter(|time| seen.times.has(*time)));
            Ok(())
        })?;
        let [found_ids, found_props_ids, found_contents] = found;
        // Where nothing is found again, nothing says that times were replaced.
        let times_survive =
            !found_contents || found_times.len() * LEAST_PART >= seen.times.kept.len();
        let key = match options.match_key {
            Some(key) => key,
            None if found_ids => MatchKey::EventId,
            None if found_props_ids => MatchKey::PropsEventId,
            None => MatchKey::Content,
        };
        Ok(by(key, options.times_survive.unwrap_or(times_survive)))
    }

    /// Looks at what was received, until the key is known.
    fn look_at(
        &self,
        wanted: Option<MatchKey>,
        received: &[PathBuf],
        scope: &FieldScope,
        seen: &mut Received,
    ) -> Result<Option<MatchKey>, CompareError> {
        for path in received {
            let mut events = EventReader::open(path)?;
            while let Some(line) = events.next_event()? {
                let Ok(event) = line.event else { continue };
                let id = hash_of_id(&event.fields, IdField::Event);
                let props_id = hash_of_id(&event.fields, IdField::Props);
                match wanted {
                    Some(MatchKey::EventId) if id.is_some() => return Ok(wanted),
                    Some(MatchKey::PropsEventId) if props_id.is_some() => return Ok(wanted),
                    None if id.is_some_and(|id| self.sent_ids.has(id)) => {
                        return Ok(Some(MatchKey::EventId));
                    }
                    _ => {}
                }
                let fingerprint = Fingerprint::of(&event.fields, id, scope);
                id.into_iter().for_each(|id| seen.ids.add(id));
                props_id.into_iter().for_each(|id| seen.props_ids.add(id));
                seen.contents.add(fingerprint.content);
                seen.times.add(fingerprint.content_in_time());
                seen.fields_of_first.get_or_insert_with(|| names_of(&event.fields));
            }
        }
        // Where there are no events, none can lack an id.
        Ok(wanted.filter(|key| *key != MatchKey::Content && seen.fields_of_first.is_none()))
    }
}

fn no_such_id(key: MatchKey, seen: &Received) -> CompareError {
    let name = if key == MatchKey::EventId { "event_id" } else { "props.event_id" };
    let found = seen.fields_of_first.clone().unwrap_or_default();
    CompareError::NoSuchId { side: "received", name, found }
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
