//! Cutting the events of one side into parts that fit into memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::{Located, Settings};

/// Memory that a part takes for each byte of its lines: the lines, the tables over them.
const MEMORY_PER_BYTE: u64 = 3;

/// As many as leave file handles for everything else.
const MOST_PARTS: u64 = 256;

/// What a compressed file may grow to.
const COMPRESSION: u64 = 12;

/// Parts for an input whose size nobody knows.
const PARTS_OF_UNKNOWN: u64 = 64;

const BUFFER_BYTES: usize = 32 * 1024;

/// How many parts the files have to be cut into.
pub(super) fn parts_for<'a>(files: impl Iterator<Item = &'a Path>, settings: &Settings) -> usize {
    let mut bytes = 0_u64;
    for path in files {
        let Ok(metadata) = path.metadata() else { return PARTS_OF_UNKNOWN as usize };
        if !metadata.is_file() {
            return PARTS_OF_UNKNOWN as usize;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let growth = if matches!(extension, Some("gz" | "zst")) { COMPRESSION } else { 1 };
        bytes += metadata.len() * growth;
    }
    let needed = (bytes * MEMORY_PER_BYTE).div_ceil(settings.memory_bytes.max(1));
    needed.clamp(1, MOST_PARTS) as usize
}

/// The events of one side, by part.
pub(super) struct Parts {
    stores: Vec<Store>,
    events: u64,
}

enum Store {
    Memory(Vec<u8>),
    File(BufWriter<File>),
}

/// Order, file, number and length before each line.
const HEAD_BYTES: usize = 8 + 2 + 8 + 4;

impl Parts {
    /// A single part stays in memory; several are written to temporary files.
    pub(super) fn new(count: usize) -> io::Result<Self> {
        let store = || {
            Ok(if count == 1 {
                Store::Memory(Vec::new())
            } else {
                Store::File(BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?))
            })
        };
        Ok(Self { stores: (0..count).map(|_| store()).collect::<io::Result<_>>()?, events: 0 })
    }

    /// How many events there are.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn add(&mut self, user: u64, file: u16, number: u64, line: &[u8]) -> io::Result<()> {
        let part = user as usize % self.stores.len();
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(&self.events.to_le_bytes());
        head[8..10].copy_from_slice(&file.to_le_bytes());
        head[10..18].copy_from_slice(&number.to_le_bytes());
        head[18..].copy_from_slice(&(line.len() as u32).to_le_bytes());
        self.events += 1;
        match self.stores.get_mut(part) {
            Some(Store::Memory(bytes)) => {
                bytes.extend_from_slice(&head);
                bytes.extend_from_slice(line);
                Ok(())
            }
            Some(Store::File(file)) => file.write_all(&head).and_then(|()| file.write_all(line)),
            None => Ok(()),
        }
    }

    /// To be called when all events were added.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        for store in &mut self.stores {
            if let Store::File(file) = store {
                file.flush()?;
            }
        }
        Ok(())
    }

    /// Brings a part into memory.
    pub(super) fn load(&mut self, part: usize) -> io::Result<Events> {
        let bytes = match self.stores.get_mut(part) {
            Some(Store::Memory(bytes)) => std::mem::take(bytes),
            Some(Store::File(file)) => {
                let file = file.get_mut();
                file.seek(SeekFrom::Start(0))?;
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                file.set_len(0)?;
                bytes
            }
            None => Vec::new(),
        };
        Ok(Events::new(bytes))
    }
}

/// The events of one part in memory, in their order.
pub(super) struct Events {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Events {
    fn new(bytes: Vec<u8>) -> Self {
        let mut starts = Vec::new();
        let mut at = 0;
        while let Some(event) = event_at(&bytes, at) {
            starts.push(at);
            at += HEAD_BYTES + event.line.len();
        }
        Self { bytes, starts }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Located<'_>> {
        self.starts.iter().filter_map(|&start| event_at(&self.bytes, start))
    }
}

fn event_at(bytes: &[u8], start: usize) -> Option<Located<'_>> {
    let (head, rest) = bytes.get(start..)?.split_first_chunk::<HEAD_BYTES>()?;
    let (order, head) = head.split_first_chunk::<8>()?;
    let (file, head) = head.split_first_chunk::<2>()?;
    let (number, head) = head.split_first_chunk::<8>()?;
    let (length, _) = head.split_first_chunk::<4>()?;
    Some(Located {
        order: u64::from_le_bytes(*order),
        file: u16::from_le_bytes(*file),
        number: u64::from_le_bytes(*number),
        line: rest.get(..u32::from_le_bytes(*length) as usize)?,
    })
}
