//! Events of several files, or of one that is out of order, as one timeline.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use event_simulator::event::event_type;
use event_simulator::interner::Interner;
use event_simulator::policy::CountedPlace;
use event_simulator::time::VirtualTime;

use super::made_lines::MadeLines;
use super::read::{ReadError, TimelineReader};

/// Bytes of which one allocation holds the contents of events.
const BLOCK_BYTES: usize = 1 << 20;

/// Reads all events of `paths` and gives them back in order of time, as JSON lines.
///
/// An external merge sort: sorted runs of `memory_bytes` each go to temporary files, and are merged.
///
/// # Errors
/// The first line that is no event, and what fails of files, temporary ones included.
pub fn sorted(
    paths: &[PathBuf],
    memory_bytes: usize,
) -> Result<Box<dyn BufRead + Send>, ReadError> {
    let mut sorter = Sorter::new(memory_bytes);
    let (mut line, mut number) = (Vec::new(), 0);
    for path in paths {
        let mut reader = TimelineReader::open(path)?;
        while let Some(event) = reader.next_owned()? {
            line.clear();
            let written = serde_json::to_writer(&mut line, &event).map_err(io::Error::from);
            let (time, rank) = (event.event_time, event_type::rank(&event.event_type));
            let place = CountedPlace { time, rank, number };
            written.and_then(|()| sorter.push(place, &line, &[])).map_err(temporary)?;
            number += 1;
        }
    }
    let mut sorted = sorter.finish().map_err(temporary)?;
    let next_line = move |made: &mut Vec<u8>| {
        let Some((_, line, _)) = sorted.next()? else { return Ok(false) };
        made.extend_from_slice(line);
        made.push(b'\n');
        Ok(true)
    };
    Ok(Box::new(BufReader::new(MadeLines::new(next_line))))
}

pub(super) fn temporary(source: io::Error) -> ReadError {
    let name = "a temporary file (TMPDIR says where they are)".to_owned();
    ReadError::Io { name, source }
}

/// Sorts events in bounded memory, whatever form their contents have.
#[derive(Default)]
pub(super) struct Sorter {
    memory_bytes: usize,
    held: HeldEvents,
    runs: Vec<File>,
}

impl Sorter {
    /// A sorter that keeps so many bytes in memory.
    pub(super) fn new(memory_bytes: usize) -> Self {
        Self { memory_bytes, ..Self::default() }
    }

    /// Adds an event: its contents, and those that many events have in common. No two have one place.
    pub(super) fn push(
        &mut self,
        place: CountedPlace,
        contents: &[u8],
        common: &[u8],
    ) -> io::Result<()> {
        self.held.push(place, contents, common);
        if self.held.bytes < self.memory_bytes {
            return Ok(());
        }
        self.held.entries.sort_by_key(|entry| entry.place);
        let mut run = BufWriter::new(tempfile::tempfile()?);
        for entry in &self.held.entries {
            let CountedPlace { time, rank, number } = entry.place;
            run.write_all(&time.as_millis().to_le_bytes())?;
            run.write_all(&(number << 2 | u64::from(rank)).to_le_bytes())?;
            let (contents, common) = self.held.contents(entry);
            for length in [contents.len(), common.len()] {
                run.write_all(&(length as u64).to_le_bytes())?;
            }
            run.write_all(contents)?;
            run.write_all(common)?;
        }
        self.held.clear();
        let mut run = run.into_inner().map_err(io::IntoInnerError::into_error)?;
        run.rewind()?;
        self.runs.push(run);
        Ok(())
    }

    /// Gives the events in order.
    pub(super) fn finish(mut self) -> io::Result<SortedEvents> {
        self.held.entries.sort_by_key(|entry| entry.place);
        self.held.spare = Vec::new();
        let mut runs = vec![Run::Memory { held: self.held, next: 0 }];
        runs.extend(self.runs.into_iter().map(|run| Run::File {
            file: BufReader::new(run),
            bytes: Vec::new(),
            cut: 0,
        }));
        let mut next = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            next.extend(run.advance()?.map(|place| Reverse((place, index))));
        }
        Ok(SortedEvents { runs, next, given: None })
    }
}

/// Events in memory.
#[derive(Default)]
struct HeldEvents {
    entries: Vec<HeldEvent>,
    /// The contents of the events, none of them in two blocks.
    blocks: Vec<Vec<u8>>,
    /// What events have in common, each once.
    common: Interner<[u8]>,
    common_count: u32,
    /// Blocks to be used again.
    spare: Vec<Vec<u8>>,
    /// What all of it takes.
    bytes: usize,
}

#[derive(Clone, Copy)]
struct HeldEvent {
    place: CountedPlace,
    block: u32,
    start: u32,
    length: u32,
    common: u32,
}

/// What a text that events have in common takes beside its bytes.
const COMMON_BYTES: usize = 64;

