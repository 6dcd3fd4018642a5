//! A timeline's file and its manifest, digested and written by a thread of their own.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use event_simulator::digest::Digest;

use super::manifest::Manifest;
use super::output::{Compression, OutputFile};

/// Bytes of a block, which is handed on whole.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// Blocks that may wait to be written.
const BLOCKS_AHEAD: usize = 16;

/// A timeline being written to a file. Blocks go from hand to hand, without being copied: from the
/// caller to the writing thread, and back to be filled again.
pub(crate) struct TimelineFile {
    blocks: SyncSender<Vec<u8>>,
    used: Receiver<Vec<u8>>,
    writing: Option<JoinHandle<io::Result<WrittenFile>>>,
}

impl TimelineFile {
    pub(crate) fn create(path: &Path, compression: Compression) -> io::Result<Self> {
        let output = OutputFile::create(path, compression)?;
        // A device or a pipe has no manifest.
        let is_regular = OutputFile::is_regular(path);
        let manifest = is_regular.then(|| ManifestFile::create(path)).transpose()?;
        let (blocks, to_write) = sync_channel(BLOCKS_AHEAD);
        let (give_back, used) = channel();
        let writing = thread::Builder::new()
            .name("writing".to_owned())
            .spawn(move || write_all(output, manifest, &to_write, &give_back))?;
        Ok(Self { blocks, used, writing: Some(writing) })
    }

    /// Takes a block, and leaves an empty one in its place.
    pub(crate) fn write(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut empty = self.used.try_recv().unwrap_or_default();
        empty.clear();
        match self.blocks.send(mem::replace(block, empty)) {
            Ok(()) => Ok(()),
            // Its error is why.
            Err(_) => joined(self.writing.take()).and(Err(stopped())),
        }
    }

    /// Waits until everything is written. The file has its name only when it is published.
    pub(crate) fn close(self) -> io::Result<WrittenFile> {
        drop(self.blocks);
        joined(self.writing)
    }
}

fn joined(writing: Option<JoinHandle<io::Result<WrittenFile>>>) -> io::Result<WrittenFile> {
    writing.and_then(|thread| thread.join().ok()).unwrap_or_else(|| Err(stopped()))
}

fn stopped() -> io::Error {
    io::Error::other("the writing thread has stopped")
}

/// Digests and writes blocks until there are none.
fn write_all(
    mut output: OutputFile,
    manifest: Option<ManifestFile>,
    blocks: &Receiver<Vec<u8>>,
    give_back: &Sender<Vec<u8>>,
) -> io::Result<WrittenFile> {
    let mut bytes = 0;
    let mut digest = manifest.is_some().then(Digest::default);
    for block in blocks {
        bytes += block.len() as u64;
        if let Some(digest) = &mut digest {
            digest.update(&block);
        }
        output.write_all(&block)?;
        // If nobody wants the buffer back it is simply freed.
        let _ = give_back.send(block);
    }
    let blake3 = digest.map(Digest::finish).unwrap_or_default();
    Ok(WrittenFile { output, manifest, bytes, blake3 })
}

/// A timeline that is written, and whose file has not got its name yet.
pub(crate) struct WrittenFile {
    output: OutputFile,
    manifest: Option<ManifestFile>,
    /// Before compression.
    pub(crate) bytes: u64,
    /// Before compression; empty for a device or a pipe.
    pub(crate) blake3: String,
}

impl WrittenFile {
    /// Gives the file its name, and its manifest the name beside it. Both are written whole before.
    pub(crate) fn publish(self, manifest: &Manifest) -> io::Result<()> {
        let Some(mut file) = self.manifest else { return self.output.finish() };
        let json = serde_json::to_string_pretty(manifest)? + "\n";
        file.named(|output| output.write_all(json.as_bytes()))?;
        self.output.finish()?;
        let ManifestFile { output, path } = file;
        output.finish().map_err(|error| of_manifest(&path, &error))
    }
}

/// The file of a manifest, which is begun with the timeline, so that what keeps it from being written is
/// known before anything is replaced.
struct ManifestFile {
    output: OutputFile,
    path: PathBuf,
}

impl ManifestFile {
    fn create(timeline: &Path) -> io::Result<Self> {
        let path = Manifest::path_for(timeline);
        match OutputFile::create(&path, Compression::None) {
            Ok(output) => Ok(Self { output, path }),
            Err(error) => Err(of_manifest(&path, &error)),
        }
    }

    /// Does something to the file; its errors name it.
    fn named(&mut self, act: impl FnOnce(&mut OutputFile) -> io::Result<()>) -> io::Result<()> {
        act(&mut self.output).map_err(|error| of_manifest(&self.path, &error))
    }
}

fn of_manifest(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("its manifest, {}: {error}", path.display()))
}
