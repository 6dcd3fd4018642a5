//! The difference of two timelines: none, or the events that were added, removed, changed and moved.
//!
//! Events are matched by what they are (session, type, page and button, in order), not by `event_id`,
//! which contains the time: an event whose time changed was moved, and not removed and added. One that has
//! another id at the same time was changed. Lines that are no events are added or removed as they stand.
//!
//! For golden files in tests:
//!
//! ```no_run
//! use event_simulator_check::diff::{DiffOptions, diff};
//!
//! let diff = diff("golden.jsonl".as_ref(), "now.jsonl".as_ref(), DiffOptions::default())?;
//! assert!(diff.is_same(), "{diff}");
//! # Ok::<(), event_simulator_check::comparison::CompareError>(())
//! ```

mod config;
mod origins;
mod overlay;
mod result;
mod show;
mod strays;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;

use event_simulator::event::Field;
use event_simulator_timeline::{LineReader, ReadError, open};

use crate::comparison::{
    CompareError, CompareOptions, Difference, EventRef, FirstDifference, MatchKey, RawEvent,
    compare, require_file,
};

pub use config::DiffOptions;
pub use origins::{OriginChange, Origins};
pub use overlay::Overlay;
pub use result::{Affected, ChangedEvent, Counts, Diff};
use strays::StrayLines;

/// Compares two timelines, which may be JSON lines or CSV, plain or compressed.
///
/// # Errors
///
/// [`CompareError`] if one of them cannot be read.
pub fn diff(left: &Path, right: &Path, options: DiffOptions) -> Result<Diff, CompareError> {
    require_file(left)?;
    require_file(right)?;
    let (first, lines) = first_difference(left, right)?;
    let origins = Origins::of(left, right);
    let mut diff = Diff { first, origins, events: (lines, lines), ..Diff::default() };
    if diff.is_same() {
        return Ok(diff);
    }
    let compare_options = CompareOptions {
        memory_bytes: options.memory_bytes,
        match_key: Some(MatchKey::Content),
        times_survive: Some(true),
        ids_compared: true,
        added_compared: true,
        ..CompareOptions::default()
    };
    let mut strays = StrayLines::default();
    let (mut users, mut sessions) = (HashMap::new(), HashMap::new());
    let compared = compare(left, &[right.to_owned()], &compare_options, &mut |difference| {
        if let Difference::Unreadable(line, _) = difference {
            strays.add(line);
            return;
        }
        let event = RawEvent::of_any(event_of(difference).line);
        let counts = diff.add(difference, event.text(Field::EventType).map(Cow::into_owned));
        add_to(&mut users, event.text(Field::UserId).map(Cow::into_owned), counts);
        add_to(&mut sessions, event.text(Field::SessionId).map(Cow::into_owned), counts);
    })?;
    diff.events = (compared.sent, compared.received);
    diff.add_strays(strays.counts());
    diff.users = Affected::of(users);
    diff.sessions = Affected::of(sessions);
    if options.is_overlaid {
        diff.overlay = Some(Overlay::of(left, right)?);
    }
    Ok(diff)
}

fn add_to(by_name: &mut HashMap<String, Counts>, name: Option<String>, counts: Counts) {
    let Some(name) = name else { return };
    if by_name.len() < Affected::MOST || by_name.contains_key(&name) {
        by_name.entry(name).or_default().add(counts);
    }
}

/// The first line in which the files differ, and the number of lines that they have in common until then.
fn first_difference(
    left: &Path,
    right: &Path,
) -> Result<(Option<FirstDifference>, u64), CompareError> {
    let lines = |path| Ok::<_, ReadError>(LineReader::new(open(path).map_err(cannot_read(path))?));
    let (mut left_lines, mut right_lines) = (lines(left)?, lines(right)?);
    let mut same = 0;
    loop {
        let ours = left_lines.next_line().map_err(cannot_read(left))?;
        let theirs = right_lines.next_line().map_err(cannot_read(right))?;
        match (ours.map(|(_, line)| line), theirs.map(|(_, line)| line)) {
            (None, None) => return Ok((None, same)),
            (Some(a), Some(b)) if a == b => same += 1,
            (a, b) => return Ok((Some(FirstDifference::new(same + 1, a, b)), same)),
        }
    }
}

fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> ReadError {
    move |source| ReadError::Io { name: path.display().to_string(), source }
}

fn event_of<'a>(difference: &Difference<'a>) -> EventRef<'a> {
    match difference {
        Difference::Missing(event)
        | Difference::Unexpected(event)
        | Difference::Duplicated(event)
        | Difference::OutOfOrder { received: event }
        | Difference::Late(event, _)
        | Difference::Unreadable(event, _)
        | Difference::Altered { sent: event, .. } => *event,
    }
}
