//! Times of visits and sessions by other means.

use std::collections::HashMap;

use event_simulator::VirtualTime;
use event_simulator::event::event_type;
use event_simulator::wire::EventFields;

use super::prediction::{EventChange, Prediction};

/// What is cut off times, in milliseconds.
const CUT_TO: [(u64, &str); 2] = [(1_000, "second"), (60_000, "minute")];

/// What tables say if `predict` makes them of events that are changed.
pub(super) fn of_visits(
    events: &[EventFields<'_>],
    mut predict: impl FnMut(String, EventChange<'_>) -> Option<Prediction>,
) -> Vec<Prediction> {
    let mut all = Vec::new();
    let leaves = |event: &EventFields<'_>| {
        [event_type::PAGE_CLOSED, event_type::LINK_CLICK].contains(&&*event.event_type)
    };
    let reason = "times of visits run to the next page_visited, whatever leaves the page";
    all.extend(predict(reason.to_owned(), &mut |event| !leaves(event)));
    let visits = (0_usize..).zip(events);
    let visits = visits.filter(|(_, event)| event.event_type == event_type::PAGE_VISITED);
    let last: HashMap<&str, usize> =
        visits.map(|(place, event)| (&*event.session_id, place)).collect();
    let mut place = 0;
    let reason = "times of visits run to the next page_visited, if there is one, whatever left the \
                  page before";
    all.extend(predict(reason.to_owned(), &mut |event| {
        place += 1;
        !leaves(event) || last.get(&*event.session_id).is_none_or(|last| place > *last)
    }));
    for (millis, unit) in CUT_TO {
        let reason = format!("times are cut to the {unit}");
        all.extend(predict(reason, &mut |event| {
            let time = event.event_time.as_millis();
            event.event_time =
                VirtualTime::from_millis(time - time % millis).unwrap_or(event.event_time);
            true
        }));
    }
    all
}
