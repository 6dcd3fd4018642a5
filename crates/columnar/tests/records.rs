//! Columns from records are those from lines, byte for byte.

use std::iter;

use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::scenario::{Scenario, shipped};
use event_simulator::wire::{Codec, Encode, JsonLines, TableForm};
use event_simulator_columnar::{LineTable, RecordTable, schema};
use proptest::prelude::*;
use serde_json::json;

use super::any_properties::properties;
use super::round_trip::{EVENTS, FORMS};

/// Of a timeline's first records the lines, and the table in bytes.
fn by_both_ways(model: &Model, events: usize, form: TableForm) -> [Vec<u8>; 2] {
    let mut simulation = model.simulate(model.seed());
    let records: Vec<Record> = iter::from_fn(|| simulation.next_record()).take(events).collect();
    let metadata = || [("seed".to_owned(), "7".to_owned())];
    let mut lines = Vec::new();
    let mut encoder = JsonLines::encoder(model);
    let mut of_lines = LineTable::new(schema(model.columns(), metadata()), form).unwrap();
    let mut of_records = RecordTable::new(model, metadata(), form).unwrap();
    let (mut block, mut bytes) = (Vec::new(), Vec::new());
    for record in &records {
        lines.clear();
        encoder.encode(record, &mut lines);
        of_lines.push(&lines).unwrap();
        if of_records.push(record).unwrap() {
            of_records.swap_bytes(&mut block);
            bytes.extend_from_slice(&block);
        }
    }
    bytes.extend(of_records.finish().unwrap());
    [of_lines.finish().unwrap(), bytes]
}

fn scenario(yaml: &str) -> Model {
    Scenario::from_yaml(yaml).unwrap().compile().unwrap()
}

#[test]
fn shipped_scenarios_have_the_same_tables_from_records_and_from_lines() {
    for shipped in shipped::ALL {
        let model = shipped.load().unwrap().scenario.compile().unwrap();
        for form in FORMS {
            let [of_lines, of_records] = by_both_ways(&model, EVENTS, form);
            assert!(of_lines == of_records, "{} {form:?}", shipped.name);
        }
    }
}

/// Where a batch ends shows in the bytes.
#[test]
fn batches_of_large_events_end_alike() {
    let model = scenario(
        "events: { page_visited: { properties: { many: { list: { of: { id: a_rather_long_prefix }, min: 600, max: 900 } } } } }",
    );
    for form in FORMS {
        let [of_lines, of_records] = by_both_ways(&model, 6_000, form);
        assert!(of_lines == of_records, "{form:?}");
    }
}

/// What others refer to is text on its way, and lists, objects and members can be null or of several types.
#[test]
fn values_that_depend_on_each_other_are_the_same() {
    let model = scenario(
        "
users:
  devices: { per_user: 1.5 }
  identity: { log_in: 0.5 }
  attributes: { country: { choice: { US: 0.5, JP: 0.5 } }, since: { date_time: { from: -30d, to: 0s, form: date } } }
events:
  page_visited:
    properties:
      code: { by: { of: user.country, values: { US: USD, JP: JPY } } }
      price: { uniform: { min: 1, max: 90 }, currency: code, field: true }
      items: { list: { of: { object: { n: { zipf: { ranks: 9 } }, at: { date_time: { from: 0s, to: 2h } } }, nullable: 0.2 }, min: 0, max: 3 } }
      total: { formula: price * 2, currency: code, nullable: 0.1 }
      mixed: { choice: [1, a, null, [2.5], { b: true }], missing: 0.3 }
      label: { text: \"{code} \\\"{price}\\\" at {page_path}\" }
  link_click:
    properties:
      seen: { cart: page_visited }
      code: { constant: 7 }
",
    );
    for form in FORMS {
        let [of_lines, of_records] = by_both_ways(&model, EVENTS, form);
        assert!(of_lines == of_records, "{form:?}");
    }
}

/// What owners have can be missing or null, and is the same for all events of a session.
#[test]
fn values_of_users_devices_and_sessions_are_the_same() {
    let model = scenario(
        "
simulation: { num_users: 40 }
users:
  devices: { per_user: 1.5, attributes: { beta: { boolean: 0.3, missing: 0.3, nullable: 0.4 } } }
  identity: { signed_up: 0.3, sign_up: 0.2, log_in: 0.5, log_out: 0.3 }
  attributes:
    country: { choice: [US, JP], nullable: 0.2 }
    home: { object: { city: { choice: [Berlin, null] }, zip: { uniform: { min: 1, max: 99 }, missing: 0.3 } }, nullable: 0.2 }
    since: { date_time: { from: -30d, to: 0s, form: date }, when: { country: US } }
    mixed: { choice: [1, a, [2.5], { b: true }], missing: 0.3 }
sessions:
  attributes: { landing: { text: '{session_id} {user.country}', missing: 0.2 }, spent: { uniform: { min: 0, max: 9 }, decimals: 2, nullable: 0.5 } }
events: { page_visited: { properties: { city: { text: '{user.home.city} {device.beta}' } } } }
",
    );
    for form in FORMS {
        let [of_lines, of_records] = by_both_ways(&model, EVENTS, form);
        assert!(of_lines == of_records, "{form:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_properties_have_the_same_tables(of_views in properties(), of_clicks in properties()) {
        let events = json!({
            "page_visited": { "properties": of_views },
            "link_click": { "properties": of_clicks },
        });
        let escaped = |c: char| match c {
            ' '..='~' => c.to_string(),
            _ => format!("\\U{:08x}", u32::from(c)),
        };
        let yaml: String = events.to_string().chars().map(escaped).collect();
        let [of_lines, of_records] =
            by_both_ways(&scenario(&format!("events: {yaml}")), 500, TableForm::ArrowStream);
        prop_assert!(of_lines == of_records);
    }
}
