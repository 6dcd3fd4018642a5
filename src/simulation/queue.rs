//! The queue of the records that are due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::event::Record;
use crate::time::VirtualTime;

/// The records of a chunk: 1 KiB.
const CHUNK_RECORDS: usize = 1024 / size_of::<Record>();

const NO_CHUNK: u32 = u32::MAX;
const MAX_BUCKETS: u64 = 1 << 17;

/// The widest bucket: a time within it and the 32 bits of a user's id make a sort key of 64 bits.
const MAX_WIDTH_BITS: u32 = 31;

/// The records that a bucket should hold: few enough to be sorted within a first-level cache of 32 KiB,
/// enough to make moving on from bucket to bucket cheap.
const RECORDS_PER_BUCKET: u16 = 512;
const _: () = assert!(RECORDS_PER_BUCKET as usize * size_of::<Record>() <= 32 * 1024);

/// The buckets over which a session is spread at least, so that few records fall into the bucket that
/// is being emptied.
const BUCKETS_PER_SESSION: u64 = 32;

/// A monotone priority queue of records, ordered by [`Record::key`].
///
/// It is a calendar queue (Brown, "Calendar queues: a fast O(1) priority queue implementation for
/// the simulation event set problem", Communications of the ACM 31, 1988) for a simulation that
/// never schedules into the past. Pushing appends to the bucket of the record's time; a bucket is
/// sorted when its time comes. What is pushed into the bucket that is being emptied waits in a small
/// heap, and what lies beyond the last bucket in another. Buckets are lists of chunks from one pool:
/// memory follows what is waiting, and chunks just emptied are reused while they are in the cache.
///
/// Costs O(1) a push and O(log records-per-bucket) a pop. The order does not depend on the width
/// and number of buckets; they are performance parameters only.
pub(crate) struct CalendarQueue {
    width_bits: u32,
    buckets: Vec<Bucket>,
    chunks: Vec<Chunk>,
    free_chunk: u32,
    /// The absolute number of the bucket that is being emptied: `time >> width_bits`.
    now: u64,
    /// Its records in falling order, the next one last.
    current: Vec<Record>,
    late: BinaryHeap<Reverse<Record>>,
    far: BinaryHeap<Reverse<Record>>,
    /// Records in `buckets`.
    waiting: usize,
}

#[derive(Clone, Copy)]
struct Bucket {
    chunk: u32,
    records_in_chunk: u32,
}

#[derive(Clone)]
struct Chunk {
    records: [Record; CHUNK_RECORDS],
    next: u32,
}

const EMPTY_BUCKET: Bucket = Bucket { chunk: NO_CHUNK, records_in_chunk: 0 };

/// The load that the queue is tuned for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Events a millisecond of virtual time.
    pub(crate) events_per_ms: f64,
    /// A session's typical duration, in milliseconds.
    pub(crate) session_ms: u64,
    /// The time from now within which records are pushed, in milliseconds.
    pub(crate) horizon_ms: u64,
}

impl CalendarQueue {
    /// A queue whose clock starts at `start`.
    pub(crate) fn new(start: VirtualTime, load: Load) -> Self {
        let by_load =
            (f64::from(RECORDS_PER_BUCKET) / load.events_per_ms.max(f64::MIN_POSITIVE)) as u64;
        let by_session = load.session_ms / BUCKETS_PER_SESSION;
        let by_horizon = load.horizon_ms / MAX_BUCKETS;
        let width_bits = by_load.min(by_session).max(by_horizon).max(1).ilog2().min(MAX_WIDTH_BITS);
        let buckets = (load.horizon_ms >> width_bits).clamp(1, MAX_BUCKETS - 1) + 1;
        Self::with_buckets(start, width_bits, buckets.next_power_of_two() as usize)
    }

    /// `buckets` must be a power of two.
    fn with_buckets(start: VirtualTime, width_bits: u32, buckets: usize) -> Self {
        Self {
            width_bits,
            buckets: vec![EMPTY_BUCKET; buckets],
            chunks: Vec::new(),
            free_chunk: NO_CHUNK,
            now: start.as_millis() >> width_bits,
            current: Vec::new(),
            late: BinaryHeap::new(),
            far: BinaryHeap::new(),
            waiting: 0,
        }
    }

    /// Adds a record, which must not lie before the last one that was popped.
    #[inline]
    pub(crate) fn push(&mut self, record: Record) {
        let bucket = record.time.as_millis() >> self.width_bits;
        if bucket <= self.now {
            self.late.push(Reverse(record));
        } else if bucket - self.now < self.buckets.len() as u64 {
            self.append(bucket, record);
        } else {
            self.far.push(Reverse(record));
        }
    }

