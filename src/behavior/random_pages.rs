//! The pages of random browsing: how popular each is, and which follows which.

use crate::event::Page;
use crate::random::{NameChoice, redrawn};
use crate::scenario::{Problem, Scenario};

/// The choice of a page, and of another one. The pages are the first ones of the model.
#[derive(Clone, Debug)]
pub(super) struct RandomPages {
    /// In proportion to their popularity.
    any: NameChoice,
    /// So that, the page before left out, each keeps its popularity.
    other: NameChoice,
    /// The probabilities of `any`, and the weights of `other`, which sum to 1.
    pub(super) shares: Vec<f64>,
    weights: Vec<f64>,
    count: usize,
}

/// Halvings after which a double stands still.
const HALVINGS: u32 = 100;

impl RandomPages {
    /// The pages of a scenario; none, with a problem, if they cannot be as popular as it says.
    pub(super) fn new(scenario: &Scenario, problems: &mut Vec<Problem>) -> Option<Self> {
        let (pages, exponent) = (&scenario.pages, scenario.distributions.page_popularity);
        let count = pages.len();
        if exponent <= 0.0 || count == 1 {
            let even = NameChoice::new(pages);
            let shares = vec![1.0 / count as f64; count];
            let weights = shares.clone();
            return Some(Self { any: even.clone(), other: even, shares, weights, count });
        }
        let shares = zipf_shares(count, exponent);
        let Some(weights) = weights_of_others(&shares) else {
            let reason = format!(
                "{exponent} gives the first of {count} pages {:.1} % of the visits; since no page follows \
                 itself, 50 % cannot be reached: take a smaller exponent, or more pages",
                100.0 * shares[0]
            );
            problems.push(Problem::error("distributions.page_popularity", reason));
            return None;
        };
        let (any, other) =
            (NameChoice::weighted(pages, &shares), NameChoice::weighted(pages, &weights));
        Some(Self { any, other, shares, weights, count })
    }

    /// A page.
    #[inline]
    pub(super) fn any(&self, bits: u64) -> Page {
        Page::new(self.any.sample(bits))
    }

    /// Where sessions are on the page after the one where so many of them are, by the indices of the pages.
    pub(super) fn after(&self, here: &[f64]) -> Vec<f64> {
        let (known, others) = here.split_at(here.len().min(self.count));
        let (known, others) = if self.count == 1 { (&[][..], here) } else { (known, others) };
        let leaving: Vec<f64> =
            known.iter().zip(&self.weights).map(|(n, weight)| n / (1.0 - weight)).collect();
        let all: f64 = leaving.iter().sum();
        let anywhere: f64 = others.iter().sum();
        let next =
            self.weights.iter().zip(&self.shares).enumerate().map(|(page, (weight, share))| {
                let back = leaving.get(page).copied().unwrap_or_default();
                weight * (all - back) + anywhere * share
            });
        next.collect()
    }

    /// A page that is not `page`, as far as there is another.
    #[inline]
    pub(super) fn other_than(&self, page: Page, mut bits: u64) -> Page {
        if page.index() >= self.count || self.count == 1 {
            return self.any(bits);
        }
        loop {
            let drawn = Page::new(self.other.sample(bits));
            if drawn != page {
                return drawn;
            }
            bits = redrawn(bits);
        }
    }
}

