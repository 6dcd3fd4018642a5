//! Opening a timeline and reading its lines.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::digest_reader::{DigestReader, ReadDigest};
use super::encoding::{decompressed, without_byte_order_mark};
use super::read_ahead::ReadAhead;
use super::tables::TableFiles;

/// Longest line that is read; a longer one is an error rather than a way to exhaust memory.
pub(super) const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Opens a file for reading, or standard input for `-`. Gzip and Zstandard are told by their first
/// bytes and decompressed, whatever the file is called; a byte-order mark is passed over. Parquet and Arrow, a file
/// or a directory of files, are read as lines of JSON, one a row. A thread of its own does all of it.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let input = without_byte_order_mark(decompressed_file(path)?);
    Ok(Box::new(ReadAhead::start(input)?))
}

/// The same, and the digest of what is read from it, a byte-order mark included; of a table that of its files.
pub fn open_digested(path: &Path) -> io::Result<(ReadAhead, ReadDigest)> {
    if let Some(table) = TableFiles::at(path)? {
        let digest = table.digest()?;
        return Ok((ReadAhead::start(table.lines()?)?, digest));
    }
    let (input, digest) = DigestReader::new(decompressed_file(path)?);
    Ok((ReadAhead::start(without_byte_order_mark(input))?, digest))
}

fn decompressed_file(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return decompressed(io::stdin());
    }
    if let Some(table) = TableFiles::at(path)? {
        return table.lines();
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file"));
    }
    decompressed(file)
}

/// A line that is longer than lines are read. The reader goes on behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is longer than {} MiB", MAX_LINE_BYTES >> 20)]
pub struct LineTooLong {
    /// Its number, from 1.
    pub line: u64,
}

impl LineTooLong {
    /// The long line that an error of [`LineReader::next_line`] is about, if it is about one.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// The lines of an input, without their line ends, numbered from 1. Blank lines are passed over.
pub struct LineReader<R> {
    input: R,
    number: u64,
    place: Place,
    /// A line that did not lie in the input's buffer as a whole.
    parted: Vec<u8>,
}

/// Where the current line stands.
#[derive(Clone, Copy)]
enum Place {
    /// At the beginning of the input's buffer, with so many bytes before its line feed. It is taken
    /// from there only when the next one is wanted.
    Buffer(usize),
    Parted,
}

impl<R: BufRead> LineReader<R> {
    /// Reads lines from `input`.
    pub fn new(input: R) -> Self {
        Self { input, number: 0, place: Place::Parted, parted: Vec::new() }
    }

    /// The number of the last line that was read; 0 before the first.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, with its number, or `None` at the end.
    ///
    /// # Errors
    /// Those of the input, and [`LineTooLong`], after which the next line can be read.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        while self.advance()? {
            if !self.line()?.trim_ascii_start().is_empty() {
                return Ok(Some((self.number, self.line()?)));
            }
        }
        Ok(None)
    }

    /// Goes to the next line; whether there is one.
    fn advance(&mut self) -> io::Result<bool> {
        if let Place::Buffer(length) = self.place {
            self.input.consume(length + 1);
        }
        self.number += 1;
        if let Some(length) = memchr::memchr(b'\n', self.input.fill_buf()?) {
            self.place = Place::Buffer(length);
            return Ok(true);
        }
        self.place = Place::Parted;
        self.parted.clear();
        let mut limited = self.input.by_ref().take(MAX_LINE_BYTES as u64 + 1);
        if limited.read_until(b'\n', &mut self.parted)? == 0 {
            self.number -= 1;
            return Ok(false);
        }
        if self.parted.len() > MAX_LINE_BYTES {
            self.skip_rest_of_line()?;
            let error = LineTooLong { line: self.number };
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(true)
    }

    /// Passes over what stands before the next line, unless it was read to its end.
    fn skip_rest_of_line(&mut self) -> io::Result<()> {
        if self.parted.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        self.parted = Vec::new();
        Ok(())
    }

    /// The current line without its end.
    fn line(&mut self) -> io::Result<&[u8]> {
        let mut line = match self.place {
            Place::Buffer(length) => self.input.fill_buf()?.get(..length).unwrap_or_default(),
            Place::Parted => &self.parted,
        };
        while let [rest @ .., b'\n' | b'\r'] = line {
            line = rest;
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn lines(bytes: Vec<u8>) -> Vec<(u64, String)> {
        let mut reader = LineReader::new(io::Cursor::new(bytes));
        let mut found = Vec::new();
        while let Some((number, line)) = reader.next_line().unwrap() {
            found.push((number, String::from_utf8(line.to_vec()).unwrap()));
        }
        found
    }

    #[test]
    fn blank_lines_and_line_ends_are_passed_over_and_numbers_kept() {
        let expected = vec![(1, "a".to_owned()), (3, "b".to_owned()), (4, "c".to_owned())];
        assert_eq!(lines(b"a\r\n  \nb\nc".to_vec()), expected);
        assert_eq!(lines(Vec::new()), vec![]);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_buffer(
            text in "[ab \r\n]{0,60}",
            capacity in 1_usize..70,
        ) {
            let input = BufReader::with_capacity(capacity, text.as_bytes());
            let mut reader = LineReader::new(input);
            let mut found = Vec::new();
            while let Some((number, line)) = reader.next_line().unwrap() {
                found.push((number as usize, String::from_utf8(line.to_vec()).unwrap()));
            }
            let expected: Vec<_> = (1..)
                .zip(text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()))
                .filter(|(_, line)| !line.trim_ascii().is_empty())
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_an_error_and_the_next_one_is_read() {
        let long = "x".repeat(MAX_LINE_BYTES + 10);
        let text = format!("a\n{long}\nb\n{long}");
        let mut reader = LineReader::new(BufReader::new(text.as_bytes()));
        let mut found = Vec::new();
        loop {
            match reader.next_line() {
                Ok(Some((number, _))) => found.push(Ok(number)),
                Ok(None) => break,
                Err(error) => found.push(Err(LineTooLong::of(&error).unwrap().line)),
            }
        }
        assert_eq!(found, [Ok(1), Err(2), Ok(3), Err(4)]);
    }
}
