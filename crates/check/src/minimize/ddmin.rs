//! The search itself, over numbered items; what they stand for and how they are tried is not its
//! business.

/// The test of sets of items: interesting are those that keep the failure that is looked for.
pub trait Oracle {
    /// The reason why the search has to end before it is done.
    type Stop;

    /// The first interesting one of `candidates`, in their order, or `None` if there is none.
    ///
    /// It may take several candidates at a time and try them side by side, but the first in order
    /// has to win, so that the search goes the same way however many are tried at once.
    fn first_interesting(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<Option<Found>, Self::Stop>;
}

/// The candidate that an [`Oracle`] chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place among the candidates, from 0.
    pub index: usize,
    /// The items that are left: the candidate's, less those that cannot stand without the items
    /// that it leaves out.
    pub items: Vec<u32>,
}

/// Reduces `items`, which are interesting as a whole, until no single one can be left out.
///
/// This is ddmin (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, IEEE
/// Transactions on Software Engineering 28(2), 2002): leave out one of `n` parts; if none can be
/// spared, make the parts half as large; end when parts of one item cannot be spared. Two things
/// differ, and neither touches the promise: parts are only left out, never tried alone, which is
/// the same for two parts and seldom succeeds for more; and after a success the search goes on
/// behind the gap instead of at the beginning.
///
/// `items` shrinks as the search proceeds, so when an oracle stops it, the best so far is there.
/// The empty set is never tried.
///
/// An oracle that is flaky or not monotone is no harm: each set that is taken was interesting. For
/// one item of `N` it takes at most `2 log2 N` candidates, in the worst case `N^2 + 3 N`.
pub fn ddmin<O: Oracle>(items: &mut Vec<u32>, oracle: &mut O) -> Result<(), O::Stop> {
    let (mut parts, mut first) = (2, 0);
    while items.len() >= 2 {
        parts = parts.min(items.len());
        first %= parts;
        let order = (first..parts).chain(0..first);
        let found = oracle.first_interesting(&mut order.map(|part| without(items, part, parts)))?;
        if let Some(found) = found {
            first = (first + found.index) % parts;
            parts = (parts - 1).max(2);
            *items = found.items;
        } else if parts < items.len() {
            (parts, first) = (parts * 2, 0);
        } else {
            break;
        }
    }
    Ok(())
}

/// All items but those of one part, counted from 0, of `parts` parts of equal size, give or take one.
fn without(items: &[u32], part: usize, parts: usize) -> Vec<u32> {
    let (start, end) = (part * items.len() / parts, (part + 1) * items.len() / parts);
    let outside = |&(index, _): &(usize, &u32)| index < start || index >= end;
    items.iter().enumerate().filter(outside).map(|(_, &item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    struct Predicate<F> {
        interesting: F,
        tried: usize,
    }

    impl<F: Fn(&[u32]) -> bool> Oracle for Predicate<F> {
        type Stop = Infallible;

        fn first_interesting(
            &mut self,
            candidates: &mut dyn Iterator<Item = Vec<u32>>,
        ) -> Result<Option<Found>, Infallible> {
            Ok(candidates.enumerate().find_map(|(index, items)| {
                self.tried += 1;
                assert!(!items.is_empty());
                (self.interesting)(&items).then_some(Found { index, items })
            }))
        }
    }

    /// The rest of `0..count`, and the number of candidates that it took.
    fn reduce(count: u32, interesting: impl Fn(&[u32]) -> bool) -> (Vec<u32>, usize) {
        let mut items: Vec<u32> = (0..count).collect();
        let mut oracle = Predicate { interesting, tried: 0 };
        let Ok(()) = ddmin(&mut items, &mut oracle);
        (items, oracle.tried)
    }

    #[test]
    fn one_item_of_a_million_takes_a_logarithm() {
        for wanted in [0, 1, 499_999, 777_777, 999_999] {
            let (items, tried) = reduce(1_000_000, |items| items.contains(&wanted));
            assert_eq!(items, [wanted]);
            assert!(tried <= 40, "{tried}");
        }
    }

    #[test]
    fn a_few_items_far_apart_take_few_candidates() {
        let wanted = [3, 40_000, 70_001, 99_999];
        let all = |items: &[u32]| wanted.iter().all(|item| items.contains(item));
        let (items, tried) = reduce(100_000, all);
        assert_eq!(items, wanted);
        assert!(tried <= 250, "{tried}");
    }

    #[test]
    fn what_is_all_needed_stays() {
        let (items, tried) = reduce(64, |items| items.len() == 64);
        assert_eq!(items.len(), 64);
        assert!(tried <= 2 * 64, "{tried}");
    }

    proptest! {
        #[test]
        fn a_monotone_predicate_gives_exactly_what_it_needs(
            count in 1_u32..300,
            wanted in prop::collection::btree_set(0_u32..300, 1..9),
        ) {
            let wanted: BTreeSet<u32> = wanted.into_iter().map(|item| item % count).collect();
            let (items, _) = reduce(count, |items| wanted.iter().all(|item| items.contains(item)));
            prop_assert_eq!(items, wanted.into_iter().collect::<Vec<_>>());
        }

        /// Interesting by the hash of the set: no structure at all to rely on.
        #[test]
        fn any_predicate_gives_a_1_minimal_set(count in 1_u32..60, salt: u64, one_in in 2_u64..9) {
            let hash = |items: &[u32]| items.iter().fold(salt, |hash, &item| {
                (hash ^ u64::from(item)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            });
            let interesting =
                |items: &[u32]| items.len() == count as usize || hash(items).is_multiple_of(one_in);
            let (items, tried) = reduce(count, interesting);
            prop_assert!(interesting(&items));
            prop_assert!(items.is_sorted());
            let count = count as usize;
            prop_assert!(tried <= count * count + 3 * count);
            for left_out in 0..items.len() {
                let rest = without(&items, left_out, items.len());
                prop_assert!(rest.is_empty() || !interesting(&rest), "{:?} of {:?}", rest, items);
            }
        }
    }
}
