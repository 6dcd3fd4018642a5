//! One run of a command on one timeline.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::completed::{CompletedRun, TIMED_OUT};
use super::run_error::RunError;

/// A command and its arguments, run as they stand, without a shell.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub program: OsString,
    /// Its arguments, in which words such as `{}` stand for paths.
    pub args: Vec<OsString>,
}

impl CommandLine {
    /// The command with paths in the places of words.
    #[must_use]
    pub fn with_paths(&self, places: &[(&str, &Path)]) -> Self {
        let filled = |arg: &OsString| {
            places.iter().fold(arg.clone(), |arg, (place, path)| with_path(&arg, place, path))
        };
        Self { program: filled(&self.program), args: self.args.iter().map(filled).collect() }
    }

    /// True if the word stands somewhere in the command.
    pub fn mentions(&self, place: &str) -> bool {
        self.args.iter().chain([&self.program]).any(|arg| arg.to_string_lossy().contains(place))
    }

    /// Starts the command, with a file on its standard input if one is named, and a folder that is kept while it
    /// runs.
    pub(crate) fn start(
        &self,
        input: Option<&Path>,
        folder: Option<TempDir>,
        timeout: Option<Duration>,
    ) -> Result<RunningCommand, RunError> {
        let shown = folder.as_ref().map_or_else(std::env::temp_dir, |dir| dir.path().to_owned());
        let files = |source| RunError::Files { folder: shown.display().to_string(), source };
        // Without a name: the command may empty its folder.
        let output = tempfile::tempfile().map_err(files)?;
        let input = match input {
            Some(path) => File::open(path).map_err(files)?.into(),
            None => Stdio::null(),
        };
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .stdin(input)
            .stdout(output.try_clone().map_err(files)?)
            .stderr(output.try_clone().map_err(files)?);
        // A group of its own: the terminal's Ctrl+C passes it by, and it can be ended as a whole.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        match command.spawn() {
            Ok(child) => Ok(RunningCommand {
                group: ProcessGroup(child),
                deadline,
                is_late: false,
                output,
                folder,
            }),
            Err(source) => Err(RunError::Start { program: self.program.clone(), source }),
        }
    }
}

/// An argument with the path in its places. One that is not UTF-8 is left as it is.
fn with_path(arg: &OsStr, place: &str, path: &Path) -> OsString {
    match arg.to_str() {
        Some(text) => text.replace(place, &path.to_string_lossy()).into(),
        None => arg.to_owned(),
    }
}

/// A run under way. Dropped before its end, it is killed, with all processes of its group.
pub(crate) struct RunningCommand {
    group: ProcessGroup,
    deadline: Option<Instant>,
    is_late: bool,
    output: File,
    folder: Option<TempDir>,
}

impl RunningCommand {
    /// The exit code, if the command has ended. One whose time is up is killed.
    pub(crate) fn poll(&mut self) -> io::Result<Option<i32>> {
        if let Some(status) = self.group.0.try_wait()? {
            return Ok(Some(if self.is_late { TIMED_OUT } else { exit_code(status) }));
        }
        if !self.is_late && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.is_late = true;
            self.group.kill();
        }
        Ok(None)
    }

    /// The run after its end. What it left running is killed.
    pub(crate) fn completed(self, exit: i32) -> CompletedRun {
        let Self { output, group, folder, .. } = self;
        drop((group, folder));
        CompletedRun::new(exit, output)
    }
}

/// A process and all that it started.
struct ProcessGroup(Child);

impl ProcessGroup {
    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id() as i32) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
        let _ = self.0.wait();
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(1)
}
