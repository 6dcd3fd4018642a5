//! Output that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The compression of a file or a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)).
    Gzip,
    /// Zstandard ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)).
    Zstd,
}

const ZSTD_LEVEL: i32 = 3;

/// Names of files that are not whole yet.
const PREFIX: &str = ".event-simulator-";

impl Compression {
    /// The compression that a file's name asks for: `.gz`, `.zst`, else none.
    pub fn from_name(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A file being written under another name beside its own, which it takes only when it is whole.
///
/// Through a symbolic link the file that it leads to is written. A file that is read-only stays as it is:
/// its name could be taken, but it was not meant to be. Anything but a regular file (a device, a named
/// pipe) is written to directly.
pub struct OutputFile {
    encoder: CompressingWriter,
    path: PathBuf,
}

enum CompressingWriter {
    Plain(Destination),
    Gzip(flate2::write::GzEncoder<Destination>),
    Zstd(zstd::stream::write::Encoder<'static, Destination>),
}

enum Destination {
    Aside(NamedTempFile),
    Direct(File),
}

impl OutputFile {
    /// Starts to write `path`. Nothing is seen there before [`Self::finish`].
    ///
    /// # Errors
    /// Whatever would keep the file from getting its name at the end, as far as it can be known: a
    /// directory or a read-only file in its place, a folder that is not there or cannot be written.
    pub fn create(path: &Path, compression: Compression) -> io::Result<Self> {
        let path = &followed(path)?;
        let destination = Destination::open(path)?;
        let encoder = match compression {
            Compression::None => CompressingWriter::Plain(destination),
            Compression::Gzip => CompressingWriter::Gzip(flate2::write::GzEncoder::new(
                destination,
                flate2::Compression::default(),
            )),
            Compression::Zstd => {
                CompressingWriter::Zstd(zstd::stream::write::Encoder::new(destination, ZSTD_LEVEL)?)
            }
        };
        Ok(Self { encoder, path: path.to_owned() })
    }

    /// True if the output is a file that will be there afterwards, not a device or a pipe.
    pub fn is_regular(path: &Path) -> bool {
        fs::metadata(path).map_or(true, |metadata| metadata.is_file())
    }

    /// Completes the file and gives it its name.
    pub fn finish(self) -> io::Result<()> {
        let destination = match self.encoder {
            CompressingWriter::Plain(destination) => destination,
            CompressingWriter::Gzip(encoder) => encoder.finish()?,
            CompressingWriter::Zstd(encoder) => encoder.finish()?,
        };
        match destination {
            Destination::Aside(file) => {
                file.persist(&self.path)?;
                Ok(())
            }
            Destination::Direct(mut file) => file.flush(),
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            CompressingWriter::Plain(destination) => destination.write(bytes),
            CompressingWriter::Gzip(encoder) => encoder.write(bytes),
            CompressingWriter::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.encoder {
            CompressingWriter::Plain(destination) => destination.flush(),
            CompressingWriter::Gzip(encoder) => encoder.flush(),
            CompressingWriter::Zstd(encoder) => encoder.flush(),
        }
    }
}

impl Destination {
    fn open(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            let reason = "it is a directory; name a file in it";
            return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
        }
        if !OutputFile::is_regular(path) {
            return Ok(Self::Direct(File::options().write(true).open(path)?));
        }
        refuse_read_only(path)?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !directory.is_dir() {
            let reason = format!("there is no folder {}", directory.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, reason));
        }
        // The temporary file's name, which is in the error, means nothing to anybody.
        let cannot_make = |error: io::Error| {
            let reason = io::Error::from(error.kind());
            let text = format!("cannot make a file in {}: {reason}", directory.display());
            io::Error::new(error.kind(), text)
        };
        Ok(Self::Aside(beside(directory).map_err(cannot_make)?))
    }
}

/// The file that a path leads to, through symbolic links, also if it is not there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    // As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if !path.is_symlink() {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        // A relative target starts from the link's folder; an absolute one replaces the whole path.
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "its symbolic links go in a circle"))
}

fn refuse_read_only(path: &Path) -> io::Result<()> {
    let is_read_only = match fs::metadata(path) {
        Err(_) => false,
        // Opening alone changes nothing.
        Ok(metadata) => {
            metadata.permissions().readonly() || File::options().append(true).open(path).is_err()
        }
    };
    if is_read_only {
        let reason = "it is read-only; remove it, or name another file";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(())
}

/// Temporary files are private; the finished file has the rights of any new file.
#[cfg(unix)]
fn beside(directory: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let rights = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(PREFIX).permissions(rights).tempfile_in(directory)
}

#[cfg(not(unix))]
fn beside(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(directory)
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Aside(file) => file.as_file_mut().write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Aside(file) => file.as_file_mut().flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}

/// Writes a small file whole or not at all.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = BufWriter::new(OutputFile::create(path, Compression::None)?);
    file.write_all(contents)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_there_before_the_end_and_nothing_is_left_of_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("timeline.jsonl");
        let mut file = OutputFile::create(&path, Compression::None).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

        write_whole(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_what_is_read_only_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (link, target) in [("link", "real"), ("second", "link"), ("circle", "circle")] {
            std::os::unix::fs::symlink(target, path(link)).unwrap();
        }
        write_whole(&path("second"), b"new").unwrap();
        assert_eq!(fs::read(path("real")).unwrap(), b"new");
        assert!(path("link").is_symlink() && path("second").is_symlink());
        assert!(write_whole(&path("circle"), b"new").is_err());

        let mut rights = fs::metadata(path("real")).unwrap().permissions();
        rights.set_readonly(true);
        fs::set_permissions(path("real"), rights).unwrap();
        for name in ["real", "second"] {
            let error = write_whole(&path(name), b"newer").unwrap_err();
            assert!(error.to_string().contains("read-only"), "{error}");
        }
        assert_eq!(fs::read(path("real")).unwrap(), b"new");
    }

    #[test]
    fn compression_follows_the_name() {
        for (name, expected) in [
            ("a.jsonl", Compression::None),
            ("a.jsonl.gz", Compression::Gzip),
            ("a.jsonl.zst", Compression::Zstd),
        ] {
            assert_eq!(Compression::from_name(Path::new(name)), expected);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_file_is_named_and_no_temporary_file_is() {
        let refused = OutputFile::create(Path::new("/proc/events.jsonl"), Compression::None);
        let error = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("cannot make a file in /proc: "), "{error}");
        assert!(!error.contains(PREFIX), "{error}");
    }
}