/// The shares `k^-exponent`, made to sum to 1, of the ranks 1 to `count` (Zipf, "Human Behavior and the
/// Principle of Least Effort", 1949).
fn zipf_shares(count: usize, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=count).map(|rank| 1.0 / power(rank as f64, exponent)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// `base^exponent` for an exponent that is not negative, by products and square roots alone, which are the same
/// on every machine: the exponent is taken to 2^-32.
fn power(base: f64, exponent: f64) -> f64 {
    const DIGITS: u32 = 32;
    let whole = exponent as u32;
    let mut product = (0..whole).fold(1.0, |product, _| product * base);
    let (mut rest, mut root) = (exponent - f64::from(whole), base);
    for _ in 0..DIGITS {
        root = root.sqrt();
        rest *= 2.0;
        if rest >= 1.0 {
            rest -= 1.0;
            product *= root;
        }
    }
    product
}

/// The weights by which a page that is not the one before is drawn, so that pages are visited with these
/// shares.
///
/// The next page `j` after `i` has the probability `w_j / (1 - w_i)`; the chain's stationary shares are
/// proportional to `w_i (1 - w_i)`. So `w_i (1 - w_i) = z p_i` with the `z` for which the weights sum to 1: each
/// weight is the lesser root, but the greatest one's may be the greater. There are none if a share is a half or
/// more.
fn weights_of_others(shares: &[f64]) -> Option<Vec<f64>> {
    let greatest = shares.iter().copied().fold(0.0, f64::max);
    if greatest >= 0.5 {
        return None;
    }
    let root = |share: f64, z: f64| (1.0 - 4.0 * z * share).max(0.0).sqrt();
    let lesser = |share: f64, z: f64| (1.0 - root(share, z)) / 2.0;
    let all_lesser = |z: f64| shares.iter().map(|&share| lesser(share, z)).sum::<f64>();
    let most = 1.0 / (4.0 * greatest);
    let is_first_greater = all_lesser(most) < 1.0;
    let sum = |z: f64| all_lesser(z) + if is_first_greater { root(greatest, z) } else { 0.0 };
    let (mut low, mut high) = (0.0, most);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        // With the greater root the sum lies above 1 up to the solution, and otherwise below.
        if (sum(middle) > 1.0) == is_first_greater {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mut weights: Vec<f64> = shares.iter().map(|&share| lesser(share, low)).collect();
    if is_first_greater && let Some(first) = shares.iter().position(|&share| share >= greatest) {
        weights[first] += root(greatest, low);
    }
    Some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Aspect, RngStreams};
    use proptest::prelude::*;

    #[test]
    fn powers_are_those_of_the_library() {
        for exponent in [0.0, 0.5, 0.64, 0.83, 1.0, 1.7, 3.0] {
            for base in [1.0, 2.0, 10.0, 9_999.0] {
                let error = power(base, exponent) / libm::pow(base, exponent) - 1.0;
                assert!(error.abs() < 1e-8, "{base}^{exponent}: {error}");
            }
        }
    }

    /// A million steps of the chain: a share's standard error is below 0.001 of all, so that a correct one is
    /// 0.005 off less than once in a million.
    #[test]
    fn pages_are_as_popular_as_they_should_be() {
        let mut scenario = Scenario::default();
        scenario.distributions.page_popularity = 0.8;
        let mut problems = Vec::new();
        let pages = RandomPages::new(&scenario, &mut problems).unwrap();
        let draws = RngStreams::new(3).for_session(0, 0).of(Aspect::Page);
        let mut page = pages.any(draws.at(0));
        let mut visits = vec![0_u32; scenario.pages.len()];
        for number in 1..=1_000_000 {
            let next = pages.other_than(page, draws.at(number));
            assert_ne!(page, next);
            page = next;
            visits[page.index()] += 1;
        }
        for (visits, share) in visits.iter().zip(zipf_shares(scenario.pages.len(), 0.8)) {
            let found = f64::from(*visits) / 1e6;
            assert!((found - share).abs() < 0.005, "{found} {share}");
        }
    }

    #[test]
    fn a_page_cannot_have_half_of_the_visits() {
        for (count, exponent, is_possible) in [(12, 1.0, true), (12, 3.0, false), (2, 0.1, false)] {
            let mut scenario = Scenario::default();
            scenario.pages.truncate(count);
            scenario.distributions.page_popularity = exponent;
            let mut problems = Vec::new();
            assert_eq!(RandomPages::new(&scenario, &mut problems).is_some(), is_possible);
            assert_eq!(problems.is_empty(), is_possible);
        }
    }

    proptest! {
        /// The shares that the chain has in the long run, by following it, are those that were wanted.
        #[test]
        fn pages_keep_their_shares_though_none_follows_itself(
            wanted in prop::collection::vec(0.05..1.0_f64, 3..12),
        ) {
            let sum: f64 = wanted.iter().sum();
            let shares: Vec<f64> = wanted.iter().map(|share| share / sum).collect();
            let Some(weights) = weights_of_others(&shares) else {
                prop_assert!(shares.iter().any(|share| *share >= 0.5));
                return Ok(());
            };
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{weights:?}");
            for (j, share) in shares.iter().enumerate() {
                let reached: f64 = (0..shares.len())
                    .filter(|i| *i != j)
                    .map(|i| shares[i] * weights[j] / (1.0 - weights[i]))
                    .sum();
                prop_assert!((reached - share).abs() < 1e-9, "{j}: {reached} {share}");
            }
        }
    }
}
