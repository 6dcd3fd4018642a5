//! The timeline of now held against a golden file, line by line.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use event_simulator::digest::Digest;
use event_simulator::wire::EventFields;
use event_simulator_timeline::{LineReader, ReadAhead, ReadDigest, open_digested};

use crate::comparison::FirstDifference;

/// Takes a timeline as it is written and compares it with a golden file, line by line in one pass.
///
/// A difference does not stop it: [`Self::finish`] tells of both to their ends.
pub struct GoldenCheck {
    golden: LineReader<ReadAhead>,
    golden_digest: ReadDigest,
    digest: Digest,
    /// The beginning of a line whose end is still to come.
    partial: Vec<u8>,
    comparison: GoldenComparison,
}

/// A golden file compared with the timeline of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GoldenComparison {
    /// Lines of the golden file that are not blank.
    pub golden_lines: u64,
    /// Lines of now.
    pub lines: u64,
    /// Lines that are not the same as the line at their place on the other side.
    pub differing_lines: u64,
    /// The line at which the golden file, left, and the timeline of now, right, part; none if the lines are the
    /// same. The line is that of the golden file.
    pub first: Option<FirstDifference>,
    /// Events of each type, golden and now, among the lines that differ and can be read as events.
    pub differing_types: BTreeMap<String, (u64, u64)>,
    /// BLAKE3 digest of the golden file, before compression.
    pub golden_blake3: String,
    /// BLAKE3 digest of the timeline of now.
    pub blake3: String,
}

impl GoldenCheck {
    /// Opens a golden file: plain, gzip or Zstandard.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (input, golden_digest) = open_digested(path)?;
        Ok(Self {
            golden: LineReader::new(input),
            golden_digest,
            digest: Digest::default(),
            partial: Vec::new(),
            comparison: GoldenComparison::default(),
        })
    }

    /// Reads the golden file to its end, and tells how the two compare.
    pub fn finish(mut self) -> io::Result<GoldenComparison> {
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.compare(&line)?;
        }
        while let Some((number, line)) = self.golden.next_line()? {
            self.comparison.golden_lines += 1;
            self.comparison.differ(number, Some(line), None);
        }
        self.comparison.golden_blake3 = self.golden_digest.finish();
        self.comparison.blake3 = self.digest.finish();
        Ok(self.comparison)
    }

    fn compare(&mut self, now: &[u8]) -> io::Result<()> {
        self.comparison.lines += 1;
        match self.golden.next_line()? {
            Some((number, golden)) => {
                self.comparison.golden_lines += 1;
                if golden != now {
                    self.comparison.differ(number, Some(golden), Some(now));
                }
            }
            None => self.comparison.differ(self.golden.number() + 1, None, Some(now)),
        }
        Ok(())
    }
}

impl Write for GoldenCheck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.digest.update(bytes);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(line) if self.partial.is_empty() => self.compare(line)?,
                Some(end) => {
                    let mut line = std::mem::take(&mut self.partial);
                    line.extend_from_slice(end);
                    self.compare(&line)?;
                }
                None => self.partial.extend_from_slice(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl GoldenComparison {
    /// True if the golden file has the bytes that the simulator gives now.
    pub fn is_same(&self) -> bool {
        self.golden_blake3 == self.blake3
    }

    fn differ(&mut self, number: u64, golden: Option<&[u8]>, now: Option<&[u8]>) {
        self.differing_lines += 1;
        if let Some(event_type) = golden.and_then(event_type) {
            self.differing_types.entry(event_type).or_default().0 += 1;
        }
        if let Some(event_type) = now.and_then(event_type) {
            self.differing_types.entry(event_type).or_default().1 += 1;
        }
        if self.first.is_none() {
            self.first = Some(FirstDifference::new(number, golden, now));
        }
    }
}

fn event_type(line: &[u8]) -> Option<String> {
    EventFields::of_line(line).ok().map(|event| event.event_type.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: u32, event_type: &str, page: &str) -> String {
        format!(
            r#"{{"event_id":"{second}","event_time":"2026-01-01T00:00:{second:02}.000Z","event_type":"{event_type}","user_id":"u","session_id":"s","page_path":"{page}","props":{{}}}}"#
        )
    }

    /// Compares, handing over a few bytes at a time.
    fn compare(golden: &str, now: &str) -> GoldenComparison {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), golden).unwrap();
        let mut check = GoldenCheck::open(file.path()).unwrap();
        for piece in now.as_bytes().chunks(7) {
            check.write_all(piece).unwrap();
        }
        check.finish().unwrap()
    }

    #[test]
    fn the_same_bytes_are_the_same() {
        let text = format!("{}\n{}\n", line(1, "page_visited", "/"), line(2, "page_closed", "/"));
        let comparison = compare(&text, &text);
        assert!(comparison.is_same());
        assert_eq!((comparison.golden_lines, comparison.lines), (2, 2));
        assert_eq!((comparison.differing_lines, comparison.first), (0, None));
    }

    #[test]
    fn every_difference_is_counted_and_the_first_is_shown() {
        let [a, b, c] = [1, 2, 3].map(|second| line(second, "page_visited", "/"));
        let (b_now, c_now) = (line(2, "page_visited", "/b"), line(4, "page_closed", "/"));
        let comparison =
            compare(&format!("{a}\n{b}\n{c}\n"), &format!("{a}\n{b_now}\n{c_now}\n{c}\n"));
        assert!(!comparison.is_same());
        assert_eq!((comparison.golden_lines, comparison.lines), (3, 4));
        assert_eq!(comparison.differing_lines, 3);
        let expected = [("page_closed".to_owned(), (0, 1)), ("page_visited".to_owned(), (2, 2))];
        assert_eq!(comparison.differing_types, BTreeMap::from(expected));
        let first = comparison.first.unwrap();
        assert_eq!((first.line, first.fields()), (2, vec!["page_path".to_owned()]));
        assert_eq!((first.left, first.right), (Some(b), Some(b_now)));
    }

    #[test]
    fn an_end_that_comes_too_early_is_a_difference_on_either_side() {
        let (a, b) = (line(1, "page_visited", "/"), line(2, "page_closed", "/"));
        let (short, long) = (format!("{a}\n"), format!("{a}\n{b}\n"));
        let first = compare(&short, &long).first.unwrap();
        assert_eq!((first.line, first.left, first.right), (2, None, Some(b.clone())));
        let first = compare(&long, &short).first.unwrap();
        assert_eq!((first.line, first.left, first.right), (2, Some(b), None));
        assert_eq!(compare("", &short).first.unwrap().line, 1);
    }

    #[test]
    fn line_ends_are_bytes_too() {
        let text = format!("{}\n{}\n", line(1, "page_visited", "/"), line(2, "page_closed", "/"));
        for golden in [text.replace('\n', "\r\n"), format!("{text}\n"), text.trim_end().to_owned()]
        {
            let comparison = compare(&golden, &text);
            assert!(!comparison.is_same(), "{golden:?}");
            assert_eq!((comparison.differing_lines, comparison.first), (0, None), "{golden:?}");
        }
    }

    #[test]
    fn a_file_of_anything_can_be_compared() {
        let comparison = compare("\u{0}\n{\"event_type\":\n", &format!("{}\n", line(1, "a", "/")));
        assert_eq!((comparison.golden_lines, comparison.differing_lines), (2, 2));
        assert_eq!(comparison.first.unwrap().fields(), Vec::<String>::new());
    }
}
