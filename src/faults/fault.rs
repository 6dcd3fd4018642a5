//! A fault.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::spread::DrawnSpan;
use crate::random::Bernoulli;
use crate::scenario::faults::{CopyKind, FaultKind, PropertyChange};

/// A fault: who has it, when, and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) kind: FaultKind,
    /// By which its draws differ from those of others.
    pub(crate) hash: u64,
    pub(crate) share: Bernoulli,
    /// The true times of events that can have it: from the one, before the other, in milliseconds.
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) conditions: Vec<FaultCondition>,
    pub(crate) action: FaultAction,
}

/// A value that an event must have.
#[derive(Clone, Debug)]
pub(crate) struct FaultCondition {
    /// The JSON Pointer of the value.
    pub(crate) pointer: String,
    pub(crate) values: Vec<Value>,
}

/// What a fault does.
#[derive(Clone, Debug)]
pub(crate) enum FaultAction {
    Late(DrawnSpan),
    /// Not before a moment.
    Held {
        at_ms: u64,
    },
    Offline(DrawnSpan),
    OutOfOrder,
    Lost,
    Duplicate {
        copy: CopyKind,
        delay: DrawnSpan,
    },
    Backfill {
        at_ms: u64,
    },
    Twin(DrawnSpan),
    Skew(Skew),
    Future(DrawnSpan),
    Ties {
        grain_ms: u64,
    },
    Zone(TimeZone),
    Value {
        property: String,
        forms: Vec<usize>,
    },
    Schema {
        property: String,
        change: PropertyChange,
        new_name: String,
        value: Vec<u8>,
    },
    Touch {
        forms: Vec<TouchForm>,
    },
    Return {
        event_type: String,
        delay: DrawnSpan,
    },
    ReturnAt {
        event_type: String,
        at_ms: u64,
    },
    Identity {
        forms: Vec<IdentityForm>,
        delay: DrawnSpan,
    },
    Malformed {
        forms: Vec<usize>,
    },
    Prefetch,
    OddAgent,
    Bots {
        forms: Vec<BotForm>,
        visitors: u32,
        every_ms: Option<u64>,
    },
}

impl FaultAction {
    /// True if what arrives of an event says what the event says: only when it arrives is another matter, or how often.
    pub(crate) fn leaves_content(&self) -> bool {
        match self {
            Self::Late(_)
            | Self::Held { .. }
            | Self::Offline(_)
            | Self::OutOfOrder
            | Self::Lost
            | Self::Backfill { .. } => true,
            Self::Duplicate { copy, .. } => *copy == CopyKind::Natural,
            _ => false,
        }
    }
}

/// A clock that is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Skew {
    pub(crate) offset: Option<DrawnSpan>,
    /// Seconds a day.
    pub(crate) drift: f64,
    pub(crate) jump: Option<DrawnSpan>,
}

/// A way in which a device says another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityForm {
    /// All have the same id, which is none.
    PoisonId,
    /// Another user's device has the same browser id.
    SharedDevice,
    /// What tells who somebody is arrives late.
    LateIdentify,
    /// It arrives twice, as two events.
    DoubleIdentify,
}

/// A way in which it changes from where a session comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TouchForm {
    /// In the midst of it, by a link in an email.
    Campaign,
    /// In the midst of it, back from where people pay.
    PaymentProvider,
    /// An advertisement says it by a click id alone.
    ClickId,
}

/// A kind of program that visits a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BotForm {
    /// It says what it is, and visits every page.
    Crawler,
    /// It looks like people's browsers, another one at each visit.
    Headless,
    /// It looks at one page.
    Monitor,
}
