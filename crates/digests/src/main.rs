//! Prints the BLAKE3 digest of every shipped scenario's timeline, for comparison between machines. It needs
//! nothing but the pure simulator, so that it can be built for any of them.

use event_simulator::digest::Digest;
use event_simulator::scenario::shipped;
use event_simulator::wire::{Encode, Encoder};

/// Where a scenario has no end, this much of it is looked at.
const SECONDS_OF_ENDLESS: f64 = 3_600.0;

fn main() {
    for shipped in shipped::ALL {
        match digest(shipped) {
            Ok(digest) => println!("{digest} {}", shipped.name),
            Err(error) => println!("{error}"),
        }
    }
}

fn digest(shipped: &shipped::Shipped) -> Result<String, Box<dyn std::error::Error>> {
    let mut scenario = shipped.load()?.scenario;
    if scenario.simulation.duration_seconds <= 0.0 {
        scenario.simulation.duration_seconds = SECONDS_OF_ENDLESS;
    }
    let model = scenario.compile()?;
    let mut simulation = model.simulate(model.seed());
    let mut encoder = Encoder::new(&model);
    let (mut digest, mut line) = (Digest::default(), Vec::new());
    while let Some(record) = simulation.next_record() {
        line.clear();
        encoder.encode(&record, &mut line);
        digest.update(&line);
    }
    Ok(digest.finish())
}
