//! A file, or one after the other, as a target.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use event_simulator::digest::Digest;

use super::numbered_files::NumberedFiles;
use super::standard_output::{shown, unwritable, written_whole};
use crate::config::{Config, Rotation};
use crate::error::ReplayError;
use crate::schedule::ScheduledEvent;
use crate::target::interface::{Attempt, Target};
use crate::target::joined::lines;

/// Files of JSON lines. One that is being written has a name of its own; once it is finished it is synced
/// to the disk and gets the name that it is to have.
pub(crate) struct FileTarget {
    path: PathBuf,
    files: NumberedFiles,
    rotation: Option<Rotation>,
    goes_on: bool,
    open: Mutex<Option<OpenFile>>,
}

/// The file that is being written.
struct OpenFile {
    number: u64,
    file: File,
    bytes: u64,
    /// When its first line was written, or it was opened again.
    since: Option<Instant>,
}

impl FileTarget {
    pub(crate) fn new(path: &Path, config: &Config) -> Self {
        let rotation = config.target.rotation;
        Self {
            path: path.to_owned(),
            files: NumberedFiles::new(path, rotation.is_some()),
            rotation,
            goes_on: config.records.resume,
            open: Mutex::new(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<OpenFile>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file that an earlier run has left, its torn last line cut off, or a new one.
    fn open(&self) -> io::Result<OpenFile> {
        let number = self.files.next_to_write()?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let mut file = options.open(self.files.unfinished(number))?;
        let bytes = end_of_last_line(&mut file)?;
        if file.metadata()?.len() > bytes {
            file.set_len(bytes)?;
        }
        Ok(OpenFile { number, file, bytes, since: (bytes > 0).then(Instant::now) })
    }

    /// Writes lines, into the next file where this one is to end.
    fn write(&self, text: &[u8]) -> io::Result<()> {
        let mut open = self.lock();
        let mut rest = text;
        while !rest.is_empty() {
            let current = match &mut *open {
                Some(current) => current,
                none => none.insert(self.open()?),
            };
            let room = current.room(rest, self.rotation);
            if room == 0 {
                self.end(open.take())?;
                continue;
            }
            current.append(&rest[..room])?;
            rest = &rest[room..];
        }
        Ok(())
    }

    /// Gives a finished file its name; one with nothing in it, behind others, is taken away.
    fn end(&self, finished: Option<OpenFile>) -> io::Result<()> {
        let Some(OpenFile { number, file, bytes, .. }) = finished else { return Ok(()) };
        let unfinished = self.files.unfinished(number);
        if bytes == 0 && number > 1 {
            return std::fs::remove_file(unfinished);
        }
        file.sync_all()?;
        std::fs::rename(unfinished, self.files.finished(number))
    }

    fn unusable(&self, source: &io::Error) -> ReplayError {
        ReplayError::Config(format!("cannot write {}: {source}", self.path.display()))
    }
}

impl OpenFile {
    /// The bytes of `text`, whole lines, that still go into this file.
    fn room(&self, text: &[u8], rotation: Option<Rotation>) -> usize {
        match rotation {
            None => text.len(),
            Some(Rotation::Time(time)) => {
                let is_over = self.since.is_some_and(|since| since.elapsed() >= time);
                if is_over { 0 } else { text.len() }
            }
            Some(Rotation::Bytes(limit)) => {
                let left = usize::try_from(limit.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
                if text.len() <= left {
                    return text.len();
                }
                match memchr::memrchr(b'\n', &text[..left]) {
                    Some(end) => end + 1,
                    // A line that is larger than a file has one for itself.
                    None if self.bytes == 0 => {
                        memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)
                    }
                    None => 0,
                }
            }
        }
    }

    /// Writes all of the lines, or none.
    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(text) {
            // A part of them, as on a full disk. What cannot be cut off now is when the file is gone on with.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += text.len() as u64;
        self.since.get_or_insert_with(Instant::now);
        Ok(())
    }
}

/// The length of a file up to the end of its last whole line.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

impl Target for FileTarget {
    type Request = Vec<u8>;

    fn request(&self, events: &[ScheduledEvent]) -> io::Result<Vec<u8>> {
        Ok(lines(events))
    }

    fn request_bytes(&self, request: &Vec<u8>) -> usize {
        request.len()
    }

    async fn send(&self, request: &Vec<u8>) -> Attempt {
        const ADVICE: &str = "Make room on the disk, or take away what stands under its name, and go on with --resume";
        self.write(request).map_or_else(|error| unwritable(&error, ADVICE), |()| written_whole())
    }

    async fn answers(&self) -> bool {
        true
    }

    fn address(&self) -> String {
        self.path.display().to_string()
    }

    fn tried(&self) -> String {
        format!("write {}", self.path.display())
    }

    fn address_digest(&self) -> String {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        Digest::of(path.as_os_str().as_encoded_bytes())
    }

    fn health_check(&self) -> String {
        format!("df {}", self.path.display())
    }

    fn shown_request(&self, events: &[ScheduledEvent]) -> String {
        shown(events)
    }

    fn begin(&self) -> Result<(), ReplayError> {
        let exists = self.files.existing().map_err(|source| self.unusable(&source))?;
        if let Some(path) = exists.filter(|_| !self.goes_on) {
            return Err(ReplayError::Config(format!(
                "{} is there already: go on with --resume, or name another file",
                path.display()
            )));
        }
        *self.lock() = Some(self.open().map_err(|source| self.unusable(&source))?);
        Ok(())
    }

    fn finish(&self) -> Result<(), ReplayError> {
        self.end(self.lock().take()).map_err(|source| ReplayError::Closed {
            address: self.address(),
            reason: format!("cannot finish it: {source}"),
            advice: "What was written stands in the unfinished file beside it",
        })
    }
}
