//! Received events against sent ones.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::comparison::{
    CompareError, Compared, Difference, Identity, Located, Matching, Settings, compare,
};
use event_simulator::wire::scan;

use super::event_causes::EventCauses;
use super::findings::{Findings, Kind, Report};

/// Compares what was received with the timeline that was sent.
///
/// # Errors
///
/// [`CompareError`] if a file cannot be read, or memory on disk fails.
pub fn verify_events(
    sent: &Path,
    received: &[PathBuf],
    settings: &Settings,
    mut findings: Findings<'_>,
) -> Result<Report, CompareError> {
    let mut causes = EventCauses::default();
    let compared = compare(sent, received, settings, &mut |difference| {
        causes.observe(difference);
        add(&mut findings, difference, received);
    })?;
    let subject = subject(&compared, sent, received);
    Ok(findings.report(subject, causes.of(&compared)))
}

fn add(findings: &mut Findings<'_>, difference: &Difference<'_>, received: &[PathBuf]) {
    let place = |event: &Located<'_>| {
        let file = received.get(usize::from(event.file));
        format!(
            "{}:{}",
            file.map(|file| file.display().to_string()).unwrap_or_default(),
            event.number
        )
    };
    let text = |event: &Located<'_>| Value::from(String::from_utf8_lossy(event.line).into_owned());
    match difference {
        Difference::Missing(event) => findings.add(Kind::Missing, event.order, || {
            let what = format!("{} (line {} of what was sent)", describe(event.line), event.number);
            (what, json!({"sent_line": event.number, "sent": text(event)}))
        }),
        Difference::Unexpected(event) => findings.add(Kind::Unexpected, event.order, || {
            let what = format!("{}: {}", place(event), describe(event.line));
            (what, json!({"at": place(event), "received": text(event)}))
        }),
        Difference::Duplicated(event) => findings.add(Kind::Duplicated, event.order, || {
            let what = format!("{}: {}", place(event), describe(event.line));
            (what, json!({"at": place(event), "received": text(event)}))
        }),
        Difference::Altered { sent, received, changes } => {
            findings.add(Kind::Altered, sent.order, || {
                let list: Vec<String> = changes
                    .iter()
                    .map(|change| {
                        format!(
                            "{} {} -> {}",
                            change.field,
                            shown(&change.sent),
                            shown(&change.received)
                        )
                    })
                    .collect();
                let event = describe(sent.line);
                let what = format!("{}: {}, in {event}", place(received), list.join(", "));
                let details = json!({
                    "at": place(received), "sent_line": sent.number, "changes": changes,
                    "sent": text(sent), "received": text(received),
                });
                (what, details)
            });
        }
        Difference::OutOfOrder { received: event, .. } => {
            findings.add(Kind::OutOfOrder, event.order, || {
                let what = format!("{}: {}", place(event), describe(event.line));
                (what, json!({"at": place(event), "received": text(event)}))
            });
        }
        Difference::Late(event, millis) => findings.add(Kind::Late, event.order, || {
            let seconds = *millis as f64 / 1_000.0;
            let what = format!("{}: {seconds} s, {}", place(event), describe(event.line));
            let details =
                json!({"at": place(event), "behind_seconds": seconds, "received": text(event)});
            (what, details)
        }),
        Difference::Unreadable(event, reason) => {
            findings.add(Kind::Unreadable, event.order, || {
                let what = format!("{}: {reason}", place(event));
                (what, json!({"at": place(event), "reason": reason, "received": text(event)}))
            });
        }
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

/// An event in one short line.
pub(crate) fn describe(line: &[u8]) -> String {
    let names = ["event_time", "event_type", "user_id", "session_id", "page_path", "button_id"];
    let values = scan::members(line, names).unwrap_or_default();
    let text = |raw: &[u8]| {
        scan::text(raw).map_or_else(
            |_| String::from_utf8_lossy(raw).into_owned(),
            std::borrow::Cow::into_owned,
        )
    };
    let words: Vec<String> =
        values.into_iter().flatten().filter(|raw| *raw != b"null").map(text).collect();
    words.join(" ")
}

fn subject(compared: &Compared, sent: &Path, received: &[PathBuf]) -> String {
    let Identity { matching, times_survive, .. } = compared.identity;
    let by = match matching {
        Matching::EventId => "event_id",
        Matching::PropsEventId => "props.event_id",
        Matching::Content => "session, type, page and button, in order (no event_id survived)",
    };
    let times = if times_survive {
        ""
    } else {
        "; event_time was replaced on the way, so it is not compared"
    };
    let files: Vec<String> = received.iter().map(|path| path.display().to_string()).collect();
    format!(
        "{} events sent ({}), {} received ({}), matched by {by}{times}",
        compared.sent,
        sent.display(),
        compared.received,
        files.join(", ")
    )
}
