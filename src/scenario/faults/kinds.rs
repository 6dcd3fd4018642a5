//! The kinds of faults, as one table: to whom the share of each falls, and which keys it takes.

use serde::Serialize;

/// What becomes of events on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An event arrives after a delay on the network.
    Late,
    /// A session's device holds its events back, and sends them together.
    Offline,
    /// An event arrives after the next one of its session.
    OutOfOrder,
    /// An event never arrives.
    Lost,
    /// An event arrives again.
    Duplicates,
    /// The events of a window arrive again, all at one moment.
    Backfill,
    /// An action is truly done twice.
    Twins,
    /// A device's clock is wrong.
    ClockSkew,
    /// An event says that it happened far ahead.
    Future,
    /// A device's clock is coarse.
    Ties,
    /// A device says local times without an offset.
    Zone,
    /// An event carries a value that breaks readers.
    Values,
    /// From a moment on a property is another.
    SchemaChange,
    /// Something in a session says that it comes from elsewhere, or no longer says from where.
    Touches,
    /// Somebody comes back, and does one thing.
    Returns,
    /// A device says another person than the true one.
    Identity,
    /// What arrives is no event.
    Malformed,
    /// A browser loads pages that nobody sees.
    Prefetches,
    /// Programs visit the site.
    Bots,
    /// People come with browsers that look like programs.
    OddAgents,
}

/// To whom the share of a fault falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultUnit {
    /// Each event.
    Event,
    /// Each session, with all its events.
    Session,
    /// Each device, with all events from it.
    Device,
    /// Nobody: what it does is added.
    None,
}

/// The most faults of a scenario: one bit each says which an event has.
pub(crate) const MOST_FAULTS: usize = 64;

/// The keys that a fault may have, and must have.
#[derive(Debug)]
pub(super) struct KindRow {
    pub(super) word: &'static str,
    pub(super) kind: FaultKind,
    pub(super) unit: FaultUnit,
    /// Beside `kind`, `from`, `to`, and where there is a unit `share` and `when`.
    pub(super) needs: &'static [&'static str],
    pub(super) takes: &'static [&'static str],
    /// The words of `forms`, if it takes that.
    pub(super) forms: &'static [&'static str],
}

const fn row(
    word: &'static str,
    kind: FaultKind,
    unit: FaultUnit,
    needs: &'static [&'static str],
) -> KindRow {
    KindRow { word, kind, unit, needs, takes: &[], forms: &[] }
}

/// What `malformed` makes of a body.
pub(crate) const MALFORMED_FORMS: [&str; 9] = [
    "truncated",
    "not_json",
    "html",
    "wrong_type",
    "missing_field",
    "null_id",
    "nul",
    "invalid_utf8",
    TOO_LARGE,
];

/// The form that takes most room.
pub(crate) const TOO_LARGE: &str = "too_large";

/// The values that `values` puts into an event.
pub(crate) const VALUE_FORMS: [&str; 15] = [
    "above_2_53",
    "max_int64",
    "minus_zero",
    "exponent",
    "leading_zeros",
    "empty",
    "null",
    "null_text",
    "emoji",
    "right_to_left",
    "escapes",
    "money",
    RARE_VALUE_FORMS[0],
    RARE_VALUE_FORMS[1],
    RARE_VALUE_FORMS[2],
];

/// Values that are only there where they are named.
pub(crate) const RARE_VALUE_FORMS: [&str; 3] = ["half_emoji", "nul", "minor_units"];

/// What `touches` does.
pub(crate) const TOUCH_FORMS: [&str; 3] = ["campaign", "payment_provider", "click_id"];

/// What `identity` does.
pub(crate) const IDENTITY_FORMS: [&str; 4] =
    ["poison_id", "shared_device", "late_identify", "double_identify"];

/// The programs that `bots` are.
pub(crate) const BOT_FORMS: [&str; 3] = ["crawler", "headless", "monitor"];

