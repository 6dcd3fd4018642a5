//! The variance of what sessions add up to in a run: the money of a kind, the events of a day.
//!
//! Where a user seldom has a session that adds something, the sum is nearly compound Poisson, with the variance
//! `E[N] E[y^2]` of `N` sessions that add `y` each. Users being independent, it is exactly
//! `E[N] E[y^2] + sum over users of (E[sum of y_i y_j over pairs of sessions] - E[sum of y]^2)`, of which only the pairs are
//! taken from sampled users: sessions of one user have its country, its persona and its pace in common.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::user_sample::UserSample;

/// What is expected of a sum over the sessions of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExpectedSum {
    /// The sessions that add to it.
    pub(super) sessions: f64,
    /// The sum.
    pub(super) sum: f64,
    /// The sum of the squares of what each session adds.
    pub(super) squares: f64,
    /// The variance that the sum has if it is known what each session does: that of values that depend on nothing else, of
    /// which only the means are added.
    pub(super) own_variance: f64,
}

/// The sums of sampled users by key.
pub(super) struct SampledSums<K> {
    sums: BTreeMap<(K, usize), UserSum>,
}

/// What the sessions of one user add to a sum.
#[derive(Clone, Copy, Debug, Default)]
struct UserSum {
    /// The latest session, and what it has added so far.
    latest: (u32, f64),
    sessions: f64,
    sum: f64,
    /// The squares of what the sessions before the latest have added.
    squares: f64,
}

/// Sessions of a user, on average, from which on the sample says the variance better than the pairs in it do: with a Poisson
/// number of sessions `m` their relative errors are in the ratio of `1 / m + 2` to `4 m + 2`.
const MANY: f64 = 0.5;
/// The least part of a compound Poisson variance that is taken for what users leave to chance.
const LEAST: f64 = 0.1;

impl<K: Copy + Ord> SampledSums<K> {
    pub(super) fn new() -> Self {
        Self { sums: BTreeMap::new() }
    }

    /// Adds what an event of a user's session adds.
    pub(super) fn add(&mut self, key: K, row: usize, session: u32, value: f64) {
        let sum = match self.sums.entry((key, row)) {
            Entry::Vacant(entry) => entry.insert(UserSum {
                latest: (session, 0.0),
                sessions: 1.0,
                ..UserSum::default()
            }),
            Entry::Occupied(entry) => entry.into_mut(),
        };
        if sum.latest.0 != session {
            sum.squares = sum.all_squares();
            sum.latest = (session, 0.0);
            sum.sessions += 1.0;
        }
        sum.latest.1 += value;
        sum.sum += value;
    }

    /// The variance of a sum in a run of so many users.
    pub(super) fn variance(
        &self,
        sample: &UserSample<'_>,
        key: K,
        expected: ExpectedSum,
        users: f64,
    ) -> f64 {
        let mut values = vec![0.0; sample.users()];
        let mut counts = values.clone();
        let count = values.len().max(1) as f64;
        let mut pairs = 0.0;
        for ((_, row), sum) in self.sums.range((key, 0)..=(key, usize::MAX)) {
            values[*row] = sum.sum;
            pairs += sum.sum * sum.sum - sum.all_squares();
            counts[*row] = sum.sessions;
        }
        if counts.iter().sum::<f64>() >= MANY * count {
            return users * sample.variance(&values) + expected.own_variance;
        }
        // What a session adds has the same mean for all users, nearly; how many there are of one has not.
        let ExpectedSum { sessions, sum, squares, own_variance } = expected;
        let mean = sum / sessions.max(f64::MIN_POSITIVE);
        let squared_count = sample.squared_mean(&counts, sessions / users.max(1.0));
        let variance = squares + users * (pairs / count - squared_count * mean * mean);
        // It is at least that of what each session adds; of the number of sessions the pairs may say too little.
        let least = (squares - sessions * mean * mean).max(LEAST * squares);
        variance.max(least) + own_variance
    }
}

impl UserSum {
    fn all_squares(self) -> f64 {
        self.squares + self.latest.1 * self.latest.1
    }
}
