//! A file of JSON lines as a source: ours, dead letters, or anybody's.

use std::io::BufRead;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use event_simulator::time::VirtualTime;
use event_simulator_timeline::{self as timeline, LineReader, LineTooLong};

use super::envelope::DeliveryLine;
use super::event_source::{EventSource, SourceItem};
use super::field_sample::FieldSample;
use super::fields::{Fields, Windowed};
use crate::bad_line::{BadLine, BadLineKind};
use crate::config::Config;
use crate::error::SourceError;
use crate::records::unwrapped;

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
    sample: FieldSample,
    /// True once nothing more will be looked at.
    is_sampled: bool,
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
        let mut sample = FieldSample::new(config);
        // Those of standard input would be waited for; they are looked at as they come.
        if let Some(start) = (!is_live).then(|| input.fill_buf().ok()).flatten() {
            look_at_start(start, &mut sample, &Fields::new(config));
        }
        // Of what is compressed, or a table, the size of the lines is not known.
        let is_compressed = path.extension().is_some_and(|ext| ext == "gz" || ext == "zst")
            || timeline::is_table(path);
        let metadata = std::fs::metadata(path).ok().filter(|_| !is_compressed);
        Ok(Self {
            total_bytes: metadata.filter(std::fs::Metadata::is_file).map(|file| file.len()),
            is_live,
            sample,
            is_sampled: !is_live,
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
            sample: FieldSample::new(config),
            is_sampled: false,
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
            let Some((position, line)) = next else {
                self.is_sampled = true;
                return self.end_of_window();
            };
            let (line, event) = match unwrapped(line) {
                Ok(line) => {
                    let event = if let Some(delivery) = DeliveryLine::of(&line) {
                        Ok(self.fields.delivered(position, &delivery, &mut self.block))
                    } else {
                        self.sample.look_at(&line, &self.fields);
                        self.fields.event(position, &line, &mut self.block)
                    };
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

    fn warnings(&mut self) -> Vec<String> {
        self.sample.warnings(&self.fields, self.is_sampled)
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

/// Looks at the whole lines at the start of an input.
fn look_at_start(start: &[u8], sample: &mut FieldSample, fields: &Fields) {
    for line in start.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        if let Ok(line) = unwrapped(line.trim_ascii())
            && DeliveryLine::of(&line).is_none()
        {
            sample.look_at(&line, fields);
        }
    }
}
