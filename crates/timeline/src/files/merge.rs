//! Parts of a timeline put together again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::digest_reader::ReadDigest;
use event_simulator::event::Field;
use event_simulator::scenario::ANONYMOUS_ID;
use event_simulator::simulation::Shard;
use event_simulator::time::VirtualTime;

use super::input::{LineReader, open_digested};
use super::manifest::{Manifest, ManifestError};
use super::output::Compression;
use super::read_ahead::ReadAhead;
use super::table_blocks::TableBlocks;
use super::timeline_file::BLOCK_BYTES;
use super::timeline_file::{TimelineFile, WrittenFile};
use event_simulator::wire::scan::{self, ScanError};
use event_simulator::wire::{Codec, JsonLines, TableForm};

/// Why parts could not be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("{path}:{line}: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// The reason.
        source: ScanError,
    },
    /// A line lacks what its order is told by.
    #[error("{path}:{line}: it has no {:?}", field.name())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// The field that is missing.
        field: Field,
    },
    /// A file is not a timeline: its lines are not in order.
    #[error(
        "{path}:{line}: it does not belong after the line above; a timeline's lines are in order of event_time and \
         user_id (session_id with an anonymous_id), and no two are equal in both"
    )]
    Unordered {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
    },
    /// Two parts have an event each of one user at one time, so that their order is not known.
    #[error(
        "{path}:{line} and {other}:{other_line} are equal in event_time and user_id (session_id with an anonymous_id); are they parts of one timeline?"
    )]
    EqualKeys {
        /// A part.
        path: PathBuf,
        /// The line's number in it, from 1.
        line: u64,
        /// Another part.
        other: PathBuf,
        /// The line's number in that.
        other_line: u64,
    },
    /// A part's manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// These are not the parts of one timeline, or not whole, by what their manifests say.
    #[error("{0}")]
    NotParts(String),
}

/// Merges timelines by `(event_time, user_id)`, or `(event_time, session_id)` of those whose events have an
/// `anonymous_id`, into one file, which appears whole or not at all, with
/// its manifest.
///
/// Each part needs its manifest beside it, and has to be what that says. The parts of one scenario and seed, all of them, give the
/// bytes of the whole. `watch` is asked now and then whether to go on; what was written is gone if not.
pub fn merge(
    parts: &[PathBuf],
    output: &Path,
    compression: Compression,
    watch: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Manifest, MergeError> {
    let manifests =
        parts.iter().map(|part| Manifest::beside(part)).collect::<Result<Vec<_>, _>>()?;
    check_parts(parts, &manifests)?;
    let is_table = check_form(output, &manifests)?;
    let at_first = |source| MergeError::Io { path: parts[0].clone(), source };
    let mut table = is_table.then(|| TableBlocks::like(&parts[0])).transpose().map_err(at_first)?;
    let mut readers =
        parts.iter().map(|part| MergeInput::open(part)).collect::<Result<Vec<_>, MergeError>>()?;
    let at_output = |source| MergeError::Io { path: output.to_owned(), source };
    let mut file = TimelineFile::create(output, compression).map_err(at_output)?;
    let merged = write_merged(&mut readers, |block| {
        if watch().is_break() {
            return Err(at_output(io::ErrorKind::Interrupted.into()));
        }
        if let Some(table) = &mut table {
            table.encode(block).map_err(at_output)?;
        }
        file.write(block).map_err(at_output)
    });
    let ended = match table.filter(|_| merged.is_ok()).map(TableBlocks::finish) {
        Some(rest) => rest.and_then(|mut rest| file.write(&mut rest)).map_err(at_output),
        None => Ok(()),
    };
    // Closed in any case, so that of a failure nothing is left when this returns.
    let written = file.close().map_err(at_output);
    merged.and(ended)?;
    check_digests(&readers, &manifests)?;
    let written = written?;
    let whole = whole_manifest(manifests, &written);
    written.publish(&whole).map_err(at_output)?;
    Ok(whole)
}

type MergeKey = (VirtualTime, Vec<u8>);

struct MergeInput {
    path: PathBuf,
    lines: LineReader<ReadAhead>,
    digest: ReadDigest,
    line: Vec<u8>,
    number: u64,
    last: Option<MergeKey>,
}

impl MergeInput {
    fn open(path: &Path) -> Result<Self, MergeError> {
        let (input, digest) = open_digested(path)
            .map_err(|source| MergeError::Io { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            lines: LineReader::new(input),
            digest,
            line: Vec::new(),
            number: 0,
            last: None,
        })
    }

    /// Reads the next line and gives its key, or none at the end.
    fn advance(&mut self) -> Result<Option<MergeKey>, MergeError> {
        let path = &self.path;
        let next = self
            .lines
            .next_line()
            .map_err(|source| MergeError::Io { path: path.clone(), source })?;
        let Some((number, line)) = next else { return Ok(None) };
        self.line.clear();
        self.line.extend_from_slice(line);
        self.number = number;
        let at_line = |source| MergeError::Line { path: path.clone(), line: number, source };
        let missing = |field| MergeError::Missing { path: path.clone(), line: number, field };
        let [time, user, session] =
            [Field::EventTime, Field::UserId, Field::SessionId].map(Field::name);
        let names = [time, user, session, ANONYMOUS_ID];
        let [time, user, session, anonymous] = scan::members(&self.line, names).map_err(at_line)?;
        let time = scan::time(time.ok_or_else(|| missing(Field::EventTime))?).map_err(at_line)?;
        // Where the user is not known at first, it is the session that tells apart.
        let (field, then) = match anonymous {
            None => (Field::UserId, user),
            Some(_) => (Field::SessionId, session),
        };
        let key = (time, then.ok_or_else(|| missing(field))?.to_vec());
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(MergeError::Unordered { path: path.clone(), line: number });
        }
        self.last = Some(key.clone());
        Ok(Some(key))
    }
}

