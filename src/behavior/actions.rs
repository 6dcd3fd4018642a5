//! The actions on a page.

use crate::event::Kind;
use crate::random::{AliasTable, ParameterError, Rng};

/// The choice among actions.
#[derive(Clone, Debug)]
pub(crate) struct Actions {
    kinds: Vec<Kind>,
    shares: Vec<f64>,
    table: AliasTable,
}

impl Actions {
    /// The choice among kinds in proportion to their weights. Where all of them are 0 there are no
    /// actions, and the first kind stands for a choice that is never made.
    pub(super) fn new(weights: &[(Kind, f64)]) -> Result<Self, ParameterError> {
        let (kinds, weights): (Vec<Kind>, Vec<f64>) = weights.iter().copied().unzip();
        let sum: f64 = weights.iter().sum();
        let table = AliasTable::new(if sum > 0.0 { &weights } else { &[1.0] })?;
        let shares = weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 });
        Ok(Self { kinds, shares: shares.collect(), table })
    }

    /// Draws a kind.
    #[inline]
    pub(super) fn sample(&self, rng: &mut Rng) -> Kind {
        self.kinds[self.table.sample(rng)]
    }

    /// Each kind with its share of all actions.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (Kind, f64)> {
        self.kinds.iter().copied().zip(self.shares.iter().copied())
    }
}
