//! Events of several files, or of one that is out of order, as one timeline.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use event_simulator::event::event_type;
use event_simulator::time::VirtualTime;

use super::read::{ReadError, TimelineReader};

/// Bytes that an event takes beside its line.
const EVENT_BYTES: usize = size_of::<SortedEvent>() + 16;

/// The order: time; at one time a session's start first and its end last; then as it was read.
type SortKey = (VirtualTime, u8, u64);

type SortedEvent = (SortKey, Box<[u8]>);

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
    let mut line = Vec::new();
    for path in paths {
        let mut reader = TimelineReader::open(path)?;
        while let Some(event) = reader.next_owned()? {
            line.clear();
            let written = serde_json::to_writer(&mut line, &event).map_err(io::Error::from);
            let place = (event.event_time, rank(&event.event_type));
            written.and_then(|()| sorter.push(place, &line)).map_err(temporary)?;
        }
    }
    Ok(Box::new(BufReader::new(sorter.finish().map_err(temporary)?)))
}

/// The place of an event among those of its moment.
pub(super) fn rank(event_type: &str) -> u8 {
    match event_type {
        event_type::SESSION_CREATED => 0,
        event_type::SESSION_ENDED => 2,
        _ => 1,
    }
}

pub(super) fn temporary(source: io::Error) -> ReadError {
    let name = "a temporary file (TMPDIR says where they are)".to_owned();
    ReadError::Io { name, source }
}

/// Sorts lines in bounded memory.
#[derive(Default)]
pub(super) struct Sorter {
    memory_bytes: usize,
    events: Vec<SortedEvent>,
    held_bytes: usize,
    count: u64,
    runs: Vec<File>,
}

impl Sorter {
    /// A sorter that keeps so many bytes in memory.
    pub(super) fn new(memory_bytes: usize) -> Self {
        Self { memory_bytes, ..Self::default() }
    }

    /// Adds a line.
    pub(super) fn push(&mut self, (time, rank): (VirtualTime, u8), line: &[u8]) -> io::Result<()> {
        self.events.push(((time, rank, self.count), line.into()));
        self.count += 1;
        self.held_bytes += line.len() + EVENT_BYTES;
        if self.held_bytes < self.memory_bytes {
            return Ok(());
        }
        self.held_bytes = 0;
        self.events.sort_unstable();
        let mut run = BufWriter::new(tempfile::tempfile()?);
        for ((time, rank, number), line) in self.events.drain(..) {
            run.write_all(&time.as_millis().to_le_bytes())?;
            run.write_all(&(number << 2 | u64::from(rank)).to_le_bytes())?;
            run.write_all(&(line.len() as u64).to_le_bytes())?;
            run.write_all(&line)?;
        }
        let mut run = run.into_inner().map_err(io::IntoInnerError::into_error)?;
        run.rewind()?;
        self.runs.push(run);
        Ok(())
    }

    /// Gives the lines in order.
    pub(super) fn finish(mut self) -> io::Result<SortedLines> {
        self.events.sort_unstable();
        let mut runs = vec![Run::Memory(self.events.into_iter())];
        runs.extend(self.runs.into_iter().map(|run| Run::File(BufReader::new(run))));
        let mut next = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            next.extend(run.next()?.map(|event| Reverse((event, index))));
        }
        Ok(SortedLines { runs, next, line: Box::default(), read: 0 })
    }
}

/// Events in order.
enum Run {
    Memory(std::vec::IntoIter<SortedEvent>),
    File(BufReader<File>),
}

impl Run {
    fn next(&mut self) -> io::Result<Option<SortedEvent>> {
        let file = match self {
            Self::Memory(events) => return Ok(events.next()),
            Self::File(file) => file,
        };
        if file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut number = || {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (millis, order, length) = (number()?, number()?, number()?);
        let time = VirtualTime::from_millis(millis).ok_or(io::ErrorKind::InvalidData)?;
        let mut line = vec![0; length as usize];
        file.read_exact(&mut line)?;
        Ok(Some(((time, (order & 3) as u8, order >> 2), line.into())))
    }
}

/// The merged runs, line by line.
pub(super) struct SortedLines {
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(SortedEvent, usize)>>,
    line: Box<[u8]>,
    /// So many bytes of the line were read, its end included.
    read: usize,
}

impl Read for SortedLines {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.read > self.line.len() || self.line.is_empty() {
            let Some(Reverse(((_, line), index))) = self.next.pop() else { return Ok(0) };
            self.next.extend(self.runs[index].next()?.map(|event| Reverse((event, index))));
            (self.line, self.read) = (line, 0);
        }
        let length = (&self.line[self.read..]).chain(&b"\n"[..]).read(target)?;
        self.read += length;
        Ok(length)
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
            expected.sort_by_key(|(_, (second, kind))| (*second, rank(TYPES[*kind])));
            let expected: String = expected.iter().flat_map(|(line, _)| [*line, "\n"]).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
