//! Keeps a command from writing over what it reads, and two outputs out of one file.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Refuses files of one command, each with what it is to it, of which two are the same file: by name,
/// through links, or by hard links.
pub(crate) fn refuse_shared<'a>(
    files: impl IntoIterator<Item = (&'a str, Option<&'a Path>)>,
) -> Result<(), Failure> {
    let mut seen: Vec<(&str, FilePlace)> = Vec::new();
    for (role, path) in files {
        let Some((path, place)) = path.and_then(|path| Some((path, place(path)?))) else {
            continue;
        };
        if let Some((other, _)) = seen.iter().find(|(_, other)| other.is_same(&place)) {
            let reason =
                format!("{}: this is {other}; {role} needs a file of its own", path.display());
            return Err(Failure::Usage(reason));
        }
        seen.push((role, place));
    }
    Ok(())
}

/// Refuses `-` where a timeline's file is wanted.
pub(crate) fn refuse_standard_output(path: &Path) -> Result<(), Failure> {
    if path.as_os_str() != "-" {
        return Ok(());
    }
    let reason = "-o -: name a file, beside which its manifest can stand; `generate` without -o writes to \
                  standard output";
    Err(Failure::Usage(reason.to_owned()))
}

/// Where a regular file is or would be.
struct FilePlace {
    path: PathBuf,
    /// The file itself, whichever name it has, if it is there.
    file: Option<same_file::Handle>,
}

impl FilePlace {
    fn is_same(&self, other: &Self) -> bool {
        self.path == other.path || self.file.is_some() && self.file == other.file
    }
}

/// The place of a regular file; none for a device, a pipe or standard input.
fn place(path: &Path) -> Option<FilePlace> {
    if path.as_os_str() == "-" || path.exists() && !path.is_file() {
        return None;
    }
    let file = same_file::Handle::from_path(path).ok();
    let path = path.canonicalize().ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    })?;
    Some(FilePlace { path, file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_by_two_names_is_refused_and_devices_may_be_shared() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("input"), "").unwrap();
        let message = |a: &Path, b: &Path| {
            let shared = refuse_shared([("the input", Some(a)), ("-o", Some(b)), ("-x", None)]);
            shared.err().map(|failure| failure.to_string())
        };
        std::fs::hard_link(path("input"), path("link")).unwrap();
        for (a, b) in [("input", "link"), ("input", "./input"), ("new", "new"), ("input", "input")]
        {
            let found = message(&path(a), &path(b)).unwrap();
            assert!(found.contains("this is the input; -o needs"), "{found}");
        }
        assert_eq!(message(&path("input"), &path("new")), None);
        assert_eq!(message(Path::new("/dev/null"), Path::new("/dev/null")), None);
        assert_eq!(message(Path::new("-"), Path::new("-")), None);
    }
}
