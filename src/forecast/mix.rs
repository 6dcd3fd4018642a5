//! The expected number of each kind of event in a session, in closed form.

use crate::behavior::Behavior;
use crate::event::Kind;

/// The expected number of events of each kind in a session that runs to its end.
pub(super) fn events_by_kind(behavior: &Behavior, kinds: usize) -> Vec<f64> {
    let pages = behavior.page_count.mean();
    let onward = behavior.navigates.probability() * (pages - 1.0);
    let actions = pages * behavior.action_count.mean();
    let mut by_kind = vec![0.0; kinds];
    by_kind[Kind::SESSION_CREATED.index()] = 1.0;
    by_kind[Kind::SESSION_ENDED.index()] = behavior.ends.probability();
    by_kind[Kind::PAGE_VISITED.index()] = pages;
    by_kind[Kind::PAGE_CLOSED.index()] = behavior.closes.probability() * (pages - onward);
    by_kind[Kind::LINK_ONWARD.index()] = onward;
    for (kind, share) in behavior.actions.shares() {
        by_kind[kind.index()] += actions * share;
    }
    by_kind
}
