//! What every command shows: colour, silence, JSON, and nothing that a terminal would obey.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::program::{PROGRAM, assert_snapshot, run, stderr, stdout};

/// A folder with a timeline, what a pipeline made of it, and tables of both.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &["generate", "quick-test", "--users", "3", "-o", "sent.jsonl"]);
    assert!(made.status.success());
    let sent = fs::read_to_string(folder.path().join("sent.jsonl")).unwrap();
    let mut lines: Vec<&str> = sent.lines().collect();
    lines.remove(4);
    lines.push(lines[0]);
    fs::write(folder.path().join("received.jsonl"), lines.join("\n") + "\n").unwrap();
    folder
}

const VERIFY: [&str; 5] = ["verify", "--sent", "sent.jsonl", "--received", "received.jsonl"];
const DIFF: [&str; 3] = ["diff", "sent.jsonl", "received.jsonl"];
const SEND: [&str; 6] = ["replay", "sent.jsonl", "--speed", "max", "--url", "file:out.jsonl"];
const MINIMIZE: [&str; 10] = [
    "minimize",
    "sent.jsonl",
    "-o",
    "min.jsonl",
    "--interesting-if",
    "exit == 0",
    "--",
    "grep",
    "page_visited",
    "{}",
];

/// Every command that reports, its exit code, and a key of its JSON.
const REPORTING: [(&[&str], i32, &str); 14] = [
    (&["check", "normal-traffic"], 0, "0.ok"),
    (&["plan", "normal-traffic"], 0, "events"),
    (&["generate", "quick-test", "-o", "made.jsonl"], 0, "elapsed_seconds"),
    (&["generate", "quick-test", "--check", "sent.jsonl"], 1, "comparison"),
    (&["merge", "sent.jsonl", "-o", "merged.jsonl"], 0, "blake3"),
    (&["deliver", "quick-test", "--every", "5m", "-o", "batches"], 0, "batches"),
    (&["stats", "sent.jsonl", "--scenario", "quick-test"], 0, "mix.p_value"),
    (&["expect", "sent.jsonl", "-o", "expected"], 0, "tables"),
    (&VERIFY, 1, "counts.missing"),
    (&DIFF, 1, "total.removed"),
    (&MINIMIZE, 0, "left.events"),
    (&["gauntlet", "--only", "late", "--no-minimize", "--", "true", "{out}"], 1, "cases"),
    (&SEND, 0, "delivered"),
    (&["run", "quick-test", "--speed", "max", "--url", "file:run.jsonl"], 0, "delivered"),
];

/// The arguments with a flag before what is for another command.
fn with(arguments: &[&str], flag: &str) -> Vec<String> {
    let at = arguments.iter().position(|word| *word == "--").unwrap_or(arguments.len());
    let (own, others) = arguments.split_at(at);
    [own, &[flag], others].concat().into_iter().map(str::to_owned).collect()
}

