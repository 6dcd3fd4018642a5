//! Arrivals, read on one thread and judged under a policy on another.

use std::io::{self, BufRead};
use std::{panic, thread};

use event_simulator::policy::{
    ArrivalReader, ArrivalVerdict, CountedPlace, PolicyIntake, Sessionizer,
};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::time::VirtualTime;
use event_simulator::wire::{EventFields, FieldError};

use super::counted::CountedEvents;
use super::input::LineReader;
use super::packed_block::{BlockSender, PackedParts, blocks, unpacked};
use super::read::ReadError;
use super::sort::{Sorter, temporary};

/// An input, and what errors call it.
pub type NamedInput = (String, Box<dyn BufRead + Send>);

/// The time of arrival; of a line that is no event, the reason.
type ArrivalHead = Result<VirtualTime, FieldError>;

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
    count(policy, inputs, memory_bytes, None)
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
    count(policy, inputs, memory_bytes, Some(&mut judged))
}

/// What is told of an arrival: its line, and what becomes of it.
type OnVerdict<'a> = &'a mut dyn FnMut(&[u8], &ArrivalVerdict);

fn count(
    policy: &PolicySpec,
    inputs: Vec<NamedInput>,
    memory_bytes: usize,
    mut judged: Option<OnVerdict<'_>>,
) -> Result<CountedEvents, ReadError> {
    let mut counting = Counting::new(policy, memory_bytes);
    let (sender, receiver) = blocks();
    let (reader, keeps_lines) = (ArrivalReader::new(policy), judged.is_some());
    thread::scope(|scope| {
        let reading = scope.spawn(move || read_arrivals(inputs, &reader, sender, keeps_lines));
        let counted = receiver.for_each(|arrival| {
            let verdict = counting.arrive(&arrival)?;
            if let Some(judged) = &mut judged {
                judged(arrival.line, &verdict);
            }
            Ok(())
        });
        let read = reading.join().unwrap_or_else(|cause| panic::resume_unwind(cause));
        read.and(counted.map_err(temporary))
    })?;
    counting.finish().map_err(temporary)
}

/// Reads what arrives, until that is all or nobody takes it any more.
fn read_arrivals(
    inputs: Vec<NamedInput>,
    reader: &ArrivalReader,
    mut arrivals: BlockSender<ArrivalHead>,
    keeps_lines: bool,
) -> Result<(), ReadError> {
    for (name, input) in inputs {
        let mut lines = LineReader::new(input);
        loop {
            let line: &[u8] = match lines.next_line() {
                Ok(Some((_, line))) => line,
                Ok(None) => break,
                Err(error) => match ReadError::of_input(&name, error) {
                    // A line that is too long is passed over, and is no event.
                    error if error.is_of_one_line() => b"",
                    error => return Err(error),
                },
            };
            let kept = if keeps_lines { line } else { b"" };
            let is_taken = match reader.read(line) {
                Ok((event, received_at)) => arrivals.give(Ok(received_at), Some(&event), kept),
                Err(reason) => arrivals.give(Err(reason), None, kept),
            };
            if !is_taken {
                return Ok(());
            }
        }
    }
    arrivals.finish();
    Ok(())
}

/// The events that are known to count.
struct Counting {
    intake: PolicyIntake,
    counted: CountedSoFar,
}

struct CountedSoFar {
    sessionizer: Sessionizer,
    sorter: Sorter,
    contents: Vec<u8>,
    common: Vec<u8>,
    failed: Option<io::Error>,
}

impl Counting {
    fn new(policy: &PolicySpec, memory_bytes: usize) -> Self {
        let counted = CountedSoFar {
            sessionizer: Sessionizer::new(policy),
            sorter: Sorter::new(memory_bytes),
            contents: Vec::new(),
            common: Vec::new(),
            failed: None,
        };
        Self { intake: PolicyIntake::new(policy), counted }
    }

    fn arrive(&mut self, arrival: &PackedParts<'_, ArrivalHead>) -> io::Result<ArrivalVerdict> {
        let Self { intake, counted } = self;
        let received_at = match arrival.head {
            Ok(received_at) => *received_at,
            Err(reason) => return Ok(intake.arrive_malformed(reason.clone())),
        };
        let event = unpacked(arrival.contents, arrival.common)?;
        let earlier = |place, earlier: &EventFields<'_>| counted.add(place, earlier);
        let verdict = intake.arrive_read(&event, received_at, earlier);
        if let ArrivalVerdict::Counts(place) = verdict {
            counted.sessionizer.look_ahead(place, &event);
            counted.sorter.push(place, arrival.contents, arrival.common)?;
        }
        counted.failed.take().map_or(Ok(verdict), Err)
    }

    fn finish(self) -> io::Result<CountedEvents> {
        let Self { mut intake, mut counted } = self;
        let lateness = intake.take_windows();
        let report = intake.finish(|place, event| counted.add(place, event));
        let CountedSoFar { sessionizer, sorter, failed, .. } = counted;
        failed.map_or(Ok(()), Err)?;
        Ok(CountedEvents { sorted: sorter.finish()?, sessionizer, report, lateness })
    }
}

impl CountedSoFar {
    /// Adds an event that came before, which is packed anew.
    fn add(&mut self, place: CountedPlace, event: &EventFields<'_>) {
        self.sessionizer.look_ahead(place, event);
        self.contents.clear();
        self.common.clear();
        event.pack_common(&mut self.contents);
        event.pack_own(&mut self.common);
        if let Err(error) = self.sorter.push(place, &self.contents, &self.common) {
            self.failed.get_or_insert(error);
        }
    }
}
