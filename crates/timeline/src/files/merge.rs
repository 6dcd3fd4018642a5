//! Parts of a timeline put together again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::digest_reader::ReadDigest;
use event_simulator::deliveries::DELIVERY_ID;
use event_simulator::event::Field;
use event_simulator::scenario::ANONYMOUS_ID;
use event_simulator::simulation::Shard;
use event_simulator::time::VirtualTime;

use super::input::{LineReader, open_digested};
use super::manifest::Manifest;
use super::merge_error::MergeError;
use super::merge_order::MergeOrder;
use super::merged_form::{FormedLines, MergedForm};
use super::output::Compression;
use super::read_ahead::ReadAhead;
use super::table_blocks::LineBlocks;
use super::timeline_file::BLOCK_BYTES;
use super::timeline_file::{TimelineFile, WrittenFile};
use event_simulator::wire::scan::{self, ScanError};
use event_simulator::wire::{Codec, JsonLines, RECEIVED_AT, TableForm, WireFormat};

/// Merges timelines by `(event_time, user_id)`, or `(event_time, session_id)` of those whose events have an
/// `anonymous_id`, deliveries by `(received_at, delivery_id)` or ledgers by `event_id`, into one file, which appears whole or
/// not at all, with its manifest.
///
/// Each part needs its manifest beside it, and has to be what that says. The parts of one scenario and seed, all of them, give the
/// bytes of the whole. `watch` is asked now and then whether to go on; what was written is gone if not.
pub fn merge(
    parts: &[PathBuf],
    whole: &MergedFile<'_>,
    watch: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Manifest, MergeError> {
    let &MergedFile { path: output, compression, form } = whole;
    let manifests =
        parts.iter().map(|part| Manifest::beside(part)).collect::<Result<Vec<_>, _>>()?;
    let order = check_parts(parts, &manifests)?;
    let table = check_form(whole, &manifests)?;
    let mut formed = form.map(|form| formed_lines(form, order, &parts[0])).transpose()?;
    let at_first = |source| MergeError::Io { path: parts[0].clone(), source };
    let table = table.filter(|_| form.is_none());
    let table = table.map(|form| LineBlocks::like(&parts[0], form));
    let mut table = table.transpose().map_err(at_first)?;
    let readers = parts.iter().map(|part| MergeInput::open(part, order));
    let mut readers = readers.collect::<Result<Vec<_>, MergeError>>()?;
    let at_output = |source| MergeError::Io { path: output.to_owned(), source };
    let mut file = TimelineFile::create(output, compression).map_err(at_output)?;
    let merged = write_merged(&mut readers, |block| {
        if watch().is_break() {
            return Err(at_output(io::ErrorKind::Interrupted.into()));
        }
        if let Some(formed) = &mut formed {
            formed.encode(block).map_err(at_output)?;
        }
        if let Some(table) = &mut table {
            table.encode(block).map_err(at_output)?;
        }
        file.write(block).map_err(at_output)
    });
    let ended = match table.filter(|_| merged.is_ok()).map(LineBlocks::finish) {
        Some(rest) => rest.and_then(|mut rest| file.write(&mut rest)).map_err(at_output),
        None => Ok(()),
    };
    // Closed in any case, so that of a failure nothing is left when this returns.
    let written = file.close().map_err(at_output);
    merged.and(ended)?;
    check_digests(&readers, &manifests)?;
    let written = written?;
    let mut whole = whole_manifest(manifests, &written);
    match form {
        Some(MergedForm::Log) => Manifest::ARRIVALS.clone_into(&mut whole.format),
        Some(MergedForm::Wire(format)) => format.name.clone_into(&mut whole.format),
        None => {}
    }
    written.publish(&whole).map_err(at_output)?;
    Ok(whole)
}

/// The file of a whole.
#[derive(Clone, Copy, Debug)]
pub struct MergedFile<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// How it is compressed.
    pub compression: Compression,
    /// Its form, if that is not that of the parts.
    pub form: Option<MergedForm>,
}

type MergeKey = (VirtualTime, Vec<u8>);

struct MergeInput {
    path: PathBuf,
    order: MergeOrder,
    lines: LineReader<ReadAhead>,
    digest: ReadDigest,
    line: Vec<u8>,
    number: u64,
    last: Option<MergeKey>,
}

impl MergeInput {
    fn open(path: &Path, order: MergeOrder) -> Result<Self, MergeError> {
        let (input, digest) = open_digested(path)
            .map_err(|source| MergeError::Io { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            order,
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
        let key = self.key()?;
        let (last, order) = (self.last.as_ref(), self.order);
        let may_repeat = order == MergeOrder::Ledger;
        if last.is_some_and(|last| *last > key || *last == key && !may_repeat) {
            let (path, order) = (path.clone(), order.words());
            return Err(MergeError::Unordered { path, line: number, order });
        }
        self.last = Some(key.clone());
        Ok(Some(key))
    }

    /// What the line that was read is ordered by.
    fn key(&self) -> Result<MergeKey, MergeError> {
        let [event_time, user_id, session_id, event_id] =
            [Field::EventTime, Field::UserId, Field::SessionId, Field::EventId].map(Field::name);
        match self.order {
            MergeOrder::Timeline => {
                let [at, user, session, anonymous] =
                    self.members([event_time, user_id, session_id, ANONYMOUS_ID])?;
                let at = self.time(event_time, at)?;
                // Where the user is not known at first, it is the session that tells apart.
                let then = match anonymous {
                    None => self.there(user_id, user)?,
                    Some(_) => self.there(session_id, session)?,
                };
                Ok((at, then.to_vec()))
            }
            MergeOrder::Deliveries => {
                let [at, id] = self.members([RECEIVED_AT, DELIVERY_ID])?;
                Ok((self.time(RECEIVED_AT, at)?, self.there(DELIVERY_ID, id)?.to_vec()))
            }
            MergeOrder::Ledger => {
                let [id] = self.members([event_id])?;
                Ok((VirtualTime::MIN, self.there(event_id, id)?.to_vec()))
            }
        }
    }

    fn members<const N: usize>(&self, names: [&str; N]) -> Result<[Option<&[u8]>; N], MergeError> {
        scan::members(&self.line, names).map_err(|source| self.no_line(source))
    }

    fn time(&self, field: &'static str, raw: Option<&[u8]>) -> Result<VirtualTime, MergeError> {
        scan::time(self.there(field, raw)?).map_err(|source| self.no_line(source))
    }

    fn there<'l>(
        &self,
        field: &'static str,
        raw: Option<&'l [u8]>,
    ) -> Result<&'l [u8], MergeError> {
        let (path, line) = (&self.path, self.number);
        raw.ok_or_else(|| MergeError::Missing { path: path.clone(), line, field })
    }