fn run_with(folder: &Path, arguments: &[&str], flag: &str) -> Output {
    let arguments = with(arguments, flag);
    run(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn every_command_that_reports_has_its_result_as_json_and_no_report_beside_it() {
    for (arguments, exit, key) in REPORTING {
        let folder = folder();
        let output = run_with(folder.path(), arguments, "--json");
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", stderr(&output));
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", stdout(&output)));
        let found = json.pointer(&format!("/{}", key.replace('.', "/")));
        assert!(found.is_some_and(|found| !found.is_null()), "{arguments:?}: {key}: {json:#}");
        let said = stderr(&output);
        assert!(!said.contains("OK: ") && !said.contains("Statistics"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_quiet_command_says_nothing() {
    for (arguments, exit, _) in REPORTING {
        let folder = folder();
        let output = run_with(folder.path(), arguments, "--quiet");
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", stderr(&output));
        assert_eq!(
            (stdout(&output), stderr(&output)),
            (String::new(), String::new()),
            "{arguments:?}"
        );
    }
    let folder = folder();
    let data = run(folder.path(), &["generate", "quick-test", "--quiet"]);
    assert!(!data.stdout.is_empty() && data.stderr.is_empty(), "data is not a report");
    let wrong = run(folder.path(), &["stats", "nothing.jsonl", "--quiet"]);
    assert!(stderr(&wrong).starts_with("error: "), "an error is said all the same");
}

#[test]
fn the_outcome_is_the_first_line() {
    let folder = folder();
    for (arguments, first) in [
        (&VERIFY[..], "Not OK: 1 missing, 1 duplicated"),
        (&["verify", "--sent", "sent.jsonl", "--received", "sent.jsonl"], "OK: nothing is missing"),
        (&DIFF, "Not OK: 1 added, 1 removed"),
        (&["check", "quick-test"], "OK: quick-test"),
        (&["gauntlet", "--only", "late", "--no-minimize", "--", "true", "{out}"], "Not OK: 0 of 1"),
    ] {
        let output = run(folder.path(), arguments);
        assert!(stdout(&output).starts_with(first), "{arguments:?}: {}", stdout(&output));
    }
    let sent = stderr(&run(folder.path(), &SEND));
    let lines: Vec<&str> = sent.lines().collect();
    assert_eq!(lines[0], "sent.jsonl to out.jsonl, as fast as the target takes them; Ctrl+C stops");
    assert!(lines[1].starts_with("OK: ") && lines[1].contains(" events delivered in "), "{sent}");
}

/// The command's standard output with these variables.
fn colored(folder: &Path, flags: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(PROGRAM);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let command = command.args(VERIFY).args(flags).current_dir(folder);
    stdout(&command.envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn colour_is_there_where_it_is_wanted_and_adds_nothing_to_the_words() {
    let folder = folder();
    let plain = colored(folder.path(), &[], &[]);
    assert!(!plain.contains('\u{1b}'));
    let always = colored(folder.path(), &["--color", "always"], &[]);
    assert_eq!(colored(folder.path(), &[], &[("CLICOLOR_FORCE", "1")]), always);
    assert_eq!(colored(folder.path(), &["--color=never"], &[("CLICOLOR_FORCE", "1")]), plain);
    assert_eq!(colored(folder.path(), &[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), plain);
    assert_snapshot("verify-colour", &always.replace('\u{1b}', "ESC"));
    let without = always.split('\u{1b}').enumerate();
    let without =
        without.map(|(i, part)| if i == 0 { part } else { part.split_once('m').unwrap().1 });
    assert_eq!(without.collect::<String>(), plain);
}

#[test]
fn hostile_names_are_text_in_every_report() {
    const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpj\u{2066}\r";
    let folder = folder();
    let sent = fs::read_to_string(folder.path().join("sent.jsonl")).unwrap();
    let name = serde_json::to_string(HOSTILE).unwrap();
    let hostile = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in lines.iter_mut().step_by(2) {
            let mut event: Value = serde_json::from_str(line).unwrap();
            for field in ["event_type", "user_id", "session_id", "page_path"] {
                event[field] = serde_json::from_str(&name).unwrap();
            }
            *line = event.to_string();
        }
        lines.join("\n") + "\n"
    };
    let file = "a\u{1b}[31m\u{202e}b.jsonl";
    fs::write(folder.path().join(file), hostile(&sent)).unwrap();
    for arguments in [
        &["stats", file][..],
        &["stats", file, "--scenario", "quick-test", "--json"],
        &["diff", "sent.jsonl", file],
        &["diff", file, "sent.jsonl", "--json"],
        &["verify", "--sent", "sent.jsonl", "--received", file, "--color", "never"],
        &["verify", "--sent", file, "--received", "sent.jsonl", "--json"],
        &["expect", file],
        &["minimize", file, "--", "true"],
        &["check", file],
        &["generate", "quick-test", "--check", file],
        &["replay", file, "--speed", "max", "--url", "http://127.0.0.1:9/", "--verbose"],
        &["replay", file, "--speed", "max", "--url", "file:out.jsonl", "--verbose"],
        &["replay", file, "--speed", "max", "--dry-run"],
    ] {
        let output = run(folder.path(), arguments);
        let said = stdout(&output) + &stderr(&output);
        let is_obeyed = |c: &char| {
            c.is_control() && !"\n\t".contains(*c) || ('\u{202a}'..='\u{2069}').contains(c)
        };
        assert_eq!(said.chars().find(is_obeyed), None, "{arguments:?}: {said:?}");
    }
}

/// What a command shows on a terminal, of that kind.
#[cfg(target_os = "linux")]
fn on_terminal(folder: &Path, kind: &str, command: &str) -> String {
    let output = Command::new("script")
        .args(["-qec", command, "/dev/null"])
        .env("TERM", kind)
        .current_dir(folder)
        .output();
    stdout(&output.unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_dumb_terminal_gets_no_lines_that_are_drawn_over() {
    let folder = folder();
    let command = format!("{PROGRAM} diff sent.jsonl received.jsonl --json");
    let screen = on_terminal(folder.path(), "dumb", &command);
    assert!(screen.contains("\"removed\""), "{screen}");
    assert!(!screen.contains("comparing") && !screen.contains('\x1b'), "{screen}");
}

/// A collector or a replay in the background shares the terminal with what is typed there.
#[cfg(target_os = "linux")]
#[test]
fn what_runs_in_the_background_draws_no_lines() {
    let folder = folder();
    // `script` gives a terminal, and `set -m` a job of its own.
    let job = format!("set -m; {PROGRAM} diff sent.jsonl received.jsonl --json & wait; true");
    let shell = format!("bash -c '{job}'");
    let screen = on_terminal(folder.path(), "xterm", &shell);
    assert!(screen.contains("\"removed\""), "{screen}");
    assert!(!screen.contains("comparing") && !screen.contains('\x1b'), "{screen}");
}
