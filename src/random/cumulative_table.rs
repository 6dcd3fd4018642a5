//! The cumulative table: a weighted choice in the order of the weights.

use super::error::ParameterError;

/// The distribution of indices in proportion to their weights, drawn by inversion.
///
/// The unit interval is laid out with the weights, in their order, and a draw is a point in it. So a weight
/// of 0 more changes no draw, and one that grows by a hundredth of all changes some hundredths of them.
/// Points are looked up from where the first byte says (the guide table of Chen, Asau, "On generating random
/// variates from an empirical distribution", AIIE Transactions 6, 1974).
#[derive(Clone, Debug)]
pub(crate) struct CumulativeTable {
    /// By index: the point at which the next one begins.
    ends: Vec<u64>,
    /// By the first byte of a point: the least index that it can mean.
    guide: Box<[u32; 256]>,
}

/// 2^64.
const POINTS: f64 = 18_446_744_073_709_551_616.0;

impl CumulativeTable {
    /// The table of `weights`, which must be finite and not negative, and one of them above 0.
    pub(crate) fn new(weights: &[f64]) -> Result<Self, ParameterError> {
        let sum: f64 = weights.iter().sum();
        let are_weights = weights.iter().all(|&weight| weight >= 0.0);
        let Some(last) = weights.iter().rposition(|&weight| weight > 0.0) else {
            return Err(ParameterError::Weights);
        };
        if !are_weights || !sum.is_finite() {
            return Err(ParameterError::Weights);
        }
        let mut up_to = 0.0;
        let mut ends: Vec<u64> = weights[..last]
            .iter()
            .map(|weight| {
                up_to += weight;
                (up_to / sum * POINTS) as u64
            })
            .collect();
        // Whatever rounding left over is the last one's.
        ends.push(u64::MAX);
        let index_at = |point: u64| ends.partition_point(|&end| end <= point).min(last) as u32;
        let guide = Box::new(std::array::from_fn(|byte| index_at((byte as u64) << 56)));
        Ok(Self { ends, guide })
    }

    /// The index that 64 random bits mean.
    #[inline]
    pub(crate) fn sample(&self, bits: u64) -> usize {
        let last = self.ends.len() - 1;
        let mut index = self.guide[(bits >> 56) as usize] as usize;
        while index < last && bits >= self.ends[index] {
            index += 1;
        }
        index
    }

    /// The probability of each index, as it is drawn.
    pub(crate) fn probabilities(&self) -> impl Iterator<Item = f64> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        self.ends.iter().zip(begins).map(|(&end, begin)| (end - begin) as f64 / POINTS)
    }

    /// The same where there are many indices: by bisection between those that the first byte can mean.
    #[inline]
    pub(crate) fn search(&self, bits: u64) -> usize {
        let last = self.ends.len() - 1;
        let byte = (bits >> 56) as usize;
        let low = self.guide[byte] as usize;
        let high = self.guide.get(byte + 1).map_or(last, |&index| index as usize);
        low + self.ends[low..high].partition_point(|&end| end <= bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_table_holds_the_weights(
            weights in prop::collection::vec(0.0..10.0_f64, 1..40),
            bits: u64,
        ) {
            let sum: f64 = weights.iter().sum();
            prop_assume!(sum > 0.0);
            let table = CumulativeTable::new(&weights).unwrap();
            for (found, weight) in table.probabilities().zip(&weights) {
                prop_assert!((found - weight / sum).abs() < 1e-12);
            }
            // The lookup is that of a search from the beginning.
            let expected = table.ends.iter().position(|&end| bits < end);
            prop_assert_eq!(table.sample(bits), expected.unwrap_or(table.ends.len() - 1));
            prop_assert_eq!(table.search(bits), table.sample(bits));
        }

        #[test]
        fn a_weight_of_0_more_changes_no_draw(
            weights in prop::collection::vec(0.1..10.0_f64, 1..20),
            place: prop::sample::Index,
            bits: u64,
        ) {
            let place = place.index(weights.len() + 1);
            let mut more = weights.clone();
            more.insert(place, 0.0);
            let drawn = CumulativeTable::new(&weights).unwrap().sample(bits);
            let with_more = CumulativeTable::new(&more).unwrap().sample(bits);
            prop_assert_eq!(with_more, drawn + usize::from(drawn >= place));
        }
    }

    #[test]
    fn what_has_no_weight_is_not_drawn() {
        let table = CumulativeTable::new(&[0.0, 3.0, 0.0, 1.0, 0.0]).unwrap();
        for bits in [0, 1, u64::MAX / 4 * 3 - 10, u64::MAX / 4 * 3 + 10, u64::MAX] {
            assert!([1, 3].contains(&table.sample(bits)), "{bits}");
        }
    }

    #[test]
    fn only_weights_are_taken() {
        let refused: [&[f64]; 6] =
            [&[], &[0.0], &[1.0, -1e-9], &[1.0, f64::NAN], &[f64::INFINITY], &[f64::MAX, f64::MAX]];
        for weights in refused {
            assert!(CumulativeTable::new(weights).is_err(), "{weights:?}");
        }
    }
}
