//! What arrives, cut into the files that an incremental pipeline sees, one a window of arrival.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use event_simulator::time::VirtualTime;

use super::input::LineReader;
use super::output::write_whole;
use super::read::ReadError;
use crate::conversion::log_line;

/// The batches of a folder, in order: what its `batches.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchManifest {
    /// The length of a window.
    pub every_ms: u64,
    /// All that arrived.
    pub arrivals: u64,
    /// The batches.
    pub batches: Vec<ArrivalBatch>,
}

/// What arrives in a window of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalBatch {
    /// Its file in the folder: log lines.
    pub file: String,
    /// The start of the window.
    pub from: VirtualTime,
    /// The number of arrivals.
    pub arrivals: u64,
}

/// Batches could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// What arrives cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line is no delivery.
    #[error(
        "{name}:{line}: it is no delivery: give a file of `generate --format deliveries`, or a scenario"
    )]
    NoDelivery {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
    },
    /// Deliveries are not in order of arrival.
    #[error(
        "{name}:{line}: it arrived before the line above; deliveries are in order of received_at"
    )]
    Unordered {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
    },
    /// There would be more files than anybody wants.
    #[error(
        "{name}:{line}: that would be more than {MOST_BATCHES} batches: give a longer --every, or leave empty ones out"
    )]
    TooMany {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
    },
    /// The folder has something in it, which a pipeline might take for a batch.
    #[error("{}: the folder is not empty: give a new one", .0.display())]
    NotEmpty(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The list of batches is none.
    #[error("{}: it is no list of batches ({source}): `deliver` writes it", path.display())]
    NoManifest {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
}

/// The most batches of a folder.
const MOST_BATCHES: usize = 100_000;

/// How what arrives is cut.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// The length of a window; windows begin at its multiples.
    pub every_ms: u64,
    /// True if windows in which nothing arrives have a file, too.
    pub keeps_empty: bool,
}

impl BatchManifest {
    /// The name of its file.
    pub const FILE: &str = "batches.json";

    /// The batches of a folder.
    ///
    /// # Errors
    /// A list that is not there, or is none.
    pub fn of_folder(folder: &Path) -> Result<Self, BatchError> {
        let path = folder.join(Self::FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(source) => return Err(BatchError::Io { path, source }),
        };
        serde_json::from_slice(&text).map_err(|source| BatchError::NoManifest { path, source })
    }
}

/// Writes deliveries, which messages call `name`, as log lines into a new folder, one file a window.
///
/// # Errors
/// Lines that are no deliveries or out of order, and what fails of files.
pub fn write_batches(
    name: &str,
    deliveries: impl BufRead,
    batching: Batching,
    folder: &Path,
) -> Result<BatchManifest, BatchError> {
    let at_folder = |source| BatchError::Io { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(at_folder)?;
    if fs::read_dir(folder).map_err(at_folder)?.next().is_some() {
        return Err(BatchError::NotEmpty(folder.to_owned()));
    }
    let mut writer = BatchWriter { batching, folder, batches: Vec::new(), open: None };
    let mut lines = LineReader::new(deliveries);
    let (mut last, mut arrivals) = (VirtualTime::MIN, 0);
    let failed = |error| ReadError::of_input(name, error);
    while let Some((line, text)) = lines.next_line().map_err(failed)? {
        let no_delivery = || BatchError::NoDelivery { name: name.to_owned(), line };
        let (received_at, log_line) = log_line(text).ok_or_else(no_delivery)?;
        if received_at < last {
            return Err(BatchError::Unordered { name: name.to_owned(), line });
        }
        last = received_at;
        arrivals += 1;
        writer.write(received_at, &log_line)?;
        if writer.batches.len() > MOST_BATCHES {
            return Err(BatchError::TooMany { name: name.to_owned(), line });
        }
    }
    writer.close()?;
    let manifest = BatchManifest { every_ms: batching.every_ms, arrivals, batches: writer.batches };
    let path = folder.join(BatchManifest::FILE);
    let json = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from);
    let written = json.and_then(|json| write_whole(&path, &json));
    written.map_err(|source| BatchError::Io { path, source })?;
    Ok(manifest)
}

struct BatchWriter<'f> {
    batching: Batching,
    folder: &'f Path,
    batches: Vec<ArrivalBatch>,
    open: Option<(PathBuf, BufWriter<File>)>,
}

impl BatchWriter<'_> {
    fn write(&mut self, received_at: VirtualTime, line: &[u8]) -> Result<(), BatchError> {
        let every = self.batching.every_ms.max(1);
        let from = received_at.as_millis() / every * every;
        loop {
            let last = self.batches.last().map(|batch| batch.from.as_millis());
            let next = match last {
                Some(last) if last >= from => break,
                Some(last) if self.batching.keeps_empty => last + every,
                _ => from,
            };
            self.begin(next)?;
            if self.batches.len() > MOST_BATCHES {
                return Ok(());
            }
        }
        if let Some(batch) = self.batches.last_mut() {
            batch.arrivals += 1;
        }
        let Some((path, file)) = &mut self.open else { return Ok(()) };
        let written = file.write_all(line).and_then(|()| file.write_all(b"\n"));
        written.map_err(|source| BatchError::Io { path: path.clone(), source })
    }

    fn begin(&mut self, from: u64) -> Result<(), BatchError> {
        self.close()?;
        let from = VirtualTime::from_millis(from).unwrap_or(VirtualTime::MAX);
        // Some file systems take no colons.
        let file = format!("{}.jsonl", from.to_string().replace(':', "-"));
        let path = self.folder.join(&file);
        let open = File::create(&path);
        let open = open.map_err(|source| BatchError::Io { path: path.clone(), source })?;
        self.open = Some((path, BufWriter::new(open)));
        self.batches.push(ArrivalBatch { file, from, arrivals: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), BatchError> {
        let Some((path, mut file)) = self.open.take() else { return Ok(()) };
        file.flush().map_err(|source| BatchError::Io { path, source })
    }
}
