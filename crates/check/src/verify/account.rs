//! What became of events under a policy, in numbers that add up.

use std::fmt;

use serde::Serialize;

use event_simulator::quantity::grouped;

/// The lines of one judgement and reason that are shown.
const SHOWN: usize = 4;

/// What became of all that happened and arrived.
///
/// `happened + added + copied - lost = arrivals`. Of these, those that do not count stand in the lines as rightly dropped,
/// wrongly kept or counted twice; and `counted - wrongly dropped + wrongly kept + counted twice = received`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The name of the policy; none if each event that arrived counts once.
    pub policy: Option<String>,
    /// Events of the timeline.
    pub happened: u64,
    /// Events that are in no timeline: of bots, prefetches, twins.
    pub added: u64,
    /// Further arrivals of events.
    pub copied: u64,
    /// Events that never arrived.
    pub lost: u64,
    /// All that arrived.
    pub arrivals: u64,
    /// The events that count.
    pub counted: u64,
    /// The events that were received.
    pub received: u64,
    /// What became of those that do not count, and of those that are not as they should be.
    pub lines: Vec<AccountLine>,
    /// How the filter of bots did, where there are bots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bots: Option<BotFilter>,
}

/// The confusion matrix of a filter of bots, in events: who is one is what the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BotFilter {
    /// Of bots, and not received.
    pub bots_dropped: u64,
    /// Of bots, and received.
    pub bots_kept: u64,
    /// Of people, that count and were not received, for whatever reason.
    pub people_dropped: u64,
    /// Of people, that count and were received.
    pub people_kept: u64,
}

/// A number of events of which the same became for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountLine {
    /// What became of them.
    pub judgement: Judgement,
    /// The rule by which they do not count; none of those that do.
    pub reason: Option<DropReason>,
    /// The faults to which that is due; none if no fault did anything to them.
    pub faults: Vec<String>,
    /// Their number.
    pub events: u64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// It does not count, and is not there.
    RightlyDropped,
    /// A fault changed it, and it is there as it should count.
    RightlyAltered,
    /// It counts, and is not there.
    WronglyDropped,
    /// It does not count, and is there; or nobody sent it.
    WronglyKept,
    /// It counts, and is there once more.
    CountedTwice,
    /// It counts, and is there with other values.
    WronglyAltered,
}

/// Why an arrival does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// It never arrived.
    Lost,
    /// It is no event.
    Malformed,
    /// A bot sent it.
    Bot,
    /// It is too far ahead.
    Ahead,
    /// It came too late.
    Late,
    /// Another copy counts.
    Copy,
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RightlyDropped => "rightly dropped",
            Self::RightlyAltered => "rightly altered",
            Self::WronglyDropped => "wrongly dropped",
            Self::WronglyKept => "wrongly kept",
            Self::CountedTwice => "counted twice",
            Self::WronglyAltered => "wrongly altered",
        })
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lost => "lost",
            Self::Malformed => "malformed",
            Self::Bot => "of a bot",
            Self::Ahead => "too far ahead",
            Self::Late => "late",
            Self::Copy => "copy",
        })
    }
}

impl Account {
    /// The number of events of which that became.
    pub fn events(&self, judgement: Judgement) -> u64 {
        self.lines.iter().filter(|line| line.judgement == judgement).map(|line| line.events).sum()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { happened, added, copied, lost, arrivals, counted, .. } = self;
        write!(f, "{} happened", grouped(*happened))?;
        for (count, what) in [(*added, "added"), (*copied, "copies"), (*lost, "lost")] {
            if count > 0 {
                write!(f, ", {} {what}", grouped(count))?;
            }
        }
        write!(f, ": {} arrived, {} count", grouped(*arrivals), grouped(*counted))?;
        if let Some(policy) = &self.policy {
            write!(f, " under {policy}")?;
        }
        let width = self.lines.iter().map(|line| grouped(line.events).len()).max().unwrap_or(0);
        let mut lines = &self.lines[..];
        while let Some(AccountLine { judgement, reason, .. }) = lines.first() {
            let is_such =
                |line: &AccountLine| (line.judgement, line.reason) == (*judgement, *reason);
            let such = lines.iter().take_while(|line| is_such(line)).count();
            let (mut such, rest) = (lines[..such].iter().collect::<Vec<_>>(), &lines[such..]);
            lines = rest;
            such.sort_by_key(|line| std::cmp::Reverse(line.events));
            let mut show = |events: u64, faults: &str| {
                write!(f, "\n  {judgement:15} {:>width$}", grouped(events))?;
                if let Some(reason) = reason {
                    write!(f, "  {reason}")?;
                }
                write!(f, "  ({faults})")
            };
            let (first, others) = such.split_at(such.len().min(SHOWN));
            for line in first {
                let faults = line.faults.join(", ");
                show(line.events, if faults.is_empty() { "no fault" } else { &faults })?;
            }
            if !others.is_empty() {
                let events = others.iter().map(|line| line.events).sum();
                show(events, &format!("{} others, of several faults", others.len()))?;
            }
        }
        if let Some(BotFilter { bots_dropped, bots_kept, people_dropped, people_kept }) = self.bots
        {
            let [bots_dropped, bots_kept, people_dropped, people_kept] =
                [bots_dropped, bots_kept, people_dropped, people_kept].map(grouped);
            write!(f, "\n  bots: {bots_dropped} events dropped, {bots_kept} kept")?;
            write!(f, "; people: {people_dropped} dropped, {people_kept} kept")?;
        }
        Ok(())
    }
}
