//! Policies that attribute conversions otherwise.

use event_simulator::scenario::faults::TimeSpan;
use event_simulator::scenario::policy::{AttributionRules, CreditModel, PolicySpec};

/// Days for which touches count, the most usual first; of the last ones it is for ever, or for the session.
const WINDOW_DAYS: [i64; 6] = [30, 7, 90, 1, 100_000, 0];

/// The policies that attribute otherwise, each with what a pipeline does that follows it.
pub(super) fn other_attributions(right: &PolicySpec) -> Vec<(String, PolicySpec)> {
    let Some(rules) = &right.attribution else { return Vec::new() };
    let mut all: Vec<(String, AttributionRules)> = Vec::new();
    let mut add = |reason: String, change: &dyn Fn(&mut AttributionRules)| {
        let mut other = rules.clone();
        change(&mut other);
        if other != *rules {
            all.push((reason, other));
        }
    };
    let reason = "referrers that are to be ignored count (`attribution.ignored_referrers`)";
    add(reason.to_owned(), &|rules| rules.ignored_referrers.clear());
    let reason = "amounts of all currencies are added up (`attribution.currency` is not followed)";
    add(reason.to_owned(), &|rules| rules.currency = None);
    for (word, model) in CreditModel::WORDS {
        let reason = format!("conversions are attributed by {word} (`attribution.model`)");
        add(reason, &|rules| rules.model = *model);
    }
    let reason =
        "touches that are exactly as old as the window do not count (`attribution.window`)";
    add(reason.to_owned(), &|rules| {
        rules.window = TimeSpan { millis: (rules.window.millis - 1).max(0) };
    });
    for days in WINDOW_DAYS {
        let reason = format!("touches count for {days}d (`attribution.window`)");
        add(reason, &|rules| rules.window = span(days * 86_400));
    }
    let policy = |rules| PolicySpec { attribution: Some(rules), ..right.clone() };
    all.into_iter().map(|(reason, rules)| (reason, policy(rules))).collect()
}

pub(super) fn span(seconds: i64) -> TimeSpan {
    TimeSpan { millis: seconds * 1_000 }
}
