//! A step of the demo: a command of this program, run as it is shown.

use std::env::current_exe;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::args::html::quoted;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::screen;

/// The program in a command that is shown.
pub(super) const PROGRAM: &str = "event-simulator";

/// The pause between two looks whether a command has ended.
const PAUSE: Duration = Duration::from_millis(10);
/// The time that a command has to end when it is told to.
const GRACE: Duration = Duration::from_secs(3);

/// A command and what is expected of it.
pub(super) struct DemoStep<'a> {
    words: Vec<&'a str>,
    /// The file that gets its standard output.
    output: Option<&'a str>,
    /// Its exit code.
    exit: i32,
}

impl<'a> DemoStep<'a> {
    /// A command that prints its result and does well.
    pub(super) fn new(words: &[&'a str]) -> Self {
        Self { words: words.to_vec(), output: None, exit: 0 }
    }

    /// This command with its standard output in a file.
    pub(super) fn into_file(self, name: &'a str) -> Self {
        Self { output: Some(name), ..self }
    }

    /// This command where it ends with another exit code.
    pub(super) fn ending_with(self, exit: i32) -> Self {
        Self { exit, ..self }
    }

    /// The command as a person gives it.
    pub(super) fn shown(&self) -> String {
        let words = self.words.iter().map(|word| quoted(word));
        let redirect = self.output.map(|file| format!("> {file}"));
        let line: Vec<_> = [PROGRAM.to_owned()].into_iter().chain(words).chain(redirect).collect();
        line.join(" ")
    }

    /// Runs it in a folder, to its end or until Ctrl+C.
    pub(super) fn run(
        &self,
        folder: &Path,
        is_silent: bool,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let program = current_exe().map_err(Failure::io("cannot find this program"))?;
        let mut command = Command::new(&program);
        command.current_dir(folder).arg(screen::color_flag()).stdin(Stdio::null());
        if is_silent || screen::is_quiet() {
            command.arg("--quiet").stdout(Stdio::null());
        }
        command.args(self.words.iter().map(|word| match *word {
            PROGRAM => program.clone().into_os_string(),
            word => OsString::from(word),
        }));
        if let Some(name) = self.output {
            let file = File::create(folder.join(name));
            command.stdout(file.map_err(Failure::io(format!("cannot write {name}")))?);
        }
        // Of its own group, so that Ctrl+C reaches it once, by this program, wherever it came from.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let cannot_run = || Failure::io(format!("cannot run {}", self.shown()));
        let mut child = command.spawn().map_err(cannot_run())?;
        let ended = ended(&mut child, interrupt).map_err(cannot_run())?;
        match ended.ok_or(Failure::Interrupted)?.code() {
            Some(code) if code == self.exit => Ok(()),
            Some(130) => Err(Failure::Interrupted),
            code => Err(Failure::Failed(format!(
                "{} ended with exit code {}, not {}",
                self.shown(),
                code.map_or("none".to_owned(), |code| code.to_string()),
                self.exit
            ))),
        }
    }
}

/// How a child ended; nothing if it was told to.
fn ended(child: &mut Child, interrupt: &Interrupt) -> std::io::Result<Option<ExitStatus>> {
    while !interrupt.is_pressed() {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(PAUSE);
    }
    tell_to_end(child);
    let told = Instant::now();
    while child.try_wait()?.is_none() {
        if told.elapsed() > GRACE {
            child.kill()?;
        }
        sleep(PAUSE);
    }
    Ok(None)
}

#[cfg(unix)]
fn tell_to_end(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
    }
}

/// Ctrl+C reaches all programs of a console.
#[cfg(windows)]
fn tell_to_end(_: &Child) {}
