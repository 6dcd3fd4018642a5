//! A report for CI.

use std::fmt::Write as _;

use super::finding::FindingKind;
use super::report::Report;

/// The report as JUnit XML: one test case for each kind of finding.
pub fn junit(report: &Report, suite: &str) -> String {
    let failures = report.counts.len();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n",
        escaped(suite),
        FindingKind::ALL.len()
    );
    for kind in FindingKind::ALL {
        let Some(count) = report.counts.get(&kind) else {
            let _ = writeln!(xml, "<testcase classname=\"verify\" name=\"nothing is {kind}\"/>");
            continue;
        };
        let _ = writeln!(
            xml,
            "<testcase classname=\"verify\" name=\"nothing is {kind}\">\n<failure message=\"{count} {kind}\">{}\n",
            escaped(&report.subject.to_string())
        );
        for cause in report.causes.iter().filter(|cause| cause.kind == kind) {
            let probably = if cause.is_named() { "probably " } else { "" };
            let _ = writeln!(xml, "{probably}{}", escaped(&cause.to_string()));
        }
        for finding in report.first.get(&kind).into_iter().flatten() {
            let _ = writeln!(xml, "{}", escaped(&finding.to_string()));
        }
        xml.push_str("</failure>\n</testcase>\n");
    }
    if let Some(account) = &report.account {
        let _ = writeln!(xml, "<system-out>{}</system-out>", escaped(&account.to_string()));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

/// Text that may stand in XML, without the control characters that XML has no way to write.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
