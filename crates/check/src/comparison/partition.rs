//! Cutting the events of one side into partitions that fit into memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::config::CompareOptions;
use super::difference::EventRef;
use super::fingerprint::Fingerprint;

/// Memory that a partition takes for each byte of its lines: the lines, the tables over them.
const MEMORY_PER_BYTE: u64 = 3;

/// Two files each; systems allow a process 256 open files or more.
const MOST_PARTITIONS: u64 = 100;

/// A partition that processor caches can help with.
const GOOD_PARTITION_BYTES: u64 = 16 << 20;

/// The growth of a compressed file.
const COMPRESSION: u64 = 12;

const BUFFER_BYTES: usize = 32 * 1024;

/// The number of partitions, and where they are kept.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) partitions: usize,
    fits_memory: bool,
}

impl Layout {
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a Path>, options: &CompareOptions) -> Self {
        let mut bytes = 0_u64;
        for path in files {
            // A file that is not there is left to those who open it.
            let Ok(metadata) = path.metadata() else { continue };
            let extension = path.extension().and_then(|extension| extension.to_str());
            let growth = if matches!(extension, Some("gz" | "zst")) { COMPRESSION } else { 1 };
            bytes += metadata.len() * growth;
        }
        let needed = (bytes * MEMORY_PER_BYTE).div_ceil(options.memory_bytes.max(1));
        let good = bytes.div_ceil(GOOD_PARTITION_BYTES);
        let partitions = needed.max(good).clamp(1, MOST_PARTITIONS) as usize;
        Self { partitions, fits_memory: needed <= 1 }
    }
}

/// The events of one side, by partition.
pub(super) struct Partitions {
    stores: Vec<Store>,
    events: u64,
}

enum Store {
    Memory(Vec<u8>),
    File { file: BufWriter<File>, bytes: u64 },
}

/// The numbers before each line: its order, file, number and length, and the fingerprint.
type Head = [u64; 4 + Fingerprint::NUMBERS];

const HEAD_BYTES: usize = size_of::<Head>();

fn bytes_of(head: Head) -> [u8; HEAD_BYTES] {
    let mut bytes = [0; HEAD_BYTES];
    for (room, number) in bytes.chunks_exact_mut(8).zip(head) {
        room.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn head_of(bytes: &[u8; HEAD_BYTES]) -> Head {
    let (numbers, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|index| u64::from_le_bytes(numbers[index]))
}

impl Partitions {
    pub(super) fn new(layout: Layout) -> io::Result<Self> {
        let store = || {
            if layout.fits_memory {
                return Ok(Store::Memory(Vec::new()));
            }
            let file = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
            Ok(Store::File { file, bytes: 0 })
        };
        let stores = (0..layout.partitions).map(|_| store()).collect::<io::Result<_>>()?;
        Ok(Self { stores, events: 0 })
    }

    /// The number of events.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn add(
        &mut self,
        fingerprint: Fingerprint,
        file: u32,
        number: u64,
        line: &[u8],
    ) -> io::Result<()> {
        let partition = (fingerprint.user % self.stores.len() as u64) as usize;
        let [user, session, id, content, props, time] = fingerprint.to_numbers();
        let (order, length) = (self.events, line.len() as u64);
        let head = bytes_of([
            order,
            u64::from(file),
            number,
            length,
            user,
            session,
            id,
            content,
            props,
            time,
        ]);
        self.events += 1;
        match &mut self.stores[partition] {
            Store::Memory(bytes) => {
                bytes.extend_from_slice(&head);
                bytes.extend_from_slice(line);
                Ok(())
            }
            Store::File { file, bytes } => {
                *bytes += (head.len() + line.len()) as u64;
                file.write_all(&head).and_then(|()| file.write_all(line))
            }
        }
    }

    /// To be called when all events were added.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        for store in &mut self.stores {
            if let Store::File { file, .. } = store {
                file.flush()?;
            }
        }
        Ok(())
    }

    /// Brings a partition into memory, in the place of `former`, whose room is used again.
    pub(super) fn load(
        &mut self,
        partition: usize,
        former: EventBuffer,
    ) -> io::Result<EventBuffer> {
        match &mut self.stores[partition] {
            Store::Memory(bytes) => Ok(EventBuffer(std::mem::take(bytes))),
            Store::File { file, bytes } => {
                let file = file.get_mut();
                file.seek(SeekFrom::Start(0))?;
                let EventBuffer(mut buffer) = former;
                buffer.clear();
                if file.read_to_end(&mut buffer)? as u64 != *bytes {
                    return Err(io::Error::other("one of them does not hold what was written"));
                }
                file.set_len(0)?;
                Ok(EventBuffer(buffer))
            }
        }
    }
}

/// The events of one partition in memory, in their order.
#[derive(Default)]
pub(super) struct EventBuffer(Vec<u8>);

/// An event of a partition, and what it is matched by.
#[derive(Clone, Copy)]
pub(super) struct KeyedEvent<'a> {
    pub(super) event: EventRef<'a>,
    pub(super) fingerprint: Fingerprint,
}

impl EventBuffer {
    pub(super) fn events(&self) -> Vec<KeyedEvent<'_>> {
        let mut events = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some((head, lines)) = rest.split_first_chunk::<HEAD_BYTES>() {
            let [order, file, number, length, fingerprint @ ..] = head_of(head);
            let (line, next) = lines.split_at(length as usize);
            let event = EventRef { line, file: file as u32, number, order };
            events.push(KeyedEvent { event, fingerprint: Fingerprint::from_numbers(fingerprint) });
            rest = next;
        }
        debug_assert!(rest.is_empty(), "lines are kept whole");
        events
    }
}
