//! The order in which the events of a user were received.

use std::io;

use super::event_store::{KeyedEvent, Layout};
use super::spill::Partitions;
use super::subsequence::longest_in_order;

/// The events that were matched, by user: where they stand on either side, and their time.
pub(super) struct OrderLog {
    records: Partitions,
}

/// The user, the places as received and as sent, and the time.
type OrderRecord = [u64; 4];

const RECORD_BYTES: usize = size_of::<OrderRecord>();

/// The time of an event that has none.
const NO_TIME: u64 = u64::MAX;

fn record_of(bytes: &[u8; RECORD_BYTES]) -> OrderRecord {
    let (numbers, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|index| u64::from_le_bytes(numbers[index]))
}

impl OrderLog {
    pub(super) fn new(layout: Layout) -> Self {
        Self { records: Partitions::new(layout.partitions, layout.memory_of_a_store()) }
    }

    pub(super) fn add(
        &mut self,
        sent: &KeyedEvent<'_>,
        received: &KeyedEvent<'_>,
    ) -> io::Result<()> {
        let user = sent.fingerprint.user;
        let time = sent.fingerprint.millis().unwrap_or(NO_TIME);
        let record: OrderRecord = [user, received.event.order, sent.event.order, time];
        let mut bytes = [0; RECORD_BYTES];
        for (room, number) in bytes.chunks_exact_mut(8).zip(record) {
            room.copy_from_slice(&number.to_le_bytes());
        }
        self.records.add(user, [&bytes, &[]])
    }

    /// The places of the received events that stand out of the order of their user in their file: the fewest
    /// whose removal leaves order. `files` has the first place of each file.
    pub(super) fn out_of_order(&self, files: &[u64]) -> io::Result<Vec<u64>> {
        let file_of = |place: u64| files.partition_point(|first| *first <= place);
        let mut room = Vec::new();
        let mut found = Vec::new();
        for partition in 0..self.records.count() {
            let mut bytes = self.records.load(partition, &mut room)?.to_vec();
            let (records, _) = bytes.as_chunks_mut::<RECORD_BYTES>();
            records.sort_unstable_by_key(record_of);
            let is_together = |a: &[u8; RECORD_BYTES], b: &[u8; RECORD_BYTES]| {
                let ([user, place, ..], [other_user, other_place, ..]) =
                    (record_of(a), record_of(b));
                user == other_user && file_of(place) == file_of(other_place)
            };
            for together in records.chunk_by(is_together) {
                if !together.is_sorted_by_key(|record| record_of(record)[2]) {
                    let records: Vec<OrderRecord> = together.iter().map(record_of).collect();
                    let in_order = longest_in_order(&ranks(&records));
                    let marked = records.iter().zip(in_order).filter(|(_, in_order)| !in_order);
                    found.extend(marked.map(|([_, place, ..], _)| *place));
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

/// For each record the rank among those of its user as sent. What follows at the same time has the same rank:
/// nobody can say which of the two came first.
fn ranks(records: &[OrderRecord]) -> Vec<u64> {
    let mut as_sent: Vec<usize> = (0..records.len()).collect();
    as_sent.sort_unstable_by_key(|&index| records[index][2]);
    let mut ranks = vec![0; records.len()];
    let (mut rank, mut before) = (0, NO_TIME);
    for index in as_sent {
        let [.., time] = records[index];
        rank += u64::from(time != before || time == NO_TIME);
        before = time;
        ranks[index] = rank;
    }
    ranks
}
