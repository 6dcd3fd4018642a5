//! The files of a replay: what is read, what is written, and what is refused before anything is sent.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

use event_simulator_collector::{CollectorConfig, FaultConfig};

use super::program::{PROGRAM, run, stderr};
use super::support::{Stage, ids, lines, wait_until};

fn command(stage: &Stage, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["replay", "--url", &stage.collector.url(), "--speed", "max"])
        .args(args)
        .current_dir(stage.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn replay(stage: &Stage, args: &[&str]) -> Output {
    command(stage, args).output().unwrap()
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

#[test]
fn what_cannot_be_written_or_would_be_overwritten_is_refused_before_anything_is_sent() {
    let stage = Stage::new(20, CollectorConfig::default());
    fs::copy(stage.timeline(), stage.path("s.hlog")).unwrap();
    fs::write(stage.path("foreign"), "{\"api_key\":\"precious\"}").unwrap();
    for args in [
        &["timeline.jsonl", "--summary", "none/s"][..],
        &["timeline.jsonl", "--summary", "."],
        &["timeline.jsonl", "--dead-letters", "none/d"],
        &["timeline.jsonl", "--dead-letters", "."],
        &["timeline.jsonl", "--dead-letters", "foreign"],
        &["timeline.jsonl", "--journal", "foreign"],
        &["timeline.jsonl", "--journal", "foreign", "--resume"],
        &["timeline.jsonl", "--journal", "timeline.jsonl"],
        &["timeline.jsonl", "--summary", "timeline.jsonl"],
        &["s.hlog", "--summary", "s"],
        &["timeline.jsonl", "--summary", "foreign", "--ca-cert", "foreign"],
    ] {
        let output = replay(&stage, args);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(stage.collector.stats().requests, 0);
    let timeline = fs::read(stage.timeline()).unwrap();
    assert_eq!(fs::read(stage.path("s.hlog")).unwrap(), timeline);
    assert_eq!(String::from_utf8(timeline).unwrap().lines().count(), 20);
    assert_eq!(fs::read_to_string(stage.path("foreign")).unwrap(), "{\"api_key\":\"precious\"}");
    assert!(!stage.path("timeline.jsonl.dead-letters.jsonl").exists(), "only tried out");
}

#[test]
fn a_journal_knows_its_target_by_what_the_environment_says() {
    let stage = Stage::new(20, CollectorConfig::default());
    let other = Stage::new(20, CollectorConfig::default());
    let resume = |port: u16| {
        let url = "http://127.0.0.1:${PORT_OF_TARGET}/api/events";
        replay_with(&stage, &["timeline.jsonl", "--resume", "--url", url], port)
    };
    assert!(resume(stage.collector.addr().port()).status.success());
    let refused = resume(other.collector.addr().port());
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("another target"), "{}", stderr(&refused));
    assert_eq!(other.collector.stats().requests, 0);
}

fn replay_with(stage: &Stage, args: &[&str], port: u16) -> Output {
    Command::new(PROGRAM)
        .args(["replay", "--speed", "max"])
        .args(args)
        .current_dir(stage.folder.path())
        .env("PORT_OF_TARGET", port.to_string())
        .output()
        .unwrap()
}

#[test]
fn a_timeline_that_breaks_off_is_sent_as_far_as_it_goes_and_told() {
    let stage = Stage::new(2_000, CollectorConfig::default());
    let text = fs::read(stage.timeline()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    fs::write(stage.path("t.jsonl.gz"), &gzip[..gzip.len() - 20]).unwrap();
    let output = replay(&stage, &["t.jsonl.gz"]);
    assert_eq!(output.status.code(), Some(1));
    let sent = stage.collector.stats().events_accepted;
    assert!(sent > 1_900, "{sent} of 2000");
    let message = stderr(&output);
    assert!(message.contains(&format!("beyond line {sent}")), "{message}");
    let preview = replay(&stage, &["t.jsonl.gz", "--dry-run"]);
    assert_eq!(preview.status.code(), Some(1));
    assert!(!preview.stdout.is_empty() && stderr(&preview).contains("beyond line"));
}

#[test]
fn a_line_that_is_too_long_is_set_aside_and_the_rest_goes() {
    let stage = Stage::new(20, CollectorConfig::default());
    let text = fs::read_to_string(stage.timeline()).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let long = format!("{first}\n{{\"x\":\"{}\"}}\n{rest}", "x".repeat(17 << 20));
    fs::write(stage.timeline(), long).unwrap();
    let output = replay(&stage, &["timeline.jsonl", "--resume"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stage.collector.stats().events_accepted, 20);
    let letters = stage.path("timeline.jsonl.dead-letters.jsonl");
    let letter = &lines(&letters)[0];
    assert_eq!(
        (&letter["dead_letter"]["line"], &letter["line_left_out"]),
        (&2.into(), &true.into())
    );
    let again = replay(&stage, &[letters.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "there is nothing to be sent in it");
    assert_eq!(stage.collector.stats().events_accepted, 20);
}

#[test]
fn to_resume_after_dead_letters_says_so_and_equal_lines_are_said_once() {
    let stage = Stage::new(20, CollectorConfig::default());
    let text = fs::read_to_string(stage.timeline()).unwrap();
    fs::write(stage.timeline(), "odd\n".repeat(500) + &text).unwrap();
    let first = replay(&stage, &["timeline.jsonl", "--resume"]);
    assert_eq!(first.status.code(), Some(1));
    let said = stderr(&first);
    assert_eq!(said.lines().filter(|line| line.starts_with("line ")).count(), 2, "{said}");
    assert!(said.contains("(500 times in all)"), "{said}");
    let second = replay(&stage, &["timeline.jsonl", "--resume"]);
    assert_eq!(second.status.code(), Some(1));
    let said = stderr(&second);
    assert!(said.contains("500 events were given up before"), "{said}");
    assert_eq!(stage.collector.stats().events_accepted, 20);
}

#[test]
fn an_event_whose_shifted_time_cannot_be_is_set_aside() {
    let stage = Stage::new(0, CollectorConfig::default());
    let event = |time: &str| {
        format!(r#"{{"event_time":"{time}","event_type":"a","user_id":"u","session_id":"s"}}"#)
            + "\n"
    };
    let text = event("1970-01-01T00:00:00.000Z") + &event("9999-12-31T00:00:00.000Z");
    fs::write(stage.timeline(), text).unwrap();
    let output = replay(&stage, &["timeline.jsonl", "--event-time", "shift"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 2: its new time"), "{}", stderr(&output));
    assert_eq!(stage.received().len(), 1);
    assert_eq!(lines(&stage.path("timeline.jsonl.dead-letters.jsonl")).len(), 1);
}

#[test]
fn control_characters_of_events_do_not_reach_the_terminal() {
    let stage = Stage::new(0, CollectorConfig::default());
    let odd = "{\"event_time\":\"\u{9b}31m\",\"user_id\":\"u\u{7f}\",\"event_type\":\"a\u{9b}\"}\n";
    fs::write(stage.timeline(), odd).unwrap();
    for args in [
        &["timeline.jsonl", "--verbose"][..],
        &["timeline.jsonl", "--dry-run"],
        &["timeline.jsonl", "--from", "2026-01-01T00:00:00Z"],
        &["no\u{9b}file"],
    ] {
        let output = replay(&stage, args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let has_any = text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!has_any && text.contains("9b"), "{args:?}: {text:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_summary_that_nobody_reads_from_its_pipe_can_be_stopped() {
    let stage = Stage::new(3, CollectorConfig::default());
    let pipe = stage.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = command(&stage, &["timeline.jsonl", "--summary", "pipe"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("all is sent", || stage.collector.stats().events_accepted == 3);
    wait_until("it ends", || {
        let _ = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .stderr(Stdio::null())
            .status();
        is_gone(&child)
    });
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_keeps_no_records() {
    let stage = Stage::new(3, CollectorConfig::default());
    assert!(Command::new("mkfifo").arg(stage.path("pipe")).status().unwrap().success());
    for flag in ["--journal", "--dead-letters"] {
        let output = replay(&stage, &["timeline.jsonl", flag, "pipe"]);
        assert_eq!(output.status.code(), Some(1), "{flag}");
        assert!(stderr(&output).contains("pipe: it is a pipe that nobody reads"));
    }
    assert_eq!(stage.collector.stats().requests, 0);
}

/// What a target does not answer any more is no failure of a replay that was stopped.
#[cfg(unix)]
#[test]
fn stopped_while_the_target_hangs_it_exits_130() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let stage = Stage::new(3, CollectorConfig::default());
    let child = Command::new(PROGRAM)
        .args(["replay", "--speed", "max", "--timeout", "1s", "--url", &url])
        .arg(stage.timeline())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (_connection, _) = silent.accept().unwrap();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
}

/// True if a child that was not waited for yet has ended.
#[cfg(unix)]
fn is_gone(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    status.is_ok_and(|status| status.contains("State:\tZ"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_hang_up_is_heeded_as_sigterm_is_unless_it_is_ignored() {
    let stage = Stage::new(20_000, CollectorConfig::default());
    let started = |command: &mut Command, before: u64| {
        let child = command.spawn().unwrap();
        wait_until("some are sent", || stage.collector.stats().events_accepted > before);
        signal(&child, "-HUP");
        child.wait_with_output().unwrap()
    };
    let slow = ["timeline.jsonl", "--rate", "1000/s"];
    let args = |command: &mut Command| {
        command.args(["replay", "--url", &stage.collector.url()]).args(slow);
        command.current_dir(stage.folder.path()).stderr(Stdio::piped());
    };
    // The tests may run where it is ignored, as under nohup.
    let mut plain = Command::new("env");
    plain.args(["--default-signal=HUP", PROGRAM]);
    args(&mut plain);
    let output = started(&mut plain, 0);
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("Total Events:"), "{}", stderr(&output));

    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", PROGRAM]);
    args(&mut ignoring);
    let before = stage.collector.stats().events_accepted;
    let child = ignoring.spawn().unwrap();
    let accepted = |more| stage.collector.stats().events_accepted > before + more;
    wait_until("some are sent", || accepted(0));
    signal(&child, "-HUP");
    wait_until("it goes on", || accepted(500));
    signal(&child, "-TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
}

#[test]
fn run_shows_its_target_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "simulation: { num_users: 1, duration_seconds: 1, api_url: \
                    'http://me:password-4711@127.0.0.1:9/x?token=token-4712&page=2' }";
    fs::write(folder.path().join("s.yaml"), scenario).unwrap();
    let output = run(folder.path(), &["run", "s.yaml", "--speed", "max"]);
    let said = stderr(&output);
    assert!(said.contains("http://me:***@127.0.0.1:9/x?token=***&page=2"), "{said}");
    assert!(!said.contains("471"), "{said}");
}

/// A pipeline that got all that was sent lost nothing, also after a stop.
#[test]
fn a_saved_timeline_has_what_was_sent() {
    let faults =
        FaultConfig { latency: Some("5ms..20ms".parse().unwrap()), ..FaultConfig::default() };
    let stage = Stage::new(0, CollectorConfig { faults, ..CollectorConfig::default() });
    let child = Command::new(PROGRAM)
        .args([
            "run",
            "normal-traffic",
            "--users",
            "100",
            "--speed",
            "100",
            "--save",
            "saved.jsonl",
        ])
        .args(["--url", &stage.collector.url()])
        .current_dir(stage.folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("some are accepted", || stage.collector.stats().events_accepted > 500);
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("Stopped: "), "{}", stderr(&output));
    let saved = lines(&stage.path("saved.jsonl"));
    assert_eq!(ids(&saved), ids(&stage.received()));
    let of_first = |event: &&serde_json::Value| event["user_id"] == saved[0]["user_id"];
    let of_first = saved.iter().filter(of_first).map(|event| event["event_time"].as_str());
    assert!(of_first.is_sorted(), "a user's events are in order");
}

#[test]
fn a_header_that_was_not_quoted_is_not_repeated() {
    let stage = Stage::new(0, CollectorConfig::default());
    for flags in [&["-H", "X-Key:", "secret-4711"][..], &["--bearer", "a", "secret-4711"]] {
        let output = replay(&stage, &[&["timeline.jsonl"], flags].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(!said.contains("4711") && said.contains("quote"), "{said}");
    }
    let said = stderr(&replay(&stage, &["timeline.jsonl", "other.jsonl"]));
    assert!(said.contains("quote") || said.contains("other.jsonl"), "{said}");
}
