//! A timeline as a directory of tables, one a date.

use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use event_simulator::digest::Digest;
use event_simulator::event::Field;
use event_simulator::wire::TableForm;
use tempfile::TempDir;

use super::{Generation, Progress, Watch};
use crate::files::{Compression, Manifest, OutputFile, TableBlocks, TableOrigin, write_whole};

/// Letters of a date.
const DATE: usize = 10;

/// The file of a date, in the directory of that date.
const PART: &str = "part-0";

impl Generation<'_> {
    /// Writes the timeline into a new directory, `date=YYYY-MM-DD/part-0.parquet` for each date in UTC, and one manifest
    /// beside it. The directory appears whole or not at all.
    ///
    /// # Errors
    /// Those of the files, a directory that is not empty, and [`io::ErrorKind::Interrupted`] when `watch` says to
    /// stop; then there is nothing.
    pub fn write_by_date(
        &self,
        directory: &Path,
        form: TableForm,
        watch: &mut Watch<'_>,
    ) -> io::Result<Manifest> {
        refuse_occupied(directory)?;
        let aside = beside(directory)?;
        let mut tables = DateTables {
            folder: aside.path(),
            form,
            origin: self.origin(),
            open: None,
            bytes: 0,
            digest: Digest::default(),
        };
        let tally = self.write_lines(|block, tally| {
            if watch(Progress::of(tally)) == ControlFlow::Break(()) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            tables.write(block)
        })?;
        tables.close()?;
        let manifest = self.manifest(&tally, tables.bytes, tables.digest.finish());
        // An empty directory gives way.
        let _ = fs::remove_dir(directory);
        fs::rename(aside.path(), directory)?;
        // It has another name now, by which it stays.
        let _ = aside.keep();
        let json = serde_json::to_string_pretty(&manifest)? + "\n";
        write_whole(&Manifest::path_for(directory), json.as_bytes())?;
        Ok(manifest)
    }

    pub(super) fn origin(&self) -> TableOrigin<'_> {
        let Self { model, seed, scenario_digest, .. } = *self;
        TableOrigin { model, seed, scenario_digest }
    }
}

/// Refuses a directory in which something stands that would be mixed with what is written, or lost.
fn refuse_occupied(directory: &Path) -> io::Result<()> {
    let is_free = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    let reason = "it is there and not an empty directory; remove it, or name another one";
    Err(io::Error::new(io::ErrorKind::AlreadyExists, reason))
}

/// A new directory beside one, which is removed unless it is kept.
fn beside(directory: &Path) -> io::Result<TempDir> {
    let around = directory.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".event-simulator-");
    // Temporary directories are private; this one has the rights of any new directory.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(around.unwrap_or(Path::new(".")))
}

/// Tables being written, one after the other.
struct DateTables<'a> {
    folder: &'a Path,
    form: TableForm,
    origin: TableOrigin<'a>,
    open: Option<DateTable>,
    bytes: u64,
    digest: Digest,
}

struct DateTable {
    date: [u8; DATE],
    table: TableBlocks,
    file: OutputFile,
}

impl DateTables<'_> {
    /// Adds a block of whole lines in the order of time.
    fn write(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut lines = &block[..];
        while let Some(date) = date_of(lines) {
            let end = end_of_date(lines, date);
            let (of_date, rest) = lines.split_at(end);
            lines = rest;
            if self.open.as_ref().is_none_or(|open| open.date != date) {
                self.close()?;
                self.open = Some(self.begin(date)?);
            }
            let mut bytes = of_date.to_vec();
            if let Some(open) = &mut self.open {
                open.table.encode(&mut bytes)?;
                open.file.write_all(&bytes)?;
            }
            self.count(&bytes);
        }
        block.clear();
        Ok(())
    }

    fn count(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.digest.update(bytes);
    }

    fn begin(&self, date: [u8; DATE]) -> io::Result<DateTable> {
        let folder = self.folder.join(format!("date={}", String::from_utf8_lossy(&date)));
        fs::create_dir(&folder)?;
        let path = folder.join(format!("{PART}.{}", self.form.name()));
        let file = OutputFile::create(&path, Compression::None)?;
        Ok(DateTable { date, table: TableBlocks::new(self.form, self.origin)?, file })
    }

    /// Ends the table that is open.
    fn close(&mut self) -> io::Result<()> {
        let Some(DateTable { table, mut file, .. }) = self.open.take() else { return Ok(()) };
        let rest = table.finish()?;
        file.write_all(&rest)?;
        self.count(&rest);
        file.finish()
    }
}

/// The date of the first of some lines.
fn date_of(lines: &[u8]) -> Option<[u8; DATE]> {
    let label = format!("\"{}\":\"", Field::EventTime.name());
    let at = memchr::memmem::find(lines, label.as_bytes())? + label.len();
    lines.get(at..)?.first_chunk().copied()
}

/// The end of the lines that have the date of the first, by halving what may have another.
fn end_of_date(lines: &[u8], date: [u8; DATE]) -> usize {
    let (mut of_date, mut beyond) = (0, lines.len());
    while of_date < beyond {
        let middle = of_date + (beyond - of_date) / 2;
        // The line in which the middle stands.
        let start = memchr::memrchr(b'\n', &lines[..middle]).map_or(0, |at| at + 1).max(of_date);
        let end = memchr::memchr(b'\n', &lines[middle..]).map_or(lines.len(), |at| middle + at + 1);
        if date_of(&lines[start..end]) == Some(date) {
            of_date = end;
        } else {
            beyond = start;
        }
    }
    of_date
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_parted_where_the_date_changes(days in prop::collection::vec(1_u32..4, 1..20)) {
            let mut days = days;
            days.sort_unstable();
            let line = |day: &u32| {
                format!("{{\"event_id\":\"1\",\"event_time\":\"2026-01-0{day}T\",\"x\":\"{}\"}}\n", "y".repeat(9))
            };
            let lines: String = days.iter().map(line).collect();
            let first = days.iter().take_while(|day| **day == days[0]).count();
            let expected: usize = days.iter().take(first).map(|day| line(day).len()).sum();
            let date = date_of(lines.as_bytes()).unwrap();
            prop_assert_eq!(end_of_date(lines.as_bytes(), date), expected);
        }
    }
}
