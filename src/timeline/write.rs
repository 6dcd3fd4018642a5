//! Writing a timeline: to a stream, or to a file with its manifest.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::digest::Digest;
use crate::kernel::Shard;
use crate::model::Model;
use crate::time::VirtualTime;

use super::blocks::{write_blocks, write_blocks_in_parallel};
use super::manifest::{FORMAT_VERSION, Manifest};
use super::output::{Compression, OutputFile, write_whole};
use super::tally::Tally;

/// The form of a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// Flat, with a header, `props` as JSON text.
    Csv,
}

impl Format {
    /// Its name in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A timeline to be generated: which, and in which form.
#[derive(Clone, Debug)]
pub struct Generation<'a> {
    /// The compiled scenario.
    pub model: &'a Model,
    /// The digest of the scenario, for the manifest.
    pub scenario_digest: &'a str,
    /// The seed.
    pub seed: u64,
    /// Which part of the users.
    pub shard: Shard,
    /// JSON lines or CSV.
    pub format: Format,
    /// Threads that generate; the bytes do not depend on it.
    pub jobs: u32,
}

/// How far a generation has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Events so far.
    pub events: u64,
    /// Virtual time of the last of them.
    pub virtual_time: Option<VirtualTime>,
}

impl Progress {
    fn of(tally: &Tally) -> Self {
        Self { events: tally.events(), virtual_time: tally.last() }
    }
}

/// Is told the progress before each block, and says whether to go on.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Bytes that are handed on at a time.
pub(super) const BLOCK_BYTES: usize = 256 * 1024;

/// Blocks that may wait for the writing thread.
const BLOCKS_AHEAD: usize = 8;

impl Generation<'_> {
    /// Writes the timeline to a stream as fast as it takes it.
    ///
    /// # Errors
    /// Those of the stream, and [`io::ErrorKind::Interrupted`] when `watch` says to stop.
    pub fn write_to(&self, out: &mut impl Write, watch: &mut Watch<'_>) -> io::Result<()> {
        self.write_with(watch, |block| out.write_all(block))?;
        out.flush()
    }

    /// Writes the timeline to a file, which appears whole or not at all, and its manifest beside it.
    /// Digest, compression and writing are done by a thread of their own.
    ///
    /// # Errors
    /// Those of the file, and [`io::ErrorKind::Interrupted`] when `watch` says to stop; then there
    /// is no file.
    pub fn write_file(
        &self,
        path: &Path,
        compression: Compression,
        watch: &mut Watch<'_>,
    ) -> io::Result<Manifest> {
        let file = TimelineFile::create(path, compression)?;
        let (sender, receiver) = sync_channel::<Vec<u8>>(BLOCKS_AHEAD);
        let (used_sender, used) = sync_channel::<Vec<u8>>(BLOCKS_AHEAD);
        let writer = thread::spawn(move || write_received(file, &receiver, &used_sender));
        let generated = self.write_with(watch, |block| {
            let mut owned = used.try_recv().unwrap_or_default();
            owned.clear();
            owned.extend_from_slice(block);
            sender.send(owned).map_err(|_| io::Error::other("the writing thread has stopped"))
        });
        drop(sender);
        let written = writer.join().map_err(|_| io::Error::other("the writing thread failed"))?;
        // The writer's own error is the cause of the other one.
        let file = written?;
        let manifest = self.manifest(&generated?, &file);
        file.finish(&manifest)?;
        Ok(manifest)
    }

    fn write_with(
        &self,
        watch: &mut Watch<'_>,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<Tally> {
        let write = |block: &[u8], tally: &Tally| match watch(Progress::of(tally)) {
            ControlFlow::Continue(()) => write(block),
            ControlFlow::Break(()) => Err(io::ErrorKind::Interrupted.into()),
        };
        let simulation = || self.model.simulate_shard(self.seed, self.shard);
        match self.format {
            Format::Csv => super::csv::write_csv(simulation(), write),
            Format::Jsonl if self.jobs > 1 && self.shard == Shard::WHOLE => {
                write_blocks_in_parallel(self.model, self.seed, self.jobs, write)
            }
            Format::Jsonl => write_blocks(simulation(), write),
        }
    }

    fn manifest(&self, tally: &Tally, file: &TimelineFile) -> Manifest {
        Manifest {
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            format: self.format.name().to_owned(),
            seed: self.seed,
            scenario_digest: self.scenario_digest.to_owned(),
            shard: self.shard.to_string(),
            events: tally.events(),
            events_by_type: tally.events_by_type(self.model),
            first_event_time: tally.first(),
            last_event_time: tally.last(),
            bytes: file.bytes(),
            sha256: file.sha256(),
        }
    }
}

/// Writes what is received until the sender is gone, and gives the file.
fn write_received(
    mut file: TimelineFile,
    blocks: &Receiver<Vec<u8>>,
    used: &SyncSender<Vec<u8>>,
) -> io::Result<TimelineFile> {
    for block in blocks {
        file.write(&block)?;
        // If nobody wants the buffer back it is simply freed.
        let _ = used.try_send(block);
    }
    Ok(file)
}

/// A timeline being written to a file, with its length and digest.
pub(super) struct TimelineFile {
    output: OutputFile,
    path: PathBuf,
    bytes: u64,
    /// None for a device or a pipe, which has no manifest.
    digest: Option<Digest>,
}

impl TimelineFile {
    pub(super) fn create(path: &Path, compression: Compression) -> io::Result<Self> {
        Ok(Self {
            output: OutputFile::create(path, compression)?,
            path: path.to_owned(),
            bytes: 0,
            digest: OutputFile::is_regular(path).then(Digest::default),
        })
    }

    pub(super) fn write(&mut self, block: &[u8]) -> io::Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.update(block);
        }
        self.bytes += block.len() as u64;
        self.output.write_all(block)
    }

    /// Bytes so far, before compression.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest so far, before compression; empty for a device or a pipe.
    pub(super) fn sha256(&self) -> String {
        self.digest.clone().map(Digest::finish).unwrap_or_default()
    }

    /// Gives the file its name and puts its manifest beside it.
    pub(super) fn finish(self, manifest: &Manifest) -> io::Result<()> {
        self.output.finish()?;
        if self.digest.is_some() {
            let json = serde_json::to_string_pretty(manifest)?;
            write_whole(&Manifest::path_for(&self.path), (json + "\n").as_bytes())?;
        }
        Ok(())
    }
}
