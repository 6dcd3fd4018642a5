//! Counts between bounds.

use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

/// Counts between fixed bounds, which are those of a picture.
#[derive(Clone, Debug)]
pub struct SizeCounts {
    bounds: &'static [u64],
    counts: Vec<u64>,
}

/// Bounds of durations, in seconds.
pub(super) const SECONDS: &[u64] = &[
    0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 14_400,
    28_800, 86_400,
];

/// Bounds of numbers of events.
pub(super) const EVENTS: &[u64] =
    &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 500, 1_000];

impl SizeCounts {
    /// None yet; the first bound is the smallest size.
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len()] }
    }

    /// Counts a size.
    pub(super) fn add(&mut self, size: u64) {
        let place = self.bounds.partition_point(|bound| *bound <= size).saturating_sub(1);
        self.counts[place] += 1;
    }
}

struct Range {
    from: u64,
    to: Option<u64>,
    count: u64,
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut range = serializer.serialize_struct("Range", 3)?;
        range.serialize_field("from", &self.from)?;
        range.serialize_field("to", &self.to)?;
        range.serialize_field("count", &self.count)?;
        range.end()
    }
}

impl Serialize for SizeCounts {
    /// Rows of `from`, `to` (that size is in the next row) and `count`, from the first that has any to the last.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_any = |count: &u64| *count > 0;
        let first = self.counts.iter().position(is_any).unwrap_or(0);
        let end = self.counts.iter().rposition(is_any).map_or(0, |last| last + 1);
        let mut rows = serializer.serialize_seq(None)?;
        for place in first..end {
            let (from, to) = (self.bounds[place], self.bounds.get(place + 1).copied());
            rows.serialize_element(&Range { from, to, count: self.counts[place] })?;
        }
        rows.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stand_between_their_bounds() {
        let mut counts = SizeCounts::new(&[0, 1, 5, 10]);
        for size in [1, 4, 5, 99] {
            counts.add(size);
        }
        let json = serde_json::to_string(&counts).unwrap();
        let rows = [
            r#"{"from":1,"to":5,"count":2}"#,
            r#"{"from":5,"to":10,"count":1}"#,
            r#"{"from":10,"to":null,"count":1}"#,
        ];
        assert_eq!(json, format!("[{}]", rows.join(",")));
    }
}
