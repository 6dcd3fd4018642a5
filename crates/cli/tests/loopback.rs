//! Replay to this machine, whatever the environment says of proxies.

use std::process::{Command, Output};

use event_simulator_collector::CollectorConfig;

use super::program::PROGRAM;
use super::support::Stage;

const EVENTS: u64 = 50;

fn replay(stage: &Stage, args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .arg("replay")
        .arg(stage.path("timeline.jsonl"))
        .args(["--url", &stage.collector.url(), "--speed", "max"])
        .args(args)
        .current_dir(stage.folder.path())
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:9")))
        .output()
        .unwrap()
}

#[test]
fn an_environments_proxy_is_for_other_machines() {
    let stage = Stage::new(EVENTS, CollectorConfig::default());
    let direct = replay(&stage, &[]);
    assert!(direct.status.success(), "{}", String::from_utf8_lossy(&direct.stderr));
    assert_eq!(stage.collector.stats().events_accepted, EVENTS);
}

#[test]
fn a_proxy_that_was_asked_for_is_used() {
    let stage = Stage::new(EVENTS, CollectorConfig::default());
    let args = ["--proxy", "http://127.0.0.1:9", "--retries", "0", "--on-outage", "abort"];
    assert_eq!(replay(&stage, &args).status.code(), Some(1));
    assert_eq!(stage.collector.stats().requests, 0);
}

/// They would cut every body, or run it into the next.
#[test]
fn headers_that_say_how_long_a_body_is_are_refused() {
    let stage = Stage::new(EVENTS, CollectorConfig::default());
    for header in ["Content-Length: 5", "transfer-encoding: chunked"] {
        let refused = replay(&stage, &["--header", header]);
        let message = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{message}");
        assert!(message.contains("leave Content-Length and Transfer-Encoding out"), "{message}");
    }
    assert_eq!(stage.collector.stats().requests, 0);
}
