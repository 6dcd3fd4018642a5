//! A file of JSON lines as a source: ours, dead letters, or anybody's.

use std::hash::Hasher;
use std::io::BufRead;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use event_simulator::time::VirtualTime;
use event_simulator::wire::scan::{self, ScanError};
use event_simulator_timeline::{self as timeline, LineReader, LineTooLong};

use super::event_source::{EventSource, SourceEvent, SourceItem, Span};
use super::field_path::{FieldPath, names};
use super::time_field;
use crate::bad_line::{BadLine, BadLineKind};
use crate::config::{Config, EventTime, ReplayPace};
use crate::error::SourceError;
use crate::records::unwrapped;

/// Events share memory in blocks of this size, because allocating is dear. Small, because one event
/// that waits keeps its whole block.
const BLOCK_BYTES: usize = 4 * 1024;

/// The field by which statistics count.
const TYPE_FIELD: &str = "event_type";

/// Lines at the beginning that are looked at, to see whether they have the fields that are named.
const SAMPLED_LINES: usize = 100;
/// Fields that a message names.
const NAMED_FIELDS: usize = 20;
/// Characters of a reason; it may repeat a value of any length.
const REASON_CHARS: usize = 300;

/// The lines of a timeline, unparsed but for the few fields that replay needs.
pub struct LineSource {
    name: String,
    lines: LineReader<Box<dyn BufRead + Send>>,
    fields: Fields,
    block: BytesMut,
    strict: bool,
    total_bytes: Option<u64>,
    is_live: bool,
    warnings: Vec<String>,
    /// True once there was an event, or a line that should be one.
    has_given: bool,
    /// The earliest and the latest time outside of the window, if any.
    passed_over: Option<(VirtualTime, VirtualTime)>,
}

impl LineSource {
    /// Opens a file, plain or compressed, or standard input for `-`.
    pub fn open(path: &Path, config: &Config) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let mut input = timeline::open(path)
            .map_err(|source| SourceError::Io { name: name.clone(), source })?;
        let is_live = path.as_os_str() == "-";
        // Looking at the first lines would wait for them.
        let sample = if is_live { None } else { input.fill_buf().ok() };
        let warnings = sample.map(|sample| Fields::new(config).warnings(sample, config));
        let is_compressed = path.extension().is_some_and(|ext| ext == "gz" || ext == "zst");
        let metadata = std::fs::metadata(path).ok().filter(|_| !is_compressed);
        Ok(Self {
            total_bytes: metadata.filter(std::fs::Metadata::is_file).map(|file| file.len()),
            is_live,
            warnings: warnings.unwrap_or_default(),
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
            warnings: Vec::new(),
            has_given: false,
            passed_over: None,
        }
    }
}

impl LineSource {
    /// The end, or once the error if a window has left nothing.
    fn end_of_window(&mut self) -> Result<Option<SourceItem>, SourceError> {
        match self.passed_over.take().filter(|_| !self.has_given) {
            Some((first, last)) => {
                Err(SourceError::EmptyWindow { name: self.name.clone(), first, last })
            }
            None => Ok(None),
        }
    }
}

