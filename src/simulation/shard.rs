//! Parts of the users.

use std::fmt;
use std::str::FromStr;

/// The users of a scenario that a simulation runs: all, or one of several equal parts.
///
/// Users never depend on each other, so the parts, merged by time and user, are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// All users.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Part `index` of `count`, counted from 0, or `None` if there is no such part.
    pub const fn new(index: u32, count: u32) -> Option<Self> {
        if index < count { Some(Self { index, count }) } else { None }
    }

    /// The number of the part, from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The number of parts.
    pub const fn count(self) -> u32 {
        self.count
    }
}

/// A text that is not a part of a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a part such as 0/4, 1/4, 2/4 or 3/4")]
pub struct ParseShardError(String);

impl fmt::Display for Shard {
    /// `index/count`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Self::new(index.trim().parse().ok()?, count.trim().parse().ok()?)
        });
        parsed.ok_or_else(|| ParseShardError(text.to_owned()))
    }
}
