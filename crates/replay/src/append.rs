//! A file of lines that is only ever appended to, and that a kill in mid-write does not spoil.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Opens or creates the file, takes it for this process alone, and cuts off a last line that was not
/// written to its end.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    // A device such as /dev/full or a pipe cannot be read back, and has nothing to repair.
    if file.metadata()?.is_file() {
        file.try_lock().map_err(|_| {
            io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing to it")
        })?;
        let whole = end_of_last_line(&mut file)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
    }
    Ok(file)
}

/// Offset after the last line feed.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        (&*file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The whole lines of a file, from its beginning.
pub(super) fn lines(file: &File) -> io::Result<impl Iterator<Item = io::Result<String>>> {
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(BufReader::new(file).lines())
}

/// Writes all of `lines` in as few calls as the system allows, and empties it. What fails is taken
/// back, so that a torn line does not run into the next.
pub(super) fn write(file: &mut File, lines: &mut Vec<u8>) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let before = file.stream_position();
    let result = file.write_all(lines);
    lines.clear();
    if let (Err(_), Ok(before)) = (&result, before) {
        file.set_len(before).and_then(|()| file.seek(SeekFrom::Start(before))).ok();
    }
    result
}
