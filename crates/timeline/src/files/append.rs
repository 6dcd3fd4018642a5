//! Files of lines that are only ever appended to, and that a kill in mid-write does not spoil.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::output::OutputFile;

/// Names that are tried for a file that is to be a new one.
const MAX_ASIDE: u32 = 1_000;

/// A file of whole lines, written by this process alone.
///
/// Whatever [`Self::append`] has taken survives the end of the process, however it comes. (Not a power
/// cut, unless [`Self::sync`] was called.)
#[derive(Debug)]
pub struct AppendFile {
    file: File,
    /// Bytes of whole lines; `None` for a pipe or device, which can be neither shortened nor read back.
    length: Option<u64>,
    torn_bytes: u64,
}

impl AppendFile {
    /// Opens or creates the file, for this process alone. What stands in it stays as it is; whoever
    /// appends says first what becomes of a torn last line. A pipe that nobody reads is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let _reader = reader(path)?;
        let reads_back = OutputFile::is_regular(path);
        Self::of(OpenOptions::new().read(reads_back).append(true).create(true).open(path)?)
    }

    /// Creates the file, for this process alone. One that is there already is an error.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        Self::of(OpenOptions::new().read(true).append(true).create_new(true).open(path)?)
    }

    /// Creates a file beside `path`, of a name that no other file has, and gives the name.
    pub fn create_aside(path: &Path) -> io::Result<(PathBuf, Self)> {
        let mut number = 0;
        loop {
            let mut name = path.to_owned().into_os_string();
            name.push(format!(".{}-{number}.tmp", std::process::id()));
            match Self::create_new(Path::new(&name)) {
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && number < MAX_ASIDE =>
                {
                    number += 1;
                }
                created => return created.map(|file| (PathBuf::from(name), file)),
            }
        }
    }

    fn of(mut file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Self { file, length: None, torn_bytes: 0 });
        }
        lock(&file)?;
        let length = metadata.len();
        let torn_bytes = length - end_of_last_line(&mut file)?;
        Ok(Self { file, length: Some(length), torn_bytes })
    }

    /// True if nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.length == Some(0)
    }

    /// Bytes of a last line that was not written to its end; 0 if there is none.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    /// A last line that was not written to its end.
    pub fn torn_line(&self) -> io::Result<Vec<u8>> {
        let mut file = self.file.try_clone()?;
        let mut line = Vec::new();
        file.seek(SeekFrom::Start(self.length.unwrap_or(0) - self.torn_bytes))?;
        file.take(self.torn_bytes).read_to_end(&mut line)?;
        Ok(line)
    }

    /// Cuts a torn last line off, for those who know that it is theirs and will be written again.
    pub fn cut_torn_line(&mut self) -> io::Result<()> {
        if let Some(length) = self.length.as_mut().filter(|_| self.torn_bytes > 0) {
            *length -= self.torn_bytes;
            self.torn_bytes = 0;
            self.file.set_len(*length)?;
        }
        Ok(())
    }

    /// Ends a torn last line, because a reader may make something of it.
    pub fn end_torn_line(&mut self) -> io::Result<()> {
        if self.torn_bytes > 0 {
            self.torn_bytes = 0;
            self.append(b"\n")?;
        }
        Ok(())
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
            self.torn_bytes = 0;
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

    /// What stands in it, from the beginning.
    pub fn contents(&self) -> io::Result<impl BufRead + use<>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::new(file))
    }

    /// Makes what was appended survive a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Makes sure that a named pipe has a reader, for which it would be waited for ever, and holds on to it.
#[cfg(unix)]
fn reader(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    let is_pipe = std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo());
    if !is_pipe {
        return Ok(None);
    }
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().append(true).custom_flags(without_waiting).open(path);
    opened.map(Some).map_err(|error| match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::NXIO) => {
            io::Error::new(error.kind(), "it is a pipe that nobody reads")
        }
        _ => error,
    })
}

/// Other systems have no named pipes among their files.
#[cfg(not(unix))]
fn reader(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Two processes in one file would spoil each other's lines. Not where a lock keeps readers out too.
///
/// A process that is being started holds the files of the one that starts it until it runs its own program, and one that
/// has been killed holds them until it is gone: so a lock that is held is asked for again for a while.
fn lock(file: &File) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(1);
    const ASK_AGAIN: Duration = Duration::from_millis(5);
    if cfg!(windows) {
        return Ok(());
    }
    let since = Instant::now();
    while let Err(error) = file.try_lock() {
        if matches!(error, TryLockError::Error(_)) || since.elapsed() >= PATIENCE {
            let reason = "another process is writing to it";
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, reason));
        }
        std::thread::sleep(ASK_AGAIN);
    }
    Ok(())
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
    fn a_torn_line_stays_until_it_is_cut_off_or_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for (before, is_cut, after) in [
            ("", true, "new\n"),
            ("torn", true, "new\n"),
            ("old\ntorn", true, "old\nnew\n"),
            ("old\ntorn", false, "old\ntorn\nnew\n"),
            ("old\n", false, "old\nnew\n"),
        ] {
            fs::write(&path, before).unwrap();
            let mut file = AppendFile::open(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
            assert_eq!(file.torn_bytes() > 0, before.ends_with("torn"));
            if is_cut { file.cut_torn_line() } else { file.end_torn_line() }.unwrap();
            file.append(b"new\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before:?} {is_cut}");
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, format!("old\n{}", "x".repeat(200_000))).unwrap();
        AppendFile::open(&path).unwrap().cut_torn_line().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
    }

    #[test]
    fn lines_that_were_read_in_part_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, "a\nb\n").unwrap();
        let mut file = AppendFile::open(&path).unwrap();
        assert_eq!(file.contents().unwrap().lines().next().unwrap().unwrap(), "a");
        file.append(b"c\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
        file.clear().unwrap();
        file.append(b"d\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "d\n");
        assert!(AppendFile::create_new(&path).is_err(), "it is there already");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_in_use_is_refused_and_a_device_is_not_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let first = AppendFile::open(&path).unwrap();
        let refused = AppendFile::open(&path).unwrap_err().to_string();
        assert!(refused.contains("another process") && first.is_regular());
        let mut device = AppendFile::open(Path::new("/dev/full")).unwrap();
        assert!(!device.is_regular() && device.append(b"x\n").is_err());
    }
}
