//! Times drawn.

use crate::random::{QuantileTable, uniform};
use crate::scenario::faults::SpreadLaw;

/// A distribution of times in milliseconds.
#[derive(Clone, Debug)]
pub(crate) enum DrawnSpan {
    /// From the one to the other.
    Uniform(i64, i64),
    /// By a law.
    Law(Box<QuantileTable>),
}

impl DrawnSpan {
    pub(super) fn new(law: &SpreadLaw) -> Self {
        match law {
            SpreadLaw::Uniform(min, max) => Self::Uniform(*min, *max),
            SpreadLaw::Law(law) => Self::Law(Box::new(QuantileTable::new(law, 1.0))),
        }
    }

    /// The milliseconds that 64 random bits mean.
    pub(crate) fn sample(&self, bits: u64) -> i64 {
        match self {
            Self::Uniform(min, max) => {
                let span = max.saturating_sub(*min).unsigned_abs();
                min.saturating_add_unsigned(uniform(bits, 0, span))
            }
            Self::Law(table) => table.sample(bits),
        }
    }

    /// The same for a time that is never below 0.
    pub(crate) fn sample_delay(&self, bits: u64) -> u64 {
        self.sample(bits).max(0).unsigned_abs()
    }
}
