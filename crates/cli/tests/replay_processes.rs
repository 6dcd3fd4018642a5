//! The program itself, killed, interrupted, and out of disk.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use event_simulator_collector::{Collector, CollectorConfig, FaultConfig};
use event_simulator_replay::OnOutage;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::program::PROGRAM;
use super::support::{Stage, assert_complete, lines, wait_until};

fn program(stage: &Stage, flags: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("replay")
        .arg(stage.timeline())
        .args(["--url", &stage.collector.url(), "--speed", "max"])
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn send_signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_repeats_no_more_than_was_in_flight() {
    const EVENTS: u64 = 10_000;
    const KILLS: u64 = 20;
    const IN_FLIGHT: u64 = 16;
    let faults =
        FaultConfig { latency: Some("0ms..2ms".parse().unwrap()), ..FaultConfig::default() };
    let stage = Stage::new(EVENTS, CollectorConfig { faults, ..CollectorConfig::default() });
    let mut rng = SmallRng::seed_from_u64(7);
    let flags = ["--resume", "--in-flight", "16"];
    let mut killed = 0;
    for _ in 0..KILLS {
        let accepted = stage.collector.stats().events_accepted;
        let enough = accepted + rng.random_range(1..EVENTS / KILLS);
        let mut child = program(&stage, &flags).stderr(Stdio::null()).spawn().unwrap();
        wait_until("some are accepted", || stage.collector.stats().events_accepted >= enough);
        send_signal(&child, "-KILL");
        killed += u64::from(child.wait().unwrap().code().is_none());
    }
    assert_eq!(killed, KILLS);
    let output = program(&stage, &flags).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(stage.assert_nothing_lost(), 0);
    stage.assert_order();
    let repeated = stage.received().len() as u64 - EVENTS;
    assert!(repeated <= KILLS * IN_FLIGHT, "{repeated} were sent twice");
}

#[test]
fn ctrl_c_drains_prints_totals_and_exits_130_and_the_rest_goes_later() {
    let faults =
        FaultConfig { latency: Some("1ms..5ms".parse().unwrap()), ..FaultConfig::default() };
    let stage = Stage::new(10_000, CollectorConfig { faults, ..CollectorConfig::default() });
    let child = program(&stage, &["--resume"]).spawn().unwrap();
    wait_until("some are accepted", || stage.collector.stats().events_accepted > 500);
    send_signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    for said in ["Total Events:", "give the same command with --resume"] {
        assert!(text(&output).contains(said), "{}", text(&output));
    }
    assert!(output.stdout.is_empty(), "stdout carries data only");

    let output = program(&stage, &["--resume"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(stage.collector.stats().duplicates, 0, "what was in flight had settled");
    stage.assert_exactly_once();
    let output = program(&stage, &["--resume"]).output().unwrap();
    assert!(output.status.success() && text(&output).contains("Total Events:        0"));
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let faults = FaultConfig { hang: "100%".parse().unwrap(), ..FaultConfig::default() };
    let stage = Stage::new(100, CollectorConfig { faults, ..CollectorConfig::default() });
    let child = program(&stage, &["--timeout", "10m"]).spawn().unwrap();
    wait_until("requests hang", || stage.collector.stats().hangs >= 64);
    send_signal(&child, "-TERM");
    send_signal(&child, "-TERM");
    // Two signals at nearly the same time can arrive as one.
    let mut child = child;
    wait_until("it ends", || {
        send_signal_if_running(&child);
        is_gone(&child)
    });
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

fn send_signal_if_running(child: &Child) {
    let _ =
        Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
}

/// True if a child that was not waited for yet has ended.
fn is_gone(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    status.is_ok_and(|status| status.contains("State:\tZ"))
}

#[test]
fn a_target_that_is_restarted_is_waited_for() {
    let stage = Stage::new(10_000, CollectorConfig::default());
    let slow = FaultConfig { latency: Some("2ms..4ms".parse().unwrap()), ..FaultConfig::default() };
    let output = stage.path("restarted.jsonl");
    let config = || CollectorConfig {
        output: Some(output.clone()),
        faults: slow.clone(),
        append: true,
        dedupe: true,
        ..CollectorConfig::default()
    };
    let first = Collector::start(CollectorConfig { port: 0, ..config() }).unwrap();
    let port = first.addr().port();
    let url = first.url().parse().unwrap();
    let (summary, accepted) = std::thread::scope(|scope| {
        let replay = scope.spawn(|| {
            stage.replay(|config| {
                config.retry.on_outage = Some(OnOutage::Wait);
                config.target.url = url;
            })
        });
        wait_until("some are accepted", || first.stats().events_accepted > 500);
        let before = first.stop().unwrap().events_accepted;
        let second = Collector::start(CollectorConfig { port, ..config() }).unwrap();
        let summary = replay.join().unwrap();
        (summary, before + second.stop().unwrap().events_accepted)
    });
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, 10_000);
    assert!(accepted >= 10_000);
    assert_eq!(super::support::ids(&lines(&output)).len(), 10_000);
}

/// `ulimit -f` counts blocks of 512 or 1024 bytes; with the signal ignored, writing past it is an
/// error like that of a full disk.
fn with_file_limit(command: &Command, blocks: u32) -> Command {
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    limited
}

#[test]
fn a_full_disk_under_the_journal_stops_it_clearly_and_the_resume_works() {
    let stage = Stage::new(10_000, CollectorConfig::default());
    let output = with_file_limit(&program(&stage, &["--resume"]), 2).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("cannot write the journal"), "{}", text(&output));
    let journal = std::fs::read(format!("{}.journal", stage.timeline().display())).unwrap();
    assert!(journal.ends_with(b"\n"), "a torn line would run into the next");
    let output = program(&stage, &["--resume"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(stage.assert_nothing_lost(), 0);
    stage.assert_order();
    let repeated = stage.received().len() - 10_000;
    assert!(repeated <= 64, "{repeated} were sent twice");
}

#[test]
fn a_full_disk_under_the_dead_letters_stops_it_clearly_and_the_resume_works() {
    let faults =
        FaultConfig { fail: "20%".parse().unwrap(), status: 404, ..FaultConfig::default() };
    let stage =
        Stage::new(3_000, CollectorConfig { faults, dedupe: true, ..CollectorConfig::default() });
    let flags = ["--resume", "--dead-letters", stage.path("dead.jsonl").to_str().unwrap()]
        .map(str::to_owned);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let output = with_file_limit(&program(&stage, &flags), 20).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("cannot write the dead letters"), "{}", text(&output));
    let output = program(&stage, &flags).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "404 is never delivered: {}", text(&output));
    assert!(stage.assert_nothing_lost() > 0);
    stage.assert_order();
}

/// A target that answers 400 and says back all that it was told, secrets included.
fn echo(listener: &TcpListener) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            loop {
                let mut head = String::new();
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                    head.push_str(&line);
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                let head = head.replace(['\r', '\n'], " ");
                let answer =
                    format!("HTTP/1.1 400 Bad\r\nContent-Length: {}\r\n\r\n{head}", head.len());
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
    }
}

#[test]
fn secrets_appear_in_no_output() {
    let stage = Stage::new(20, CollectorConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://user:url-password-1@{}/x?key=${{QUERY_KEY}}",
        listener.local_addr().unwrap()
    );
    std::thread::spawn(move || echo(&listener));
    let secrets = ["key-4711", "query-4712", "url-password-1", "basic-4713", "literal-4714"];
    let run = |extra: &[&str]| {
        Command::new(PROGRAM)
            .arg("replay")
            .arg(stage.timeline())
            .args(["--speed", "max", "--verbose", "--url", &url])
            .args(["--header", "X-Key: ${API_KEY}", "--header", "Cookie: literal-4714"])
            .args(extra)
            .env("API_KEY", "key-4711")
            .env("QUERY_KEY", "query-4712")
            .env("PASSWORD", "basic-4713")
            .output()
            .unwrap()
    };
    let mut seen = String::new();
    let summary = stage.path("summary.json");
    for extra in [
        &["--resume", "--summary", summary.to_str().unwrap()][..],
        &["--dry-run"],
        &["--basic", "me:${PASSWORD}", "--retries", "0"],
        &["--basic", "me:${PASSWORD}", "--dry-run"],
        &["--bearer", "${PASSWORD}", "--dry-run"],
        &["--proxy", "http://p:${PASSWORD}@127.0.0.1:9", "--timeout", "1s"],
    ] {
        seen.push_str(&text(&run(extra)));
    }
    for entry in std::fs::read_dir(stage.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        seen.push_str(&path.display().to_string());
        seen.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
    }
    assert!(seen.contains("***") && seen.contains("status 400"), "{seen}");
    for secret in secrets {
        assert!(!seen.contains(secret), "{secret} is shown");
    }
    // `me:basic-4713` and `user:url-password-1` as basic authentication writes them.
    for encoded in ["bWU6YmFzaWMtNDcxMw", "dXNlcjp1cmwtcGFzc3dvcmQtMQ"] {
        assert!(!seen.contains(encoded), "{encoded} is shown");
    }
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    let stage = Stage::new(20, CollectorConfig::default());
    for (flags, code) in [
        (&["--header", "X: ${NOT_SET_ANYWHERE}"][..], 2),
        (&["--header", "no colon"], 2),
        (&["--rate", "0"], 2),
        (&["--success", "abc"], 2),
        (&["--ca-cert", "/no/such/file"], 2),
        (&["--fail-if", "nonsense > 3"], 2),
        (&["--fail-if", "errors > 0"], 0),
        (&["--fail-if", "delivered >= 20", "--fail-if", "errors > 0"], 1),
    ] {
        let output = program(&stage, flags).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {}", text(&output));
    }
}
