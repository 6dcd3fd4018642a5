//! The events that count of what arrives, under a policy, in order of time.

use std::io::{self, BufRead, BufReader};

use event_simulator::policy::{
    ArrivalVerdict, CountedPlace, IntakeReport, PolicyIntake, Sessionizer, WindowLateness,
};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::wire::EventFields;

use super::input::LineReader;
use super::made_lines::MadeLines;
use super::read::ReadError;
use super::sort::{SortedEvents, Sorter, temporary};

/// An input, and what errors call it.
pub type NamedInput = (String, Box<dyn BufRead + Send>);

/// The events that count, in order of time, and what became of all that arrived.
pub struct CountedEvents {
    sorted: SortedEvents,
    sessionizer: Sessionizer,
    /// What became of the arrivals.
    pub report: IntakeReport,
    /// What became of them by windows of time, if the policy has such.
    pub lateness: Option<WindowLateness>,
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
    let mut sessionizer = Sessionizer::new(policy);
    let mut sorter = Sorter::new(memory_bytes);
    let mut failed = None;
    let (mut packed, mut own) = (Vec::new(), Vec::new());
    let mut count = |place: CountedPlace, event: &EventFields<'_>| {
        sessionizer.look_ahead(place, event);
        packed.clear();
        own.clear();
        event.pack_common(&mut packed);
        event.pack_own(&mut own);
        if let Err(error) = sorter.push(place, &packed, &own) {
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
    let lateness = intake.take_windows();
    let report = intake.finish(&mut count);
    if let Some(error) = failed {
        return Err(temporary(error));
    }
    let sorted = sorter.finish().map_err(temporary)?;
    Ok(CountedEvents { sorted, sessionizer, report, lateness })
}

impl CountedEvents {
    /// The next event with its person and its session; none at the end.
    ///
    /// # Errors
    /// What fails of temporary files.
    pub fn next_event(&mut self) -> Result<Option<EventFields<'_>>, ReadError> {
        self.next_assigned().map_err(temporary)
    }

    /// The events as JSON lines.
    pub fn into_lines(mut self) -> Box<dyn BufRead + Send> {
        let next_line = move |line: &mut Vec<u8>| {
            let Some(event) = self.next_assigned()? else { return Ok(false) };
            event.write_line(line);
            line.push(b'\n');
            Ok(true)
        };
        Box::new(BufReader::new(MadeLines::new(next_line)))
    }

    fn next_assigned(&mut self) -> io::Result<Option<EventFields<'_>>> {
        let Some((place, packed, own)) = self.sorted.next()? else { return Ok(None) };
        let event = EventFields::unpack_parts(packed, own);
        let mut event = event.ok_or(io::ErrorKind::InvalidData)?;
        self.sessionizer.assign(place, &mut event);
        Ok(Some(event))
    }
}
