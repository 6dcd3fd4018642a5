//! Order: whether event times go backwards.

use std::collections::HashMap;

use event_simulator::VirtualTime;

use crate::config::OrderBy;
use crate::contract::ValidEvent;

/// The latest event time of each user or session.
#[derive(Debug, Default)]
pub(crate) struct OrderMonitor {
    latest: HashMap<Box<str>, VirtualTime>,
    order_by: OrderBy,
}

impl OrderMonitor {
    pub(crate) fn new(order_by: OrderBy) -> Self {
        Self { order_by, ..Self::default() }
    }

    /// Enters an event; true if it is older than one that its user (or session) already sent.
    pub(crate) fn is_violated_by(&mut self, event: &ValidEvent) -> bool {
        let Some(time) = event.event_time else { return false };
        let key = match self.order_by {
            OrderBy::User => event.user_id,
            OrderBy::Session => event.session_id,
        };
        let Some(latest) = self.latest.get_mut(key) else {
            self.latest.insert(key.into(), time);
            return false;
        };
        let is_older = time < *latest;
        *latest = time.max(*latest);
        is_older
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_within_a_user() {
        let mut monitor = OrderMonitor::default();
        let times = [("a", 5), ("b", 1), ("a", 5), ("a", 4), ("a", 4), ("a", 6)];
        let is_violated = times.map(|(user_id, millis)| {
            let event_time = VirtualTime::from_millis(millis);
            let event =
                ValidEvent { json: "{}", user_id, session_id: "s", event_id: None, event_time };
            monitor.is_violated_by(&event)
        });
        assert_eq!(is_violated, [false, false, false, true, true, false]);
    }
}
