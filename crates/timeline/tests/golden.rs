//! Golden files: what must not change by accident. See CONTRIBUTING.md on how to change it on purpose.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use event_simulator::scenario::{Scenario, shipped};
use event_simulator::wire::{FORMATS, WireFormat};
use event_simulator::{Model, Shard};
use event_simulator_timeline::{Compression, FORMAT_VERSION, Format, Generation, Manifest};
use sha2::{Digest as _, Sha256};

const FIRST_LINES: usize = 12;

/// Where a scenario has no end, this much of it is looked at.
const SECONDS_OF_ENDLESS: f64 = 3_600.0;

fn bounded(mut scenario: Scenario) -> Scenario {
    if scenario.simulation.duration_seconds <= 0.0 {
        scenario.simulation.duration_seconds = SECONDS_OF_ENDLESS;
    }
    scenario
}

fn generation<'a>(model: &'a Model, seed: u64, digest: &'a str, jobs: u32) -> Generation<'a> {
    Generation {
        model,
        scenario_digest: digest,
        seed,
        shard: Shard::WHOLE,
        format: Format::Jsonl,
        own_form: None,
        jobs,
    }
}

fn bytes(generation: &Generation<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    generation.write_to(&mut bytes, &mut |_| ControlFlow::Continue(())).unwrap();
    bytes
}

/// Another digest than the manifest's, and one that every machine has a program for.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn manifest(generation: &Generation<'_>) -> Manifest {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("timeline.jsonl");
    let watch = &mut |_| ControlFlow::Continue(());
    generation.write_file(&path, Compression::None, watch).unwrap()
}

/// What events carry is of the seed that is generated, and not of the one that the scenario says.
#[test]
fn another_seed_gives_what_a_scenario_with_that_seed_gives() {
    let mut scenario = shipped::find("web-shop").unwrap().load().unwrap().scenario;
    let model = scenario.compile().unwrap();
    scenario.seed = 9;
    let of_that_seed = scenario.compile().unwrap();
    let formats = ["segment", "matomo"].map(|name| Format::Wire(wire_format(name)));
    for format in [Format::Jsonl, Format::Csv].into_iter().chain(formats) {
        for jobs in [1, 2] {
            let of = |model| Generation { format, ..generation(model, 9, "", jobs) };
            assert!(bytes(&of(&model)) == bytes(&of(&of_that_seed)), "{format:?}, {jobs} threads");
        }
    }
}

fn wire_format(name: &str) -> &'static WireFormat {
    FORMATS.iter().find(|format| format.name == name).unwrap()
}

#[test]
fn every_shipped_scenario_gives_the_bytes_it_always_gave() {
    for shipped in shipped::ALL {
        let scenario = bounded(shipped.load().unwrap().scenario);
        let model = scenario.compile().unwrap();
        let digest = scenario.digest();
        let generation = generation(&model, scenario.seed, &digest, 1);
        let timeline = bytes(&generation);
        let manifest = manifest(&generation);
        let mut golden = format!(
            "format version {FORMAT_VERSION}, {} events, {} bytes, sha256 {}\n",
            manifest.events,
            manifest.bytes,
            sha256(&timeline)
        );
        for line in String::from_utf8(timeline).unwrap().lines().take(FIRST_LINES) {
            writeln!(golden, "{line}").unwrap();
        }
        insta::with_settings!({ snapshot_path => "../../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("timeline-{}", shipped.name), golden);
        });
    }
}

#[test]
fn neither_time_nor_threads_change_the_bytes() {
    for (name, jobs) in [("traffic-spike", 2), ("custom-events", 3), ("load-test", 5)] {
        let scenario = shipped::find(name).unwrap().load().unwrap().scenario;
        let model = scenario.compile().unwrap();
        let once = bytes(&generation(&model, 7, "", 1));
        assert_eq!(once, bytes(&generation(&model, 7, "", 1)), "{name}, again");
        assert!(once == bytes(&generation(&model, 7, "", jobs)), "{name} with {jobs} jobs");
        assert_ne!(once, bytes(&generation(&model, 8, "", 1)), "{name}, another seed");
    }
}
