//! Records cut into partitions that fit into memory, kept in one temporary file beyond a bound.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Records by partition: in memory up to a bound, and then in a file.
pub(super) struct Partitions {
    parts: Vec<PartitionBytes>,
    bytes_in_memory: u64,
    most_in_memory: u64,
    file: Option<(File, u64)>,
}

#[derive(Default)]
struct PartitionBytes {
    /// What is not in the file.
    memory: Vec<u8>,
    /// Where the rest stands in the file: offsets and lengths.
    extents: Vec<(u64, u64)>,
}

impl Partitions {
    pub(super) fn new(parts: usize, most_in_memory: u64) -> Self {
        let parts = (0..parts.max(1)).map(|_| PartitionBytes::default()).collect();
        Self { parts, bytes_in_memory: 0, most_in_memory, file: None }
    }

    /// The number of partitions.
    pub(super) fn count(&self) -> usize {
        self.parts.len()
    }

    /// Adds the pieces of a record to the partition of `key`.
    pub(super) fn add(&mut self, key: u64, pieces: [&[u8]; 2]) -> io::Result<()> {
        let count = self.parts.len() as u64;
        let part = &mut self.parts[(key % count) as usize];
        for piece in pieces {
            part.memory.extend_from_slice(piece);
            self.bytes_in_memory += piece.len() as u64;
        }
        if self.bytes_in_memory <= self.most_in_memory {
            return Ok(());
        }
        self.write_to_file()
    }

    fn write_to_file(&mut self) -> io::Result<()> {
        let (mut file, mut end) = match self.file.take() {
            Some(open) => open,
            None => (tempfile::tempfile()?, 0),
        };
        file.seek(SeekFrom::Start(end))?;
        for part in self.parts.iter_mut().filter(|part| !part.memory.is_empty()) {
            file.write_all(&part.memory)?;
            let length = part.memory.len() as u64;
            part.extents.push((end, length));
            end += length;
            part.memory.clear();
        }
        self.bytes_in_memory = 0;
        self.file = Some((file, end));
        Ok(())
    }

    /// The bytes of a partition.
    pub(super) fn bytes(&self, part: usize) -> u64 {
        let part = &self.parts[part];
        part.memory.len() as u64 + part.extents.iter().map(|(_, length)| length).sum::<u64>()
    }

    /// Hands the records of a partition to `visit` piece by piece, each of whole records, in the order in which
    /// they were added.
    pub(super) fn each_piece(
        &self,
        part: usize,
        mut visit: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let part = &self.parts[part];
        if let Some((file, _)) = &self.file {
            let mut room = Vec::new();
            for extent in &part.extents {
                room.clear();
                read_extent(file, *extent, &mut room)?;
                visit(&room)?;
            }
        }
        visit(&part.memory)
    }

    /// The records of a partition, in the order in which they were added; read into `room` if they are in
    /// the file.
    pub(super) fn load<'a>(&'a self, part: usize, room: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let part = &self.parts[part];
        let Some((file, _)) = &self.file else { return Ok(&part.memory) };
        room.clear();
        for extent in &part.extents {
            read_extent(file, *extent, room)?;
        }
        room.extend_from_slice(&part.memory);
        Ok(room)
    }
}

fn read_extent(
    mut file: &File,
    (offset, length): (u64, u64),
    room: &mut Vec<u8>,
) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    if file.take(length).read_to_end(room)? as u64 != length {
        return Err(io::Error::other("one of them does not hold what was written"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_back_in_their_order(
            records in prop::collection::vec((0_u64..7, prop::collection::vec(any::<u8>(), 0..9)), 0..60),
            most in 0_u64..300,
        ) {
            let mut partitions = Partitions::new(3, most);
            let mut expected = [const { Vec::new() }; 3];
            for (key, record) in &records {
                partitions.add(*key, [record, b"!"]).unwrap();
                expected[(key % 3) as usize].extend([record.as_slice(), b"!"].concat());
            }
            for (index, expected) in expected.iter().enumerate() {
                let mut room = Vec::new();
                prop_assert_eq!(partitions.load(index, &mut room).unwrap(), expected.as_slice());
                prop_assert_eq!(partitions.bytes(index), expected.len() as u64);
                let mut pieces = Vec::new();
                partitions
                    .each_piece(index, |piece| {
                        pieces.extend_from_slice(piece);
                        Ok(())
                    })
                    .unwrap();
                prop_assert_eq!(&pieces, expected);
            }
        }
    }
}
