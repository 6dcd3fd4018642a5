//! The words of a policy.

use serde::Serialize;

/// Makes an enum whose values are words of a policy.
macro_rules! words {
    ($(#[doc = $doc:literal])+ pub enum $name:ident { $($(#[doc = $value_doc:literal])+ $value:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[doc = $value_doc])+ $value,)+
        }

        impl $name {
            /// The words of a policy file.
            pub const WORDS: &[(&str, Self)] = &[$(($word, Self::$value)),+];
        }
    };
}

words! {
    /// By which clock it is told when an event happened.
    pub enum TrustedClock {
        /// The device's: `event_time` as it is.
        Device = "device",
        /// The collector's: `received_at`.
        Received = "received",
        /// `received_at` less the time from `event_time` to `sent_at`, both by the device's clock.
        Corrected = "corrected",
    }
}

words! {
    /// What a property was before its type changed.
    pub enum FormerType {
        /// A number: a text of one is that number, in every digit.
        Number = "number",
        /// A text: a list with one text is that text, and any number, or `true`, the text of it.
        Text = "text",
    }
}

words! {
    /// What becomes of the events of a browser that loads ahead.
    pub enum PrefetchRule {
        /// They count.
        Count = "count",
        /// They do not.
        Drop = "drop",
    }
}

words! {
    /// Which of several copies counts.
    pub enum KeptCopy {
        /// The one that arrived first.
        First = "first",
        /// The one that arrived last.
        Last = "last",
    }
}

words! {
    /// How late an event is.
    pub enum LateMeasure {
        /// By the time from when it happened to when it arrived.
        Arrival = "arrival",
        /// By the time from when it happened to the latest one that any event before it had.
        Watermark = "watermark",
    }
}

words! {
    /// What becomes of a late event.
    pub enum LateRule {
        /// It does not count.
        Drop = "drop",
        /// It counts, and what was reported is amended.
        Amend = "amend",
    }
}

words! {
    /// What ends a session beside its gap.
    pub enum SessionCut {
        /// Nothing.
        Never = "never",
        /// Midnight in the policy's time zone.
        Midnight = "midnight",
    }
}

words! {
    /// Which touches led to a conversion, and how much each.
    pub enum CreditModel {
        /// The first one, all of it.
        FirstTouch = "first_touch",
        /// The last one, all of it.
        LastTouch = "last_touch",
        /// The last one that is not direct, all of it; the last one, if all are.
        LastNonDirect = "last_non_direct",
        /// Each as much as any other.
        Linear = "linear",
        /// The first and the last 40 % each, those between them the rest.
        PositionBased = "position_based",
        /// One that is earlier by the half-life half as much.
        TimeDecay = "time_decay",
    }
}

words! {
    /// In which order the steps of a funnel count.
    pub enum StepOrder {
        /// Each after the one before, with whatever lies in between.
        Ordered = "ordered",
        /// Each after the one before, and between them no event of a type that a step has.
        Strict = "strict",
        /// In any order.
        Any = "any",
    }
}

words! {
    /// Whose steps of a funnel belong together.
    pub enum FunnelScope {
        /// Those of a session.
        Session = "session",
        /// Those of a person, in all sessions.
        Person = "person",
    }
}

words! {
    /// What becomes of a step of a funnel that is done again.
    pub enum RepeatRule {
        /// It may begin or lead on a way, as the first time may.
        Counted = "counted",
        /// Only the first time that each step happens counts.
        Ignored = "ignored",
    }
}

words! {
    /// Whether what is exactly at an edge is inside.
    pub enum EdgeRule {
        /// It is.
        Included = "included",
        /// It is not.
        Excluded = "excluded",
    }
}

words! {
    /// Whose an event is.
    pub enum IdentityRule {
        /// That of the `user_id` that it says.
        AsSent = "as_sent",
        /// From the first event on that says a known user, all later ones of the same `anonymous_id` are that user's.
        Forward = "forward",
        /// Earlier ones are, too.
        Stitched = "stitched",
    }
}

impl PrefetchRule {
    /// True if they count, as without the rule.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn counts(&self) -> bool {
        *self == Self::Count
    }
}
