//! Cutting the events of one side into parts that fit into memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::marks::Marks;
use super::{Located, Settings};

/// Memory that a part takes for each byte of its lines: the lines, the tables over them.
const MEMORY_PER_BYTE: u64 = 3;

/// Two files each; systems allow a process 256 open files or more.
const MOST_PARTS: u64 = 100;

/// A part that processor caches can help with.
const GOOD_PART_BYTES: u64 = 16 << 20;

/// What a compressed file may grow to.
const COMPRESSION: u64 = 12;

const BUFFER_BYTES: usize = 32 * 1024;

/// Into how many parts the events are cut, and where these are kept.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) parts: usize,
    fits_memory: bool,
}

impl Layout {
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a Path>, settings: &Settings) -> Self {
        let mut bytes = 0_u64;
        for path in files {
            let Ok(metadata) = path.metadata() else { continue };
            let extension = path.extension().and_then(|extension| extension.to_str());
            let growth = if matches!(extension, Some("gz" | "zst")) { COMPRESSION } else { 1 };
            bytes += metadata.len() * growth;
        }
        let needed = (bytes * MEMORY_PER_BYTE).div_ceil(settings.memory_bytes.max(1));
        let good = bytes.div_ceil(GOOD_PART_BYTES);
        Self { parts: needed.max(good).clamp(1, MOST_PARTS) as usize, fits_memory: needed <= 1 }
    }
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

/// Order, file, number, length and marks before each line.
const HEAD_BYTES: usize = 8 + 2 + 8 + 4 + Marks::BYTES;

impl Parts {
    pub(super) fn new(layout: Layout) -> io::Result<Self> {
        let store = || {
            Ok(if layout.fits_memory {
                Store::Memory(Vec::new())
            } else {
                Store::File(BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?))
            })
        };
        Ok(Self {
            stores: (0..layout.parts).map(|_| store()).collect::<io::Result<_>>()?,
            events: 0,
        })
    }

    /// How many events there are.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn add(
        &mut self,
        marks: Marks,
        file: u16,
        number: u64,
        line: &[u8],
    ) -> io::Result<()> {
        let part = (marks.user % self.stores.len() as u64) as usize;
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(&self.events.to_le_bytes());
        head[8..10].copy_from_slice(&file.to_le_bytes());
        head[10..18].copy_from_slice(&number.to_le_bytes());
        head[18..22].copy_from_slice(&(line.len() as u32).to_le_bytes());
        head[22..].copy_from_slice(&marks.to_bytes());
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

    /// Brings a part into memory, in the place of `former`, whose room is used again.
    pub(super) fn load(&mut self, part: usize, former: Events) -> io::Result<Events> {
        match self.stores.get_mut(part) {
            Some(Store::Memory(bytes)) => Ok(Events(std::mem::take(bytes))),
            Some(Store::File(file)) => {
                let file = file.get_mut();
                file.seek(SeekFrom::Start(0))?;
                let Events(mut bytes) = former;
                bytes.clear();
                file.read_to_end(&mut bytes)?;
                file.set_len(0)?;
                Ok(Events(bytes))
            }
            None => Ok(Events::default()),
        }
    }
}

/// The events of one part in memory, in their order.
#[derive(Default)]
pub(super) struct Events(Vec<u8>);

/// An event of a part.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) at: Located<'a>,
    pub(super) marks: Marks,
}

impl Events {
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some((entry, next)) = first_entry(rest) {
            entries.push(entry);
            rest = next;
        }
        entries
    }
}

fn first_entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (order, rest) = bytes.split_first_chunk::<8>()?;
    let (file, rest) = rest.split_first_chunk::<2>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (marks, rest) = rest.split_first_chunk::<{ Marks::BYTES }>()?;
    let (line, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let at = Located {
        order: u64::from_le_bytes(*order),
        file: u16::from_le_bytes(*file),
        number: u64::from_le_bytes(*number),
        line,
    };
    Some((Entry { at, marks: Marks::from_bytes(*marks) }, rest))
}