    fn no_line(&self, source: ScanError) -> MergeError {
        MergeError::Line { path: self.path.clone(), line: self.number, source }
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
                order: part.order.words(),
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

/// The order of all parts of one whole; refuses what is not that.
fn check_parts(parts: &[PathBuf], manifests: &[Manifest]) -> Result<MergeOrder, MergeError> {
    let Some(first) = manifests.first() else {
        return Err(MergeError::NotParts("there is nothing to merge".to_owned()));
    };
    let refuse = |reason: String| Err(MergeError::NotParts(reason));
    let at_first = |source| MergeError::Io { path: parts[0].clone(), source };
    let Some(order) = MergeOrder::of(&parts[0], &first.format).map_err(at_first)? else {
        let (path, format) = (parts[0].display(), &first.format);
        return refuse(if format == Manifest::ARRIVALS {
            format!(
                "{path} is a log of arrivals, in which what is no event has no place of its own: merge parts of `--format \
                 deliveries` by `merge --format jsonl`, or parts of `--without-faults`"
            )
        } else if WireFormat::named(format).is_some() {
            format!(
                "{path} is {format}, which does not say all by which lines are in order: merge parts of JSON lines, or of \
                 `--format deliveries` if there are faults, by `merge --format {format}`"
            )
        } else {
            format!(
                "{path} is {format}; only jsonl, parquet, arrow, deliveries and ledger can be merged"
            )
        });
    };
    for (path, manifest) in parts.iter().zip(manifests) {
        if manifest.format != first.format {
            return refuse(format!(
                "{} is {}, {} {}; write them alike",
                path.display(),
                manifest.format,
                parts[0].display(),
                first.format
            ));
        }
    }
    check_origins(parts, manifests)?;
    Ok(order)
}

/// Refuses what is not all parts of one whole by seed, scenario and shard.
pub(super) fn check_origins(parts: &[PathBuf], manifests: &[Manifest]) -> Result<(), MergeError> {
    let Some(first) = manifests.first() else { return Ok(()) };
    let refuse = |reason: String| Err(MergeError::NotParts(reason));
    let mut present = BTreeMap::new();
    for (path, manifest) in parts.iter().zip(manifests) {
        let (path, origin) = (path.display(), parts[0].display());
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

/// The form of the parts if they are tables. Refuses an output whose name says another form than the whole has.
fn check_form(
    whole: &MergedFile<'_>,
    manifests: &[Manifest],
) -> Result<Option<TableForm>, MergeError> {
    let table = manifests.first().and_then(|manifest| TableForm::named(&manifest.format));
    let is_of = whole.form.map_or(table, |_| None);
    let extension = whole.path.extension().and_then(|extension| extension.to_str());
    if extension.and_then(TableForm::named) == is_of {
        return Ok(table);
    }
    let name = is_of.map_or(JsonLines::NAME, TableForm::name);
    let (parts, output) = (table.map_or(JsonLines::NAME, TableForm::name), whole.path.display());
    Err(MergeError::NotParts(format!(
        "{output}: the parts are {parts}, and the whole is {name}: name it .{name}"
    )))
}

/// What makes the form of the whole; refuses one that its parts do not have.
fn formed_lines(
    form: MergedForm,
    order: MergeOrder,
    part: &Path,
) -> Result<FormedLines, MergeError> {
    let are_deliveries = order == MergeOrder::Deliveries;
    let formed = FormedLines::new(form, are_deliveries).filter(|_| order != MergeOrder::Ledger);
    formed.ok_or_else(|| {
        let reason =
            "only deliveries become a log of arrivals, and these and events another format";
        MergeError::NotParts(format!("{}: {reason}", part.display()))
    })
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
    let summed = |counts: fn(&Manifest) -> &BTreeMap<String, u64>| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (name, count) in manifests.iter().flat_map(counts) {
            *sums.entry(name.clone()).or_default() += count;
        }
        sums
    };
    let events_by_type = summed(|manifest| &manifest.events_by_type);
    let faults = summed(|manifest| &manifest.faults);
    let first_event_time = manifests.iter().filter_map(|manifest| manifest.first_event_time).min();
    let last_event_time = manifests.iter().filter_map(|manifest| manifest.last_event_time).max();
    let events = manifests.iter().map(|manifest| manifest.events).sum();
    let mut whole = manifests.into_iter().next().unwrap_or_default();
    whole.shard = Shard::WHOLE.to_string();
    whole.events = events;
    whole.events_by_type = events_by_type;
    whole.faults = faults;
    whole.first_event_time = first_event_time;
    whole.last_event_time = last_event_time;
    whole.bytes = file.bytes;
    whole.blake3.clone_from(&file.blake3);
    whole
}