fn write_merged(
    parts: &mut [MergeInput],
    mut write: impl FnMut(&mut Vec<u8>) -> Result<(), MergeError>,
) -> Result<(), MergeError> {
    let mut heap = BinaryHeap::new();
    for (index, part) in parts.iter_mut().enumerate() {
        heap.extend(part.advance()?.map(|key| Reverse((key, index))));
    }
    let mut block = Vec::with_capacity(BLOCK_BYTES * 2);
    while let Some(Reverse((key, index))) = heap.pop() {
        if let Some(Reverse((next, other))) = heap.peek()
            && *next == key
        {
            let (part, other) = (&parts[index], &parts[*other]);
            return Err(MergeError::EqualKeys {
                path: part.path.clone(),
                line: part.number,
                other: other.path.clone(),
                other_line: other.number,
            });
        }
        let part = &mut parts[index];
        block.extend_from_slice(&part.line);
        block.push(b'\n');
        if block.len() >= BLOCK_BYTES {
            write(&mut block)?;
            block.clear();
        }
        heap.extend(part.advance()?.map(|key| Reverse((key, index))));
    }
    write(&mut block)
}

/// Refuses what is not all parts of one timeline.
fn check_parts(parts: &[PathBuf], manifests: &[Manifest]) -> Result<(), MergeError> {
    let Some(first) = manifests.first() else {
        return Err(MergeError::NotParts("there is nothing to merge".to_owned()));
    };
    let refuse = |reason: String| Err(MergeError::NotParts(reason));
    let mut present = BTreeMap::new();
    for (path, manifest) in parts.iter().zip(manifests) {
        let (path, origin) = (path.display(), parts[0].display());
        if ![JsonLines::NAME, TableForm::Parquet.name()].contains(&manifest.format.as_str()) {
            let format = &manifest.format;
            return refuse(format!("{path} is {format}; only jsonl and parquet can be merged"));
        }
        if manifest.format != first.format {
            return refuse(format!(
                "{path} is {}, {origin} {}; write them alike",
                manifest.format, first.format
            ));
        }
        if (manifest.seed, &manifest.scenario_digest, manifest.format_version)
            != (first.seed, &first.scenario_digest, first.format_version)
        {
            return refuse(format!(
                "{path} and {origin} differ in scenario, seed or format version; see their manifests"
            ));
        }
        let Some(shard) = manifest.shard_parsed() else {
            return refuse(format!("{path}: its manifest's shard {:?} is not I/N", manifest.shard));
        };
        if shard.count() != first.shard_parsed().map_or(0, Shard::count) {
            return refuse(format!(
                "{path} is part {} and {origin} part {}; they were not cut alike",
                manifest.shard, first.shard
            ));
        }
        if let Some(other) = present.insert(shard.index(), path.to_string()) {
            return refuse(format!("{other} and {path} are both part {}", manifest.shard));
        }
    }
    let count = first.shard_parsed().map_or(0, Shard::count);
    match (0..count).find(|index| !present.contains_key(index)) {
        Some(missing) => refuse(format!("part {missing}/{count} is missing")),
        None => Ok(()),
    }
}

/// True if the parts are Parquet. Refuses an output whose name says another form than theirs.
fn check_form(output: &Path, manifests: &[Manifest]) -> Result<bool, MergeError> {
    let parquet = TableForm::Parquet.name();
    let are_tables = manifests.iter().any(|manifest| manifest.format == parquet);
    let is_table = output.extension().is_some_and(|extension| extension == parquet);
    if are_tables == is_table {
        return Ok(is_table);
    }
    let (parts, name) = if are_tables { ("parquet", ".parquet") } else { ("jsonl", ".jsonl") };
    let output = output.display();
    Err(MergeError::NotParts(format!(
        "{output}: the parts are {parts}, and so is the whole: name it {name}"
    )))
}

/// Refuses parts, read to their ends, that are not what was generated.
fn check_digests(parts: &[MergeInput], manifests: &[Manifest]) -> Result<(), MergeError> {
    for (part, manifest) in parts.iter().zip(manifests) {
        if part.digest.finish() != manifest.blake3 {
            return Err(MergeError::NotParts(format!(
                "{}: it is not what its manifest says (its BLAKE3 digest differs): it was changed or cut \
                 off; generate it again",
                part.path.display()
            )));
        }
    }
    Ok(())
}

fn whole_manifest(manifests: Vec<Manifest>, file: &WrittenFile) -> Manifest {
    let mut events_by_type: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in manifests.iter().flat_map(|manifest| &manifest.events_by_type) {
        *events_by_type.entry(name.clone()).or_default() += count;
    }
    let first_event_time = manifests.iter().filter_map(|manifest| manifest.first_event_time).min();
    let last_event_time = manifests.iter().filter_map(|manifest| manifest.last_event_time).max();
    let events = manifests.iter().map(|manifest| manifest.events).sum();
    let mut whole = manifests.into_iter().next().unwrap_or_default();
    whole.shard = Shard::WHOLE.to_string();
    whole.events = events;
    whole.events_by_type = events_by_type;
    whole.first_event_time = first_event_time;
    whole.last_event_time = last_event_time;
    whole.bytes = file.bytes;
    whole.blake3.clone_from(&file.blake3);
    whole
}
