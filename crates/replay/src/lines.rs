//! A file of JSON lines as a source: ours, dead letters, or anybody's.

use std::hash::Hasher;
use std::io::BufRead;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use super::options::{EventTime, Options, Pace};
use super::source::{BadLine, Entry, Item, Source, SourceError, Span};
use super::{dead_letters, event_time};
use event_simulator::time::VirtualTime;
use event_simulator::wire::scan;
use event_simulator_timeline as timeline;
use event_simulator_timeline::LineReader;

/// Events share memory in blocks of this size, because allocating is dear. Small, because one event
/// that waits keeps its whole block.
const BLOCK_BYTES: usize = 4 * 1024;

/// The type that statistics count by.
const KIND_FIELD: &str = "event_type";

/// The lines of a timeline, unparsed but for the few fields that replay needs.
pub struct LineSource {
    name: String,
    lines: LineReader<Box<dyn BufRead + Send>>,
    fields: Fields,
    block: BytesMut,
    strict: bool,
    total_bytes: Option<u64>,
    is_live: bool,
}

impl LineSource {
    /// Opens a file, plain or compressed, or standard input for `-`.
    pub fn open(path: &Path, options: &Options) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let input = timeline::open(path)
            .map_err(|source| SourceError::Io { name: name.clone(), source })?;
        let is_compressed = path.extension().is_some_and(|ext| ext == "gz" || ext == "zst");
        let metadata = std::fs::metadata(path).ok().filter(|_| !is_compressed);
        Ok(Self {
            total_bytes: metadata.filter(std::fs::Metadata::is_file).map(|file| file.len()),
            is_live: path.as_os_str() == "-",
            ..Self::new(name, input, options)
        })
    }

    /// Reads lines from `input`, which error messages call `name`.
    pub fn new(name: String, input: Box<dyn BufRead + Send>, options: &Options) -> Self {
        Self {
            name,
            lines: LineReader::new(input),
            fields: Fields::new(options),
            block: BytesMut::new(),
            strict: options.strict,
            total_bytes: None,
            is_live: false,
        }
    }
}

impl Source for LineSource {
    fn next(&mut self) -> Result<Option<Entry>, SourceError> {
        loop {
            let next = self.lines.next_line();
            let next =
                next.map_err(|source| SourceError::Io { name: self.name.clone(), source })?;
            let Some((position, line)) = next else { return Ok(None) };
            let line = dead_letters::unwrapped(line);
            match self.fields.item(position, &line, &mut self.block) {
                Ok(Some(item)) => return Ok(Some(Entry::Event(item))),
                Ok(None) => {}
                Err(reason) if self.strict => {
                    return Err(SourceError::BadLine { name: self.name.clone(), position, reason });
                }
                Err(reason) => {
                    let line = Bytes::copy_from_slice(&line);
                    return Ok(Some(Entry::Bad(BadLine { position, line, reason })));
                }
            }
        }
    }

    fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn is_live(&self) -> bool {
        self.is_live
    }
}

/// Which fields are looked at, and what for.
struct Fields {
    time: String,
    id: String,
    lane: Option<String>,
    from: Option<VirtualTime>,
    until: Option<VirtualTime>,
    needs_time: bool,
    rewrites_time: bool,
}

impl Fields {
    fn new(options: &Options) -> Self {
        let has_window = options.from.is_some() || options.until.is_some();
        let follows_times = matches!(options.pace(), Pace::Speed(_));
        Self {
            time: options.time_field.clone(),
            id: options.id_field.clone(),
            lane: options.lane_field().map(str::to_owned),
            from: options.from,
            until: options.until,
            needs_time: has_window || follows_times || options.event_time == EventTime::Shift,
            rewrites_time: options.event_time != EventTime::Original,
        }
    }

    /// The line as an item, its body in `block`; `None` if it lies outside the window.
    fn item(
        &self,
        position: u64,
        line: &[u8],
        block: &mut BytesMut,
    ) -> Result<Option<Item>, String> {
        // A name that is not wanted is asked for as one that another slot already has, which would
        // be found twice; the empty name is as good as none.
        let lane_name = self.lane.as_deref().unwrap_or("");
        let (id_name, lane_is_id) =
            if self.id == lane_name { ("", true) } else { (self.id.as_str(), false) };
        let names = [self.time.as_str(), id_name, lane_name, KIND_FIELD];
        let [time, id, lane, kind] =
            scan::members(line, names).map_err(|error| error.to_string())?;
        let id = if lane_is_id { lane } else { id };
        let when = if self.needs_time { Some(self.time_of(time)?) } else { None };
        let is_before = self.from.zip(when).is_some_and(|(from, when)| when < from);
        let is_after = self.until.zip(when).is_some_and(|(until, when)| when >= until);
        if is_before || is_after {
            return Ok(None);
        }
        if self.rewrites_time && time.is_none() {
            return Err(format!("there is no {:?} to rewrite", self.time));
        }
        if block.capacity() < line.len() {
            block.reserve(line.len().max(BLOCK_BYTES));
        }
        block.extend_from_slice(line);
        let body = block.split().freeze();
        let span = |part: Option<&[u8]>| part.and_then(|part| Span::of(part, line));
        let unquoted = |part| span(part).map(|span| span.unquoted(line));
        Ok(Some(Item {
            position,
            time: when,
            lane: lane.filter(|_| self.lane.is_some()).filter(|key| *key != b"null").map(hash),
            time_value: span(time),
            id: unquoted(id),
            kind: unquoted(kind),
            body,
        }))
    }

    fn time_of(&self, value: Option<&[u8]>) -> Result<VirtualTime, String> {
        let value = value.ok_or_else(|| format!("there is no {:?}", self.time))?;
        event_time::read(value).map_err(|reason| format!("{:?}: {reason}", self.time))
    }
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}
