//! Each stage of a simulation by itself: `cargo bench --features stages --bench stages`.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::stages::{Records, hold_queue, plan_sessions};
use event_simulator::{Model, Scenario};

fn main() {
    divan::main();
}

fn model() -> Model {
    Scenario::default().compile().unwrap()
}

#[divan::bench]
fn compile_model() -> Model {
    model()
}

#[divan::bench]
fn plan_one_session(bencher: Bencher<'_, '_>) {
    const SESSIONS: u32 = 1_000;
    let model = model();
    let events = plan_sessions(&model, SESSIONS);
    bencher.counter(ItemsCount::new(events)).bench(|| plan_sessions(black_box(&model), SESSIONS));
}

#[divan::bench(args = [100, 10_000, 1_000_000])]
fn hold_a_queue(bencher: Bencher<'_, '_>, waiting: u32) {
    const STEPS: u32 = 200_000;
    bencher.counter(ItemsCount::new(STEPS)).bench(|| hold_queue(black_box(waiting), STEPS));
}

/// Ten properties of many kinds on every event.
const PROPERTIES: &str = "
  order_id: { id: order }
  amount: { log_normal: { median: 30, p90: 120 }, decimals: 2 }
  plan: { choice: { free: 0.9, pro: 0.1 } }
  country: { choice: { US: 0.5, DE: 0.3, JP: 0.2 } }
  currency: { by: { of: country, values: { US: USD, DE: EUR, JP: JPY } } }
  load_ms: { normal: { mean: 800, sd: 200, min: 50 } }
  is_member: { boolean: 0.35 }
  signed_up_at: { date_time: { from: -730d, to: -1d } }
  items: { list: { of: { object: { sku: { zipf: { ranks: 500 } }, count: { geometric: { mean: 2, min: 1 } } } }, min: 2, max: 6 } }
  url: { text: 'https://example.org{page_path}?plan={plan}&country={country}&order={order_id}' }
";

/// Lines of some 600 bytes, by the number of users whose events stand in between.
#[divan::bench(args = [1_000, 100_000])]
fn encode_ten_properties(bencher: Bencher<'_, '_>, users: u32) {
    const EVENTS: usize = 20_000;
    let types = ["session_created", "page_visited", "page_closed", "button_clicked", "link_click"];
    let properties = PROPERTIES.trim().replace("\n  ", ", ");
    let event = |name: &&str| format!("{name}: {{ properties: {{ {properties} }} }}");
    let events = types.iter().map(event).collect::<Vec<_>>().join(", ");
    let mut scenario = Scenario::from_yaml(&format!("events: {{ {events} }}")).unwrap();
    scenario.simulation.num_users = users;
    let model = scenario.compile().unwrap();
    let records = Records::of(&model, EVENTS);
    let bytes = records.encode(&model);
    bencher.counter(BytesCount::new(bytes)).bench(|| records.encode(black_box(&model)));
}

/// Purchases that sum their cart, by the number of users whose events stand in between.
#[divan::bench(args = [1_000, 100_000])]
fn encode_purchases(bencher: Bencher<'_, '_>, users: u32) {
    const EVENTS: usize = 200_000;
    let mut scenario = Scenario::from_yaml(SHOP).unwrap();
    scenario.simulation.num_users = users;
    let model = scenario.compile().unwrap();
    let records = Records::of(&model, EVENTS).of_type(&model, "purchase");
    bencher.counter(ItemsCount::new(records.len())).bench(|| records.encode(black_box(&model)));
}

const SHOP: &str = "
event_probabilities: { session_start: 0.05, session_end: 0.05, page_visit: 0.25, page_close: 0.2, button_click: 0.25, add_to_cart: 0.15, purchase: 0.05 }
events:
  add_to_cart:
    properties:
      sku: { zipf: { ranks: 500 } }
      price: { log_normal: { median: 20, p90: 90 }, decimals: 2 }
      quantity: { geometric: { mean: 1.4, min: 1 } }
  purchase:
    properties:
      items: { cart: add_to_cart }
      amount: { sum: items.price * items.quantity, decimals: 2 }
";

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = 1_000;
    let model = scenario.compile().unwrap();
    let records = Records::of(&model, 20_000);
    bencher.counter(ItemsCount::new(20_000_usize)).bench(|| records.encode(black_box(&model)));
}

/// Every kind of fault, each as rare as it is on a site that works.
const FAULTS: &str = "
simulation: { num_users: 1000, duration_seconds: 1200 }
faults:
  late: { share: 0.02, delay: { median: 20s, p90: 5m } }
  offline: { share: 0.01, delay: { min: 10m, max: 2h } }
  out_of_order: { share: 0.01 }
  lost: { share: 0.005 }
  duplicates: { share: 0.01, delay: { min: 1s, max: 1h } }
  backfill: { share: 1, from: 5m, to: 5m10s, at: 10m }
  twins: { share: 0.002 }
  clock_skew: { share: 0.02, offset: { sd: 2m }, drift: 10, jump: { min: -1h, max: 1h } }
  future: { share: 0.0001, offset: 3650d }
  ties: { share: 0.02, precision: second }
  zone: { share: 0.01, time_zone: America/New_York }
  values: { share: 0.01 }
  schema_change: { share: 0.1, from: 5m, property: journey, change: rename, new_name: path }
  identity: { share: 0.05, forms: poison_id }
  malformed: { share: 0.002 }
  prefetches: { share: 0.01 }
  bots: { visitors: 10 }
";

/// The lines of a log of arrivals, from a simulation.
#[divan::bench(args = ["without faults", "all faults"])]
fn deliver(bencher: Bencher<'_, '_>, faults: &str) {
    let model = Scenario::from_yaml(FAULTS).unwrap().compile().unwrap();
    let model = if faults == "all faults" { model } else { model.without_faults() };
    let events = write_deliveries(&model);
    bencher.counter(ItemsCount::new(events)).bench(|| write_deliveries(black_box(&model)));
}

fn write_deliveries(model: &Model) -> usize {
    let mut deliveries = Deliveries::new(model.simulate(1));
    let mut writer = DeliveryWriter::new(deliveries.model());
    let (mut lines, mut count) = (Vec::with_capacity(1 << 20), 0);
    for delivery in deliveries.by_ref() {
        writer.write_log(&delivery, &mut lines);
        count += 1;
        if lines.len() > 1 << 19 {
            black_box(&lines);
            lines.clear();
        }
    }
    count
}