    /// The next record in order.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Record> {
        if self.late.is_empty()
            && let Some(next) = self.current.pop()
        {
            return Some(next);
        }
        self.pop_late_or_advance()
    }

    fn pop_late_or_advance(&mut self) -> Option<Record> {
        loop {
            match (self.current.last(), self.late.peek()) {
                (Some(next), Some(Reverse(late))) if next <= late => {
                    return self.current.pop();
                }
                (_, Some(_)) => return self.late.pop().map(|Reverse(record)| record),
                (Some(_), None) => return self.current.pop(),
                (None, None) => {
                    if !self.advance() {
                        return None;
                    }
                }
            }
        }
    }

    /// The records in it.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting + self.current.len() + self.late.len() + self.far.len()
    }

    fn slot(&self, bucket: u64) -> usize {
        bucket as usize & (self.buckets.len() - 1)
    }

    fn append(&mut self, bucket: u64, record: Record) {
        let slot = self.slot(bucket);
        let Bucket { chunk, records_in_chunk } = self.buckets[slot];
        self.waiting += 1;
        if chunk != NO_CHUNK && (records_in_chunk as usize) < CHUNK_RECORDS {
            self.chunks[chunk as usize].records[records_in_chunk as usize] = record;
            self.buckets[slot].records_in_chunk = records_in_chunk + 1;
        } else {
            let chunk = self.chunk_with(record, chunk);
            self.buckets[slot] = Bucket { chunk, records_in_chunk: 1 };
        }
    }

    /// A chunk that holds `record` and is followed by chunk `next`.
    fn chunk_with(&mut self, record: Record, next: u32) -> u32 {
        if self.free_chunk == NO_CHUNK {
            self.chunks.push(Chunk { records: [record; CHUNK_RECORDS], next });
            return (self.chunks.len() - 1) as u32;
        }
        let index = self.free_chunk;
        let chunk = &mut self.chunks[index as usize];
        self.free_chunk = chunk.next;
        chunk.records[0] = record;
        chunk.next = next;
        index
    }

    /// Moves on to the next bucket that holds anything; false if none does.
    fn advance(&mut self) -> bool {
        if self.waiting > 0 {
            self.now += 1;
        } else if let Some(Reverse(record)) = self.far.peek() {
            self.now = record.time.as_millis() >> self.width_bits;
        } else {
            return false;
        }
        self.draw_in_far();
        self.empty_bucket();
        // The users of a timeline are all of a kind.
        if self.current.first().is_some_and(|record| record.session.user_may_be_unknown()) {
            self.current.sort_unstable_by_key(|record| Reverse(record.key()));
            return true;
        }
        let base_ms = self.now << self.width_bits;
        self.current.sort_unstable_by_key(|record| {
            Reverse((record.time.as_millis() - base_ms) << 32 | u64::from(record.user_code))
        });
        true
    }

    /// Moves what has come within reach of the buckets into them.
    fn draw_in_far(&mut self) {
        let reach = self.now + self.buckets.len() as u64;
        while let Some(Reverse(record)) = self.far.peek() {
            let bucket = record.time.as_millis() >> self.width_bits;
            if bucket >= reach {
                return;
            }
            let record = *record;
            self.far.pop();
            self.append(bucket, record);
        }
    }

    /// Moves the records of the bucket `now` into `current`.
    fn empty_bucket(&mut self) {
        let slot = self.slot(self.now);
        let Bucket { mut chunk, mut records_in_chunk } =
            std::mem::replace(&mut self.buckets[slot], EMPTY_BUCKET);
        while chunk != NO_CHUNK {
            let emptied = &mut self.chunks[chunk as usize];
            self.current.extend_from_slice(&emptied.records[..records_in_chunk as usize]);
            self.waiting -= records_in_chunk as usize;
            records_in_chunk = CHUNK_RECORDS as u32;
            let next = emptied.next;
            emptied.next = self.free_chunk;
            self.free_chunk = chunk;
            chunk = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Kind, RecordContent, SessionBits};
    use proptest::prelude::*;

    fn record(millis: u64, user: u32) -> Record {
        Record {
            time: VirtualTime::from_millis(millis).unwrap(),
            session: SessionBits::new(0, 0),
            user_code: user,
            number: 0,
            content: RecordContent::of_session(Kind::SESSION_CREATED),
        }
    }

    proptest! {
        /// Pops and pushes at random, never into the past, as the simulation does.
        #[test]
        fn order_is_that_of_a_binary_heap_whatever_the_buckets(
            width_bits in 0..14_u32,
            bucket_bits in 1..10_u32,
            start in 0..1_000_000_u64,
            pushes in prop::collection::vec((0..200_000_u64, 0..6_usize), 1..400),
        ) {
            let start = VirtualTime::from_millis(start).unwrap();
            let mut queue = CalendarQueue::with_buckets(start, width_bits, 1 << bucket_bits);
            let mut heap = BinaryHeap::new();
            let mut now = start.as_millis();
            for (user, (ahead, pops)) in (0..).zip(pushes) {
                let added = record(now + ahead, user);
                queue.push(added);
                heap.push(Reverse(added));
                for _ in 0..pops {
                    let expected = heap.pop().map(|Reverse(record)| record);
                    prop_assert_eq!(queue.pop(), expected);
                    now = expected.map_or(now, |record| record.time.as_millis());
                }
            }
            while let Some(Reverse(expected)) = heap.pop() {
                prop_assert_eq!(queue.pop(), Some(expected));
            }
            prop_assert_eq!(queue.pop(), None);
        }
    }

    #[test]
    fn memory_follows_what_is_waiting() {
        let mut queue = CalendarQueue::with_buckets(VirtualTime::MIN, 4, 256);
        for millis in 0..100_000 {
            queue.push(record(millis + 1_000, 0));
            if millis >= 100 {
                queue.pop();
            }
        }
        let records = queue.chunks.len() * CHUNK_RECORDS;
        assert!(records < 2_000, "room for {records} records, with 100 waiting in some 7 buckets");
    }
}
