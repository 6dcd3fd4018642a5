//! What a person sees of a replay: a live view on a terminal, plain blocks anywhere else.

use std::time::Duration;

use crate::replay::{Metrics, Observer, SettledEvent, Summary, statistics};

/// Shows a replay on standard error.
pub(super) struct View {
    interval: Option<Duration>,
    verbose: bool,
}

impl View {
    pub(super) fn new(interval: Option<Duration>, verbose: bool) -> Self {
        Self { interval, verbose }
    }

    /// Shows the totals.
    pub(super) fn end(&self, summary: &Summary) {
        eprint!("{}", statistics(&summary.metrics, summary.elapsed));
    }
}

impl Observer for View {
    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    fn tick(&mut self, metrics: &Metrics) {
        eprint!("{}", statistics(metrics, metrics.elapsed()));
    }

    fn notice(&mut self, text: &str) {
        eprintln!("{text}");
    }

    fn wants_events(&self) -> bool {
        self.verbose
    }

    fn settled(&mut self, event: &SettledEvent) {
        let outcome = event.error.as_deref().unwrap_or("delivered");
        eprintln!("{} {} {} {outcome}", event.position, event.kind, event.id);
    }
}
