//! What users, devices and sessions have, which is kept from one event to the next.

use event_simulator::Scenario;
use event_simulator::event::Record;
use event_simulator::wire::{Encode, Encoder};

/// Attributes that are missing, null, refer to each other and are referred to.
const SCENARIO: &str = r#"
simulation: { num_users: USERS, duration_seconds: 1800 }
users:
  devices:
    per_user: 1.6
    kinds: { mobile: 0.6, desktop: 0.4 }
    attributes:
      model: { id: model }
      beta: { choice: [ios, android], nullable: 0.3, missing: 0.3 }
  identity: { signed_up: 0.3, sign_up: 0.2, log_in: 0.4, log_out: 0.3 }
  attributes:
    country: { choice: { US: 0.5, JP: 0.3, DE: 0.2 } }
    home: { object: { city: { choice: [Berlin, Kyoto, null] }, zip: { uniform: { min: 10000, max: 99999 }, missing: 0.3 } }, nullable: 0.2 }
    plan: { choice: [free, pro], missing: 0.4 }
    currency: { by: { of: country, values: { US: USD, JP: JPY }, otherwise: EUR }, nullable: 0.1 }
    since: { date_time: { from: -30d, to: 0s }, when: { country: US } }
    name: { text: "{user_id} of {home.city}" }
sessions:
  attributes:
    channel: { choice: [ads, mail] }
    landing: { text: "{session_id} {user.country}", missing: 0.2 }
events:
  page_visited:
    properties:
      price: { log_normal: { median: 30, p90: 120 }, currency: user.currency }
      city: { text: "{user.home.city} {device.beta}" }
  button_clicked:
    properties:
      seen: { cart: page_visited }
      zip: { text: "{user.home.zip}", when: { user.plan: pro } }
"#;

fn records(scenario: &Scenario, most: usize) -> (Encoder, Vec<Record>) {
    let mut simulation = scenario.compile().unwrap().simulate(5);
    let encoder = Encoder::new(simulation.model());
    let records = std::iter::from_fn(|| simulation.next_record()).take(most).collect();
    (encoder, records)
}

/// Of few users most is found again, of many sessions some have to share their place.
#[test]
fn a_line_does_not_depend_on_those_before_it() {
    for (users, most) in [("20", 3_000), ("40000", 15_000)] {
        let scenario = Scenario::from_yaml(&SCENARIO.replace("USERS", users)).unwrap();
        let (fresh, records) = records(&scenario, most);
        let mut used = fresh.clone();
        let (mut line, mut expected) = (Vec::new(), Vec::new());
        for record in &records {
            line.clear();
            expected.clear();
            used.encode(record, &mut line);
            fresh.clone().encode(record, &mut expected);
            assert_eq!(String::from_utf8_lossy(&line), String::from_utf8_lossy(&expected));
        }
    }
}
