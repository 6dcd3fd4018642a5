//! Timelines that are tables: a file of Parquet or Arrow, or a directory of such files.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use event_simulator::wire::TableForm;

use super::digest_reader::ReadDigest;

/// The files of a table, in order.
pub(super) struct TableFiles {
    files: Vec<(PathBuf, TableForm)>,
    is_directory: bool,
}

/// True if the timeline at a path is a table with typed columns.
pub fn is_table(path: &Path) -> bool {
    matches!(TableFiles::at(path), Ok(Some(_)))
}

/// The names of the columns of the table at a path; none if there is no table.
///
/// # Errors
/// Those of its files, and what is no table in the midst of them.
pub fn table_columns(path: &Path) -> io::Result<Vec<String>> {
    let files = TableFiles::at(path)?.map_or(Vec::new(), |table| table.files);
    let mut columns: Vec<String> = Vec::new();
    for (path, form) in files {
        for column in columns_of_file(form, File::open(&path)?)? {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    Ok(columns)
}

impl TableFiles {
    /// The table at a path: a file, or the files of a directory, however deep, in the order of their names; none if
    /// there is no table.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        let is_directory = path.is_dir();
        let mut paths = Vec::new();
        if is_directory {
            add_files(path, &mut paths)?;
            paths.sort();
        } else if path.is_file() {
            paths.push(path.to_owned());
        }
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            match form_of(&path)? {
                Some(form) => files.push((path, form)),
                None if is_directory => {
                    let reason = format!("{} is neither Parquet nor Arrow", path.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                None => {}
            }
        }
        Ok((!files.is_empty()).then_some(Self { files, is_directory }))
    }

    /// Its rows as lines.
    pub(super) fn lines(self) -> io::Result<Box<dyn Read + Send>> {
        if !self.is_directory
            && let Some((path, form)) = self.files.first()
        {
            return lines_of_file(*form, File::open(path)?);
        }
        let nothing = Box::new(io::empty());
        Ok(Box::new(LinesOfFiles { files: self.files.into_iter(), now: (PathBuf::new(), nothing) }))
    }

    /// The digest of the bytes of its files, one after the other.
    pub(super) fn digest(&self) -> io::Result<ReadDigest> {
        let digest = ReadDigest::default();
        for (path, _) in &self.files {
            digest.add(File::open(path)?)?;
        }
        Ok(digest)
    }
}

/// Adds the files in a directory but for those that tell of others.
fn add_files(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with(['.', '_']) || name.ends_with(".crc") {
            continue;
        }
        if path.is_dir() {
            add_files(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn form_of(path: &Path) -> io::Result<Option<TableForm>> {
    let mut beginning = Vec::with_capacity(TableForm::MAGIC_BYTES);
    File::open(path)?.take(TableForm::MAGIC_BYTES as u64).read_to_end(&mut beginning)?;
    Ok(TableForm::of_beginning(&beginning))
}

/// The lines of several files. An error names the one that it is of.
struct LinesOfFiles {
    files: std::vec::IntoIter<(PathBuf, TableForm)>,
    now: (PathBuf, Box<dyn Read + Send>),
}

impl Read for LinesOfFiles {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            let (path, lines) = &mut self.now;
            let read = lines.read(target).map_err(|error| named(path, &error))?;
            if read > 0 || target.is_empty() {
                return Ok(read);
            }
            let Some((path, form)) = self.files.next() else { return Ok(0) };
            let lines = File::open(&path).and_then(|file| lines_of_file(form, file));
            let lines = lines.map_err(|error| named(&path, &error))?;
            self.now = (path, lines);
        }
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The rows of a table as lines; what has to be read from its end first goes to a temporary file.
pub(super) fn lines_of_stream(
    form: TableForm,
    mut input: impl Read + Send + 'static,
) -> io::Result<Box<dyn Read + Send>> {
    if form != TableForm::Parquet {
        return arrow_lines(form, input);
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    file.rewind()?;
    lines_of_file(form, file)
}

#[cfg(feature = "columnar")]
fn lines_of_file(form: TableForm, file: File) -> io::Result<Box<dyn Read + Send>> {
    match form {
        TableForm::Parquet => Ok(Box::new(event_simulator_columnar::parquet_lines(file)?)),
        TableForm::ArrowFile | TableForm::ArrowStream => arrow_lines(form, file),
    }
}

#[cfg(feature = "columnar")]
fn columns_of_file(form: TableForm, file: File) -> io::Result<Vec<String>> {
    let schema = match form {
        TableForm::Parquet => event_simulator_columnar::parquet_schema(file)?,
        TableForm::ArrowFile | TableForm::ArrowStream => {
            event_simulator_columnar::arrow_schema(file)?
        }
    };
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

#[cfg(feature = "columnar")]
fn arrow_lines(
    _: TableForm,
    input: impl Read + Send + 'static,
) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(event_simulator_columnar::arrow_lines(input)?))
}

#[cfg(not(feature = "columnar"))]
fn lines_of_file(form: TableForm, _: File) -> io::Result<Box<dyn Read + Send>> {
    Err(left_out(form))
}

#[cfg(not(feature = "columnar"))]
fn columns_of_file(form: TableForm, _: File) -> io::Result<Vec<String>> {
    Err(left_out(form))
}

#[cfg(not(feature = "columnar"))]
fn arrow_lines(form: TableForm, _: impl Read) -> io::Result<Box<dyn Read + Send>> {
    Err(left_out(form))
}

/// The error of a program that was built without tables.
#[cfg(not(feature = "columnar"))]
pub(super) fn left_out(form: TableForm) -> io::Error {
    let title = form.title();
    let reason = format!("{title} is left out of this program: build it with the feature columnar");
    io::Error::new(io::ErrorKind::Unsupported, reason)
}
