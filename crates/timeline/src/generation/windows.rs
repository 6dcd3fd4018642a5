//! Windows of virtual time, each made by one of several threads.

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

/// Records that a window of virtual time should hold: enough to make handing them over cheap.
const RECORDS_PER_WINDOW: f64 = 8_192.0;

/// The records of one shard in one window of virtual time, in order.
pub(super) struct Piece {
    pub(super) records: Vec<Record>,
    /// The shard has nothing more, in this round's windows or later.
    shard_is_done: bool,
}

/// Gives the records of all pieces of one window to `take`, in the order of the timeline.
pub(super) fn merge(pieces: &[Piece], mut take: impl FnMut(&Record)) {
    let mut parts: Vec<_> = pieces.iter().map(|piece| piece.records.iter()).collect();
    let mut heads: BinaryHeap<_> = parts
        .iter_mut()
        .enumerate()
        .filter_map(|(part, rest)| rest.next().map(|head| Reverse((head, part))))
        .collect();
    while let Some(mut least) = heads.peek_mut() {
        let Reverse((record, part)) = *least;
        take(record);
        match parts[part].next() {
            Some(next) => *least = Reverse((next, part)),
            None => {
                PeekMut::pop(least);
            }
        }
    }
}

/// Makes something of each window of a timeline by `jobs` threads, and gives it to `take`, in order.
///
/// Each thread is a single-threaded clock for its share of the users. Virtual time is cut into
/// windows, and in each round of `jobs` windows every thread simulates its users through all of
/// them and then merges and makes one window whole. So both halves of the work are spread over
/// the threads, and only what is made passes through one place, where it is taken in order.
pub(super) fn in_windows<T: Send, M: FnMut(&[Piece]) -> T + Send>(
    model: &Model,
    seed: u64,
    jobs: u32,
    maker: impl Fn() -> M,
    mut take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let (mut workers, outputs) = Worker::team(model, seed, jobs, window_ms(model));
    thread::scope(|scope| {
        for worker in workers.drain(..) {
            let make = maker();
            scope.spawn(move || worker.run(make));
        }
        // Dropping the outputs on an error ends the workers.
        for output in outputs.iter().cycle() {
            let Ok(made) = output.recv() else { break };
            take(made)?;
        }
        drop(outputs);
        Ok(())
    })
}

fn window_ms(model: &Model) -> u64 {
    (RECORDS_PER_WINDOW / model.rate().events_per_ms).clamp(1.0, 1e12) as u64
}

struct Worker<T> {
    simulation: Simulation,
    /// The first record beyond the last window.
    next: Option<Record>,
    window_start: VirtualTime,
    window_ms: u64,
    to_each: Vec<SyncSender<Piece>>,
    from_each: Vec<Receiver<Piece>>,
    output: SyncSender<T>,
}

impl<T> Worker<T> {
    fn team(model: &Model, seed: u64, jobs: u32, window_ms: u64) -> (Vec<Self>, Vec<Receiver<T>>) {
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
    fn run(mut self, mut make: impl FnMut(&[Piece]) -> T) {
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
            if self.output.send(make(&pieces)).is_err() || all_done {
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
}
