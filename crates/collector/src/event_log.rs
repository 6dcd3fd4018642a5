//! The file of accepted events.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::CollectorError;

/// A file of lines. Whole lines go to the operating system before their request is answered, so what was answered
/// 200 survives the end of this process, however it comes. (Not a power cut: nothing is synced.)
#[derive(Debug)]
pub(crate) struct EventLog {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines; `None` for a pipe or device, which cannot be shortened.
    length: Option<u64>,
}

impl EventLog {
    pub(crate) fn open(path: PathBuf, append: bool) -> Result<Self, CollectorError> {
        let opened =
            OpenOptions::new().create(true).append(true).open(&path).and_then(|mut file| {
                let is_file = file.metadata()?.is_file();
                if is_file {
                    lock(&file)?;
                }
                if is_file && !append {
                    file.set_len(0)?;
                }
                if is_file && !ends_a_line(&path)? {
                    file.write_all(b"\n")?;
                }
                let length = if is_file { Some(file.metadata()?.len()) } else { None };
                Ok((file, length))
            });
        match opened {
            Ok((file, length)) => Ok(Self { path, file, length }),
            Err(source) => Err(CollectorError::Output { path, source }),
        }
    }

    /// Writes whole lines: all of them or none. After a failure the file is cut back to the lines
    /// it had.
    pub(crate) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        match (&written, &mut self.length) {
            (Ok(()), Some(length)) => *length += lines.len() as u64,
            (Err(_), Some(length)) => self.file.set_len(*length)?,
            (_, None) => {}
        }
        written
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Two collectors in one file would spoil each other's lines. Not where a lock keeps readers out too.
fn lock(file: &File) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    file.try_lock().map_err(|_| {
        io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing to it")
    })
}

/// Whether what stands in the file ends with a whole line, or nothing does.
fn ends_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
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
