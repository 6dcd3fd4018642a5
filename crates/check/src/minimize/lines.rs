//! A timeline set aside, to write any choice of its lines again and again.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use event_simulator::event::Field;
use event_simulator_timeline::open;

/// The part that is read at a time.
const BLOCK_BYTES: u64 = 128 * 1024;

/// The lines of a timeline, numbered from 0, byte for byte and with their line ends.
///
/// They stand in a temporary file; in memory is only where each of them ends. So it does not matter
/// how long the timeline is, how it was compressed, and what becomes of the original meanwhile.
#[derive(Debug)]
pub struct Lines {
    /// Has no name, and is gone when it is closed.
    file: Mutex<File>,
    ends: Vec<u64>,
}

impl Lines {
    /// Reads a file, plain or compressed, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`], and what opening the file gives.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::new(open(path)?)
    }

    /// Sets the lines of `input` aside.
    ///
    /// # Errors
    ///
    /// Those of reading and of the temporary file, and `InvalidData` for CSV and if there are no lines.
    pub fn new(mut input: impl BufRead) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let (mut ends, mut length) = (Vec::new(), 0);
        loop {
            let block = input.fill_buf()?;
            if block.is_empty() {
                break;
            }
            ends.extend(memchr::memchr_iter(b'\n', block).map(|at| length + at as u64 + 1));
            file.write_all(block)?;
            let count = block.len();
            length += count as u64;
            input.consume(count);
        }
        if ends.last().is_none_or(|&end| end < length) && length > 0 {
            ends.push(length);
        }
        let lines = Self { file: Mutex::new(file), ends };
        lines.check()?;
        Ok(lines)
    }

    fn check(&self) -> io::Result<()> {
        let refused = |reason: &str| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        if self.ends.is_empty() {
            return refused("it is empty");
        }
        if u32::try_from(self.ends.len()).is_err() {
            return refused("it has more than 4,294,967,295 lines");
        }
        let header = format!("{},{},", Field::EventId, Field::EventTime);
        if self.reader().get(0)?.starts_with(header.as_bytes()) {
            return refused("it is CSV; only JSON lines can be taken apart line by line");
        }
        Ok(())
    }

    /// The numbers of all lines.
    pub fn all(&self) -> Vec<u32> {
        (0..self.ends.len() as u32).collect()
    }

    /// Reads single lines; fastest in the order of the timeline.
    pub fn reader(&self) -> LineBlock<'_> {
        LineBlock { lines: self, start: 0, bytes: Vec::new() }
    }

    /// Writes the lines that are named, in the order in which they are named.
    pub fn write(&self, lines: &[u32], output: &mut impl Write) -> io::Result<()> {
        let mut reader = self.reader();
        lines.iter().try_for_each(|&line| output.write_all(reader.get(line)?))
    }

    fn read_at(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(bytes)
    }
}

/// See [`Lines::reader`].
#[derive(Debug)]
pub struct LineBlock<'a> {
    lines: &'a Lines,
    /// The place in the file where `bytes` begin.
    start: u64,
    bytes: Vec<u8>,
}

impl LineBlock<'_> {
    /// A line with its line end; empty if there is no such line.
    pub fn get(&mut self, line: u32) -> io::Result<&[u8]> {
        let ends = &self.lines.ends;
        let Some(&end) = ends.get(line as usize) else { return Ok(&[]) };
        let start = if line == 0 { 0 } else { ends[line as usize - 1] };
        if start < self.start || end > self.start + self.bytes.len() as u64 {
            let file_end = ends[ends.len() - 1];
            let block_end = end.max(file_end.min(start + BLOCK_BYTES));
            self.bytes.resize((block_end - start) as usize, 0);
            self.start = start;
            self.lines.read_at(start, &mut self.bytes)?;
        }
        Ok(&self.bytes[(start - self.start) as usize..(end - self.start) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(lines: &Lines, choice: &[u32]) -> Vec<u8> {
        let mut written = Vec::new();
        lines.write(choice, &mut written).unwrap();
        written
    }

    proptest! {
        #[test]
        fn all_lines_are_all_bytes(text in "[a\r\n {]{1,40}") {
            let lines = Lines::new(text.as_bytes()).unwrap();
            prop_assert_eq!(written(&lines, &lines.all()), text.as_bytes());
            prop_assert_eq!(lines.all().len(), text.split_inclusive('\n').count());
        }

        #[test]
        fn any_choice_of_lines_longer_and_shorter_than_a_block(
            choice in prop::collection::btree_set(0_u32..40, 0..40),
        ) {
            let text = |line: u32| format!("{line}{}\n", "x".repeat(line as usize * 9_000));
            let all: String = (0..40).map(text).collect();
            let choice: Vec<u32> = choice.into_iter().collect();
            let expected: String = choice.iter().copied().map(text).collect();
            let lines = Lines::new(all.as_bytes()).unwrap();
            prop_assert!(written(&lines, &choice) == expected.as_bytes());
        }
    }

    #[test]
    fn a_choice_keeps_bytes_and_order() {
        let lines = Lines::new(&b"a\r\n\nb\nc"[..]).unwrap();
        assert_eq!(written(&lines, &[0, 1, 3]), b"a\r\n\nc");
        assert_eq!(written(&lines, &[3, 0]), b"ca\r\n");
        assert_eq!(lines.reader().get(4).unwrap(), b"");
    }

    #[test]
    fn what_has_no_lines_to_choose_from_is_refused() {
        for (text, reason) in [("", "empty"), ("event_id,event_time,event_type\n", "CSV")] {
            let error = Lines::new(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
