//! The choice of a name that stays when other names come and go.

use crate::digest::Digest;

/// A choice among names that depends on the names and their weights, not on their order, and in which a name
/// that is added takes draws from all others alike: of `n` names of one weight about `log2(n) / 2n` of the draws
/// change.
///
/// The names' hashes are the leaves of a binary trie. At every branching the draw is hashed anew with the
/// depth and goes to a side with the probability of the weights below it. This is rendezvous hashing (Thaler,
/// Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 6, 1998)
/// arranged as a tree, so that a draw among many names costs a few steps.
#[derive(Clone, Debug)]
pub(crate) struct NameChoice {
    branchings: Vec<Branching>,
    root: Branch,
}

#[derive(Clone, Copy, Debug)]
struct Branching {
    /// By which a draw is turned into a point of its own here.
    multiplier: u64,
    /// Below it a point goes to the first branch.
    threshold: u64,
    branches: [Branch; 2],
}

/// A branching, or with the highest bit the index of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Branch(u32);

const LEAF: u32 = 1 << 31;

/// 2^64.
const POINTS: f64 = 18_446_744_073_709_551_616.0;

/// A name that can be drawn.
struct Leaf {
    hash: u64,
    index: u32,
    weight: f64,
}

impl NameChoice {
    /// The uniform choice among names, of which there must be one at least.
    pub(crate) fn new(names: &[String]) -> Self {
        Self::weighted(names, &vec![1.0; names.len()])
    }

    /// The choice among names in proportion to their weights, of which one must be above 0 and none below.
    pub(crate) fn weighted(names: &[String], weights: &[f64]) -> Self {
        debug_assert_eq!(names.len(), weights.len());
        let leaf = |((name, weight), index): ((&String, &f64), u32)| Leaf {
            hash: hash(name),
            index,
            weight: *weight,
        };
        let mut hashed: Vec<Leaf> = names.iter().zip(weights).zip(0..).map(leaf).collect();
        hashed.sort_by_key(|leaf| (leaf.hash, leaf.index));
        let mut choice = Self { branchings: Vec::with_capacity(names.len()), root: Branch(LEAF) };
        choice.root = choice.branch(&hashed, 0);
        choice
    }

    fn branch(&mut self, names: &[Leaf], depth: u32) -> Branch {
        let (Some(first), Some(last)) = (names.first(), names.last()) else { return Branch(LEAF) };
        if names.len() == 1 {
            return Branch(LEAF | first.index);
        }
        // The first bit in which they differ; equal hashes are parted in the middle.
        let depth = depth.max((first.hash ^ last.hash).leading_zeros());
        let side = |hash: u64| depth < u64::BITS && hash << depth >> (u64::BITS - 1) == 1;
        let middle = match names.partition_point(|leaf| !side(leaf.hash)) {
            middle if middle == 0 || middle == names.len() => names.len() / 2,
            middle => middle,
        };
        let weight = |names: &[Leaf]| names.iter().map(|leaf| leaf.weight).sum::<f64>();
        let (below, all) = (weight(&names[..middle]), weight(names));
        // Where nothing has weight nothing is drawn.
        let threshold = if all > 0.0 { (below / all * POINTS) as u64 } else { 0 };
        let place = self.branchings.len();
        self.branchings.push(Branching {
            multiplier: multiplier(depth),
            threshold,
            branches: [Branch(LEAF); 2],
        });
        let (low, high) = names.split_at(middle);
        let branches = [self.branch(low, depth + 1), self.branch(high, depth + 1)];
        self.branchings[place].branches = branches;
        Branch(place as u32)
    }

    /// The index of the name that 64 random bits mean.
    #[inline]
    pub(crate) fn sample(&self, bits: u64) -> u16 {
        let mut at = self.root;
        while at.0 & LEAF == 0 {
            let branching = &self.branchings[at.0 as usize];
            let point = bits.wrapping_mul(branching.multiplier);
            at = branching.branches[usize::from(point >= branching.threshold)];
        }
        at.0 as u16
    }
}

