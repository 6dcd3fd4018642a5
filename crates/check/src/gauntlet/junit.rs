//! A score card for CI.

use std::fmt::Write as _;

use crate::verify::escaped;

use super::score::{CaseOutcome, ScoreCard};

/// The score card as JUnit XML: one test case for each case.
pub fn junit(card: &ScoreCard) -> String {
    let (tests, failures) = (card.cases.len(), card.cases.len() - card.handled);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"event-simulator gauntlet\" tests=\"{tests}\" failures=\"{failures}\">\n"
    );
    for case in &card.cases {
        let name = case.name;
        if case.outcome == CaseOutcome::Handled {
            let _ = writeln!(xml, "<testcase classname=\"gauntlet\" name=\"{name}\"/>");
            continue;
        }
        let (outcome, score) = (escaped(&case.outcome.to_string()), escaped(&case.to_string()));
        let _ = writeln!(
            xml,
            "<testcase classname=\"gauntlet\" name=\"{name}\">\n<failure message=\"{outcome}\">{score}"
        );
        if let CaseOutcome::NotHandled { causes, .. } = &case.outcome {
            for cause in causes {
                let _ = writeln!(xml, "probably {}", escaped(cause));
            }
        }
        let _ = writeln!(xml, "again: {}\n</failure>\n</testcase>", escaped(&case.again));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}
