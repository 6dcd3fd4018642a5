//! The file of accepted events.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::SinkError;

/// Whole lines go to the operating system before their request is answered, so what was answered
/// 200 survives the end of this process, however it comes. (Not a power cut: nothing is synced.)
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines; `None` for a pipe or device, which cannot be shortened.
    length: Option<u64>,
}

impl Output {
    pub(super) fn open(path: &Path, append: bool) -> Result<Self, SinkError> {
        let opened =
            OpenOptions::new().create(true).append(true).open(path).and_then(|mut file| {
                let is_file = file.metadata()?.is_file();
                if is_file {
                    lock(&file)?;
                }
                if is_file && !append {
                    file.set_len(0)?;
                }
                if is_file && !ends_a_line(path)? {
                    file.write_all(b"\n")?;
                }
                let length = if is_file { Some(file.metadata()?.len()) } else { None };
                Ok(Self { path: path.to_owned(), file, length })
            });
        opened.map_err(|source| SinkError::Output { path: path.to_owned(), source })
    }

    /// Writes whole lines: all of them or none. After a failure the file is cut back to the lines
    /// it had.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        match (&written, &mut self.length) {
            (Ok(()), Some(length)) => *length += lines.len() as u64,
            (Err(_), Some(length)) => self.file.set_len(*length)?,
            (_, None) => {}
        }
        written
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Two sinks in one file would spoil each other's lines. Not where a lock keeps readers out too.
fn lock(file: &File) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    file.try_lock().map_err(|_| {
        io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing to it")
    })
}

/// Whether what stands in the file ends with a whole line, or nothing does.
fn ends_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Appends `json` to `lines` as one line. A text that is one line stays byte for byte; from others
/// the white space outside strings is taken.
pub(super) fn push_line(lines: &mut Vec<u8>, json: &str, stamp: Option<&str>) {
    let json = json.as_bytes();
    if memchr::memchr2(b'\n', b'\r', json).is_some() {
        push_compacted(lines, json);
    } else {
        lines.extend_from_slice(json);
    }
    if let Some(stamp) = stamp {
        if lines.last() == Some(&b'}') {
            lines.pop();
        }
        lines.extend_from_slice(stamp.as_bytes());
    }
    lines.push(b'\n');
}

fn push_compacted(lines: &mut Vec<u8>, json: &[u8]) {
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        lines.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str, stamp: Option<&str>) -> String {
        let mut lines = Vec::new();
        push_line(&mut lines, json, stamp);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn one_line_stays_and_several_are_compacted() {
        assert_eq!(line(r#"{"a": "b  c"}"#, None), "{\"a\": \"b  c\"}\n");
        let pretty = "{\n  \"a\\\" \" : [ 1,\r\n\t\" \\\\\" , \"é \"]\n}";
        assert_eq!(line(pretty, None), "{\"a\\\" \":[1,\" \\\\\",\"é \"]}\n");
        assert_eq!(line(r#"{"a":1}"#, Some(r#","b":2}"#)), "{\"a\":1,\"b\":2}\n");
    }

    #[test]
    fn a_file_is_replaced_unless_appended_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.jsonl");
        for (append, expected) in [(false, "a\n"), (true, "a\na\n"), (false, "a\n")] {
            Output::open(&path, append).unwrap().write(b"a\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_torn_line_is_ended_and_a_file_in_use_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.jsonl");
        std::fs::write(&path, "{\"torn").unwrap();
        let mut output = Output::open(&path, true).unwrap();
        output.write(b"a\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"torn\na\n");
        let refused = Output::open(&path, false).unwrap_err().to_string();
        assert!(refused.contains("another process"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"torn\na\n");
    }
}
