//! The expected size of a timeline.

use crate::behavior::{THOROUGH, sample};
use crate::event::{Record, SessionBits};
use crate::model::Model;
use crate::time::VirtualTime;
use crate::wire::{Encode, Encoder};

use super::persona::mean_cycle_ms;

/// Bytes of an event's line, on average over sampled sessions.
pub fn expected_bytes_per_event(model: &Model) -> f64 {
    let mut encoder = Encoder::new(model);
    let mut line = Vec::new();
    let (mut bytes, mut events) = (0.0, 0.0);
    for (behavior, share) in model.behaviors() {
        let (mut bytes_of_persona, mut events_of_persona) = (0, 0);
        let mut number_of_session = 0;
        let sessions = sample(behavior, THOROUGH, |steps| {
            // Ids and times are of one length, whichever they are; what events carry is not.
            let (time, session) = (VirtualTime::MIN, SessionBits::new(number_of_session, 0));
            let user_code = number_of_session as u32;
            number_of_session += 1;
            for (number, step) in (0..).zip(steps) {
                line.clear();
                let content = step.content;
                encoder.encode(&Record { time, session, user_code, number, content }, &mut line);
                bytes_of_persona += line.len();
                events_of_persona += 1;
            }
            let views = model.exposures().in_session(steps, u64::MAX, Vec::new());
            let exposing = views.into_iter().filter_map(|view| model.exposures().content(view, 0));
            for (number, content) in (steps.len() as u32..).zip(exposing) {
                line.clear();
                encoder.encode(&Record { time, session, user_code, number, content }, &mut line);
                bytes_of_persona += line.len();
                events_of_persona += 1;
            }
        });
        // In proportion to the sessions of a time.
        let weight = share / mean_cycle_ms(&sessions) / sessions.len().max(1) as f64;
        bytes += weight * bytes_of_persona as f64;
        events += weight * f64::from(events_of_persona);
    }
    if events > 0.0 { bytes / events } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    /// Also where a page's name is long, and pages come in a fixed order.
    #[test]
    fn the_size_is_that_of_a_simulation() {
        let long = "l".repeat(198);
        let uneven = format!(
            "{{ pages: [/, /{long}], user_journeys: [{{ probability: 1, path: [/] }}], \
               event_probabilities: {{ session_start: 0.2, session_end: 0.2, page_visit: 0.4, page_close: 0.2 }}, \
               user_behavior: {{ session_duration_min: 0, pages_per_session_min: 2, \
                 pages_per_session_max: 2, clicks_per_page_min: 0 }}, \
               simulation: {{ num_users: 3000 }} }}"
        );
        let carrying = "{ simulation: { num_users: 3000 }, events: { page_visited: { properties: { \
            tags: { list: { of: { choice: [a, long_one] }, min: 0, max: 9 } }, \
            coupon: { constant: spring, missing: 0.5 } } } } }";
        for yaml in ["simulation: { num_users: 3000 }", &uneven, carrying] {
            let model = Scenario::from_yaml(yaml).unwrap().compile().unwrap();
            let mut simulation = model.simulate(0);
            let mut encoder = Encoder::new(simulation.model());
            let (mut events, mut lines) = (0, Vec::new());
            while let Some(record) = simulation.next_record() {
                events += 1;
                encoder.encode(&record, &mut lines);
            }
            let found = lines.len() as f64 / f64::from(events);
            let error = found / expected_bytes_per_event(&model) - 1.0;
            assert!(error.abs() < 0.01, "off by {error}");
        }
    }
}
