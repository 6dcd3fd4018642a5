//! The chain of a flow's pages: where sessions are after each page, in closed form.

/// The probabilities of the ways from page to page.
///
/// With `s` the shares of the first pages and `Q` those of the ways, the expected views are `s (I - Q)^-1`, which is
/// the sum of `s Q^k`: the k-th term is where sessions are on their k-th page (Kemeny, Snell, "Finite Markov
/// Chains", 1960). The sum is taken term by term, up to the most pages that a session has; what is left beyond is
/// below [`Chain::NEGLIGIBLE`].
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(super) start: Vec<f64>,
    /// By page: each next one with its probability, and that of the end.
    pub(super) ways: Vec<Vec<(usize, f64)>>,
    pub(super) exits: Vec<f64>,
}

/// A chain followed to its end.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    /// The expected views of each page.
    pub(crate) views: Vec<f64>,
    /// The pages after which next to no session goes on.
    pub(crate) most_views: u32,
    /// The part of the sessions that goes on nevertheless.
    pub(crate) left: f64,
}

impl Chain {
    /// The most pages of a session.
    pub(crate) const MOST_VIEWS: u32 = 10_000;
    /// The part of the sessions that may be cut after the most pages.
    pub(crate) const NEGLIGIBLE: f64 = 1e-9;

    /// Follows the chain until next to no session is left, or as far as sessions go at all.
    pub(crate) fn follow(&self) -> Followed {
        let mut at = self.start.clone();
        let mut views = at.clone();
        for view in 1..=Self::MOST_VIEWS {
            let mut next = vec![0.0; at.len()];
            for (here, ways) in at.iter().zip(&self.ways).filter(|(here, _)| **here > 0.0) {
                for (there, probability) in ways {
                    next[*there] += here * probability;
                }
            }
            let left: f64 = next.iter().sum();
            if left < Self::NEGLIGIBLE {
                return Followed { views, most_views: view, left: 0.0 };
            }
            at = next;
            if view < Self::MOST_VIEWS {
                for (views, here) in views.iter_mut().zip(&at) {
                    *views += here;
                }
            }
        }
        Followed { views, most_views: Self::MOST_VIEWS, left: at.iter().sum() }
    }

    /// Takes a page out: a session that would come to it is left out from there on.
    pub(super) fn remove(&mut self, page: usize) {
        self.start[page] = 0.0;
        for ways in &mut self.ways {
            ways.retain(|(next, _)| *next != page);
        }
    }

    /// The probability that a session ends within the chain.
    pub(crate) fn ending(&self) -> f64 {
        let followed = self.follow();
        followed.views.iter().zip(&self.exits).map(|(views, exit)| views * exit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `s (I - Q)^-1` by elimination with the greatest pivot.
    fn eliminated(chain: &Chain) -> Vec<f64> {
        let size = chain.start.len();
        let mut rows: Vec<Vec<f64>> = (0..size)
            .map(|row| {
                let mut line = vec![0.0; size + 1];
                line[row] = 1.0;
                line[size] = chain.start[row];
                line
            })
            .collect();
        for (from, ways) in chain.ways.iter().enumerate() {
            for (to, probability) in ways {
                rows[*to][from] -= probability;
            }
        }
        for column in 0..size {
            let pivot = (column..size)
                .max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))
                .unwrap();
            rows.swap(column, pivot);
            let line = rows[column].clone();
            for (row, other) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
                let _ = row;
                let factor = other[column] / line[column];
                for (value, of_pivot) in other.iter_mut().zip(&line) {
                    *value -= factor * of_pivot;
                }
            }
        }
        (0..size).map(|row| rows[row][size] / rows[row][row]).collect()
    }

    fn normalized(weights: &[f64], to: f64) -> Vec<f64> {
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum * to).collect()
    }

    proptest! {
        /// The sum of the terms is what the inverse gives.
        #[test]
        fn views_are_those_of_the_inverse(
            weights in prop::collection::vec(prop::collection::vec(0.01..1.0_f64, 5), 5),
            start in prop::collection::vec(0.01..1.0_f64, 5),
            exits in prop::collection::vec(0.05..1.0_f64, 5),
        ) {
            let ways = weights.iter().zip(&exits).map(|(weights, exit)| {
                normalized(weights, 1.0 - exit).into_iter().enumerate().collect()
            });
            let chain = Chain { start: normalized(&start, 1.0), ways: ways.collect(), exits };
            for (found, wanted) in chain.follow().views.iter().zip(eliminated(&chain)) {
                prop_assert!((found - wanted).abs() < 1e-7, "{found} {wanted}");
            }
            prop_assert!((chain.ending() - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn what_is_left_at_the_end_is_said() {
        let chain = |exit: f64| Chain {
            start: vec![1.0],
            ways: vec![vec![(0, 1.0 - exit)]],
            exits: vec![exit],
        };
        let short = chain(0.5).follow();
        assert_eq!((short.most_views, short.left), (30, 0.0));
        let long = chain(1e-4).follow();
        assert_eq!(long.most_views, Chain::MOST_VIEWS);
        assert!((long.left - 0.3679).abs() < 1e-3, "{}", long.left);
    }
}
