//! `demo` tells its story to the end, and leaves nothing when it is stopped.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::tempdir;

use super::program::{PROGRAM, run, stderr, stdout};

/// A program in front of which there is a proxy that nobody answers at.
fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("demo").args(arguments).stdin(Stdio::null());
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"] {
        command.env(name, "http://192.0.2.1:9");
    }
    command
}

#[test]
fn the_demo_finds_what_was_lost_and_doubled_and_the_bug() {
    let folder = tempdir().unwrap();
    let output = demo(&["-o", "demo", "--json"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let result: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let number = |name: &str| result[name].as_u64().unwrap();
    let [sent, missing, doubled] = ["sent", "missing", "duplicated"].map(number);
    // The same each time, so that a person sees what the pictures of the README show.
    assert_eq!([missing, doubled], [43, 57], "{result}");
    // The file of what was received agrees.
    let received = fs::read_to_string(result["received"].as_str().unwrap()).unwrap();
    assert_eq!(received.lines().count() as u64, sent - missing + doubled, "{result}");
    assert_eq!(number("minimal_events"), 5, "{result}");
    let page = fs::read_to_string(result["report"].as_str().unwrap()).unwrap();
    assert!(page.contains("scattered evenly"));
    // The bug is one of what is left, and of no less.
    let minimal = result["minimal"].as_str().unwrap();
    let pipeline = run(folder.path(), &["demo", "--pipeline", minimal]);
    assert_eq!(stderr(&pipeline), "error: orders from carts: 0 by user_id, but 1 by session_id\n");
}

#[cfg(unix)]
#[test]
fn a_demo_that_is_stopped_leaves_nothing() {
    use std::io::{BufRead, BufReader};
    let temporary = tempdir().unwrap();
    let mut child = demo(&[])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    for line in told.lines() {
        if line.unwrap().contains("event-simulator replay") {
            let id = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
            break;
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
