//! `minimize` as a user runs it: on a pipeline with a planted bug.

#![cfg(unix)]
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use event_simulator::Scenario;
use event_simulator_timeline::SimulationReader;
use tempfile::TempDir;

use super::program::PROGRAM;

/// A folder with a timeline in it.
struct Stage {
    folder: TempDir,
    timeline: String,
}

impl Stage {
    /// About 19 events a user.
    fn new(users: u32) -> Self {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = users;
        scenario.simulation.duration_seconds = 60.0;
        let mut timeline = String::new();
        let simulation = scenario.compile().unwrap().simulate(7);
        SimulationReader::new(simulation).read_to_string(&mut timeline).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("events.jsonl"), &timeline).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder, timeline }
    }

    /// A user who clicks exactly one button in the whole timeline.
    fn user_of_one_click(&self) -> &str {
        let clicks = self.timeline.lines().filter(|line| line.contains("button_clicked"));
        let mut users: HashMap<&str, usize> = HashMap::new();
        clicks.for_each(|line| *users.entry(member(line, "user_id")).or_default() += 1);
        users.into_iter().filter(|(_, clicks)| *clicks == 1).map(|(user, _)| user).min().unwrap()
    }

    fn command(&self, flags: &[&str], pipeline: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(self.folder.path())
            .env("TMPDIR", self.path("tmp"))
            .args(["minimize", "events.jsonl"])
            .args(flags)
            .arg("--")
            .args(pipeline)
            .stdin(Stdio::null());
        command
    }

    fn minimize(&self, flags: &[&str], pipeline: &[&str]) -> Ended {
        Ended::of(self.command(flags, pipeline).output().unwrap())
    }

    /// Minimizes with a pipeline that is a shell script.
    fn minimize_sh(&self, flags: &[&str], script: &str) -> Ended {
        self.minimize(flags, &["sh", "-c", script])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn result(&self) -> String {
        fs::read_to_string(self.path("events.min.jsonl")).unwrap()
    }

    /// Nothing is left of the candidates.
    fn is_clean(&self) -> bool {
        fs::read_dir(self.path("tmp")).unwrap().next().is_none()
    }
}

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }

    #[track_caller]
    fn check(&self, code: i32, says: &str) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(self.stderr.contains(says), "{}", self.stderr);
    }
}

/// The text of a member of an event's line.
fn member<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, value) = line.split_once(&format!("\"{name}\":\"")).unwrap();
    value.split('"').next().unwrap()
}

fn types(timeline: &str) -> Vec<&str> {
    timeline.lines().map(|line| member(line, "event_type")).collect()
}

/// Fails with exit code 3 when `user` clicks a button.
fn stumbles_over(user: &str) -> String {
    format!("if grep '\"{user}\"' {{}} | grep -q button_clicked; then echo bad click; exit 3; fi")
}

const A_CLICK: [&str; 3] = ["session_created", "page_visited", "button_clicked"];

#[test]
fn a_bug_with_one_user_in_100_000_events_becomes_three_of_them_for_any_number_of_jobs() {
    let stage = Stage::new(5_500);
    assert!(stage.timeline.lines().count() > 100_000);
    let user = stage.user_of_one_click();
    let ended = stage.minimize_sh(&[], &stumbles_over(user));
    ended.check(0, "events.min.jsonl: 3 events in 1 session of 1 user_id\nof 1");
    ended.check(0, "if the command is to end with exit == 3\nOn them it says:\n  bad click\n");
    assert_eq!(ended.stdout, "");
    let result = stage.result();
    assert_eq!(types(&result), A_CLICK);
    assert!(result.lines().all(|line| stage.timeline.contains(line) && line.contains(user)));

    let flags = ["--jobs", "4", "--interesting-if", "exit != 0", "--output", "-"];
    let ended = stage.minimize_sh(&flags, &stumbles_over(user));
    ended.check(0, "3 events");
    assert_eq!(ended.stdout, result);
    assert!(stage.is_clean());
}

#[test]
fn a_bug_of_two_users_together_is_found_in_the_output_from_compressed_input_and_on_stdin() {
    let stage = Stage::new(500);
    let mut lines = stage.timeline.lines();
    let (one, other) = (lines.next().unwrap(), lines.next_back().unwrap());
    let (one, other) = (member(one, "user_id"), member(other, "user_id"));
    let zstd = zstd::encode_all(stage.timeline.as_bytes(), 1).unwrap();
    fs::write(stage.path("events.jsonl"), zstd).unwrap();
    let script = format!("grep -o -e '\"{one}\"' -e '\"{other}\"' | sort | uniq | tr -d '\\n'");
    let (first, second) = (one.min(other), one.max(other));
    let ended =
        stage.minimize_sh(&["--jobs", "3", "--grep", &format!("\"{first}\"\"{second}\"")], &script);
    ended.check(0, "2 events in 2 sessions of 2 user_ids");
    assert_eq!(types(&stage.result()), ["session_created", "session_created"]);
}

#[test]
fn a_line_that_is_not_json_can_be_the_one() {
    let stage = Stage::new(100);
    let mut timeline: Vec<&str> = stage.timeline.lines().collect();
    timeline.insert(300, "{\"event_id\":oops");
    fs::write(stage.path("events.jsonl"), timeline.join("\n")).unwrap();
    stage
        .minimize(&["--interesting-if", "exit == 0"], &["grep", "oops", "{}"])
        .check(0, "events.min.jsonl: 1 other line\nof ");
    assert_eq!(stage.result(), "{\"event_id\":oops\n");
}

