//! Records straight to a wire format, where events of the same content differ in nothing but who and when.

use crate::event::{Detail, Kind, Record, RecordContent};
use crate::model::Model;
use crate::time::VirtualTime;

use super::codec::Encode;
use super::event_memory::EventMemory;
use super::event_split::EventSplit;
use super::form_program::FormProgram;
use super::format_encoder::{FormatEncoder, Map};
use super::native::Encoder;

/// Contents whose programs are kept; those that come first are mostly the most frequent. For others one is made each time.
const MOST_CONTENTS: usize = 16_384;

/// An encoder of a model's records as the lines that [`FormatEncoder::encode_lines`] makes of the lines of
/// [`Encoder`].
///
/// The first event of each content takes that way, and leaves a program in which only ids and times are open; the
/// others of that content follow the program, and no line is written or read for them.
#[derive(Clone, Debug)]
pub struct RecordFormEncoder {
    lines: Encoder,
    format: FormatEncoder,
    line: Vec<u8>,
    /// By content: its place among the programs.
    contents: Map<u64, usize>,
    /// The programs, and behind them that of a content that is not kept.
    programs: Vec<FormProgram>,
    most_contents: usize,
    /// By session, if the format says when they began.
    session_starts: Map<u64, VirtualTime>,
    memory: EventMemory,
}

impl RecordFormEncoder {
    /// An encoder of the records of `model`; none if its events have properties or attributes, or are of users who may
    /// be unknown, which differ from event to event.
    pub fn new(model: &Model, format: FormatEncoder) -> Option<Self> {
        let is_alike = model.property_writer().is_none() && model.people().accounts().is_none();
        is_alike.then(|| Self {
            lines: Encoder::new(model),
            format,
            line: Vec::new(),
            contents: Map::default(),
            programs: Vec::new(),
            most_contents: MOST_CONTENTS,
            session_starts: Map::default(),
            memory: EventMemory::default(),
        })
    }

    /// True if an event's form depends on events before it.
    pub fn depends_on_earlier(&self) -> bool {
        self.format.depends_on_earlier()
    }

    /// The place of the program of a record's content, which is made if it is not there.
    #[inline]
    fn program_number(&mut self, record: &Record) -> usize {
        let key = key(record.content);
        if let Some(number) = self.contents.get(&key) {
            return *number;
        }
        self.line.clear();
        self.lines.encode(record, &mut self.line);
        let program = self.format.content_program(self.line.trim_ascii_end());
        let number = self.contents.len();
        self.programs.truncate(number);
        self.programs.push(program);
        if number < self.most_contents {
            self.contents.insert(key, number);
        }
        number
    }

    /// The time of the first event of the record's session.
    fn session_start(&mut self, record: &Record) -> VirtualTime {
        let code = record.session.code();
        if record.content.kind == Kind::SESSION_ENDED {
            return self.session_starts.remove(&code).unwrap_or(record.time);
        }
        *self.session_starts.entry(code).or_insert(record.time)
    }
}

impl Encode for RecordFormEncoder {
    /// Appends the event of a record, line end included.
    #[inline]
    fn encode(&mut self, record: &Record, out: &mut Vec<u8>) {
        let number = self.program_number(record);
        let session_start =
            if self.depends_on_earlier() { self.session_start(record) } else { record.time };
        let (event_id, user_id) = (record.event_id_text(), record.user_id_text());
        let session_id = record.session_id_text();
        let event = EventSplit::of_ids(&event_id, record.time, &user_id, &session_id);
        self.programs[number].write(&event, session_start, &mut self.memory, out);
        out.push(b'\n');
    }
}

/// A number of its own for each content.
fn key(RecordContent { kind, page, detail }: RecordContent) -> u64 {
    let page = page.map_or(0, |page| page.index() as u64 + 1);
    let (tag, number) = match detail {
        Detail::None => (0, 0),
        Detail::Step(step) => (1, u64::from(step)),
        Detail::Button(button) => (2, u64::from(button)),
        Detail::Onward(page) => (3, page.index() as u64),
        Detail::Elsewhere(page) => (4, page.index() as u64),
        Detail::Variant(variant) => (5, u64::from(variant)),
        Detail::Accounts(bits) => (6, u64::from(bits)),
    };
    kind.index() as u64 | page << 16 | number << 32 | tag << 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::shipped;
    use crate::wire::{FORMATS, FormatSettings};

    /// Of every shipped scenario, in every format: the same as by way of lines.
    #[test]
    fn records_become_what_their_lines_become() {
        let mut formats = 0;
        for scenario in shipped::ALL {
            let model = scenario.load().unwrap().scenario.compile().unwrap();
            for format in FORMATS {
                let by_lines = || FormatEncoder::new(format, FormatSettings::default());
                let Some(mut encoder) = RecordFormEncoder::new(&model, by_lines()) else {
                    continue;
                };
                let (mut lines, mut by_lines) = (Encoder::new(&model), by_lines());
                let mut simulation = model.simulate(3);
                let (mut direct, mut text) = (Vec::new(), Vec::new());
                for record in std::iter::from_fn(|| simulation.next_record()).take(3_000) {
                    encoder.encode(&record, &mut direct);
                    lines.encode(&record, &mut text);
                }
                let mut expected = Vec::new();
                by_lines.encode_lines(&text, &mut expected).unwrap();
                assert!(direct == expected, "{} as {}", scenario.name, format.name);
                formats += 1;
            }
        }
        assert!(formats > 30, "{formats}");
    }
}
