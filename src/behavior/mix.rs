//! The mix of events that a scenario asks for.

use std::collections::BTreeMap;

use crate::scenario::Problem;

const SUM_TOLERANCE: f64 = 1e-6;

/// Shares closer together than this are the same; decimals have no exact binary form.
pub(super) const ROUNDING: f64 = 1e-12;

/// Each event's share of all events.
#[derive(Clone, Debug, Default)]
pub(super) struct Mix {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) visit: f64,
    pub(super) close: f64,
    pub(super) button: f64,
    pub(super) link: f64,
    pub(super) custom: Vec<(String, f64)>,
}

impl Mix {
    /// The mix of named shares, or none if no session has such shares.
    pub(super) fn new(shares: &BTreeMap<String, f64>, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut mix = Self::default();
        for (name, &share) in shares {
            mix.set(name, share, problems);
        }
        mix.check(problems);
        problems.is_empty().then_some(mix)
    }

    fn set(&mut self, name: &str, share: f64, problems: &mut Vec<Problem>) {
        if !(0.0..=1.0).contains(&share) {
            let key = format!("event_probabilities.{name}");
            problems.push(Problem::error(
                key,
                format!("{share} is not a share of all events, which is 0 to 1"),
            ));
        }
        match name {
            "session_start" => self.start = share,
            "session_end" => self.end = share,
            "page_visit" => self.visit = share,
            "page_close" => self.close = share,
            "button_click" => self.button = share,
            "link_click" => self.link = share,
            custom => self.custom.push((custom.to_owned(), share)),
        }
    }

    fn sum(&self) -> f64 {
        let built_in = [self.start, self.end, self.visit, self.close, self.button, self.link];
        built_in.iter().chain(self.custom.iter().map(|(_, share)| share)).sum()
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        let Self { start, end, visit, close, .. } = *self;
        let sum = self.sum();
        let mut refuse = |key: &str, reason: String| problems.push(Problem::error(key, reason));
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            refuse(
                "event_probabilities",
                format!("the shares sum to {}; they must sum to 1", decimal(sum)),
            );
        }
        if start <= 0.0 {
            let reason =
                "it must be above 0: every event belongs to a session, and each session starts";
            refuse("event_probabilities.session_start", reason.to_owned());
        }
        if end > start + ROUNDING {
            refuse(
                "event_probabilities.session_end",
                format!(
                    "{end} is above session_start, {start}: more sessions would end than start"
                ),
            );
        }
        if close > visit + ROUNDING {
            refuse(
                "event_probabilities.page_close",
                format!("{close} is above page_visit, {visit}: more pages would close than open"),
            );
        }
    }
}

/// A number with at most six decimals, as a person would write it.
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    trimmed.to_owned()
}
