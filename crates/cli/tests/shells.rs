//! What shells and `man` make of what the program writes for them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::program::{PROGRAM, run, stdout};

/// True if there is such a program here.
fn is_there(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

#[test]
fn completions_load_in_each_shell_and_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let script = |shell: &str| {
        let text = stdout(&run(folder.path(), &["completions", shell]));
        assert!(text.contains("gauntlet") && text.contains("completions"), "{shell}");
        std::fs::write(folder.path().join(shell), text).unwrap();
    };
    for (shell, loads) in [
        (
            "bash",
            "source ./bash && COMP_WORDS=(event-simulator repl) COMP_CWORD=1 && \
                  _event__simulator event-simulator repl event-simulator && echo ${COMPREPLY[0]}",
        ),
        (
            "zsh",
            "autoload -U compinit && compinit -D -u && source ./zsh && \
                 whence _event-simulator > /dev/null && echo replay",
        ),
        ("fish", "source ./fish; complete -C 'event-simulator repl' | cut -f 1"),
    ] {
        script(shell);
        if shell != "bash" && !is_there(shell) {
            eprintln!("{shell} is not here: its completions were not loaded");
            continue;
        }
        let loaded = Command::new(shell).args(["-c", loads]).current_dir(folder.path()).output();
        let loaded = loaded.unwrap();
        assert_eq!(stdout(&loaded).trim(), "replay", "{shell}: {loaded:?}");
        assert!(loaded.stderr.is_empty(), "{shell}: {loaded:?}");
    }
}

#[test]
fn every_command_has_a_manual_page_that_renders_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["man", "-o", "man"]).status.success());
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = stdout(&help);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut pages = vec!["event-simulator.1".to_owned()];
    let named = commands.filter(|name| !name.is_empty() && *name != "help");
    pages.extend(named.map(|name| format!("event-simulator-{name}.1")));
    assert!(pages.len() > 20, "{pages:?}");
    for page in pages {
        let path = folder.path().join("man").join(&page);
        assert!(path.is_file(), "{page}");
        renders(&path);
    }
}

fn renders(page: &Path) {
    let rendered = Command::new("man").args(["--warnings", "-E", "UTF-8", "-l"]).arg(page).output();
    let Ok(rendered) = rendered else {
        return eprintln!("man is not here: {} was not rendered", page.display());
    };
    assert!(rendered.stderr.is_empty(), "{rendered:?}");
    assert!(stdout(&rendered).contains("SYNOPSIS"), "{rendered:?}");
}
