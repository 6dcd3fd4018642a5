//! The names of files that are written one after the other.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What stands behind the name of a file that is not finished.
const UNFINISHED: &str = ".part";
/// Digits of a number, at least.
const DIGITS: usize = 6;

/// A file by its own name, or several, numbered from 1: `out.jsonl`, or `out-000001.jsonl` and so on.
pub(super) struct NumberedFiles {
    folder: PathBuf,
    stem: OsString,
    /// The dot included.
    extension: OsString,
    is_numbered: bool,
}

impl NumberedFiles {
    /// The files that are called after `path`.
    pub(super) fn new(path: &Path, is_numbered: bool) -> Self {
        let mut extension = OsString::new();
        if let Some(written) = path.extension() {
            extension.push(".");
            extension.push(written);
        }
        Self {
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            stem: path.file_stem().unwrap_or_default().to_owned(),
            extension,
            is_numbered,
        }
    }

    /// The name of a file that is finished.
    pub(super) fn finished(&self, number: u64) -> PathBuf {
        let mut name = self.stem.clone();
        if self.is_numbered {
            name.push(format!("-{number:0DIGITS$}"));
        }
        name.push(&self.extension);
        self.folder.join(name)
    }

    /// The name of a file as long as it is written.
    pub(super) fn unfinished(&self, number: u64) -> PathBuf {
        let mut name = self.finished(number).into_os_string();
        name.push(UNFINISHED);
        PathBuf::from(name)
    }

    /// A file of these that there is, unless it is new.
    pub(super) fn existing(&self) -> io::Result<Option<PathBuf>> {
        let number = if self.is_numbered { self.last()?.unwrap_or(1) } else { 1 };
        let unfinished = Some(self.unfinished(number));
        let has_lines = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
        let finished = Some(self.finished(number)).filter(|path| path.exists());
        Ok(finished.or(unfinished.filter(has_lines)))
    }

    /// The number of the file to be written: the one that is not finished, or the next one. A file that
    /// has no number is gone on with.
    pub(super) fn next_to_write(&self) -> io::Result<u64> {
        if !self.is_numbered {
            let (finished, unfinished) = (self.finished(1), self.unfinished(1));
            if finished.exists() && !unfinished.exists() {
                std::fs::rename(finished, unfinished)?;
            }
            return Ok(1);
        }
        let last = self.last()?.unwrap_or(0);
        let is_open = last > 0 && self.unfinished(last).exists();
        Ok(if is_open { last } else { last + 1 })
    }

    /// The highest number that there is.
    fn last(&self) -> io::Result<Option<u64>> {
        let here = Path::new(".");
        let folder = if self.folder.as_os_str().is_empty() { here } else { &self.folder };
        let mut last = None;
        for entry in std::fs::read_dir(folder)? {
            last = last.max(self.number_of(&entry?.file_name().to_string_lossy()));
        }
        Ok(last)
    }

    /// The number in a file's name, if it is one of these.
    fn number_of(&self, name: &str) -> Option<u64> {
        let name = name.strip_suffix(UNFINISHED).unwrap_or(name);
        let rest = name.strip_prefix(&*self.stem.to_string_lossy())?.strip_prefix('-')?;
        let digits = rest.strip_suffix(&*self.extension.to_string_lossy())?;
        let is_number = digits.len() >= DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_again_by_their_numbers() {
        let files = NumberedFiles::new(Path::new("a/out.jsonl"), true);
        assert_eq!(files.finished(7), Path::new("a/out-000007.jsonl"));
        assert_eq!(files.unfinished(1_234_567), Path::new("a/out-1234567.jsonl.part"));
        for (name, number) in [
            ("out-000007.jsonl", Some(7)),
            ("out-1234567.jsonl.part", Some(1_234_567)),
            ("out-7.jsonl", None),
            ("out-000007.json", None),
            ("out-x00007.jsonl", None),
            ("out.jsonl", None),
        ] {
            assert_eq!(files.number_of(name), number, "{name}");
        }
        let single = NumberedFiles::new(Path::new("out"), false);
        assert_eq!(single.unfinished(1), Path::new("out.part"));
    }
}
