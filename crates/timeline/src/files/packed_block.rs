//! Events one behind the other, as one thread hands them to another.

use std::io;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use event_simulator::wire::EventFields;

/// Bytes or events that a block is handed on with.
const BLOCK_BYTES: usize = 256 * 1024;
const BLOCK_EVENTS: usize = 4096;

/// Blocks that may wait to be taken.
const BLOCKS_AHEAD: usize = 4;

/// Events, packed, in the order in which they were added, each with a head.
pub(super) struct PackedBlock<H> {
    events: Vec<PackedEvent<H>>,
    bytes: Vec<u8>,
}

/// Its head, and where its parts end.
struct PackedEvent<H> {
    head: H,
    contents_end: usize,
    common_end: usize,
    end: usize,
}

/// The parts of an event.
#[derive(Clone, Copy)]
pub(super) struct PackedParts<'a, H> {
    pub(super) head: &'a H,
    /// What is its own, and what other events often have, too; nothing if there is no event.
    pub(super) contents: &'a [u8],
    pub(super) common: &'a [u8],
    /// Its line, where that is wanted.
    pub(super) line: &'a [u8],
}

impl<H> Default for PackedBlock<H> {
    fn default() -> Self {
        Self { events: Vec::new(), bytes: Vec::new() }
    }
}

impl<H> PackedBlock<H> {
    fn push(&mut self, head: H, event: Option<&EventFields<'_>>, line: &[u8]) {
        if let Some(event) = event {
            event.pack_common(&mut self.bytes);
        }
        let contents_end = self.bytes.len();
        if let Some(event) = event {
            event.pack_own(&mut self.bytes);
        }
        let common_end = self.bytes.len();
        self.bytes.extend_from_slice(line);
        let end = self.bytes.len();
        self.events.push(PackedEvent { head, contents_end, common_end, end });
    }

    /// The events.
    pub(super) fn events(&self) -> impl Iterator<Item = PackedParts<'_, H>> {
        let mut start = 0;
        self.events.iter().map(move |event| {
            let begun = mem::replace(&mut start, event.end);
            PackedParts {
                head: &event.head,
                contents: &self.bytes[begun..event.contents_end],
                common: &self.bytes[event.contents_end..event.common_end],
                line: &self.bytes[event.common_end..event.end],
            }
        })
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes.clear();
    }
}

/// The event that was packed in these parts.
pub(super) fn unpacked<'a>(contents: &'a [u8], common: &'a [u8]) -> io::Result<EventFields<'a>> {
    let event = EventFields::unpack_parts(contents, common);
    event.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The end at which events are given.
pub(super) struct BlockSender<H> {
    block: PackedBlock<H>,
    blocks: SyncSender<PackedBlock<H>>,
    used: Receiver<PackedBlock<H>>,
}

/// The end at which they are taken.
pub(super) struct BlockReceiver<H> {
    blocks: Receiver<PackedBlock<H>>,
    used: Sender<PackedBlock<H>>,
}

/// Both ends of a way from one thread to another.
pub(super) fn blocks<H>() -> (BlockSender<H>, BlockReceiver<H>) {
    let (given, taken) = sync_channel(BLOCKS_AHEAD);
    let (returned, used) = channel();
    let sender = BlockSender { block: PackedBlock::default(), blocks: given, used };
    (sender, BlockReceiver { blocks: taken, used: returned })
}

impl<H> BlockSender<H> {
    /// Gives an event, or what stands for one; false if nobody takes them any more.
    pub(super) fn give(&mut self, head: H, event: Option<&EventFields<'_>>, line: &[u8]) -> bool {
        self.block.push(head, event, line);
        let is_full =
            self.block.bytes.len() >= BLOCK_BYTES || self.block.events.len() >= BLOCK_EVENTS;
        !is_full || self.hand_on()
    }

    /// Gives what is left.
    pub(super) fn finish(mut self) {
        self.hand_on();
    }

    fn hand_on(&mut self) -> bool {
        let next = self.used.try_recv().unwrap_or_default();
        self.blocks.send(mem::replace(&mut self.block, next)).is_ok()
    }
}

impl<H> BlockReceiver<H> {
    /// Looks at all events, to the first error, which ends the other side, too.
    pub(super) fn for_each<E>(
        self,
        mut look: impl FnMut(PackedParts<'_, H>) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Ok(mut block) = self.blocks.recv() {
            block.events().try_for_each(&mut look)?;
            block.clear();
            // If nobody wants the buffers back they are simply freed.
            let _ = self.used.send(block);
        }
        Ok(())
    }
}