/// Every kind, in the order of [`FaultKind`].
pub(super) const KINDS: [KindRow; 20] = [
    KindRow { takes: &["delay", "at"], ..row("late", FaultKind::Late, FaultUnit::Event, &[]) },
    row("offline", FaultKind::Offline, FaultUnit::Session, &["delay"]),
    row("out_of_order", FaultKind::OutOfOrder, FaultUnit::Event, &[]),
    row("lost", FaultKind::Lost, FaultUnit::Event, &[]),
    KindRow {
        takes: &["copy"],
        ..row("duplicates", FaultKind::Duplicates, FaultUnit::Event, &["delay"])
    },
    row("backfill", FaultKind::Backfill, FaultUnit::Event, &["at"]),
    KindRow { takes: &["delay"], ..row("twins", FaultKind::Twins, FaultUnit::Event, &[]) },
    KindRow {
        takes: &["offset", "drift", "jump"],
        ..row("clock_skew", FaultKind::ClockSkew, FaultUnit::Device, &[])
    },
    row("future", FaultKind::Future, FaultUnit::Event, &["offset"]),
    row("ties", FaultKind::Ties, FaultUnit::Device, &["precision"]),
    row("zone", FaultKind::Zone, FaultUnit::Device, &["time_zone"]),
    KindRow {
        takes: &["property", "forms"],
        forms: &VALUE_FORMS,
        ..row("values", FaultKind::Values, FaultUnit::Event, &[])
    },
    KindRow {
        takes: &["new_name", "value"],
        ..row("schema_change", FaultKind::SchemaChange, FaultUnit::Device, &["property", "change"])
    },
    KindRow {
        takes: &["forms"],
        forms: &TOUCH_FORMS,
        ..row("touches", FaultKind::Touches, FaultUnit::Session, &[])
    },
    KindRow {
        takes: &["delay", "at"],
        ..row("returns", FaultKind::Returns, FaultUnit::Session, &["event_type"])
    },
    KindRow {
        takes: &["forms", "delay"],
        forms: &IDENTITY_FORMS,
        ..row("identity", FaultKind::Identity, FaultUnit::Device, &[])
    },
    KindRow {
        takes: &["forms"],
        forms: &MALFORMED_FORMS,
        ..row("malformed", FaultKind::Malformed, FaultUnit::Event, &[])
    },
    row("prefetches", FaultKind::Prefetches, FaultUnit::Event, &[]),
    KindRow {
        takes: &["forms", "every"],
        forms: &BOT_FORMS,
        ..row("bots", FaultKind::Bots, FaultUnit::None, &["visitors"])
    },
    row("odd_agents", FaultKind::OddAgents, FaultUnit::Device, &[]),
];

const _: () = {
    let mut index = 0;
    while index < KINDS.len() {
        assert!(KINDS[index].kind as usize == index, "a row stands in the place of its kind");
        index += 1;
    }
};

impl FaultKind {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); KINDS.len()] = {
        let mut words = [("", Self::Late); KINDS.len()];
        let mut index = 0;
        while index < KINDS.len() {
            words[index] = (KINDS[index].word, KINDS[index].kind);
            index += 1;
        }
        words
    };

    pub(super) fn row(self) -> &'static KindRow {
        &KINDS[self as usize]
    }

    /// The word of a scenario.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// To whom its share falls.
    pub fn unit(self) -> FaultUnit {
        self.row().unit
    }
}

/// What a copy of an event has in common with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// Everything: a request was sent again.
    #[default]
    Natural,
    /// The id alone: other events have it too.
    Synthetic,
    /// All but the id.
    Reidentified,
}

impl CopyKind {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("natural", Self::Natural),
        ("synthetic", Self::Synthetic),
        ("reidentified", Self::Reidentified),
    ];
}

/// The precision of a coarse clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockPrecision {
    /// Whole seconds.
    Second,
    /// Whole minutes.
    Minute,
    /// Whole hours.
    Hour,
}

impl ClockPrecision {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 3] =
        [("second", Self::Second), ("minute", Self::Minute), ("hour", Self::Hour)];

    /// Its grain.
    pub(crate) const fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }
}

/// What becomes of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyChange {
    /// It is there, with the value of `value`.
    Add,
    /// It has the name of `new_name`.
    Rename,
    /// A text is in a list, and anything else is a text.
    Retype,
    /// A whole number has a decimal point.
    Decimal,
    /// It has the value of `value`, where it is there.
    Set,
    /// It is not there.
    Drop,
}

impl PropertyChange {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("add", Self::Add),
        ("rename", Self::Rename),
        ("retype", Self::Retype),
        ("decimal", Self::Decimal),
        ("set", Self::Set),
        ("drop", Self::Drop),
    ];
}