/// An odd number of its own for each depth.
fn multiplier(depth: u32) -> u64 {
    hash(&format!("depth {depth}")) | 1
}

fn hash(name: &str) -> u64 {
    let digest = Digest::of(name.as_bytes());
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::draws::{Aspect, AspectDraws, Draws};
    use super::*;

    const DRAWS: u64 = 100_000;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("/page/{number}")).collect()
    }

    fn draws() -> AspectDraws {
        Draws::new(7).of(Aspect::Page)
    }

    /// Pearson's statistic is normal enough: beyond 4 standard deviations once in 30,000, for fixed draws.
    #[test]
    fn names_are_drawn_alike() {
        for count in [1, 2, 3, 12, 100, 1_000] {
            let choice = NameChoice::new(&names(count));
            let mut found = vec![0.0; count];
            for number in 0..DRAWS * 10 {
                found[usize::from(choice.sample(draws().at(number)))] += 1.0;
            }
            let expected = (DRAWS * 10) as f64 / count as f64;
            let statistic: f64 = found.iter().map(|n| (n - expected).powi(2) / expected).sum();
            let degrees = (count - 1) as f64;
            let deviations = (statistic - degrees) / (2.0 * degrees).sqrt().max(1.0);
            assert!(deviations.abs() < 4.0, "{count}: {deviations}");
        }
    }

    fn share_that_changes(before: &[String], after: &[String]) -> f64 {
        let (left, right) = (NameChoice::new(before), NameChoice::new(after));
        let changes = |number: &u64| {
            let bits = draws().at(*number);
            before[usize::from(left.sample(bits))] != after[usize::from(right.sample(bits))]
        };
        (0..DRAWS).filter(changes).count() as f64 / DRAWS as f64
    }

    #[test]
    fn a_name_that_is_added_takes_its_share_and_little_more() {
        for count in [3, 12, 16, 100, 1_000] {
            let after = names(count + 1);
            let share = share_that_changes(&after[..count], &after);
            let bound = (2.0 + (count as f64).log2()) / count as f64;
            assert!(share < bound, "{count}: {share}");
        }
    }

    #[test]
    fn their_order_does_not_matter() {
        let names = names(30);
        let reversed: Vec<String> = names.iter().rev().cloned().collect();
        assert!(share_that_changes(&names, &reversed) <= 0.0);
    }

    #[test]
    fn names_are_drawn_in_proportion_to_their_weights() {
        let weights: Vec<f64> = (0..40).map(|rank| f64::from(rank % 9)).collect();
        let choice = NameChoice::weighted(&names(40), &weights);
        let mut found = vec![0.0; 40];
        for number in 0..DRAWS * 10 {
            found[usize::from(choice.sample(draws().at(number)))] += 1.0;
        }
        let all: f64 = weights.iter().sum();
        let mut statistic = 0.0;
        for (found, weight) in found.iter().zip(&weights) {
            let expected = weight / all * (DRAWS * 10) as f64;
            assert!(expected > 0.0 || *found <= 0.0, "drawn without weight");
            statistic += if expected > 0.0 { (found - expected).powi(2) / expected } else { 0.0 };
        }
        let degrees = weights.iter().filter(|weight| **weight > 0.0).count() as f64 - 1.0;
        let deviations = (statistic - degrees) / (2.0 * degrees).sqrt();
        assert!(deviations.abs() < 4.0, "{deviations}");
    }

    #[test]
    fn equal_names_are_parted() {
        let choice = NameChoice::new(&vec!["/".to_owned(); 3]);
        let mut found = [0; 3];
        for number in 0..3_000 {
            found[usize::from(choice.sample(draws().at(number)))] += 1;
        }
        assert!(found.iter().all(|&n| (900..1_100).contains(&n)), "{found:?}");
    }
}
