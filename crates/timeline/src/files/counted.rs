//! The events that count of what arrives, under a policy, in order of time.

use std::io::{self, BufRead, BufReader};
use std::{panic, thread};

use event_simulator::policy::{IntakeReport, Sessionizer};
use event_simulator::wire::EventFields;

use super::made_lines::MadeLines;
use super::packed_block::{blocks, unpacked};
use super::read::ReadError;
use super::sort::{SortedEvents, temporary};

/// The events that count, in order of time, and what became of all that arrived.
pub struct CountedEvents {
    pub(super) sorted: SortedEvents,
    pub(super) sessionizer: Sessionizer,
    /// What became of the arrivals.
    pub report: IntakeReport,
}

impl CountedEvents {
    /// The next event with its person and its session; none at the end.
    ///
    /// # Errors
    /// What fails of temporary files.
    pub fn next_event(&mut self) -> Result<Option<EventFields<'_>>, ReadError> {
        self.next_assigned().map_err(temporary)
    }

    /// Gives each event to `first` on a thread of its own, and then to `second` on this one.
    ///
    /// # Errors
    /// What fails of temporary files, and the first error of either.
    pub fn for_each<E: From<ReadError> + Send>(
        mut self,
        mut first: impl FnMut(&EventFields<'_>) -> Result<(), E> + Send,
        mut second: impl FnMut(&EventFields<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut sender, receiver) = blocks();
        let give = move || {
            while let Some(event) = self.next_assigned().map_err(temporary)? {
                first(&event)?;
                if !sender.give((), Some(&event), b"") {
                    return Ok(());
                }
            }
            sender.finish();
            Ok(())
        };
        thread::scope(|scope| {
            let giving = scope.spawn(give);
            let taken = receiver.for_each(|event| {
                second(&unpacked(event.contents, event.common).map_err(temporary)?)
            });
            let given = giving.join().unwrap_or_else(|cause| panic::resume_unwind(cause));
            taken.and(given)
        })
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
        let Some((place, contents, common)) = self.sorted.next()? else { return Ok(None) };
        let mut event = unpacked(contents, common)?;
        self.sessionizer.assign(place, &mut event);
        Ok(Some(event))
    }
}
