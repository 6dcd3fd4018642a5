//! The assignment of users to the variants of an experiment.

use super::bernoulli::Bernoulli;
use super::draws::AspectDraws;
use super::error::ParameterError;
use super::name_choice::name_hash;

/// A choice among names in which one that is appended takes its share from all others alike, and moves no user
/// from one of them to another.
///
/// From the last name to the second each takes a draw of its own, by its name, with its share among those up to it;
/// what is left is the first's.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// From the second name on: its hash, and its share among the names up to it.
    later: Vec<(u64, Bernoulli)>,
}

impl Assignment {
    /// The assignment by names with their shares, of which the first must be above 0.
    pub(crate) fn new<'n>(
        shares: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> Result<Self, ParameterError> {
        let mut shares = shares.into_iter();
        let mut sum = shares.next().map_or(1.0, |(_, share)| share);
        let mut later = Vec::new();
        for (name, share) in shares {
            sum += share;
            let among = if sum > 0.0 { share / sum } else { 0.0 };
            later.push((name_hash(name), Bernoulli::new(among)?));
        }
        Ok(Self { later })
    }

    /// The place of the name that draws mean.
    #[inline]
    pub(crate) fn sample(&self, draws: AspectDraws) -> usize {
        let taken = |(hash, share): &(u64, Bernoulli)| share.sample(draws.member(*hash).at(0));
        self.later.iter().rposition(taken).map_or(0, |place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::{EventDraws, Owner};
    use super::*;

    const USERS: u64 = 200_000;

    fn assigned(shares: &[(&str, f64)]) -> Vec<usize> {
        let assignment = Assignment::new(shares.iter().copied()).unwrap();
        let draws = |user| EventDraws::of_owner(7, Owner::User, user).of(name_hash("test"));
        (0..USERS).map(|user| assignment.sample(draws(user))).collect()
    }

    #[test]
    fn shares_are_met() {
        let shares = [("a", 0.5), ("b", 0.2), ("c", 0.3), ("d", 0.0)];
        let assigned = assigned(&shares);
        for (place, (name, share)) in shares.iter().enumerate() {
            let found = assigned.iter().filter(|at| **at == place).count() as f64 / USERS as f64;
            let error = (share * (1.0 - share) / USERS as f64).sqrt();
            assert!((found - share).abs() <= 4.0 * error, "{name}: {found}");
        }
    }

    #[test]
    fn an_appended_name_takes_its_share_and_moves_nobody_else() {
        let before = assigned(&[("a", 0.6), ("b", 0.4)]);
        let after = assigned(&[("a", 0.48), ("b", 0.32), ("c", 0.2)]);
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
        assert!(moved.clone().all(|(_, after)| *after == 2));
        let share = moved.count() as f64 / USERS as f64;
        assert!((share - 0.2).abs() < 0.005, "{share}");
    }
}
