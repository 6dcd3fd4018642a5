//! Two sets of events held against each other: what was sent and what was received, or two timelines.
//!
//! Both sides are cut into partitions by user, each small enough for memory (a Grace hash join), because
//! all that is asked (which event is which, in what order a user's events came) is asked within one user.
//! Events are matched by their id where it survived, and otherwise by what does survive; see
//! [`MatchKey`].

mod change;
mod config;
mod detect;
mod difference;
mod error;
mod fingerprint;
mod first_difference;
mod join;
mod matching;
mod partition;
mod raw_event;
mod reader;
mod subsequence;
mod unmatched;

use std::path::{Path, PathBuf};

pub use change::FieldChange;
pub use config::CompareOptions;
pub use difference::{Compared, Difference, EventRef};
pub use error::CompareError;
pub use first_difference::FirstDifference;
pub use matching::{MatchKey, Matching};
pub(crate) use raw_event::RawEvent;

use detect::MatchingDetector;
use join::Join;
use partition::{Layout, Partitions};
use reader::EventReader;
use unmatched::Unmatched;

/// Compares the events of `sent` with those of `received`, and tells `emit` every difference.
///
/// # Errors
///
/// [`CompareError`]. A line of `received` that is no event is a difference, not an error.
pub fn compare(
    sent: &Path,
    received: &[PathBuf],
    options: &CompareOptions,
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<Compared, CompareError> {
    let files = || std::iter::once(sent).chain(received.iter().map(PathBuf::as_path));
    files().try_for_each(require_file)?;
    let layout = Layout::of(files(), options);
    let mut detector = MatchingDetector::of_received(received)?;
    let mut sent_events = split_sent(sent, layout, &mut detector)?;
    let mut matching = detector.matching(options.match_key);
    matching.times_survive = options.times_survive.unwrap_or(matching.times_survive);
    let mut received_events = split_received(received, layout, options, matching, emit)?;
    let mut unmatched = Unmatched::new(options.memory_bytes / 4);
    let mut join = Join::new(matching, options.check_order);
    for index in 0..layout.partitions {
        join.sent = sent_events.load(index, join.sent).map_err(CompareError::Spill)?;
        join.received = received_events.load(index, join.received).map_err(CompareError::Spill)?;
        join.compare(&mut unmatched, emit);
    }
    unmatched.finish(matching, emit);
    Ok(Compared { sent: sent_events.events(), received: received_events.events(), matching })
}

/// Hands every event of `sent` to `each`, as it was compared, in order.
pub(crate) fn each_sent_event(
    sent: &Path,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(), CompareError> {
    let mut events = EventReader::open(sent)?;
    while let Some(line) = events.next_event()? {
        let number = line.number;
        let event = line.event.map_err(|source| reader::not_an_event(sent, number, source))?;
        each(&event.line);
    }
    Ok(())
}

/// Refuses what cannot be read a second time. What does not exist at all is left to those who open it.
pub(crate) fn require_file(path: &Path) -> Result<(), CompareError> {
    let is_standard_input = path.as_os_str() == "-";
    match path.metadata() {
        _ if is_standard_input => Err(CompareError::NotAFile(path.to_owned())),
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            Err(CompareError::NotAFile(path.to_owned()))
        }
        _ => Ok(()),
    }
}

fn split_sent(
    sent: &Path,
    layout: Layout,
    detector: &mut MatchingDetector,
) -> Result<Partitions, CompareError> {
    let mut partitions = Partitions::new(layout).map_err(CompareError::Spill)?;
    let mut events = EventReader::open(sent)?;
    while let Some(line) = events.next_event()? {
        let number = line.number;
        let event = line.event.map_err(|source| reader::not_an_event(sent, number, source))?;
        detector.observe_sent(&event.hashes);
        let fingerprint = event.hashes.of_sent();
        partitions.add(fingerprint, 0, number, &event.line).map_err(CompareError::Spill)?;
    }
    partitions.finish().map_err(CompareError::Spill)?;
    Ok(partitions)
}

fn split_received(
    received: &[PathBuf],
    layout: Layout,
    options: &CompareOptions,
    matching: Matching,
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<Partitions, CompareError> {
    let mut partitions = Partitions::new(layout).map_err(CompareError::Spill)?;
    for (file, path) in (0..).zip(received) {
        let mut events = EventReader::open(path)?;
        let mut newest = 0;
        while let Some(line) = events.next_event()? {
            let (number, order) = (line.number, partitions.events());
            let at = |line| EventRef { line, file, number, order };
            let event = match line.event {
                Ok(event) => event,
                Err(error) => {
                    emit(&Difference::Unreadable(at(line.raw), error.to_string()));
                    continue;
                }
            };
            let fingerprint = event.hashes.of_received(matching.key);
            if let Some(limit) = options.late_after_millis
                && matching.times_survive
                && let Some(millis) = fingerprint.millis()
            {
                newest = newest.max(millis);
                let behind = newest - millis;
                if behind > limit {
                    emit(&Difference::Late(at(&event.line), behind));
                }
            }
            partitions.add(fingerprint, file, number, &event.line).map_err(CompareError::Spill)?;
        }
    }
    partitions.finish().map_err(CompareError::Spill)?;
    Ok(partitions)
}
