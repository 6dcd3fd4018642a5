//! What events and rows have in common, and how it is said.

/// An attribute of events or rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    /// A field of events, or a key column of rows: one of few values.
    Named(&'static str),
    /// The presence of something.
    Has(&'static str),
    /// The value of a key of `props`.
    PropsValue(String),
    /// The keys that `props` has.
    PropsKeys,
    /// The date.
    Date,
    /// The hour of the day.
    Hour,
    /// The place in a group, from its start, from 0.
    FromStart(&'static str),
    /// The place in a group, from its end, from 0.
    FromEnd(&'static str),
    /// The number of the user's session, from 0.
    SessionNumber,
    /// The number of the session's events.
    SessionLength,
    /// The milliseconds since the user's event before.
    Pause,
    /// The bytes of the line.
    LineLength,
    /// A character beyond ASCII in the line.
    BeyondAscii,
    /// Equality of these fields with an event before.
    RepeatOf(&'static str),
    /// Equality of these fields with an event after.
    RepeatedLater(&'static str),
    /// The value of a measured column of rows.
    Measure(&'static str),
}

impl Attribute {
    /// The bits by which a condition on this attribute must be better than one on a plainer attribute.
    pub(super) fn handicap(&self) -> f64 {
        match self {
            Self::Named(_) => 0.0,
            Self::Has(_) | Self::BeyondAscii => 4.0,
            Self::PropsValue(_) | Self::PropsKeys | Self::Hour => 5.0,
            Self::Date => 3.0,
            Self::SessionNumber
            | Self::SessionLength
            | Self::Pause
            | Self::LineLength
            | Self::Measure(_) => 6.0,
            Self::FromStart(_) | Self::FromEnd(_) => 7.0,
            Self::RepeatOf(_) | Self::RepeatedLater(_) => 8.0,
        }
    }

    /// A condition that the attribute has one of these labels, of so many that there are.
    pub(super) fn one_of(&self, labels: &[&str], all: usize) -> String {
        let (none, some): (Vec<&str>, Vec<&str>) = labels.iter().partition(|l| l.is_empty());
        let listed = listed(&some, all);
        match self {
            Self::Has(name) => {
                let with = if labels.contains(&"yes") { "with" } else { "without" };
                format!("{with} {name}")
            }
            Self::BeyondAscii if labels.contains(&"yes") => {
                "with characters beyond ASCII".to_owned()
            }
            Self::BeyondAscii => "without characters beyond ASCII".to_owned(),
            Self::RepeatOf(names) if labels.contains(&"yes") => {
                format!("that repeat the {names} of an earlier one")
            }
            Self::RepeatOf(names) => format!("that are the first with their {names}"),
            Self::RepeatedLater(names) if labels.contains(&"yes") => {
                format!("whose {names} a later one repeats")
            }
            Self::RepeatedLater(names) => format!("that are the last with their {names}"),
            Self::PropsKeys if none.is_empty() => format!("whose props have just {listed}"),
            Self::PropsKeys if some.is_empty() => "with empty props".to_owned(),
            Self::PropsKeys => format!("with empty props or just {listed}"),
            Self::Hour => format!("in the hour {listed} of the day"),
            Self::Date => format!("on {listed}"),
            _ => {
                let name = self.name();
                match (some.is_empty(), none.is_empty()) {
                    (true, _) => format!("without {name}"),
                    (false, true) => format!("of {name} {listed}"),
                    (false, false) => format!("of {name} {listed} or without one"),
                }
            }
        }
    }

    /// A condition that the attribute lies between two amounts, of which the outermost are no bounds.
    pub(super) fn between(&self, low: Option<u32>, high: Option<u32>) -> String {
        match (self, low, high) {
            (Self::FromStart(group), None, Some(0)) => {
                format!("that are the first of their {group}")
            }
            (Self::FromEnd(group), None, Some(0)) => format!("that are the last of their {group}"),
            (Self::FromStart(group), None, Some(high)) => {
                format!("among the first {} of their {group}", high + 1)
            }
            (Self::FromEnd(group), None, Some(high)) => {
                format!("among the last {} of their {group}", high + 1)
            }
            (Self::FromStart(group), Some(low), None) => {
                format!("after the first {low} of their {group}")
            }
            (Self::FromEnd(group), Some(low), None) => {
                format!("before the last {low} of their {group}")
            }
            (Self::SessionNumber, None, Some(0)) => "of each user's first session".to_owned(),
            (Self::SessionNumber, Some(1), None) => {
                "of each user's sessions after the first".to_owned()
            }
            (_, None, Some(high)) => format!("with {} of at most {high}", self.name()),
            (_, Some(low), None) => format!("with {} of at least {low}", self.name()),
            (_, low, high) => {
                let (low, high) = (low.unwrap_or_default(), high.unwrap_or(u32::MAX));
                format!("with {} from {low} to {high}", self.name())
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Named(name) | Self::Has(name) | Self::Measure(name) => (*name).to_owned(),
            Self::PropsValue(key) => format!("props.{key}"),
            Self::PropsKeys => "props".to_owned(),
            Self::Date => "the date".to_owned(),
            Self::Hour => "the hour".to_owned(),
            Self::FromStart(group) => format!("a place in the {group}"),
            Self::FromEnd(group) => format!("a place before the end of the {group}"),
            Self::SessionNumber => "a session number".to_owned(),
            Self::SessionLength => "a session length in events".to_owned(),
            Self::Pause => "a pause in milliseconds since the user's event before".to_owned(),
            Self::LineLength => "a line length in bytes".to_owned(),
            Self::BeyondAscii => "characters".to_owned(),
            Self::RepeatOf(names) | Self::RepeatedLater(names) => (*names).to_owned(),
        }
    }
}

/// The labels that are shown; of more, the first and the number.
const SHOWN: usize = 6;

fn listed(labels: &[&str], all: usize) -> String {
    if labels.len() <= SHOWN {
        return labels.join(", ");
    }
    let first = labels[..3].join(", ");
    format!("{first} and others, {} of {all}", labels.len())
}
