//! The mix of events that a scenario asks for.

use std::collections::BTreeMap;

use crate::event::BuiltIn;

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
    /// The mix of named shares.
    pub(super) fn new(shares: &BTreeMap<String, f64>) -> Self {
        let mut mix = Self::default();
        for (name, &share) in shares {
            mix.set(name, share);
        }
        mix
    }

    fn set(&mut self, name: &str, share: f64) {
        match BuiltIn::of_key(name) {
            Some(BuiltIn::SessionCreated) => self.start = share,
            Some(BuiltIn::SessionEnded) => self.end = share,
            Some(BuiltIn::PageVisited) => self.visit = share,
            Some(BuiltIn::PageClosed) => self.close = share,
            Some(BuiltIn::ButtonClicked) => self.button = share,
            Some(BuiltIn::LinkClick) => self.link = share,
            None => self.custom.push((name.to_owned(), share)),
        }
    }
}

/// A number with at most six decimals, as a person would write it.
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    trimmed.to_owned()
}
