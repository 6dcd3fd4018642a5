//! The words of the `distributions` section.

use serde::Serialize;

/// The shape of the number of pages in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageCountShape {
    /// As even as the mean allows.
    #[default]
    Geometric,
    /// Most sessions are short, and a few very long.
    HeavyTailed,
}

impl PageCountShape {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 2] =
        [("geometric", Self::Geometric), ("heavy_tailed", Self::HeavyTailed)];
}

/// When users first come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstStarts {
    /// Uniformly within `ramp_up_seconds`.
    #[default]
    RampUp,
    /// As if the site had always been there.
    Stationary,
}

impl FirstStarts {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 2] =
        [("ramp_up", Self::RampUp), ("stationary", Self::Stationary)];
}