#[test]
fn a_command_that_hangs_is_killed_with_its_children_and_can_be_what_is_looked_for() {
    let stage = Stage::new(100);
    let user = stage.user_of_one_click();
    let script = format!(
        "if grep -q '\"{user}\"' {{}}; then sleep 1000 & echo $! >> pids; wait; exit 0; fi"
    );
    let ended = stage.minimize_sh(&["--run-timeout", "200ms"], &script);
    ended.check(0, "if the command is to end with exit == 124");
    assert_eq!(types(&stage.result()), ["session_created"]);
    let pids = fs::read_to_string(stage.path("pids")).unwrap();
    assert!(pids.lines().count() > 3);
    pids.lines().for_each(wait_until_gone);
    assert!(stage.is_clean());
}

/// Returns when a process that was killed is no more than an entry in the table of processes.
fn wait_until_gone(pid: &str) {
    let limit = Instant::now() + Duration::from_secs(20);
    let is_gone = || {
        let status = fs::read_to_string(format!("/proc/{pid}/status"));
        status.map_or(true, |status| status.contains("State:\tZ"))
    };
    while !is_gone() {
        assert!(Instant::now() < limit, "{pid} still runs");
        thread::yield_now();
    }
}

#[test]
fn ctrl_c_and_sigterm_kill_what_runs_and_leave_the_best_so_far() {
    let stage = Stage::new(100);
    let user = stage.user_of_one_click();
    for signal in ["INT", "TERM"] {
        let script = format!(
            "grep -q '\"{user}\"' {{}} || exit 0
             if [ $(wc -l < {{}}) -lt 400 ]; then
               sleep 1000 & echo $! > pid; kill -{signal} $PPID; wait
             fi
             exit 3"
        );
        let ended = stage.minimize_sh(&[], &script);
        ended.check(130, "Interrupted: more can perhaps be left out");
        wait_until_gone(fs::read_to_string(stage.path("pid")).unwrap().trim());
        let lines = stage.result().lines().count();
        assert!((400..stage.timeline.lines().count()).contains(&lines), "{lines}");
        assert!(stage.result().contains(user));
        assert!(stage.is_clean());
    }
}

#[test]
fn a_time_limit_ends_the_search_and_leaves_the_best_so_far() {
    let stage = Stage::new(100);
    let user = stage.user_of_one_click();
    let script = format!(
        "grep -q '\"{user}\"' {{}} || exit 0
         if [ $(wc -l < {{}}) -lt 400 ]; then sleep 1000; fi
         exit 3"
    );
    let ended = stage.minimize_sh(&["--time-limit", "2s"], &script);
    ended.check(0, "The time limit ended the search: more can perhaps be left out");
    assert!(stage.result().contains(user));
    let ended = stage.minimize_sh(&["--time-limit", "100ms"], "sleep 1000");
    ended.check(1, "time limit ended before the command had ended on the whole timeline");
}

#[test]
fn where_there_is_nothing_to_look_for_it_says_so() {
    let stage = Stage::new(5);
    let nothing = "ended with exit code 0, so there is no failure to look for";
    stage.minimize(&[], &["true"]).check(1, nothing);
    let not_so = "ended with exit code 1, and not with exit == 3; it said:\n  no luck\n";
    stage.minimize_sh(&["--interesting-if", "exit == 3"], "echo no luck; exit 1").check(1, not_so);
    let not_so = "exit code 0, and not with exit == 0 and \"KeyError\" in its output\n";
    stage.minimize(&["--grep", "KeyError"], &["true"]).check(1, not_so);
    let always = "with exit == 1 on an empty timeline too, so no event is to blame";
    stage.minimize(&[], &["false"]).check(1, always);
    assert!(!stage.path("events.min.jsonl").exists());
}

#[test]
fn a_command_that_does_not_always_do_the_same_is_found_out() {
    let stage = Stage::new(100);
    let user = stage.user_of_one_click();
    let script = format!(
        "grep -q '\"{user}\"' {{}} || exit 0
         [ $(wc -l < {{}}) -gt 1 ] || mkdir seen || exit 0
         exit 3"
    );
    let ended = stage.minimize_sh(&[], &script);
    ended.check(1, "does not always do the same");
    assert_eq!(stage.result().lines().count(), 1);
}

/// Every third run is a success, whatever it is run on.
#[test]
fn a_command_that_fails_now_and_then_is_found_out_or_run_more_often() {
    let script = |user: &str| {
        let counted = "n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n > count";
        format!("{counted}; [ $((n % 3)) -ne 0 ] || exit 0; {}", stumbles_over(user))
    };
    let stage = Stage::new(60);
    let user = stage.user_of_one_click().to_owned();
    stage.minimize_sh(&[], &script(&user)).check(1, "--repeat 5 takes a candidate as failing");
    stage.minimize_sh(&["--repeat", "3"], &script(&user)).check(0, "3 events in 1 session");
    assert_eq!(types(&stage.result()), A_CLICK);
}

#[test]
fn wrong_usage_is_explained_before_anything_is_searched() {
    let stage = Stage::new(5);
    stage.minimize(&[], &["no-such-program", "{}"]).check(2, "cannot run no-such-program: ");
    stage.minimize(&["-o", "events.jsonl"], &["false"]).check(2, "is the timeline itself");
    stage.minimize(&["-o", "no/such/folder"], &["false"]).check(1, "cannot write no/such/folder");
    stage.minimize(&["--interesting-if", "exit > 0"], &["false"]).check(2, "'exit != 0'");
    for (bytes, reason) in [(&b""[..], "empty"), (b"event_id,event_time,event_type\n", "CSV")] {
        fs::write(stage.path("events.jsonl"), bytes).unwrap();
        stage.minimize(&[], &["false"]).check(1, reason);
    }
}
