//! What the README shows is what happens.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::program::PROGRAM;

/// Runs each command of the README's `console` blocks in one folder, and holds what is printed against what
/// stands there. `INSTA_UPDATE=always` writes it anew.
#[cfg(unix)]
#[test]
fn the_readme_shows_what_happens() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
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
    let program_folder = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{program_folder}:{}", env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A text without how long something took.
fn without_timing(text: &str) -> String {
    let line = |line: &str| match line.split_once(", in ") {
        Some((before, after)) if after.ends_with("/s)") => before.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
