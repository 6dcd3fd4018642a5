//! Files of lines that are only ever appended to, and that a kill in mid-write does not spoil.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::output::OutputFile;

/// A file of whole lines, written by this process alone.
///
/// Whatever [`Self::append`] has taken survives the end of the process, however it comes. (Not a power
/// cut, unless [`Self::sync`] was called.)
#[derive(Debug)]
pub struct AppendFile {
    file: File,
    /// Bytes of whole lines; `None` for a pipe or device, which can be neither shortened nor read back.
    length: Option<u64>,
}

/// The treatment of a last line that was not written to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TornLine {
    /// It is cut off, because it can be written again.
    CutOff,
    /// It is ended, because a reader may make something of it.
    Ended,
}

impl AppendFile {
    /// Opens or creates the file, for this process alone.
    pub fn open(path: &Path, torn_line: TornLine) -> io::Result<Self> {
        let reads_back = OutputFile::is_regular(path);
        let mut file = OpenOptions::new().read(reads_back).append(true).create(true).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Self { file, length: None });
        }
        lock(&file)?;
        let mut length = metadata.len();
        let whole = end_of_last_line(&mut file)?;
        if whole < length {
            match torn_line {
                TornLine::CutOff => {
                    file.set_len(whole)?;
                    length = whole;
                }
                TornLine::Ended => {
                    file.write_all(b"\n")?;
                    length += 1;
                }
            }
        }
        Ok(Self { file, length: Some(length) })
    }

    /// True for a regular file, which can be read back and replaced.
    pub fn is_regular(&self) -> bool {
        self.length.is_some()
    }

    /// Takes away all that stands in it.
    pub fn clear(&mut self) -> io::Result<()> {
        if let Some(length) = &mut self.length {
            self.file.set_len(0)?;
            *length = 0;
        }
        Ok(())
    }

    /// Appends whole lines, all of them or none: what fails is taken back, so that a torn line does
    /// not run into the next.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(lines);
        match (&written, &mut self.length) {
            (Ok(()), Some(length)) => *length += lines.len() as u64,
            (Err(_), Some(length)) => self.file.set_len(*length).unwrap_or_default(),
            (_, None) => {}
        }
        written
    }

    /// The lines from the beginning of the file.
    pub fn lines(&self) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::new(file).lines())
    }

    /// Makes what was appended survive a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Two processes in one file would spoil each other's lines. Not where a lock keeps readers out too.
fn lock(file: &File) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    file.try_lock().map_err(|_| {
        io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing to it")
    })
}

/// The offset after the last line feed.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        (&*file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_torn_line_is_cut_off_or_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for (before, torn_line, after) in [
            ("", TornLine::CutOff, "new\n"),
            ("torn", TornLine::CutOff, "new\n"),
            ("old\ntorn", TornLine::CutOff, "old\nnew\n"),
            ("old\ntorn", TornLine::Ended, "old\ntorn\nnew\n"),
            ("old\n", TornLine::Ended, "old\nnew\n"),
        ] {
            fs::write(&path, before).unwrap();
            let mut file = AppendFile::open(&path, torn_line).unwrap();
            file.append(b"new\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before:?} {torn_line:?}");
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, format!("old\n{}", "x".repeat(200_000))).unwrap();
        AppendFile::open(&path, TornLine::CutOff).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
    }

    #[test]
    fn lines_that_were_read_in_part_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, "a\nb\n").unwrap();
        let mut file = AppendFile::open(&path, TornLine::CutOff).unwrap();
        assert_eq!(file.lines().unwrap().next().unwrap().unwrap(), "a");
        file.append(b"c\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
        file.clear().unwrap();
        file.append(b"d\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "d\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_in_use_is_refused_and_a_device_is_not_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let first = AppendFile::open(&path, TornLine::CutOff).unwrap();
        let refused = AppendFile::open(&path, TornLine::CutOff).unwrap_err().to_string();
        assert!(refused.contains("another process") && first.is_regular());
        let mut device = AppendFile::open(Path::new("/dev/full"), TornLine::CutOff).unwrap();
        assert!(!device.is_regular() && device.append(b"x\n").is_err());
    }
}
