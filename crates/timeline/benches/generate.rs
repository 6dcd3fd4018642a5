//! The whole of generating, to nowhere, from ten users to a million: `cargo bench --bench generate`.

#![allow(missing_docs, clippy::unwrap_used)]

use std::io::sink;
use std::ops::ControlFlow;

use divan::Bencher;
use divan::counter::ItemsCount;
use event_simulator::{Model, Scenario, Shard};
use event_simulator_timeline::{Format, Generation};

fn main() {
    divan::main();
}

/// Some two million events, whatever the number of users; as many as there are first sessions with a
/// million.
fn model(users: u32) -> Model {
    const EVENTS: f64 = 2e6;
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = users;
    let events_per_second = scenario.compile().unwrap().forecast().events_per_second;
    scenario.simulation.duration_seconds = EVENTS / events_per_second;
    scenario.compile().unwrap()
}

fn generate(model: &Model, jobs: u32) -> u64 {
    let generation = Generation {
        model,
        scenario_digest: "",
        seed: 0,
        shard: Shard::WHOLE,
        format: Format::Jsonl,
        jobs,
        own_form: None,
    };
    let mut events = 0;
    let watch = &mut |progress: event_simulator_timeline::Progress| {
        events = progress.events;
        ControlFlow::Continue(())
    };
    generation.write_to(&mut sink(), watch).unwrap();
    events
}

#[divan::bench(args = [10, 1_000, 100_000, 1_000_000], sample_count = 10)]
fn one_core(bencher: Bencher<'_, '_>, users: u32) {
    let model = model(users);
    let events = generate(&model, 1);
    bencher.counter(ItemsCount::new(events)).bench(|| generate(&model, 1));
}

#[divan::bench(args = [10, 1_000, 100_000, 1_000_000], sample_count = 10)]
fn two_cores(bencher: Bencher<'_, '_>, users: u32) {
    let model = model(users);
    let events = generate(&model, 2);
    bencher.counter(ItemsCount::new(events)).bench(|| generate(&model, 2));
}
