//! Values over time, in a bounded number of buckets.

use std::collections::BTreeMap;

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::virtual_time::VirtualTime;

/// The widths of buckets in seconds, each a multiple of the one before; beyond them each is four times the last.
const WIDTHS: [u64; 13] =
    [1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200];

/// What a bucket holds, which is put together with that of the next when buckets widen.
pub trait BucketValue: Default {
    /// Takes in what came later.
    fn merge(&mut self, later: Self);
}

/// Values over time in buckets of one width, of which there are never more than a bound: they widen. Buckets in which
/// nothing is take no place.
#[derive(Clone, Debug)]
pub struct Buckets<T> {
    width: usize,
    most: usize,
    buckets: BTreeMap<u64, T>,
}

impl<T: BucketValue> Buckets<T> {
    /// None yet, and never more than `most`.
    pub fn new(most: usize) -> Self {
        Self { width: 0, most: most.max(1), buckets: BTreeMap::new() }
    }

    /// Changes the value of the bucket of a second.
    pub fn at(&mut self, second: u64, change: impl FnOnce(&mut T)) {
        // So that the widest bucket has all of them.
        let second = second.min(u64::MAX - 1);
        let start = second - second % self.seconds();
        if self.buckets.len() >= self.most && !self.buckets.contains_key(&start) {
            self.widen();
            return self.at(second, change);
        }
        change(self.buckets.entry(start).or_default());
    }

    fn widen(&mut self) {
        self.width += 1;
        let seconds = self.seconds();
        for (start, value) in std::mem::take(&mut self.buckets) {
            self.buckets.entry(start - start % seconds).or_default().merge(value);
        }
    }
}

impl<T> Buckets<T> {
    /// The width of a bucket in seconds.
    pub fn seconds(&self) -> u64 {
        let beyond = self.width.saturating_sub(WIDTHS.len() - 1) as u32;
        let widest = WIDTHS[self.width.min(WIDTHS.len() - 1)];
        widest.saturating_mul(4_u64.saturating_pow(beyond))
    }

    /// The buckets, each with the second at which it begins.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.buckets.iter().map(|(start, value)| (*start, value))
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

/// Buckets of virtual time, from 1970 on.
#[derive(Clone, Debug)]
pub struct TimeBuckets<T>(pub Buckets<T>);

impl<T: BucketValue> TimeBuckets<T> {
    /// Changes the value of the bucket of a time.
    pub fn at(&mut self, time: VirtualTime, change: impl FnOnce(&mut T)) {
        self.0.at(time.as_millis() / 1_000, change);
    }
}

/// Counts by name; of names beyond a bound together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NamedCounts(BTreeMap<String, u64>);

impl NamedCounts {
    /// Names that are told apart.
    pub const MOST: usize = 40;
    /// The name under which the others are counted.
    pub const OTHERS: &str = "(others)";

    /// Adds so many to a name.
    pub fn add(&mut self, name: &str, count: u64) {
        if let Some(known) = self.0.get_mut(name) {
            *known += count;
            return;
        }
        let name = if self.0.len() < Self::MOST { name } else { Self::OTHERS };
        *self.0.entry(name.to_owned()).or_default() += count;
    }

    /// The counts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (&**name, *count))
    }
}

impl BucketValue for NamedCounts {
    fn merge(&mut self, later: Self) {
        for (name, count) in later.0 {
            self.add(&name, count);
        }
    }
}

struct BucketRow<'a, S, T>(S, &'a T);

impl<S: Serialize, T: Serialize> Serialize for BucketRow<'_, S, T> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("start", &self.0)?;
        map.serialize_entry("counts", self.1)?;
        map.end()
    }
}

impl<T: Serialize> Serialize for TimeBuckets<T> {
    /// `{"bucket_seconds", "buckets": [{"start", "counts"}]}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = |second: u64| VirtualTime::from_millis(second.saturating_mul(1_000));
        let buckets: Vec<_> =
            self.0.iter().map(|(start, value)| BucketRow(time(start), value)).collect();
        let mut all = serializer.serialize_struct("TimeBuckets", 2)?;
        all.serialize_field("bucket_seconds", &self.0.seconds())?;
        all.serialize_field("buckets", &buckets)?;
        all.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_stay_within_their_bound_and_lose_nothing(
            seconds in prop::collection::vec(prop_oneof![0..5_000_u64, any::<u64>()], 0..400),
            most in 1..50_usize,
        ) {
            let mut buckets = Buckets::<NamedCounts>::new(most);
            for second in &seconds {
                buckets.at(*second, |counts| counts.add("a", 1));
                prop_assert!(buckets.iter().count() <= most);
            }
            let sum: u64 = buckets.iter().flat_map(|(_, counts)| counts.iter()).map(|(_, n)| n).sum();
            prop_assert_eq!(sum, seconds.len() as u64);
            prop_assert!(buckets.iter().all(|(start, _)| start % buckets.seconds() == 0));
        }
    }

    #[test]
    fn each_width_is_a_multiple_of_the_one_before() {
        assert!(WIDTHS.windows(2).all(|pair| pair[1] % pair[0] == 0));
    }
}
