//! A file of JSON lines as a source: ours, dead letters, or anybody's.

use std::hash::Hasher;
use std::io::BufRead;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use event_simulator::time::VirtualTime;
use event_simulator::wire::scan;
use event_simulator_timeline::{self as timeline, LineReader};

use super::event_source::{BadLine, EventSource, SourceEvent, SourceItem, Span};
use super::time_field;
use crate::config::{Config, EventTime, ReplayPace};
use crate::error::SourceError;
use crate::records::unwrapped;

/// Events share memory in blocks of this size, because allocating is dear. Small, because one event
/// that waits keeps its whole block.
const BLOCK_BYTES: usize = 4 * 1024;

/// The field by which statistics count.
const TYPE_FIELD: &str = "event_type";

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
    pub fn open(path: &Path, config: &Config) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let input = timeline::open(path)
            .map_err(|source| SourceError::Io { name: name.clone(), source })?;
        let is_compressed = path.extension().is_some_and(|ext| ext == "gz" || ext == "zst");
        let metadata = std::fs::metadata(path).ok().filter(|_| !is_compressed);
        Ok(Self {
            total_bytes: metadata.filter(std::fs::Metadata::is_file).map(|file| file.len()),
            is_live: path.as_os_str() == "-",
            ..Self::new(name, input, config)
        })
    }

    /// Reads lines from `input`, which error messages call `name`.
    pub fn new(name: String, input: Box<dyn BufRead + Send>, config: &Config) -> Self {
        Self {
            name,
            lines: LineReader::new(input),
            fields: Fields::new(config),
            block: BytesMut::new(),
            strict: config.input.strict,
            total_bytes: None,
            is_live: false,
        }
    }
}

impl EventSource for LineSource {
    fn next(&mut self) -> Result<Option<SourceItem>, SourceError> {
        loop {
            let next = self.lines.next_line();
            let next =
                next.map_err(|source| SourceError::Io { name: self.name.clone(), source })?;
            let Some((position, line)) = next else { return Ok(None) };
            let line = unwrapped(line);
            match self.fields.event(position, &line, &mut self.block) {
                Ok(Some(event)) => return Ok(Some(SourceItem::Event(event))),
                Ok(None) => {}
                Err(reason) if self.strict => {
                    return Err(SourceError::BadLine { name: self.name.clone(), position, reason });
                }
                Err(reason) => {
                    let line = Bytes::copy_from_slice(&line);
                    return Ok(Some(SourceItem::BadLine(BadLine { position, line, reason })));
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

/// The fields that are looked at, and what for.
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
    fn new(config: &Config) -> Self {
        let Config { input, schedule, ordering, .. } = config;
        let has_window = schedule.from.is_some() || schedule.until.is_some();
        let follows_times = matches!(schedule.pace, ReplayPace::Speed(_));
        Self {
            time: input.time_field.clone(),
            id: input.id_field.clone(),
            lane: ordering.lane_field.clone(),
            from: schedule.from,
            until: schedule.until,
            needs_time: has_window || follows_times || schedule.event_time == EventTime::Shift,
            rewrites_time: schedule.event_time != EventTime::Original,
        }
    }

    /// The event of a line, its body in `block`; `None` if it lies outside the window.
    fn event(
        &self,
        position: u64,
        line: &[u8],
        block: &mut BytesMut,
    ) -> Result<Option<SourceEvent>, String> {
        // A member may be asked for twice; so one that stands in for a lane is found, and not used.
        let lane_name = self.lane.as_ref().unwrap_or(&self.id);
        let names = [&self.time, &self.id, lane_name, TYPE_FIELD];
        let [time, id, lane, event_type] =
            scan::members(line, names).map_err(|error| error.to_string())?;
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
        let span = |part: &[u8]| Span::of(part, line);
        let lane = lane.filter(|key| self.lane.is_some() && *key != b"null");
        Ok(Some(SourceEvent {
            position,
            time: when,
            lane: lane.map(hash),
            time_value: time.map(span),
            id: id.map(|id| span(id).unquoted(line)),
            event_type: event_type.map(|name| span(name).unquoted(line)),
            body,
        }))
    }

    fn time_of(&self, value: Option<&[u8]>) -> Result<VirtualTime, String> {
        let value = value.ok_or_else(|| format!("there is no {:?}", self.time))?;
        time_field::read(value).map_err(|reason| format!("{:?}: {reason}", self.time))
    }
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: &str, adapt: impl FnOnce(&mut Config)) -> SourceEvent {
        let mut config = Config::default();
        config.schedule.pace = ReplayPace::Max;
        adapt(&mut config);
        let fields = Fields::new(&config);
        fields.event(1, line.as_bytes(), &mut BytesMut::new()).unwrap().unwrap()
    }

    #[test]
    fn a_lane_may_be_any_field_or_none() {
        let line = r#"{"":"e","user_id":"u","event_id":"i","event_type":"t"}"#;
        let lane = |field: Option<&str>| {
            let field = field.map(str::to_owned);
            event(line, |config| config.ordering.lane_field = field)
        };
        for (field, has_lane) in [
            (Some("user_id"), true),
            (Some("event_id"), true),
            (Some(""), true),
            (Some("x"), false),
        ] {
            let found = lane(field);
            assert_eq!(found.lane.is_some(), has_lane, "{field:?}");
            assert_eq!((found.id(), found.event_type()), (Some(&b"i"[..]), &b"t"[..]));
        }
        assert_eq!(lane(None).lane, None);
        assert_eq!(lane(Some("user_id")).lane, lane(Some("user_id")).lane);
        assert_ne!(lane(Some("user_id")).lane, lane(Some("event_id")).lane);
    }

    #[test]
    fn one_field_may_be_all_that_is_asked_for() {
        let found = event(r#"{"n": 7, "event_type": "t"}"#, |config| {
            config.input.id_field = "n".into();
            config.input.time_field = "n".into();
            config.ordering.lane_field = Some("n".to_owned());
            config.schedule.event_time = EventTime::Shift;
        });
        assert_eq!(
            (found.id(), found.time.map(VirtualTime::as_millis)),
            (Some(&b"7"[..]), Some(7_000))
        );
        assert!(found.lane.is_some());
    }

    #[test]
    fn a_null_lane_has_no_order_to_keep() {
        assert_eq!(event(r#"{"user_id": null}"#, |_| ()).lane, None);
    }
}
