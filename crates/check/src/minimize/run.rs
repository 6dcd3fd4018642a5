//! One run of a command on one timeline.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::wanted::output_path;
use super::{Ran, TIMED_OUT};

const PLACE: &str = "{}";

/// A command and its arguments, run as they stand, without a shell.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub program: OsString,
    /// Its arguments. Each `{}` in them stands for the path of the timeline; if there is none, the
    /// timeline comes on standard input.
    pub args: Vec<OsString>,
}

/// Why a command could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no such program, or it is not one.
    #[error("cannot run {program}: {source}", program = .program.display())]
    Start {
        /// The program.
        program: OsString,
        /// What the operating system said.
        source: io::Error,
    },
    /// The files of a run could not be written or read.
    #[error("cannot keep candidates in {folder}: {source}; TMPDIR names another place")]
    Files {
        /// The folder.
        folder: String,
        /// What the operating system said.
        source: io::Error,
    },
}

impl CommandLine {
    /// Starts the command on the timeline at `path`; its output goes to a file in `folder`.
    pub(super) fn start(
        &self,
        path: &Path,
        folder: TempDir,
        timeout: Option<Duration>,
    ) -> Result<Run, RunError> {
        let files =
            |source| RunError::Files { folder: folder.path().display().to_string(), source };
        let output = File::create(output_path(&folder)).map_err(files)?;
        let input = if self.takes_a_path() {
            Stdio::null()
        } else {
            File::open(path).map_err(files)?.into()
        };
        let mut command = Command::new(with_path(&self.program, path));
        command
            .args(self.args.iter().map(|arg| with_path(arg, path)))
            .stdin(input)
            .stdout(output.try_clone().map_err(files)?)
            .stderr(output)
            .kill_on_drop(true);
        // A group of its own: the terminal's Ctrl+C passes it by, and it can be ended as a whole.
        #[cfg(unix)]
        command.process_group(0);
        match command.spawn() {
            Ok(child) => Ok(Run { child, folder: Some(folder), timeout }),
            Err(source) => Err(RunError::Start { program: self.program.clone(), source }),
        }
    }

    fn takes_a_path(&self) -> bool {
        self.args.iter().chain([&self.program]).any(|arg| arg.to_string_lossy().contains(PLACE))
    }
}

/// An argument with the path in its places. One that is not UTF-8 is left as it is.
fn with_path(arg: &OsStr, path: &Path) -> OsString {
    match arg.to_str() {
        Some(text) => text.replace(PLACE, &path.to_string_lossy()).into(),
        None => arg.to_owned(),
    }
}

/// A run under way. Dropped before its end, it is killed, with all processes of its group.
pub(super) struct Run {
    child: Child,
    folder: Option<TempDir>,
    timeout: Option<Duration>,
}

impl Run {
    /// Waits for its end, or ends it when its time is up.
    pub(super) async fn finish(mut self) -> io::Result<Ran> {
        let status = match self.timeout {
            None => Some(self.child.wait().await?),
            Some(limit) => tokio::time::timeout(limit, self.child.wait()).await.ok().transpose()?,
        };
        if status.is_none() {
            self.kill();
            self.child.wait().await?;
        }
        let folder = self.folder.take().ok_or(io::ErrorKind::NotFound)?;
        Ok(Ran { exit: status.map_or(TIMED_OUT, exit_code), folder })
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) =
            self.child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32))
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.kill();
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(1)
}
