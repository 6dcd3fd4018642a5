//! Each stage of a simulation by itself: `cargo bench --features stages --bench stages`.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
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

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = 1_000;
    let model = scenario.compile().unwrap();
    let records = Records::of(&model, 20_000);
    bencher.counter(ItemsCount::new(20_000_usize)).bench(|| records.encode(black_box(&model)));
}
