//! Events in the wire formats of others.

use std::collections::HashMap;

use crate::event::event_type::SESSION_ENDED;
use crate::time::VirtualTime;

use super::event_memory::EventMemory;
use super::event_split::{EventShape, EventSplit, is_plain};
use super::fields::{EventFields, FieldError};
use super::fit::Fit;
use super::form::{FormPlaces, says_start};
use super::form_compiler::ShapeLayout;
use super::form_program::FormProgram;
use super::format_settings::FormatSettings;
use super::scan;
use super::wire_format::{EventForm, WireFormat};

/// Shapes whose programs are kept; beyond, all are made anew.
const MOST_SHAPES: usize = 4_096;

pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// An encoder of events in one wire format.
///
/// Events of the same shape, which have the same fields and names of properties, have the same form. For each shape the
/// format's tree is walked once, and leaves texts with places for values between them.
///
/// It knows when the sessions began that it has seen no end of, because some formats say so.
#[derive(Clone, Debug)]
pub struct FormatEncoder {
    format: &'static WireFormat,
    settings: FormatSettings,
    /// By form.
    places: Vec<FormPlaces>,
    shape: EventShape,
    /// The numbers of shapes.
    numbers: Map<Box<[u8]>, usize>,
    shapes: Vec<ShapePrograms>,
    /// An event as a line of our own.
    line: Vec<u8>,
    session_starts: Map<Box<[u8]>, VirtualTime>,
    memory: EventMemory,
    /// True if the format says when sessions began.
    says_start: bool,
}

/// The programs of a shape.
#[derive(Clone, Debug)]
struct ShapePrograms {
    layout: ShapeLayout,
    /// By which of the layout's checks hold.
    programs: Vec<(Vec<bool>, FormProgram)>,
}

impl FormatEncoder {
    /// An encoder for `format`.
    pub fn new(format: &'static WireFormat, settings: FormatSettings) -> Self {
        let places = format.forms.iter().map(|form| FormPlaces::of(form.members));
        Self {
            format,
            settings,
            places: places.collect(),
            shape: EventShape::default(),
            numbers: Map::default(),
            shapes: Vec::new(),
            line: Vec::new(),
            session_starts: Map::default(),
            memory: EventMemory::default(),
            says_start: format.forms.iter().any(|form| says_start(form.members)),
        }
    }

    /// True if an event's form depends on events before it.
    pub fn depends_on_earlier(&self) -> bool {
        self.says_start
    }

