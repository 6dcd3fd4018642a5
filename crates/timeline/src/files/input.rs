//! Opening a timeline and reading its lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::digest_reader::{DigestReader, ReadDigest};

use super::read_ahead::ReadAhead;

/// Bytes of a compressed file that are read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Longest line that is read; a longer one is an error rather than a way to exhaust memory.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens a file for reading, or standard input for `-`. Gzip and Zstandard are told by their first
/// bytes and decompressed, whatever the file is called. A thread of its own does both.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(Box::new(ReadAhead::start(decompressed_file(path)?)?))
}

/// The same, and the digest of what is read from it.
pub fn open_digested(path: &Path) -> io::Result<(ReadAhead, ReadDigest)> {
    let (input, digest) = DigestReader::new(decompressed_file(path)?);
    Ok((ReadAhead::start(input)?, digest))
}

fn decompressed_file(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return decompressed(BufReader::with_capacity(BUFFER_BYTES, io::stdin()));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file"));
    }
    decompressed(BufReader::with_capacity(BUFFER_BYTES, file))
}

fn decompressed<R: BufRead + Send + 'static>(mut input: R) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    input.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let is_gzip = magic.starts_with(&GZIP_MAGIC);
    let is_zstd = magic == ZSTD_MAGIC;
    let whole = io::Cursor::new(magic).chain(input);
    Ok(if is_gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(whole))
    } else if is_zstd {
        Box::new(zstd::stream::read::Decoder::with_buffer(whole)?)
    } else {
        Box::new(whole)
    })
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
            let number = self.number;
            let reason = format!(
                "line {number} is longer than {MAX_LINE_BYTES} bytes: is this a JSONL file?"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(true)
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
    use std::io::Write;

    fn lines(bytes: Vec<u8>) -> Vec<(u64, String)> {
        let input = decompressed(io::Cursor::new(bytes)).unwrap();
        let mut reader = LineReader::new(BufReader::new(input));
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
    fn compressed_input_is_read_as_if_it_were_plain() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a\nb\n").unwrap();
        let zstd = zstd::encode_all(&b"a\nb\n"[..], 1).unwrap();
        assert_eq!(lines(gzip.finish().unwrap()), lines(b"a\nb\n".to_vec()));
        assert_eq!(lines(zstd), lines(b"a\nb\n".to_vec()));
    }

    #[test]
    fn an_endless_line_is_an_error_with_its_number() {
        let mut reader = LineReader::new(BufReader::new(io::repeat(b'x')));
        let error = reader.next_line().unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
