//! From a simulation to blocks of bytes, on one core or several.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::simulation::{Shard, Simulation};
use event_simulator::time::VirtualTime;

use super::tally::Tally;
use crate::conversion::LineConverter;
use crate::files::BLOCK_BYTES;
use event_simulator::wire::Encode;

/// Room for one line; most are shorter.
const LINE_ROOM: usize = 320;

/// Room for a block and what goes beyond it.
const BLOCK_ROOM: usize = BLOCK_BYTES + 16 * LINE_ROOM;

/// Records that a window of virtual time should hold: enough to make handing them over cheap.
const RECORDS_PER_WINDOW: f64 = 8_192.0;

/// Gives a simulation's events as an encoder writes them to `write`, block by block, in order, with the tally so far. It
/// may keep a block and leave another in its place.
pub(crate) fn write_blocks(
    mut simulation: Simulation,
    mut encoder: impl Encode,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    let mut block = Vec::with_capacity(BLOCK_ROOM);
    while let Some(record) = simulation.next_record() {
        tally.add(&record);
        encoder.encode(&record, &mut block);
        if block.len() >= BLOCK_BYTES {
            write(&mut block, &tally)?;
            block.clear();
            block.reserve(BLOCK_ROOM);
        }
    }
    write(&mut block, &tally)?;
    Ok(tally)
}

/// The records of one shard in one window of virtual time, in order.
struct Piece {
    records: Vec<Record>,
    /// The shard has nothing more, in this round's windows or later.
    shard_is_done: bool,
}

/// The lines of one window, made by one worker.
struct EncodedWindow {
    bytes: io::Result<Vec<u8>>,
    tally: Tally,
}

/// The same bytes by `jobs` threads, each of which also turns what is encoded into another form if there is one.
///
/// Each thread is a single-threaded clock for its share of the users. Virtual time is cut into
/// windows, and in each round of `jobs` windows every thread simulates its users through all of
/// them and then merges and encodes one window whole. So both halves of the work are spread over
/// the threads, and only the blocks pass through one place, where they are written in order.
pub(crate) fn write_blocks_in_parallel(
    model: &Model,
    seed: u64,
    jobs: u32,
    encoder: &(impl Encode + Clone + Send),
    converter: Option<&LineConverter>,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let window_ms = window_ms(model);
    let (mut workers, outputs) = Worker::team(model, seed, jobs, window_ms);
    thread::scope(|scope| {
        for worker in workers.drain(..) {
            let (encoder, converter) = (encoder.clone(), converter.cloned());
            scope.spawn(move || worker.run(encoder, converter));
        }
        let mut tally = Tally::new(model);
        // Dropping the outputs on an error ends the workers.
        for output in outputs.iter().cycle() {
            let Ok(block) = output.recv() else { break };
            tally.append(&block.tally);
            write(&mut block.bytes?, &tally)?;
        }
        drop(outputs);
        Ok(tally)
    })
}

fn window_ms(model: &Model) -> u64 {
    (RECORDS_PER_WINDOW / model.rate().events_per_ms).clamp(1.0, 1e12) as u64
}

struct Worker {
    simulation: Simulation,
    /// The first record beyond the last window.
    next: Option<Record>,
    window_start: VirtualTime,
    window_ms: u64,
    to_each: Vec<SyncSender<Piece>>,
    from_each: Vec<Receiver<Piece>>,
    output: SyncSender<EncodedWindow>,
}

impl Worker {
    fn team(
        model: &Model,
        seed: u64,
        jobs: u32,
        window_ms: u64,
    ) -> (Vec<Self>, Vec<Receiver<EncodedWindow>>) {
        let count = jobs as usize;
        let mut senders: Vec<Vec<SyncSender<Piece>>> = (0..count).map(|_| Vec::new()).collect();
        let mut receivers: Vec<Vec<Receiver<Piece>>> = (0..count).map(|_| Vec::new()).collect();
        for from in &mut senders {
            for to in &mut receivers {
                // Room for one piece: a thread may be one round ahead of another, not more.
                let (sender, receiver) = sync_channel(1);
                from.push(sender);
                to.push(receiver);
            }
        }
        let mut outputs = Vec::with_capacity(count);
        let workers = senders
            .into_iter()
            .zip(receivers)
            .enumerate()
            .filter_map(|(index, (to_each, from_each))| {
                let shard = Shard::new(index as u32, jobs)?;
                let (output, blocks) = sync_channel(2);
                outputs.push(blocks);
                let mut simulation = model.simulate_shard(seed, shard);
                let next = simulation.next_record();
                let window_start = model.start();
                Some(Self { simulation, next, window_start, window_ms, to_each, from_each, output })
            })
            .collect();
        (workers, outputs)
    }

    /// Runs until there is nothing more, or nobody takes it.
    fn run(mut self, mut encoder: impl Encode, mut converter: Option<LineConverter>) {
        loop {
            let windows: Vec<Vec<Record>> =
                (0..self.to_each.len()).map(|_| self.simulate_window()).collect();
            let shard_is_done = self.next.is_none();
            for (records, to) in windows.into_iter().zip(&self.to_each) {
                if to.send(Piece { records, shard_is_done }).is_err() {
                    return;
                }
            }
            let mut pieces = Vec::with_capacity(self.from_each.len());
            for from in &self.from_each {
                match from.recv() {
                    Ok(piece) => pieces.push(piece),
                    Err(_) => return,
                }
            }
            let all_done = pieces.iter().all(|piece| piece.shard_is_done);
            let block = self.encode(&mut encoder, converter.as_mut(), &pieces);
            if self.output.send(block).is_err() || all_done {
                return;
            }
        }
    }

    /// This shard's records up to the end of the next window.
    fn simulate_window(&mut self) -> Vec<Record> {
        let end = self.window_start.as_millis().saturating_add(self.window_ms);
        let mut records = Vec::new();
        while let Some(record) = self.next.filter(|record| record.time().as_millis() < end) {
            records.push(record);
            self.next = self.simulation.next_record();
        }
        self.window_start = VirtualTime::from_millis(end).unwrap_or(VirtualTime::MAX);
        records
    }

    /// Merges the pieces of one window in the order of the timeline, encodes and converts them.
    fn encode(
        &self,
        encoder: &mut impl Encode,
        converter: Option<&mut LineConverter>,
        pieces: &[Piece],
    ) -> EncodedWindow {
        let mut tally = Tally::new(self.simulation.model());
        let records: usize = pieces.iter().map(|piece| piece.records.len()).sum();
        let mut bytes = Vec::with_capacity(records * LINE_ROOM);
        let mut parts: Vec<_> = pieces.iter().map(|piece| piece.records.iter()).collect();
        let mut heads: BinaryHeap<_> = parts
            .iter_mut()
            .enumerate()
            .filter_map(|(part, rest)| rest.next().map(|head| Reverse((head, part))))
            .collect();
        while let Some(mut least) = heads.peek_mut() {
            let Reverse((record, part)) = *least;
            tally.add(record);
            encoder.encode(record, &mut bytes);
            match parts[part].next() {
                Some(next) => *least = Reverse((next, part)),
                None => {
                    PeekMut::pop(least);
                }
            }
        }
        let bytes = match converter {
            Some(converter) => {
                let mut converted = Vec::with_capacity(2 * bytes.len());
                let outcome = converter.convert_block(&bytes, &mut converted);
                outcome.map(|()| converted).map_err(io::Error::other)
            }
            None => Ok(bytes),
        };
        EncodedWindow { bytes, tally }
    }
}
