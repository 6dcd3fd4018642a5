//! Two sets of events held against each other: what was sent and what was received, or two timelines.
//!
//! Events are matched in rounds (`rounds.rs`), each over what the one before has left. A sent event is matched
//! with at most one received one, what is left of those sent is missing, and what is left of those received is
//! unexpected or repeated, so that sent - missing + duplicated + unexpected = received, always.
//!
//! By id, if any survived:
//!
//! 1. What is equal in everything. A further copy of it is a repeat, unless its id was sent once more.
//! 2. What is equal in everything but the id: it got another one, or that of another event.
//! 3. What has the same id, and so is altered; of several, equal content first. What is left and has the id of
//!    what was sent is a repeat.
//! 4. What is left and equal but for its id to what was sent is a repeat with a fresh id.
//!
//! By content (type, user, session, page, button), if none survived:
//!
//! 1. If times survived, the same content at the same time, equal props first; what is left of those is a
//!    repeat.
//! 2. In each session the longest common subsequence of contents, then the same content in any order. If
//!    times did not survive, what is left of those is a repeat.
//! 3. What is equal in everything but one field of the content.
//!
//! A round cuts both sides into partitions by the key that it matches by, each small enough for memory (a
//! Grace hash join). The order of each user's events is looked at when all are matched.

mod change;
mod config;
mod detect;
mod difference;
mod error;
mod event_ref;
mod event_store;
mod fingerprint;
mod first_difference;
mod hashing;
mod intake;
mod json_number;
mod json_value;
mod matcher;
mod matching;
mod not_an_event;
mod order;
mod pool;
mod raw_event;
mod reader;
mod rounds;
mod scope;
mod shown;
mod spill;
mod subsequence;
mod typing;
mod unsettled;
mod unwrap;

use std::path::{Path, PathBuf};

use event_simulator::event::Field;
use event_simulator_timeline::ReceivedForm;

pub use change::FieldChange;
pub use config::{CompareOptions, Times};
pub use difference::{Compared, Difference};
pub use error::CompareError;
pub use event_ref::{EventRef, Side};
pub use first_difference::{FieldDifference, FirstDifference};
pub(crate) use hashing::hash;
pub use matching::{MatchKey, Matching};
pub use not_an_event::NotAnEvent;
pub(crate) use raw_event::{RawEvent, TELLING};
pub use scope::NotCompared;
pub(crate) use shown::{cut, named};

use change::Comparer;
use event_store::{KeyedEvent, Layout};
use intake::{Intake, SecondReading};
use matcher::Matcher;
use reader::{EventReader, InputEvent};
use rounds::Round;
use unsettled::Unsettled;

/// Compares the events of `sent` with those of `received`, and tells `emit` every difference.
///
/// # Errors
///
/// [`CompareError`]. A line that is no event is a difference, not an error.
pub fn compare(
    sent: &Path,
    received: &[PathBuf],
    options: &CompareOptions,
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<Compared, CompareError> {
    let files = || std::iter::once(sent).chain(received.iter().map(PathBuf::as_path));
    files().try_for_each(require_file)?;
    let layout = Layout::of(files(), options.memory_bytes);
    let mut intake = Intake::new(options, layout);
    let sent_typing = intake.read_sent(sent, emit)?;
    let files = intake.read_received(received, emit)?;
    let (key, times_survive) = intake.detector.key(&intake.sides.sent)?;
    let ids_are_lost = key == MatchKey::Content && intake.detector.looked_for_ids();
    let Intake { scope, mut sides, first, .. } = intake;
    let matching = Matching {
        key,
        ids_survive: key == MatchKey::EventId || key == MatchKey::Content && options.ids_compared,
        times_survive,
        times_compared: options.times == Times::Compare
            && !scope.ignores(Field::EventTime.name().as_bytes()),
    };
    let rounds = Round::all(matching);
    let is_by_sequence = rounds[0] == Round::Session;
    let key_of =
        |event: &KeyedEvent<'_>| rounds[0].key(&event.fingerprint, matching.times_compared);
    let by_props_id = key == MatchKey::PropsEventId;
    if rounds[0] != first && !is_by_sequence {
        sides.repartition(Side::Sent, false, key_of)?;
    }
    if rounds[0] != first && !is_by_sequence || by_props_id {
        sides.repartition(Side::Received, by_props_id, key_of)?;
    }
    let not_compared = scope.not_compared();
    let typings = files.iter().map(|file| file.typing).collect();
    let comparer = Comparer { scope: &scope, matching, typings, sent_typing };
    let mut matcher = Matcher::new(&comparer, layout, options.check_order);
    let unsettled =
        if is_by_sequence { Unsettled::All } else { matcher.settle_equal(rounds[0], &sides)? };
    // What has an equal id is compared with that; what has an equal content at one time has first to find it again.
    let next = if rounds[0] == Round::EqualById { &rounds[1..] } else { &rounds[..] };
    let second = SecondReading {
        sent,
        received,
        received_form: options.received_form.as_ref(),
        scope: &scope,
        matching,
        layout,
    };
    let left = second.read(&unsettled, next[0], emit)?;
    if let Some(log) = matcher.run(next, left, &sides.sent, emit)? {
        let firsts: Vec<u64> = files.iter().map(|file| file.first).collect();
        tell_out_of_order(
            received,
            options.received_form.as_ref(),
            &log.out_of_order(&firsts)?,
            emit,
        )?;
    }
    let (sent, received) = (sides.sent.events(), sides.received.events());
    Ok(Compared { sent, received, matching, ids_are_lost, not_compared })
}

/// Hands every event of `sent` to `each`, as it was compared, in order, with its fields.
pub(crate) fn each_sent_event(
    sent: &Path,
    each: &mut dyn FnMut(&[u8], &RawEvent<'_>),
) -> Result<(), CompareError> {
    let mut events = EventReader::open(sent)?;
    while let Some(line) = events.next_event()? {
        // What is no event has no place among them.
        if let Ok(event) = line.event {
            each(event.line, &event.fields);
        }
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

/// Reads the received files once more, for the lines of those events that stand out of order.
fn tell_out_of_order(
    received: &[PathBuf],
    form: Option<&ReceivedForm>,
    places: &[u64],
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<(), CompareError> {
    let mut places = places.iter().copied().peekable();
    let mut order = 0;
    for (file, path) in (0..).zip(received) {
        if places.peek().is_none() {
            break;
        }
        let mut events = EventReader::open_in(path, form)?;
        while let Some(line) = events.next_event()? {
            let Ok(InputEvent { line: text, .. }) = line.event else { continue };
            if places.next_if_eq(&order).is_some() {
                let number = line.number;
                let side = Side::Received;
                let received = EventRef { line: text, side, file, number, order };
                emit(&Difference::OutOfOrder { received });
            }
            order += 1;
        }
    }
    Ok(())
}
