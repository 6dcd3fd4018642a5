//! A day of virtual time, accelerated.

use std::fs;
use std::process::{Child, Command, Stdio};

use event_simulator::Scenario;
use event_simulator_collector::{Collector, CollectorConfig};

use super::program::PROGRAM;
use super::support::wait_until;

const SCENARIO: &str = "simulation: { num_users: 20, duration_seconds: 86400 }";

/// More than this is growth; what the allocator keeps back varies by less.
const TOLERATED_KIB: u64 = 4 * 1024;

#[test]
fn a_day_passes_in_constant_memory_and_every_event_arrives() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("day.yaml"), SCENARIO).unwrap();
    let events = Scenario::from_yaml(SCENARIO).unwrap().compile().unwrap().simulate(0).count();
    let events = events as u64;
    assert!(events > 90_000);

    let collector =
        Collector::start(CollectorConfig { port: 0, ..CollectorConfig::default() }).unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["run", "day.yaml", "--seed", "0", "--speed", "100000", "--url", &collector.url()])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let memory_after = |accepted: u64| {
        wait_until("so many are accepted", || collector.stats().events_accepted >= accepted);
        resident_kib(&child)
    };
    let early = memory_after(events / 10);
    let late = memory_after(events * 9 / 10);
    assert!(child.wait().unwrap().success());
    assert!(late < early + TOLERATED_KIB, "{early} KiB at first, {late} KiB at last");
    let stats = collector.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates, stats.order_violations), (events, 0, 0));
}

fn resident_kib(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
