//! A timeline as a directory of tables, one a date.

use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use event_simulator::digest::Digest;
use event_simulator::event::Record;
use event_simulator::time::VirtualTime;
use event_simulator::wire::TableForm;
use tempfile::TempDir;

use super::{Generation, Progress, Watch};
use crate::files::{Compression, Manifest, OutputFile, RecordBlocks, TableOrigin, write_whole};

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
            block: Vec::new(),
            bytes: 0,
            digest: Digest::default(),
        };
        let tally = self.write_records(|record, tally| {
            if tables.write(record)? && watch(Progress::of(tally)) == ControlFlow::Break(()) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Ok(())
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
    /// Bytes on their way to a file.
    block: Vec<u8>,
    bytes: u64,
    digest: Digest,
}

struct DateTable {
    /// Its date, in days since the Unix epoch.
    date: u64,
    table: RecordBlocks,
    file: OutputFile,
}

impl DateTables<'_> {
    /// Adds a record in the order of time; true now and then.
    fn write(&mut self, record: &Record) -> io::Result<bool> {
        let date = record.time().day();
        if self.open.as_ref().is_none_or(|open| open.date != date) {
            self.close()?;
            self.open = Some(self.begin(record.time())?);
        }
        let Some(open) = &mut self.open else { return Ok(false) };
        if !open.table.encode(record, &mut self.block)? {
            return Ok(false);
        }
        open.file.write_all(&self.block)?;
        self.bytes += self.block.len() as u64;
        self.digest.update(&self.block);
        Ok(true)
    }

    fn begin(&self, time: VirtualTime) -> io::Result<DateTable> {
        let date = time.text();
        let folder = self.folder.join(format!("date={}", String::from_utf8_lossy(&date[..DATE])));
        fs::create_dir(&folder)?;
        let path = folder.join(format!("{PART}.{}", self.form.name()));
        let file = OutputFile::create(&path, Compression::None)?;
        let table = RecordBlocks::new(self.form, self.origin)?;
        Ok(DateTable { date: time.day(), table, file })
    }

    /// Ends the table that is open.
    fn close(&mut self) -> io::Result<()> {
        let Some(DateTable { table, mut file, .. }) = self.open.take() else { return Ok(()) };
        let rest = table.finish()?;
        file.write_all(&rest)?;
        self.bytes += rest.len() as u64;
        self.digest.update(&rest);
        file.finish()
    }
}