impl EventSource for LineSource {
    fn next(&mut self) -> Result<Option<SourceItem>, SourceError> {
        loop {
            let next = match self.lines.next_line() {
                Ok(next) => next,
                Err(error) => {
                    let name = self.name.clone();
                    let Some(too_long) = LineTooLong::of(&error) else {
                        let line = self.lines.number().saturating_sub(1);
                        return Err(SourceError::Broken { name, line, source: error });
                    };
                    let (position, reason) = (too_long.line, too_long.to_string());
                    let kind = BadLineKind::LeftOut;
                    let bad = BadLine { position, line: Bytes::new(), reason, kind };
                    return set_aside(&self.name, self.strict, bad).map(Some);
                }
            };
            let Some((position, line)) = next else { return self.end_of_window() };
            let (line, event) = match unwrapped(line) {
                Ok(line) => {
                    let event = self.fields.event(position, &line, &mut self.block);
                    (line, event)
                }
                Err(reason) => (line.into(), Err(reason.to_owned())),
            };
            match event {
                Ok(Windowed::Inside(event)) => {
                    self.has_given = true;
                    return Ok(Some(SourceItem::Event(event)));
                }
                Ok(Windowed::Outside(time)) => {
                    let (first, last) = self.passed_over.unwrap_or((time, time));
                    self.passed_over = Some((first.min(time), last.max(time)));
                }
                Err(reason) => {
                    self.has_given = true;
                    let line = Bytes::copy_from_slice(&line);
                    let reason = reason.chars().take(REASON_CHARS).collect();
                    let bad = BadLine { position, line, reason, kind: BadLineKind::Line };
                    return set_aside(&self.name, self.strict, bad).map(Some);
                }
            }
        }
    }

