//! The file of accepted events.

use std::io;
use std::path::{Path, PathBuf};

use event_simulator_timeline::AppendFile;

use crate::error::CollectorError;

/// A file of lines. Whole lines go to the operating system before their request is answered, so what
/// was answered 200 survives the end of this process, however it comes.
#[derive(Debug)]
pub(crate) struct EventLog {
    path: PathBuf,
    file: AppendFile,
}

impl EventLog {
    /// Opens or creates the file, and keeps what stands in it if `append` says so.
    pub(crate) fn open(path: PathBuf, append: bool) -> Result<Self, CollectorError> {
        let opened = AppendFile::open(&path).and_then(|mut file| {
            if append { file.end_torn_line() } else { file.clear() }?;
            Ok(file)
        });
        match opened {
            Ok(file) => Ok(Self { path, file }),
            Err(source) => Err(CollectorError::Output { path, source }),
        }
    }

    /// Writes whole lines: all of them or none.
    pub(crate) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.append(lines)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_unless_appended_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.jsonl");
        for (append, expected) in [(false, "a\n"), (true, "a\na\n"), (false, "a\n")] {
            EventLog::open(path.clone(), append).unwrap().write(b"a\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_torn_line_is_ended_and_a_file_in_use_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.jsonl");
        std::fs::write(&path, "{\"torn").unwrap();
        let mut output = EventLog::open(path.clone(), true).unwrap();
        output.write(b"a\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"torn\na\n");
        let refused = EventLog::open(path.clone(), false).unwrap_err().to_string();
        assert!(refused.contains("another process"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"torn\na\n");
    }
}