impl HeldEvents {
    fn push(&mut self, place: CountedPlace, contents: &[u8], common: &[u8]) {
        let common_bytes = common.len() + COMMON_BYTES;
        let common = self.common.number(common);
        if common == self.common_count {
            self.common_count += 1;
            self.bytes += common_bytes;
        }
        let has_room = |block: &Vec<u8>| block.capacity() - block.len() >= contents.len();
        if !self.blocks.last().is_some_and(has_room) {
            let spare = self.spare.pop().filter(|block| block.capacity() >= contents.len());
            let mut block =
                spare.unwrap_or_else(|| Vec::with_capacity(BLOCK_BYTES.max(contents.len())));
            block.clear();
            self.blocks.push(block);
        }
        let block = self.blocks.len() - 1;
        let bytes = &mut self.blocks[block];
        let (block, start, length) = (block as u32, bytes.len() as u32, contents.len() as u32);
        bytes.extend_from_slice(contents);
        self.entries.push(HeldEvent { place, block, start, length, common });
        self.bytes += contents.len() + size_of::<HeldEvent>();
    }

    fn contents(&self, entry: &HeldEvent) -> (&[u8], &[u8]) {
        let start = entry.start as usize;
        let contents = &self.blocks[entry.block as usize][start..start + entry.length as usize];
        (contents, self.common.name(entry.common))
    }

    fn clear(&mut self) {
        self.entries.clear();
        // Blocks are used again: memory that is new costs more than to write it.
        self.spare.append(&mut self.blocks);
        self.common = Interner::default();
        self.common_count = 0;
        self.bytes = 0;
    }
}

/// Events in order.
enum Run {
    Memory {
        held: HeldEvents,
        next: usize,
    },
    /// The bytes of the event to which it went last, cut in two.
    File {
        file: BufReader<File>,
        bytes: Vec<u8>,
        cut: usize,
    },
}

impl Run {
    /// Goes to the next event and gives its place; none at the end.
    fn advance(&mut self) -> io::Result<Option<CountedPlace>> {
        let (file, bytes, cut) = match self {
            Self::Memory { held, next } => {
                *next += 1;
                return Ok(held.entries.get(*next - 1).map(|entry| entry.place));
            }
            Self::File { file, bytes, cut } => (file, bytes, cut),
        };
        if file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut number = || {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (millis, order, contents, common) = (number()?, number()?, number()?, number()?);
        let time = VirtualTime::from_millis(millis).ok_or(io::ErrorKind::InvalidData)?;
        *cut = contents as usize;
        bytes.resize(*cut + common as usize, 0);
        file.read_exact(bytes)?;
        Ok(Some(CountedPlace { time, rank: (order & 3) as u8, number: order >> 2 }))
    }

    /// The contents of the event to which it went last.
    fn contents(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Memory { held, next } => held.contents(&held.entries[*next - 1]),
            Self::File { bytes, cut, .. } => bytes.split_at(*cut),
        }
    }
}

/// Its place, its contents, and what it has in common with others.
pub(super) type SortedEvent<'a> = (CountedPlace, &'a [u8], &'a [u8]);

/// The merged runs, event by event.
pub(super) struct SortedEvents {
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(CountedPlace, usize)>>,
    /// The run of the event that was given last.
    given: Option<usize>,
}

impl SortedEvents {
    /// The place and the contents of the next event, and what it has in common with others; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<SortedEvent<'_>>> {
        if let Some(index) = self.given.take() {
            self.next.extend(self.runs[index].advance()?.map(|place| Reverse((place, index))));
        }
        let Some(Reverse((place, index))) = self.next.pop() else { return Ok(None) };
        self.given = Some(index);
        let (contents, common) = self.runs[index].contents();
        Ok(Some((place, contents, common)))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use proptest::prelude::*;

    const TYPES: [&str; 4] = ["session_created", "page_visited", "page_closed", "session_ended"];

    fn lines(events: &[(u64, usize)], from: usize) -> String {
        let mut text = String::new();
        for (number, (second, kind)) in events.iter().enumerate() {
            let (id, time) = (from + number, VirtualTime::from_millis(second * 1_000).unwrap());
            let event_type = TYPES[*kind];
            let _ = writeln!(
                text,
                r#"{{"event_id":"{id}","event_time":"{time}","event_type":"{event_type}","user_id":"u","session_id":"s","props":{{}}}}"#
            );
        }
        text
    }

    proptest! {
        /// However the events are spread over files and runs, they come as a stable sort has them.
        #[test]
        fn events_come_as_a_stable_sort_has_them(
            events in prop::collection::vec((0_u64..20, 0..TYPES.len()), 0..60),
            cut in 0_usize..60,
            memory_bytes in 1_usize..4_000,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let (first, second) = events.split_at(cut.min(events.len()));
            let paths = [folder.path().join("a"), folder.path().join("b")];
            std::fs::write(&paths[0], lines(first, 0)).unwrap();
            std::fs::write(&paths[1], lines(second, first.len())).unwrap();
            let mut found = String::new();
            sorted(&paths, memory_bytes).unwrap().read_to_string(&mut found).unwrap();

            let whole = lines(&events, 0);
            let mut expected: Vec<_> = whole.lines().zip(&events).collect();
            expected.sort_by_key(|(_, (second, kind))| (*second, event_type::rank(TYPES[*kind])));
            let expected: String = expected.iter().flat_map(|(line, _)| [*line, "\n"]).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