    /// Appends the events of whole lines, a line each.
    ///
    /// # Errors
    /// A line that is no event.
    pub fn encode_lines(&mut self, lines: &[u8], out: &mut Vec<u8>) -> Result<(), FieldError> {
        let is_plain = is_plain(lines);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', lines).chain([lines.len()]) {
            let line = &lines[start..end];
            start = end + 1;
            if line.is_empty() {
                continue;
            }
            match is_plain {
                Some(true) => self.encode_checked_line(line, true, out)?,
                _ => self.encode_line(line, out)?,
            }
            out.push(b'\n');
        }
        Ok(())
    }

    /// Appends the event of a line, without anything around it.
    ///
    /// # Errors
    /// A line that is no event.
    pub fn encode_line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), FieldError> {
        match is_plain(line) {
            Some(is_plain) => self.encode_checked_line(line, is_plain, out),
            None => self.encode(&EventFields::of_line(line)?, out),
        }
    }

    fn encode_checked_line(
        &mut self,
        line: &[u8],
        is_plain: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), FieldError> {
        match EventSplit::of_checked_line(line, is_plain, &mut self.shape) {
            Some(event) => {
                self.write(&event, out);
                Ok(())
            }
            None => self.encode(&EventFields::of_line(line)?, out),
        }
    }

    /// Appends an event, without anything around it.
    ///
    /// # Errors
    /// An event whose `props` is no object.
    pub fn encode(&mut self, event: &EventFields<'_>, out: &mut Vec<u8>) -> Result<(), FieldError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        event.write_line(&mut line);
        let split = EventSplit::of_line(&line, &mut self.shape);
        if let Some(event) = &split {
            self.write(event, out);
        }
        let is_split = split.is_some();
        self.line = line;
        if is_split {
            return Ok(());
        }
        let reason = match scan::each_member(&event.props, |_, _| Ok(())) {
            Ok(()) => "a field or a value is no JSON".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(FieldError::Props { reason })
    }

    /// The program of all events that differ from that of a line of our own in nothing but ids and times.
    pub(super) fn content_program(&mut self, line: &[u8]) -> FormProgram {
        let event = EventSplit::of_line(line, &mut self.shape);
        debug_assert!(event.is_some(), "a line of our own");
        let place = event.as_ref().and_then(|event| self.program_place(event));
        let program = place.zip(event).map(|((shape, program), event)| {
            self.shapes[shape].programs[program].1.of_content(&event)
        });
        program.unwrap_or_default()
    }

    /// Appends an event of the shape that has been found.
    fn write(&mut self, event: &EventSplit<'_>, out: &mut Vec<u8>) {
        let Some((shape, program)) = self.program_place(event) else { return };
        let session_start =
            if self.says_start { self.session_start(event) } else { event.event_time };
        self.shapes[shape].programs[program].1.write(event, session_start, &mut self.memory, out);
    }

    /// The place of the event's program: its shape's, and that among the shape's; none if the format has no form for it.
    #[inline]
    fn program_place(&mut self, event: &EventSplit<'_>) -> Option<(usize, usize)> {
        let has_page = event.page_path.is_some();
        let fits = |form: &EventForm| form.kind.fits(&event.event_type, has_page);
        let number = self.format.forms.iter().position(fits)?;
        self.shape.set_form(number as u8);
        let shape = self.shape_number(number);
        let ShapePrograms { layout, programs } = &self.shapes[shape];
        let fits = |&(number, fit): &(usize, Fit)| event.fits(number, fit);
        let is_of = |(known, _): &(Vec<bool>, FormProgram)| {
            known.iter().zip(&layout.checks).all(|(known, check)| *known == fits(check))
        };
        if let Some(program) = programs.iter().position(is_of) {
            return Some((shape, program));
        }
        let fits: Vec<bool> = layout.checks.iter().map(fits).collect();
        let (form, notation) = (&self.format.forms[number], self.format.notation);
        let places = &self.places[number];
        let program = layout.program(form.members, notation, &fits, places, &self.settings);
        self.shapes[shape].programs.push((fits, program));
        Some((shape, self.shapes[shape].programs.len() - 1))
    }

    /// The place of the shape, whose events have the form of that number.
    #[inline]
    fn shape_number(&mut self, form: usize) -> usize {
        let known = self.numbers.get(self.shape.as_bytes()).copied();
        known.unwrap_or_else(|| {
            if self.shapes.len() == MOST_SHAPES {
                self.shapes.clear();
                self.numbers.clear();
            }
            let layout = ShapeLayout::new(&self.shape, &self.places[form]);
            self.shapes.push(ShapePrograms { layout, programs: Vec::new() });
            self.numbers.insert(self.shape.as_bytes().into(), self.shapes.len() - 1);
            self.shapes.len() - 1
        })
    }

    /// The time of the first event of the event's session.
    fn session_start(&mut self, event: &EventSplit<'_>) -> VirtualTime {
        let id = &*event.session_id;
        let is_end = *event.event_type == *SESSION_ENDED.as_bytes();
        match self.session_starts.get(id) {
            Some(&start) if is_end => {
                self.session_starts.remove(id);
                start
            }
            Some(&start) => start,
            None if is_end => event.event_time,
            None => {
                self.session_starts.insert(id.into(), event.event_time);
                event.event_time
            }
        }
    }
}
