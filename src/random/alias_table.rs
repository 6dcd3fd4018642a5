//! The alias table: a weighted choice in constant time.

use super::error::ParameterError;
use super::rng::Rng;

/// The distribution of indices in proportion to their weights, drawn by the alias method.
///
/// Each of the `n` columns holds its own index and one alias; a draw picks a column uniformly and
/// then one of its two. One 64-bit draw serves both: the column is the high part of `draw * n`, and
/// what is left of it, uniform again, is held against the column's threshold. A table of one index
/// takes no randomness.
#[derive(Clone, Debug)]
pub(crate) struct AliasTable {
    columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    /// Below it the draw means the column's own index, from it on the alias.
    threshold: u64,
    alias: u32,
}

const ALWAYS: u64 = u64::MAX;

impl AliasTable {
    /// The table of `weights`, which must be finite and not negative, and one of them above 0.
    ///
    /// Columns are filled as in Vose, "A linear algorithm for generating random numbers with a given
    /// distribution", IEEE Transactions on Software Engineering 17 (1991).
    pub(crate) fn new(weights: &[f64]) -> Result<Self, ParameterError> {
        let sum: f64 = weights.iter().sum();
        let count = weights.len() as f64;
        let are_weights = weights.iter().all(|&weight| weight >= 0.0);
        if !are_weights || sum <= 0.0 || !(sum * count).is_finite() {
            return Err(ParameterError::Weights);
        }
        let mut scaled: Vec<f64> = weights.iter().map(|weight| weight * count / sum).collect();
        let mut columns: Vec<Column> =
            (0..weights.len()).map(|i| Column { threshold: ALWAYS, alias: i as u32 }).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&i| scaled[i] < 1.0);
        while let (Some(&giver), Some(taker)) = (large.last(), small.pop()) {
            columns[taker] =
                Column { threshold: (scaled[taker] * ALWAYS as f64) as u64, alias: giver as u32 };
            scaled[giver] -= 1.0 - scaled[taker];
            if scaled[giver] < 1.0 {
                large.pop();
                small.push(giver);
            }
        }
        Self::give_away_empty_columns(&mut columns, weights);
        Ok(Self { columns })
    }

    /// Rounding can leave a column without a giver; one without weight must not keep itself.
    fn give_away_empty_columns(columns: &mut [Column], weights: &[f64]) {
        let heaviest = (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
        for (index, column) in columns.iter_mut().enumerate() {
            if weights[index] <= 0.0 && column.alias as usize == index {
                column.threshold = 0;
                column.alias = heaviest.unwrap_or(0) as u32;
            }
        }
    }

    /// Draws an index.
    #[inline]
    pub(crate) fn sample(&self, rng: &mut Rng) -> usize {
        if self.columns.len() <= 1 {
            return 0;
        }
        let product = u128::from(rng.next_u64()) * self.columns.len() as u128;
        let index = (product >> 64) as usize;
        let column = self.columns[index];
        if (product as u64) < column.threshold { index } else { column.alias as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::super::streams::RngStreams;
    use super::*;
    use proptest::prelude::*;

    /// The probability that the table gives each index, read off its columns.
    fn probabilities(table: &AliasTable) -> Vec<f64> {
        let count = table.columns.len();
        let mut sums = vec![0.0; count];
        for (index, column) in table.columns.iter().enumerate() {
            let own = column.threshold as f64 / ALWAYS as f64;
            sums[index] += own / count as f64;
            sums[column.alias as usize] += (1.0 - own) / count as f64;
        }
        sums
    }

    proptest! {
        #[test]
        fn the_table_holds_the_weights(weights in prop::collection::vec(0.0..10.0_f64, 1..40)) {
            let sum: f64 = weights.iter().sum();
            prop_assume!(sum > 0.0);
            for (found, weight) in probabilities(&AliasTable::new(&weights).unwrap()).iter().zip(&weights) {
                prop_assert!((found - weight / sum).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_has_no_weight_is_not_drawn() {
        let table = AliasTable::new(&[0.0, 3.0, 0.0, 1.0]).unwrap();
        let mut rng = RngStreams::new(0).for_user(0);
        for _ in 0..10_000 {
            assert!([1, 3].contains(&table.sample(&mut rng)));
        }
    }

    #[test]
    fn only_weights_are_taken() {
        let refused: [&[f64]; 6] =
            [&[], &[0.0], &[1.0, -1e-9], &[1.0, f64::NAN], &[f64::INFINITY], &[f64::MAX, 1.0]];
        for weights in refused {
            assert!(AliasTable::new(weights).is_err(), "{weights:?}");
        }
    }
}
