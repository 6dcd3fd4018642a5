//! The expected pages, actions and events of a session, in closed form.

use crate::behavior::{Behavior, Browsing, Conduct};
use crate::event::Kind;

/// The means of a session that runs to its end.
pub(super) struct SessionMeans {
    pub(super) pages: f64,
    pub(super) actions: f64,
    /// Events of each kind.
    pub(super) by_kind: Vec<f64>,
}

impl SessionMeans {
    /// The means of a behavior, with so many kinds of events.
    pub(super) fn new(behavior: &Behavior, kinds: usize) -> Self {
        let by_kind = match &behavior.conduct {
            Conduct::Browsing(browsing) => of_browsing(browsing, kinds),
            Conduct::Flow(flow) => flow.events_by_kind(&flow.views(), kinds),
        };
        let pages = by_kind[Kind::PAGE_VISITED.index()];
        let actions = by_kind
            .iter()
            .enumerate()
            .filter(|(kind, _)| !Kind::NO_ACTIONS.iter().any(|other| other.index() == *kind))
            .map(|(_, mean)| mean)
            .sum();
        Self { pages, actions, by_kind }
    }

    /// Events of all kinds.
    pub(super) fn events(&self) -> f64 {
        self.by_kind.iter().sum()
    }
}

fn of_browsing(browsing: &Browsing, kinds: usize) -> Vec<f64> {
    let pages = browsing.page_count.mean();
    let onward = browsing.navigates.probability() * (pages - 1.0);
    let actions = pages * browsing.action_count.mean();
    let mut by_kind = vec![0.0; kinds];
    by_kind[Kind::SESSION_CREATED.index()] = 1.0;
    by_kind[Kind::SESSION_ENDED.index()] = browsing.ends.probability();
    by_kind[Kind::PAGE_VISITED.index()] = pages;
    by_kind[Kind::PAGE_CLOSED.index()] = browsing.closes.probability() * (pages - onward);
    by_kind[Kind::LINK_ONWARD.index()] = onward;
    for (kind, share) in browsing.actions.shares() {
        by_kind[kind.index()] += actions * share;
    }
    by_kind
}
