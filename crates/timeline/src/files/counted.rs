//! The events that count of what arrives, under a policy, in order of time.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};

use event_simulator::policy::{
    ArrivalVerdict, Attribution, CountedLine, IntakeReport, PolicyIntake,
};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::wire::{EventFields, FieldError};

use super::input::LineReader;
use super::read::ReadError;
use super::sort::{Sorter, rank, temporary};

/// An input, and what errors call it.
pub type NamedInput = (String, Box<dyn BufRead + Send>);

/// The events that count, as JSON lines in order of time, and what became of all that arrived.
pub struct CountedEvents {
    /// The lines.
    pub lines: Box<dyn BufRead + Send>,
    /// What became of the arrivals.
    pub report: IntakeReport,
}

/// Reads what arrives, one input after the other, and gives the events that count under a policy.
///
/// Arrivals are log lines with `sent_at` and `received_at`, deliveries, or events that arrived when they happened.
///
/// # Errors
/// What fails of inputs and temporary files. Lines that are no events are counted, and no error.
pub fn counted_under(
    policy: &PolicySpec,
    inputs: Vec<NamedInput>,
    memory_bytes: usize,
) -> Result<CountedEvents, ReadError> {
    judged_under(policy, inputs, memory_bytes, |_, _| {})
}

/// The same, and tells `judged` of each arrival, as it stands on its line, what becomes of it.
///
/// # Errors
/// Those of [`counted_under`].
pub fn judged_under(
    policy: &PolicySpec,
    inputs: Vec<NamedInput>,
    memory_bytes: usize,
    mut judged: impl FnMut(&[u8], &ArrivalVerdict),
) -> Result<CountedEvents, ReadError> {
    let mut intake = PolicyIntake::new(policy);
    let mut sorter = Sorter::new(memory_bytes);
    let mut failed = None;
    let mut count = |counted: CountedLine| {
        if let Err(error) = push(&mut sorter, &counted) {
            failed.get_or_insert(error);
        }
    };
    for (name, input) in inputs {
        let mut lines = LineReader::new(input);
        loop {
            match lines.next_line() {
                Ok(Some((_, line))) => judged(line, &intake.arrive(line, &mut count)),
                Ok(None) => break,
                Err(error) => match ReadError::of_input(&name, error) {
                    // A line that is too long is passed over, and is no event.
                    error if error.is_of_one_line() => judged(b"", &intake.arrive(b"", &mut count)),
                    error => return Err(error),
                },
            }
        }
    }
    let report = intake.finish(&mut count);
    if let Some(error) = failed {
        return Err(temporary(error));
    }
    let sorted = sorter.finish().map_err(temporary)?;
    let lines = attributed(policy, Box::new(sorted)).map_err(temporary)?;
    Ok(CountedEvents { lines: Box::new(BufReader::new(lines)), report })
}

fn push(sorter: &mut Sorter, counted: &CountedLine) -> io::Result<()> {
    let (time, event_type) = counted.place().map_err(io::Error::other)?;
    sorter.push((time, rank(&event_type)), &counted.line)
}

/// Gives events in order of time their persons and sessions.
fn attributed(policy: &PolicySpec, sorted: Box<dyn Read + Send>) -> io::Result<AttributedLines> {
    let mut attribution = Attribution::new(policy);
    let mut input: Box<dyn BufRead + Send> = Box::new(BufReader::new(sorted));
    if attribution.looks_ahead() {
        let mut kept = BufWriter::new(tempfile::tempfile()?);
        let mut line = Vec::new();
        while read_line(&mut input, &mut line)? {
            attribution.look_at(&EventFields::of_line(&line).map_err(io::Error::other)?);
            line.push(b'\n');
            kept.write_all(&line)?;
        }
        let mut kept = kept.into_inner().map_err(io::IntoInnerError::into_error)?;
        kept.rewind()?;
        input = Box::new(BufReader::new(kept));
    }
    Ok(AttributedLines { attribution, input, line: Vec::new(), made: Vec::new(), read: 0 })
}

/// Reads a line without its end; false if there is none.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let is_there = input.read_until(b'\n', line)? > 0;
    line.pop_if(|last| *last == b'\n');
    Ok(is_there)
}

/// Lines with their persons and sessions.
struct AttributedLines {
    attribution: Attribution,
    input: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    made: Vec<u8>,
    read: usize,
}

impl Read for AttributedLines {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.read == self.made.len() {
            if !read_line(&mut self.input, &mut self.line)? {
                return Ok(0);
            }
            let no_event = |error: FieldError| io::Error::other(error);
            let mut event = EventFields::of_line(&self.line).map_err(no_event)?;
            self.attribution.attribute(&mut event);
            self.made.clear();
            self.read = 0;
            event.write_line(&mut self.made);
            self.made.push(b'\n');
        }
        let length = (&self.made[self.read..]).read(target)?;
        self.read += length;
        Ok(length)
    }
}