    fn end(&self) -> Option<u64> {
        Some(self.lines.number())
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn is_live(&self) -> bool {
        self.is_live
    }
}

/// A line that cannot be sent, as an item or, where that was asked for, as an error.
fn set_aside(name: &str, is_strict: bool, bad: BadLine) -> Result<SourceItem, SourceError> {
    if is_strict {
        let BadLine { position, reason, .. } = bad;
        return Err(SourceError::BadLine { name: name.to_owned(), position, reason });
    }
    Ok(SourceItem::BadLine(bad))
}

/// An event, or the time of one outside of the window.
enum Windowed {
    Inside(SourceEvent),
    Outside(VirtualTime),
}

/// The fields that are looked at, and what for.
struct Fields {
    time: FieldPath,
    id: FieldPath,
    lane: Option<FieldPath>,
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
            time: FieldPath::new(&input.time_field),
            id: FieldPath::new(&input.id_field),
            lane: ordering.lane_field.as_deref().map(FieldPath::new),
            from: schedule.from,
            until: schedule.until,
            needs_time: has_window || follows_times || schedule.event_time == EventTime::Shift,
            rewrites_time: schedule.event_time != EventTime::Original,
        }
    }

    /// The event of a line, its body in `block`.
    fn event(&self, position: u64, line: &[u8], block: &mut BytesMut) -> Result<Windowed, String> {
        let [time, id, lane, event_type] = self.values(line).map_err(|error| error.to_string())?;
        let when = if self.needs_time { Some(self.time_of(time)?) } else { None };
        let is_outside = |when: &VirtualTime| {
            self.from.is_some_and(|from| *when < from)
                || self.until.is_some_and(|until| *when >= until)
        };
        if let Some(when) = when.filter(is_outside) {
            return Ok(Windowed::Outside(when));
        }
        if self.rewrites_time && time.is_none() {
            return Err(format!("there is no {:?} to rewrite", self.time.name));
        }
        if block.capacity() < line.len() {
            block.reserve(line.len().max(BLOCK_BYTES));
        }
        block.extend_from_slice(line);
        let body = block.split().freeze();
        let span = |part: &[u8]| Span::of(part, line);
        let lane = lane.filter(|key| self.lane.is_some() && *key != b"null");
        Ok(Windowed::Inside(SourceEvent {
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
        let value = value.ok_or_else(|| format!("there is no {:?}", self.time.name))?;
        time_field::read(value).map_err(|reason| format!("{:?}: {reason}", self.time.name))
    }

    /// The values of time, identity, lane and type.
    #[inline]
    fn values<'a>(&self, line: &'a [u8]) -> Result<[Option<&'a [u8]>; 4], ScanError> {
        // A member may be asked for twice; so one that stands in for a lane is found, and not used.
        let lane_field = self.lane.as_ref().unwrap_or(&self.id);
        let names = [&*self.time.name, &self.id.name, &lane_field.name, TYPE_FIELD];
        let [time, id, lane, event_type] = scan::members(line, names)?;
        Ok([
            self.time.or_nested(line, time)?,
            self.id.or_nested(line, id)?,
            lane_field.or_nested(line, lane)?,
            event_type,
        ])
    }

    /// What to say of fields that are named and that none of the first lines has.
    fn warnings(&self, sample: &[u8], config: &Config) -> Vec<String> {
        let mut lines = sample.split_inclusive(|&byte| byte == b'\n').filter_map(|line| {
            let line = line.strip_suffix(b"\n")?.trim_ascii();
            unwrapped(line).ok().filter(|line| self.values(line).is_ok())
        });
        let Some(first) = lines.next() else { return Vec::new() };
        let mut is_there = [false; 3];
        for line in std::iter::once(first.clone()).chain(lines).take(SAMPLED_LINES) {
            if let Ok([time, id, lane, _]) = self.values(&line) {
                for (is_there, value) in is_there.iter_mut().zip([time, id, lane]) {
                    *is_there |= value.is_some();
                }
            }
        }
        let default = Config::default();
        let is_own = (
            config.input.time_field != default.input.time_field,
            config.input.id_field != default.input.id_field,
        );
        let lane = self.lane.as_ref().map_or("", |lane| &lane.name);
        let fields = [
            (is_own.0, &*self.time.name, "time"),
            (is_own.1, &*self.id.name, "identity: no Idempotency-Key is sent"),
            (self.lane.is_some(), lane, "lane: no order is kept (say so by --per-lane none)"),
        ];
        let missing = fields
            .iter()
            .zip(is_there)
            .filter(|((is_wanted, ..), is_there)| *is_wanted && !is_there);
        let there = names(&first, NAMED_FIELDS).join(", ");
        missing
            .map(|((_, name, what), _)| {
                format!("the first lines have no {name:?} for the {what}; line 1 has {there}")
            })
            .collect()
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
        match fields.event(1, line.as_bytes(), &mut BytesMut::new()).unwrap() {
            Windowed::Inside(event) => event,
            Windowed::Outside(time) => panic!("{time}"),
        }
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

    fn warnings(lines: &str, adapt: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        adapt(&mut config);
        Fields::new(&config).warnings(lines.as_bytes(), &config)
    }

    #[test]
    fn a_named_field_that_is_not_there_is_told_with_those_that_are() {
        let line =
            "{\"id\":1,\"created_at\":\"2026-01-01T00:00:00Z\",\"actor\":{\"login\":\"a\"}}\n";
        let of_github = |config: &mut Config| {
            config.input.time_field = "created_at".to_owned();
            config.input.id_field = "id".to_owned();
            config.ordering.lane_field = Some("actor.login".to_owned());
        };
        assert_eq!(warnings(line, of_github), [""; 0]);
        let found = warnings(line, |config| {
            config.input.time_field = "time".to_owned();
            config.input.id_field = "uuid".to_owned();
            config.ordering.lane_field = Some("actor.name".to_owned());
        });
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[2].contains("\"actor.name\"")
                && found[2].ends_with("line 1 has id, created_at, actor.login")
        );
        assert_eq!(warnings(line, |_| ()).len(), 1, "the order is kept by default");
        assert_eq!(warnings(line, |config| config.ordering.lane_field = None), [""; 0]);
        assert_eq!(warnings("not json\n{\"torn", |_| ()), [""; 0]);
        let later = format!("{line}{{\"user_id\":\"u\"}}\n");
        assert_eq!(warnings(&later, |_| ()), [""; 0]);
    }

    #[test]
    fn a_lane_within_an_object_keeps_its_order() {
        let lane = |line: &str| {
            event(line, |config| config.ordering.lane_field = Some("a.b".to_owned())).lane
        };
        assert!(lane(r#"{"a":{"b":1}}"#).is_some());
        assert_eq!(lane(r#"{"a":{"b":1}}"#), lane(r#"{"x":1,"a":{"c":2,"b":1}}"#));
        assert_ne!(lane(r#"{"a":{"b":1}}"#), lane(r#"{"a":{"b":2}}"#));
    }
}
