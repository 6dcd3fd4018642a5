//! Scenarios as files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use event_simulator::scenario::{Loaded, OwnedSection, Problem, Problems, SideFiles};

/// Most bytes of a scenario file.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Most bytes of a file that a scenario names.
const MAX_TABLE_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a scenario from a file, or from standard input for `-`; the sections of `owners`, and the files that it names,
/// from its folder on, included.
///
/// # Errors
/// All problems of the scenario, if one of them is an error; also a file that cannot be read, is too
/// large, or is not UTF-8.
pub fn read_scenario(path: &Path, owners: &[OwnedSection]) -> Result<Loaded, Problems> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "<stdin>".into() } else { path.display().to_string() };
    let bytes = if is_stdin {
        limited(io::stdin(), MAX_BYTES)
    } else {
        open(path).and_then(|file| limited(file, MAX_BYTES))
    };
    match bytes {
        Ok(bytes) => Loaded::read(&bytes, &name, owners, &files_beside(path)),
        Err(error) => {
            let problem = Problem::error("", format!("cannot be read: {error}"));
            Err(Problems::new(name, vec![problem]))
        }
    }
}

/// The files that a scenario at that path can name: by their way from its folder on.
fn files_beside(path: &Path) -> SideFiles {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    SideFiles::new(move |name| {
        let bytes = open(&folder.join(name)).and_then(|file| limited(file, MAX_TABLE_BYTES));
        bytes.map_err(|error| format!("cannot be read: {error}"))
    })
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file"));
    }
    Ok(file)
}

fn limited(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let reason = format!("it is larger than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}
