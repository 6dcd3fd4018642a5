//! The expected size of a timeline.

use crate::behavior::{THOROUGH, sample};
use crate::event::{Record, SessionBits};
use crate::model::Model;
use crate::time::VirtualTime;
use crate::wire::{Encode, Encoder};

use super::persona::mean_cycle_ms;

/// Bytes of an event's line, on average over sampled sessions.
pub fn expected_bytes_per_event(model: &Model) -> f64 {
    let mut sizes = LineSizes::new(model);
    let (mut bytes, mut events) = (0.0, 0.0);
    for (behavior, share) in model.behaviors() {
        let (mut bytes_of_persona, mut events_of_persona) = (0.0, 0);
        let mut number_of_session = 0;
        let sessions = sample(behavior, THOROUGH, |steps| {
            let (session, user_code) =
                (SessionBits::new(number_of_session, 0), number_of_session as u32);
            number_of_session += 1;
            let views = model.exposures().in_session(steps, u64::MAX, Vec::new());
            let exposing = views.into_iter().filter_map(|view| model.exposures().content(view, 0));
            let contents = steps.iter().map(|step| step.content).chain(exposing);
            // Ids and times are of one length, whichever they are; what events carry is not.
            for (number, content) in (0..).zip(contents) {
                let time = VirtualTime::MIN;
                let record = Record { time, session, user_code, number, content };
                bytes_of_persona += sizes.of(record);
                events_of_persona += 1;
            }
        });
        // In proportion to the sessions of a time.
        let weight = share / mean_cycle_ms(&sessions) / sessions.len().max(1) as f64;
        bytes += weight * bytes_of_persona;
        events += weight * f64::from(events_of_persona);
    }
    if events > 0.0 { bytes / events } else { 0.0 }
}

/// The sizes of lines.
struct LineSizes {
    encoder: Encoder,
    line: Vec<u8>,
    /// The share of events at which the user is known; none if it always is.
    known_share: Option<f64>,
}

impl LineSizes {
    fn new(model: &Model) -> Self {
        let known_share = model.has_accounts().then(|| model.known_share());
        Self { encoder: Encoder::new(model), line: Vec::new(), known_share }
    }

    /// The bytes of a record's line, on average over users who are known and who are not.
    fn of(&mut self, record: Record) -> f64 {
        let Some(known_share) = self.known_share else { return self.of_one(&record) };
        let mut size =
            |is_known| self.of_one(&Record { session: record.session.marked(is_known), ..record });
        known_share * size(true) + (1.0 - known_share) * size(false)
    }

    fn of_one(&mut self, record: &Record) -> f64 {
        self.line.clear();
        self.encoder.encode(record, &mut self.line);
        self.line.len() as f64
    }
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
        let known = "{ simulation: { num_users: 3000 }, users: { identity: { signed_up: 0.7, log_in: 0.8 }, \
            attributes: { plan: { choice: [free, professional] }, name: { constant: a_long_name } } } }";
        for yaml in ["simulation: { num_users: 3000 }", &uneven, carrying, known] {
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
