//! Received events against sent ones.

use std::path::{Path, PathBuf};

use crate::comparison::{CompareError, CompareOptions, Difference, EventRef, Side, compare};

use super::causes::EventCauses;
use super::finding::{Details, FindingKind};
use super::report::{Findings, Report, Subject};

/// Compares what was received with the timeline that was sent.
///
/// # Errors
///
/// [`CompareError`] if a file cannot be read, or memory on disk fails.
pub fn verify_events(
    sent: &Path,
    received: &[PathBuf],
    options: &CompareOptions,
    mut findings: Findings<'_>,
) -> Result<Report, CompareError> {
    let mut causes = EventCauses::default();
    let compared = compare(sent, received, options, &mut |difference| {
        causes.observe(difference);
        add(&mut findings, difference, SentSide::Timeline(sent), received);
    })?;
    let causes = causes.into_causes(sent, &compared, options.memory_bytes)?;
    let subject =
        Subject::Events { sent: sent.to_owned(), received: received.to_owned(), compared };
    Ok(findings.report(subject, causes))
}

/// What received events are held against.
#[derive(Clone, Copy)]
pub(super) enum SentSide<'p> {
    /// A timeline.
    Timeline(&'p Path),
    /// What counts of deliveries, of which there is no file.
    Counted(&'p Path),
}

/// Adds a difference to the findings.
pub(super) fn add(
    findings: &mut Findings<'_>,
    difference: &Difference<'_>,
    sent: SentSide<'_>,
    received: &[PathBuf],
) {
    let (kind, event) = match difference {
        Difference::Missing(event) => (FindingKind::Missing, event),
        Difference::Unexpected(event) => (FindingKind::Unexpected, event),
        Difference::Duplicated(event) => (FindingKind::Duplicated, event),
        Difference::Altered { sent, .. } => (FindingKind::Altered, sent),
        Difference::OutOfOrder { received } => (FindingKind::OutOfOrder, received),
        Difference::Late(event, _) => (FindingKind::Late, event),
        Difference::Unreadable(event, _) => (FindingKind::Unreadable, event),
    };
    findings.wrong.add(kind, event.line);
    findings.add(kind, event.order, || details(difference, sent, received));
}

fn details(difference: &Difference<'_>, sent_side: SentSide<'_>, received: &[PathBuf]) -> Details {
    let at = |event: &EventRef<'_>| {
        let file = match event.side {
            Side::Sent => match sent_side {
                SentSide::Timeline(path) | SentSide::Counted(path) => path,
            },
            Side::Received => &received[event.file as usize],
        };
        format!("{}:{}", file.display(), event.number)
    };
    let text = |event: &EventRef<'_>| String::from_utf8_lossy(event.line).into_owned();
    match difference {
        Difference::Missing(event) => match sent_side {
            SentSide::Timeline(_) => {
                Details::SentEvent { sent_line: event.number, sent: text(event) }
            }
            SentSide::Counted(_) => Details::CountedEvent { counted: text(event) },
        },
        Difference::Unexpected(event)
        | Difference::Duplicated(event)
        | Difference::OutOfOrder { received: event } => {
            Details::ReceivedEvent { at: at(event), received: text(event) }
        }
        Difference::Altered { sent, received, changes } => Details::AlteredEvent {
            at: at(received),
            sent_line: sent.number,
            changes: changes.clone(),
            sent: text(sent),
            received: text(received),
        },
        Difference::Late(event, millis) => Details::LateEvent {
            at: at(event),
            behind_seconds: *millis as f64 / 1_000.0,
            received: text(event),
        },
        Difference::Unreadable(event, reason) => {
            Details::Line { at: at(event), reason: reason.to_string(), received: text(event) }
        }
    }
}
