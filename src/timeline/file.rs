//! A timeline's file and its manifest, digested and written by threads of their own.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::digest::Digest;

use super::manifest::Manifest;
use super::output::{Compression, OutputFile, write_whole};

/// Blocks that may wait for a thread.
const BLOCKS_AHEAD: usize = 16;

/// A timeline being written to a file. Blocks go from hand to hand, without being copied:
///
/// ```text
/// caller -> digesting thread -> writing thread -> caller, to be filled again
/// ```
pub(super) struct TimelineFile {
    path: PathBuf,
    blocks: SyncSender<Vec<u8>>,
    used: Receiver<Vec<u8>>,
    digesting: JoinHandle<Digested>,
    writing: Option<JoinHandle<io::Result<OutputFile>>>,
}

/// What the digesting thread knows at the end.
struct Digested {
    bytes: u64,
    /// None for a device or a pipe, which has no manifest.
    digest: Option<Digest>,
}

impl TimelineFile {
    pub(super) fn create(path: &Path, compression: Compression) -> io::Result<Self> {
        let output = OutputFile::create(path, compression)?;
        let digest = OutputFile::is_regular(path).then(Digest::default);
        let (blocks, to_digest) = sync_channel(BLOCKS_AHEAD);
        let (digested, to_write) = sync_channel(BLOCKS_AHEAD);
        let (give_back, used) = channel();
        let start = |name: &str| thread::Builder::new().name(name.to_owned());
        let writing = start("writing").spawn(move || write_all(output, &to_write, &give_back))?;
        let digesting =
            start("digesting").spawn(move || digest_all(digest, &to_digest, &digested))?;
        Ok(Self { path: path.to_owned(), blocks, used, digesting, writing: Some(writing) })
    }

    /// Takes a block, and leaves an empty one in its place.
    pub(super) fn write(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut empty = self.used.try_recv().unwrap_or_default();
        empty.clear();
        match self.blocks.send(mem::replace(block, empty)) {
            Ok(()) => Ok(()),
            // Its error is why.
            Err(_) => joined(self.writing.take()).and(Err(stopped())),
        }
    }

    /// Waits until everything is written. The file has its name only when it is published.
    pub(super) fn close(mut self) -> io::Result<WrittenFile> {
        let writing = self.writing.take();
        drop(self.blocks);
        let output = joined(writing)?;
        let Digested { bytes, digest } = self.digesting.join().map_err(|_| stopped())?;
        let is_regular = digest.is_some();
        let sha256 = digest.map(Digest::finish).unwrap_or_default();
        Ok(WrittenFile { output, path: self.path, is_regular, bytes, sha256 })
    }
}

fn joined(writing: Option<JoinHandle<io::Result<OutputFile>>>) -> io::Result<OutputFile> {
    writing.and_then(|thread| thread.join().ok()).unwrap_or_else(|| Err(stopped()))
}

fn stopped() -> io::Error {
    io::Error::other("the writing thread has stopped")
}

/// Digests blocks and hands them on, until there are none or nobody takes them.
fn digest_all(
    mut digest: Option<Digest>,
    blocks: &Receiver<Vec<u8>>,
    digested: &SyncSender<Vec<u8>>,
) -> Digested {
    let mut bytes = 0;
    for block in blocks {
        bytes += block.len() as u64;
        if let Some(digest) = &mut digest {
            digest.update(&block);
        }
        if digested.send(block).is_err() {
            break;
        }
    }
    Digested { bytes, digest }
}

/// Writes blocks until there are none, and gives the file.
fn write_all(
    mut output: OutputFile,
    blocks: &Receiver<Vec<u8>>,
    give_back: &Sender<Vec<u8>>,
) -> io::Result<OutputFile> {
    for block in blocks {
        output.write_all(&block)?;
        // If nobody wants the buffer back it is simply freed.
        let _ = give_back.send(block);
    }
    Ok(output)
}

/// A timeline that is written, and whose file has not got its name yet.
pub(super) struct WrittenFile {
    output: OutputFile,
    path: PathBuf,
    is_regular: bool,
    /// Before compression.
    pub(super) bytes: u64,
    /// Before compression; empty for a device or a pipe.
    pub(super) sha256: String,
}

impl WrittenFile {
    /// Gives the file its name and puts its manifest beside it.
    pub(super) fn publish(self, manifest: &Manifest) -> io::Result<()> {
        self.output.finish()?;
        if self.is_regular {
            let json = serde_json::to_string_pretty(manifest)?;
            write_whole(&Manifest::path_for(&self.path), (json + "\n").as_bytes())?;
        }
        Ok(())
    }
}
