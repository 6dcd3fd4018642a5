//! What the README and the pages of commands show is what happens.

#![cfg(unix)]

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use event_simulator_collector::{Collector, CollectorConfig};
use tempfile::{TempDir, tempdir};

use super::program::PROGRAM;

/// Runs each command of the README's `console` blocks in one folder, and holds what is printed against what
/// stands there. `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_readme_shows_what_happens() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(&file).unwrap();
    let folder = tempdir().unwrap();
    let mut written = String::new();
    let mut lines = text.lines().peekable();
    let (mut is_console, mut commands) = (false, 0);
    while let Some(line) = lines.next() {
        written.extend([line, "\n"]);
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => is_console = line == "```console",
            Some(command) if is_console => {
                commands += 1;
                let mut shown = String::new();
                while let Some(line) = lines.next_if(|l| !l.starts_with("$ ") && *l != "```") {
                    shown.extend([line, "\n"]);
                }
                let printed = printed(folder.path(), command);
                let is_same = without_timing(&shown) == without_timing(&printed);
                written += if is_same { &shown } else { &printed };
            }
            _ => {}
        }
    }
    assert!(commands >= 4, "{commands}");
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&file, written).unwrap();
    } else {
        assert_eq!(text, written);
    }
}

/// Both outputs of a command, as a terminal shows them.
fn printed(folder: &Path, command: &str) -> String {
    String::from_utf8(shell(folder, &format!("{{ {command}\n}} 2>&1")).stdout).unwrap()
}

/// A script, run where the program is on the path.
fn shell(folder: &Path, script: &str) -> Output {
    let program_folder = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{program_folder}:{}", env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(folder).env("PATH", path).output().unwrap()
}

/// Each line of a page's `sh` blocks does well, or ends with the exit code that its comment names.
fn run_scripts(page: &str) -> usize {
    let mut lines = 0;
    for block in page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let checked = |line: &str| {
            let exit = line.split_once("# exit code ").map_or("0", |(_, rest)| &rest[..1]);
            let is_background = line.split('#').next().unwrap().trim_end().ends_with('&');
            let check = format!("[ $? = {exit} ] || exit 1");
            format!("{line}\n{}\n", if is_background { "" } else { &check })
        };
        let script: String = block.lines().map(checked).collect();
        let script = format!("set -x\n{}", script.replace("8000", &port.to_string()));
        lines += block.lines().count();
        let output = shell(tempdir().unwrap().path(), &script);
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{said}");
    }
    lines
}

/// Each command in backticks, in order; of those that need others or do not end, the flags are read.
fn run_commands(page: &str, folder: &Path) -> usize {
    const NOT_RUN: [&str; 6] = ["demo", "watch", "collector", "dbt", "kafka:", "api.segment.io"];
    let collector = Collector::start(CollectorConfig { port: 0, ..Default::default() }).unwrap();
    let port = collector.addr().port().to_string();
    let commands = page.split('`').skip(1).step_by(2);
    let commands: Vec<_> = commands.filter(|text| text.starts_with("event-simulator ")).collect();
    for command in &commands {
        // Flags are what is tested, not the time that large runs take.
        let mut command = command.replace("8000", &port).replace("--users 10000", "--users 100");
        command =
            command.replace("--speed 600", "--speed max").replace("--speed 60", "--speed max");
        command = command.replace("gauntlet --", "gauntlet --no-minimize --");
        if NOT_RUN.iter().any(|word| command.contains(word)) {
            command += " --help";
        }
        // All to one collector, and as fast as it takes them.
        let sends = ["run", "replay"].iter().any(|name| command.split(' ').nth(1) == Some(*name));
        let lacks = |flag: &str| sends && !command.contains(flag);
        let mut flags = Vec::new();
        flags.extend(lacks("--speed").then(|| " --speed max".to_owned()));
        flags.extend(lacks("--url").then(|| format!(" --url http://localhost:{port}/api/events")));
        flags.extend(
            command.starts_with("event-simulator run").then(|| " --duration 1m".to_owned()),
        );
        command.extend(flags);
        let output = shell(folder, &command);
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code().unwrap();
        // What is held against something else differs from it.
        let may_differ =
            ["verify", "diff", "gauntlet"].map(|name| format!("event-simulator {name} "));
        let differs = code == 1 && may_differ.iter().any(|name| command.starts_with(name));
        assert!((code == 0 || differs) && !said.contains("error:"), "{command}: {code}\n{said}");
    }
    commands.len()
}

#[test]
fn the_scripts_of_the_readme_and_the_guide_run_as_they_stand() {
    assert!(run_scripts(include_str!("../../../README.md")) >= 10);
    assert_eq!(run_scripts(include_str!("../../../docs/guide.md")), 2);
}

/// A folder with the files that commands of the pages read.
fn prepared() -> TempDir {
    let folder = tempdir().unwrap();
    let script = "set -e
        printf 'faults: { duplicates: { share: 0.1, delay: 1s } }\n' > my.yaml
        printf 'import sys\nsys.exit(\"page_closed\" in open(sys.argv[1]).read())\n' > pipeline.py
        event-simulator generate my.yaml -o golden.jsonl
        event-simulator generate my.yaml --seed 2 -o new.jsonl
        event-simulator generate my.yaml --without-faults --shard 0/2 -o part-0.jsonl
        event-simulator generate my.yaml --without-faults --shard 1/2 -o part-1.jsonl
        event-simulator generate -o events.jsonl
        cp events.jsonl received.jsonl && cp events.jsonl cleaned.jsonl
        event-simulator expect golden.jsonl -o warehouse
        event-simulator plan --json > RESULTS.json
        cp RESULTS.json BEFORE.json && cp RESULTS.json AFTER.json";
    let output = shell(folder.path(), script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn the_commands_of_the_pages_run_as_they_stand() {
    let pages = [
        (include_str!("../../../docs/commands.md"), 25),
        (include_str!("../../../docs/guide.md"), 15),
    ];
    for (page, least) in pages {
        assert!(run_commands(page, prepared().path()) >= least);
    }
}

/// A text without how long something took.
fn without_timing(text: &str) -> String {
    let line = |line: &str| match line.split_once(", in ") {
        Some((before, after)) if after.ends_with("/s)") => before.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
