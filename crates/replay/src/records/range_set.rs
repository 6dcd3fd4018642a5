//! A set of positions, kept as ranges.

use std::collections::BTreeMap;
use std::ops::Bound;

/// A set of numbers that costs memory for its gaps only: what is settled is mostly one range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RangeSet {
    /// First to last, both included; neither overlapping nor adjacent.
    ranges: BTreeMap<u64, u64>,
}

impl RangeSet {
    pub(crate) fn contains(&self, number: u64) -> bool {
        self.ranges.range(..=number).next_back().is_some_and(|(_, &last)| number <= last)
    }

    /// Adds the numbers from `first` to `last`.
    pub(crate) fn insert(&mut self, first: u64, last: u64) {
        let mut last = last.max(first);
        while let Some((start, end)) = self.begun_within(first, last.saturating_add(1)) {
            self.ranges.remove(&start);
            last = last.max(end);
        }
        // Most often the range before grows, which needs no new place in the tree.
        match self.ranges.range_mut(..=first).next_back() {
            Some((_, end)) if end.saturating_add(1) >= first => *end = last.max(*end),
            _ => {
                self.ranges.insert(first, last);
            }
        }
    }

    /// The first range that begins after `after`, up to `until`.
    fn begun_within(&self, after: u64, until: u64) -> Option<(u64, u64)> {
        let within = (Bound::Excluded(after), Bound::Included(until));
        self.ranges.range(within).next().map(|(&start, &end)| (start, end))
    }

    /// The number of numbers in it.
    pub(crate) fn len(&self) -> u64 {
        self.ranges.iter().fold(0, |sum: u64, (first, last)| sum.saturating_add(last - first + 1))
    }

    /// The greatest number in it.
    pub(crate) fn last(&self) -> Option<u64> {
        self.ranges.last_key_value().map(|(_, &last)| last)
    }

    /// The ranges, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ranges.iter().map(|(&first, &last)| (first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_a_plain_set_holds_in_as_few_ranges(
            inserted in prop::collection::vec((0_u64..60, 0_u64..6), 0..40),
        ) {
            let mut set = RangeSet::default();
            let mut plain = BTreeSet::new();
            for (first, more) in inserted {
                set.insert(first, first + more);
                plain.extend(first..=first + more);
            }
            for number in 0..70 {
                prop_assert_eq!(set.contains(number), plain.contains(&number));
            }
            prop_assert_eq!(set.len(), plain.len() as u64);
            let ranges: Vec<_> = set.ranges().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
