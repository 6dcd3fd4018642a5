//! The arrivals that count.

use serde::Serialize;

use crate::scenario::policy::{PolicySpec, TrustedClock};
use crate::time::VirtualTime;
use crate::wire::{FieldError, scan};

use super::arrival::Arrival;
use super::clock::LocalZone;
use super::copies::{Copies, CopyVerdict};
use super::late::Lateness;

/// Decides which arrivals count, in the order in which they arrive.
#[derive(Debug)]
pub struct PolicyIntake {
    clock: TrustedClock,
    local_zone: Option<LocalZone>,
    copies: Option<Copies>,
    lateness: Option<Lateness>,
    ahead_ms: Option<u64>,
    /// In lower case.
    bots: Vec<String>,
    report: IntakeReport,
    line: Vec<u8>,
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
    /// Those that came too late, and do not count.
    pub late: u64,
    /// Those that came late, and count all the same.
    pub amended: u64,
    /// Those that are too far ahead.
    pub ahead: u64,
    /// Those of bots.
    pub bots: u64,
}

/// An event that counts, as a line of a timeline, with the time that the policy gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedLine {
    /// The line, without its end.
    pub line: Vec<u8>,
}

/// What became of one arrival.
#[derive(Debug, PartialEq, Eq)]
pub enum ArrivalVerdict {
    /// It counts.
    Counts,
    /// It is no event: the reason.
    Malformed(FieldError),
    /// Another copy counts.
    Duplicate,
    /// It came too late.
    Late,
    /// It is too far ahead.
    Ahead,
    /// It is a bot's.
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
            clock: policy.clock,
            local_zone: policy.local_times.as_deref().map(LocalZone::new),
            copies: policy.deduplicate.as_ref().map(Copies::new),
            lateness: policy.lateness.as_ref().map(Lateness::new),
            ahead_ms: policy.ahead.map(|ahead| ahead.millis.unsigned_abs()),
            bots: policy.bots.iter().map(|bot| bot.to_lowercase()).collect(),
            report: IntakeReport::default(),
            line: Vec::new(),
        }
    }

    /// Looks at the next arrival; hands each event that is known to count to `counts`, which may be earlier ones.
    pub fn arrive(&mut self, line: &[u8], mut counts: impl FnMut(CountedLine)) -> ArrivalVerdict {
        self.report.arrivals += 1;
        let arrival = match Arrival::of_line(line, self.local_zone.as_ref()) {
            Ok(arrival) => arrival,
            Err(reason) => {
                self.report.malformed += 1;
                return ArrivalVerdict::Malformed(reason);
            }
        };
        let received_at = arrival.received_at;
        let counted = &mut self.report.counted;
        if let Some(copies) = &mut self.copies {
            copies.expire(received_at, |line| {
                *counted += 1;
                counts(CountedLine { line });
            });
        }
        let verdict = self.judge(arrival);
        match verdict {
            ArrivalVerdict::Counts => {
                self.report.counted += 1;
                counts(CountedLine { line: self.line.clone() });
            }
            ArrivalVerdict::Duplicate => self.report.duplicates += 1,
            ArrivalVerdict::Late => self.report.late += 1,
            ArrivalVerdict::Ahead => self.report.ahead += 1,
            ArrivalVerdict::Bot => self.report.bots += 1,
            ArrivalVerdict::Held { .. } | ArrivalVerdict::Malformed(_) => {}
        }
        verdict
    }

    fn judge(&mut self, arrival: Arrival<'_>) -> ArrivalVerdict {
        let received_at = arrival.received_at;
        let happened_at = arrival.happened_at(self.clock);
        let mut event = arrival.event;
        event.event_time = happened_at;
        if self.is_bot(event.own_field("device")) {
            return ArrivalVerdict::Bot;
        }
        if self.ahead_ms.is_some_and(|most| happened_at.millis_since(received_at) > most) {
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
        self.line.clear();
        event.write_line(&mut self.line);
        let verdict = match &mut self.copies {
            None => ArrivalVerdict::Counts,
            Some(copies) => match copies.look_at(&event, received_at, &self.line) {
                CopyVerdict::Counts => ArrivalVerdict::Counts,
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

    fn is_bot(&self, device: Option<&[u8]>) -> bool {
        if self.bots.is_empty() {
            return false;
        }
        let agent = device.and_then(|device| scan::members(device, ["user_agent"]).ok());
        let agent = agent.and_then(|[agent]| scan::text(agent?).ok());
        agent.is_some_and(|agent| {
            let agent = agent.to_lowercase();
            self.bots.iter().any(|bot| agent.contains(bot))
        })
    }

    /// Hands the events that were still held to `counts`, and says what became of all.
    pub fn finish(mut self, mut counts: impl FnMut(CountedLine)) -> IntakeReport {
        let counted = &mut self.report.counted;
        if let Some(copies) = &mut self.copies {
            copies.finish(|line| {
                *counted += 1;
                counts(CountedLine { line });
            });
        }
        self.report
    }
}

/// The order of events that count: by time, then as they came to count.
impl CountedLine {
    /// The time and type of the event.
    ///
    /// # Errors
    /// None for a line that an [`PolicyIntake`] has given.
    pub fn place(&self) -> Result<(VirtualTime, String), FieldError> {
        let event = crate::wire::EventFields::of_line(&self.line)?;
        Ok((event.event_time, event.event_type.into_owned()))
    }
}
