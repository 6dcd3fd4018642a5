//! The events of both sides, by partition.

use std::io;
use std::path::Path;

use super::event_ref::{EventRef, Side};
use super::fingerprint::Fingerprint;
use super::hashing::NOTHING;
use super::spill::Partitions;

/// Memory that a partition takes for each byte of its lines: the lines, the tables over them.
const MEMORY_PER_BYTE: u64 = 4;

/// A partition that processor caches can help with.
const GOOD_PARTITION_BYTES: u64 = 16 << 20;

const MOST_PARTITIONS: u64 = 1024;

/// The growth of a compressed file.
const COMPRESSION: u64 = 12;

/// The number of partitions, and the memory that each of several stores may take.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) partitions: usize,
    pub(super) memory_bytes: u64,
}

impl Layout {
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a Path>, memory_bytes: u64) -> Self {
        let mut bytes = 0_u64;
        for path in files {
            // A file that is not there is left to those who open it.
            let Ok(metadata) = path.metadata() else { continue };
            let extension = path.extension().and_then(|extension| extension.to_str());
            let growth = if matches!(extension, Some("gz" | "zst")) { COMPRESSION } else { 1 };
            bytes += metadata.len() * growth;
        }
        let needed = (bytes * MEMORY_PER_BYTE).div_ceil(memory_bytes.max(1));
        let good = bytes.div_ceil(GOOD_PARTITION_BYTES);
        Self { partitions: needed.max(good).clamp(1, MOST_PARTITIONS) as usize, memory_bytes }
    }

    /// The memory of one of the stores that are alive at a time.
    pub(super) fn memory_of_a_store(self) -> u64 {
        self.memory_bytes / 16
    }
}

/// An event, and what it is matched by.
#[derive(Clone, Copy)]
pub(super) struct KeyedEvent<'a> {
    pub(super) event: EventRef<'a>,
    pub(super) fingerprint: Fingerprint,
    /// The hash of `props.event_id`, if there is one.
    pub(super) props_id: Option<u64>,
}

/// Events by partition.
pub(super) struct PartitionedEvents {
    records: Partitions,
    side: Side,
    events: u64,
}

/// The numbers before each line: its order, file, number, length, the id in
/// `props`, and the fingerprint.
type Head = [u64; 5 + Fingerprint::NUMBERS];

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

impl PartitionedEvents {
    pub(super) fn new(side: Side, layout: Layout) -> Self {
        let records = Partitions::new(layout.partitions, layout.memory_of_a_store());
        Self { records, side, events: 0 }
    }

    /// The number of events.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    /// Adds an event to the partition of `key`.
    pub(super) fn add(&mut self, key: u64, event: &KeyedEvent<'_>) -> io::Result<()> {
        let EventRef { line, file, number, order, .. } = event.event;
        let [user, session, id, content, rest, time] = event.fingerprint.to_numbers();
        let length = line.len() as u64;
        self.events += 1;
        let props_id = event.props_id.unwrap_or(NOTHING);
        let head = [
            order,
            u64::from(file),
            number,
            length,
            props_id,
            user,
            session,
            id,
            content,
            rest,
            time,
        ];
        self.records.add(key, [&bytes_of(head), line])
    }

    /// The events of a partition in their order; `room` is for those that are not in memory.
    pub(super) fn load<'a>(
        &'a self,
        partition: usize,
        room: &'a mut Vec<u8>,
    ) -> io::Result<Vec<KeyedEvent<'a>>> {
        Ok(self.events_in(self.records.load(partition, room)?))
    }

    fn events_in<'a>(&self, mut rest: &'a [u8]) -> Vec<KeyedEvent<'a>> {
        let mut events = Vec::new();
        while let Some((head, lines)) = rest.split_first_chunk::<HEAD_BYTES>() {
            let [order, file, number, length, props_id, fingerprint @ ..] = head_of(head);
            let (line, next) = lines.split_at(length as usize);
            let event = EventRef { line, side: self.side, file: file as u32, number, order };
            let fingerprint = Fingerprint::from_numbers(fingerprint);
            let props_id = Some(props_id).filter(|id| *id != NOTHING);
            events.push(KeyedEvent { event, fingerprint, props_id });
            rest = next;
        }
        debug_assert!(rest.is_empty(), "lines are kept whole");
        events
    }

    /// Hands every event to `visit`, by partition.
    pub(super) fn each(
        &self,
        mut visit: impl FnMut(&KeyedEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        for partition in 0..self.records.count() {
            self.each_of(partition, &mut visit)?;
        }
        Ok(())
    }

    /// Hands every event of a partition to `visit`.
    fn each_of(
        &self,
        partition: usize,
        visit: &mut impl FnMut(&KeyedEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.records
            .each_piece(partition, |piece| self.events_in(piece).iter().try_for_each(&mut *visit))
    }
}

/// Events of both sides, in the same partitions.
pub(super) struct Sides {
    pub(super) sent: PartitionedEvents,
    pub(super) received: PartitionedEvents,
    layout: Layout,
}

impl Sides {
    pub(super) fn new(layout: Layout) -> Self {
        let (sent, received) = (
            PartitionedEvents::new(Side::Sent, layout),
            PartitionedEvents::new(Side::Received, layout),
        );
        Self { sent, received, layout }
    }

    pub(super) fn partitions(&self) -> usize {
        self.layout.partitions
    }

    /// The store of a side.
    pub(super) fn of(&mut self, side: Side) -> &mut PartitionedEvents {
        match side {
            Side::Sent => &mut self.sent,
            Side::Received => &mut self.received,
        }
    }

    /// Puts the events of a side into partitions by another key, matched by another id if `by_props_id`.
    pub(super) fn repartition(
        &mut self,
        side: Side,
        by_props_id: bool,
        key: impl Fn(&KeyedEvent<'_>) -> u64,
    ) -> io::Result<()> {
        let mut events = PartitionedEvents::new(side, self.layout);
        self.of(side).each(|event| {
            let mut event = *event;
            if by_props_id {
                event.fingerprint = event.fingerprint.with_id(event.props_id);
            }
            events.add(key(&event), &event)
        })?;
        *self.of(side) = events;
        Ok(())
    }

    /// True if there are no events of either side.
    pub(super) fn is_empty(&self) -> bool {
        self.sent.events == 0 && self.received.events == 0
    }

    /// True if a partition is far too large for memory, because its key is that of very many events.
    pub(super) fn is_too_large(&self, partition: usize) -> bool {
        let bytes = self.sent.records.bytes(partition) + self.received.records.bytes(partition);
        bytes * MEMORY_PER_BYTE / 2 > self.layout.memory_bytes
    }

    /// The events of a partition cut into smaller ones by another key; none if they have none.
    pub(super) fn cut(
        &self,
        partition: usize,
        key: impl Fn(&KeyedEvent<'_>) -> Option<u64>,
    ) -> io::Result<Option<Self>> {
        let mut parts = Self::new(self.layout);
        let mut has_key = true;
        for (from, to) in [(&self.sent, &mut parts.sent), (&self.received, &mut parts.received)] {
            from.each_of(partition, &mut |event| match key(event) {
                Some(key) if has_key => to.add(key, event),
                _ => {
                    has_key = false;
                    Ok(())
                }
            })?;
        }
        Ok(has_key.then_some(parts))
    }
}
