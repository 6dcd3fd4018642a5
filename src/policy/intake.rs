//! The arrivals that count.

use serde::Serialize;

use crate::scenario::policy::PolicySpec;
use crate::time::VirtualTime;
use crate::wire::{EventFields, FieldError};

use super::arrival::ArrivalReader;
use super::bots::BotAgents;
use super::copies::{Copies, CopyVerdict};
use super::late::{Lateness, WindowLateness};
use super::place::CountedPlace;

/// Decides which arrivals count, in the order in which they arrive.
#[derive(Debug)]
pub struct PolicyIntake {
    reader: ArrivalReader,
    copies: Option<Copies>,
    lateness: Option<Lateness>,
    ahead_ms: Option<u64>,
    bots: BotAgents,
    report: IntakeReport,
}

/// What became of the arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntakeReport {
    /// All of them.
    pub arrivals: u64,
    /// Those that count.
    pub counted: u64,
    /// Those that are no event.
    pub malformed: u64,
    /// Those of which another copy counts.
    pub duplicates: u64,
    /// Those that have none of the fields by which copies are told.
    #[serde(skip_serializing_if = "is_none")]
    pub without_key: u64,
    /// Those that came too late, and do not count.
    pub late: u64,
    /// Those that came late, and count all the same.
    pub amended: u64,
    /// Those that are too far ahead.
    pub ahead: u64,
    /// Those of bots, and of browsers that load ahead where those do not count.
    pub bots: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What became of one arrival.
#[derive(Debug, PartialEq, Eq)]
pub enum ArrivalVerdict {
    /// It counts, in this place.
    Counts(CountedPlace),
    /// It is no event: the reason.
    Malformed(FieldError),
    /// Another copy counts.
    Duplicate,
    /// It came too late.
    Late,
    /// It is too far ahead.
    Ahead,
    /// It is a bot's, or of a browser that loads ahead.
    Bot,
    /// It counts unless another copy comes; in the place of one that came before, or not.
    Held {
        /// True if an earlier copy does not count.
        replaces: bool,
    },
}

impl PolicyIntake {
    /// The intake of a checked policy.
    pub fn new(policy: &PolicySpec) -> Self {
        Self {
            reader: ArrivalReader::new(policy),
            copies: policy.deduplicate.as_ref().map(Copies::new),
            lateness: policy.lateness.as_ref().map(Lateness::new),
            ahead_ms: policy.ahead.map(|ahead| ahead.millis.unsigned_abs()),
            bots: BotAgents::new(policy),
            report: IntakeReport::default(),
        }
    }

    /// Looks at the arrival on the next line; hands each event that is known to count to `counts`, which may be earlier ones,
    /// with its place and with the time that the policy gives it.
    pub fn arrive(
        &mut self,
        line: &[u8],
        mut counts: impl FnMut(CountedPlace, &EventFields<'_>),
    ) -> ArrivalVerdict {
        match self.reader.read(line) {
            Ok((event, received_at)) => {
                let verdict = self.arrive_read(&event, received_at, &mut counts);
                if let ArrivalVerdict::Counts(place) = verdict {
                    counts(place, &event);
                }
                verdict
            }
            Err(reason) => self.arrive_malformed(reason),
        }
    }

    /// Looks at the next arrival, which is no event.
    pub fn arrive_malformed(&mut self, reason: FieldError) -> ArrivalVerdict {
        self.report.arrivals += 1;
        self.report.malformed += 1;
        self.leave_out(None);
        ArrivalVerdict::Malformed(reason)
    }

    /// Looks at the next arrival, as an [`ArrivalReader`] of the same policy has read it; hands earlier events that are now
    /// known to count to `earlier`.
    pub fn arrive_read(
        &mut self,
        event: &EventFields<'_>,
        received_at: VirtualTime,
        mut earlier: impl FnMut(CountedPlace, &EventFields<'_>),
    ) -> ArrivalVerdict {
        self.report.arrivals += 1;
        if let Some(copies) = &mut self.copies {
            let report = &mut self.report;
            copies.expire(received_at, |packed| report.count_packed(&packed, &mut earlier));
        }
        let verdict = self.judge(event, received_at);
        match verdict {
            ArrivalVerdict::Counts(_) => self.report.counted += 1,
            ArrivalVerdict::Duplicate => self.report.duplicates += 1,
            ArrivalVerdict::Late => self.report.late += 1,
            ArrivalVerdict::Ahead => self.report.ahead += 1,
            ArrivalVerdict::Bot => self.report.bots += 1,
            ArrivalVerdict::Held { .. } | ArrivalVerdict::Malformed(_) => {}
        }
        verdict
    }

    /// Judges an arrival whose event has the time that the policy gives it.
    fn judge(&mut self, event: &EventFields<'_>, received_at: VirtualTime) -> ArrivalVerdict {
        let happened_at = event.event_time;
        if self.bots.have_sent(event) {
            self.leave_out(Some(happened_at));
            return ArrivalVerdict::Bot;
        }
        if self.ahead_ms.is_some_and(|most| happened_at.millis_since(received_at) > most) {
            self.leave_out(Some(happened_at));
            return ArrivalVerdict::Ahead;
        }
        let mut is_amended = false;
        if let Some(lateness) = &mut self.lateness
            && lateness.is_late(happened_at, received_at)
        {
            if lateness.drops() {
                return ArrivalVerdict::Late;
            }
            is_amended = true;
        }
        let counts = ArrivalVerdict::Counts(CountedPlace::new(event, self.report.counted));
        let verdict = match &mut self.copies {
            None => counts,
            Some(copies) => match copies.look_at(event, received_at) {
                CopyVerdict::Counts => counts,
                CopyVerdict::HasNoKey => {
                    self.report.without_key += 1;
                    counts
                }
                CopyVerdict::IsCopy => ArrivalVerdict::Duplicate,
                CopyVerdict::Held { replaces } => {
                    self.report.duplicates += u64::from(replaces);
                    ArrivalVerdict::Held { replaces }
                }
            },
        };
        if verdict != ArrivalVerdict::Duplicate {
            self.report.amended += u64::from(is_amended);
        }
        verdict
    }

    fn leave_out(&mut self, happened_at: Option<VirtualTime>) {
        if let Some(lateness) = &mut self.lateness {
            lateness.leave_out(happened_at);
        }
    }

    /// What became of the arrivals of each window, once all have arrived; none without such windows.
    pub fn take_windows(&mut self) -> Option<WindowLateness> {
        self.lateness.as_mut().and_then(Lateness::windows)
    }

    /// Hands the events that were still held to `counts`, and says what became of all.
    pub fn finish(
        mut self,
        mut counts: impl FnMut(CountedPlace, &EventFields<'_>),
    ) -> IntakeReport {
        if let Some(copies) = &mut self.copies {
            let report = &mut self.report;
            copies.finish(|packed| report.count_packed(&packed, &mut counts));
        }
        self.report
    }
}

impl IntakeReport {
    fn count_packed(
        &mut self,
        packed: &[u8],
        counts: &mut impl FnMut(CountedPlace, &EventFields<'_>),
    ) {
        // What is held was packed here.
        if let Some(event) = EventFields::unpack(packed) {
            counts(CountedPlace::new(&event, self.counted), &event);
            self.counted += 1;
        }
    }
}
