//! What must hold of `verify` whatever was received, for the fuzzer and the normal tests.

use std::fs;
use std::path::Path;
use std::slice::from_ref;

use event_simulator_check::comparison::CompareOptions;
use event_simulator_check::verify::{FindingKind, Findings, Report, Subject, verify_events};

const SENT: &[u8] = include_bytes!("../corpus/verify_lines/sent.jsonl");

/// Verifies `bytes` against a small timeline, and against themselves. The counts add up, and no file
/// lacks or has more than it has itself.
pub(crate) fn run(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (sent, received) = (folder.path().join("sent.jsonl"), folder.path().join("received.jsonl"));
    fs::write(&sent, SENT).expect("a timeline");
    fs::write(&received, bytes).expect("what was received");
    if let Some(report) = verify(&sent, &received) {
        adds_up(&report);
    }
    if let Some(report) = verify(&received, &received) {
        adds_up(&report);
        let others = report.counts.keys().filter(|kind| **kind != FindingKind::Unreadable);
        assert_eq!(others.count(), 0, "{report}");
    }
}

fn verify(sent: &Path, received: &Path) -> Option<Report> {
    let options = CompareOptions { check_order: sent != received, ..CompareOptions::default() };
    let (received, findings) = (received.to_owned(), Findings::default());
    verify_events(sent, from_ref(&received), &options, findings).ok()
}

fn adds_up(report: &Report) {
    let count = |kind| report.counts.get(&kind).copied().unwrap_or(0);
    let Subject::Events { compared, .. } = &report.subject else { return };
    assert_eq!(
        compared.sent + count(FindingKind::Duplicated) + count(FindingKind::Unexpected),
        compared.received + count(FindingKind::Missing),
        "{report}"
    );
    let shown = report.to_string();
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
}
