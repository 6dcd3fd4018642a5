//! Counts over time of several results, in the same buckets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use event_simulator::time::VirtualTime;

use crate::recorded::RecordedResult;

/// Buckets over the time of all results, at most so many.
const MOST_BUCKETS: u64 = 150;
const DAY: u64 = 86_400;
/// Of all that is counted, so much at either end may be too far from the rest to be kept.
const FAR: f64 = 0.01;

/// Counts over time, in buckets of one width.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CountsOverTime {
    bucket_seconds: u64,
    /// True if times are those since the first event of each, as they have none in common.
    is_elapsed: bool,
    /// Counts that are so far from all others that they are left out.
    left_out: u64,
    /// The buckets of each result, in their order.
    series: Vec<Vec<CountAt>>,
}

/// The count of a bucket.
#[derive(Clone, Debug, Serialize)]
struct CountAt {
    /// The time, or the seconds since the first event.
    start: Value,
    count: u64,
}

/// Counts by the second in which their bucket begins.
type SecondCounts = BTreeMap<u64, u64>;

impl CountsOverTime {
    /// The counts of the member `over_time` of results; none if one of them has none.
    pub(super) fn of(results: &[&RecordedResult]) -> Option<Self> {
        let counts: Option<Vec<SecondCounts>> =
            results.iter().map(|result| counts(&result.value)).collect();
        let (mut counts, left_out): (Vec<_>, Vec<_>) = counts?.into_iter().map(near).unzip();
        let is_elapsed = !have_time_in_common(&counts);
        if is_elapsed {
            for of in &mut counts {
                let first = of.keys().next().copied().unwrap_or_default();
                *of = std::mem::take(of).into_iter().map(|(at, n)| (at - first, n)).collect();
            }
        }
        let widths = results.iter().map(|result| width(&result.value));
        let width = widths.max().unwrap_or(1);
        let [first, last] = ends(counts.iter())?;
        // A whole part of a day, or days.
        let is_round = |wide: &u64| DAY.is_multiple_of(*wide) || wide.is_multiple_of(DAY);
        let least = (last - first).div_ceil(width * MOST_BUCKETS).max(1);
        let mut wider = (least..=least * DAY).map(|times| times * width);
        let bucket_seconds = wider.find(is_round).unwrap_or(least * width);
        let series = counts.iter().map(|of| rows(of, bucket_seconds, is_elapsed)).collect();
        Some(Self { bucket_seconds, is_elapsed, left_out: left_out.iter().sum(), series })
    }
}

fn width(result: &Value) -> u64 {
    result["over_time"]["bucket_seconds"].as_u64().unwrap_or(1).max(1)
}

fn counts(result: &Value) -> Option<SecondCounts> {
    let buckets = result["over_time"]["buckets"].as_array()?;
    let count = |bucket: &Value| {
        let start: VirtualTime = bucket["start"].as_str()?.parse().ok()?;
        let counts = bucket["counts"].as_object()?;
        Some((start.as_millis() / 1_000, counts.values().filter_map(Value::as_u64).sum()))
    };
    let counts: SecondCounts = buckets.iter().filter_map(count).collect();
    (!counts.is_empty()).then_some(counts)
}

/// The first and the last second of all.
fn ends<'c>(counts: impl Iterator<Item = &'c SecondCounts> + Clone) -> Option<[u64; 2]> {
    let first = counts.clone().filter_map(|of| of.keys().next()).min()?;
    let last = counts.filter_map(|of| of.keys().next_back()).max()?;
    Some([*first, *last])
}

/// True if each begins before any ends.
fn have_time_in_common(counts: &[SecondCounts]) -> bool {
    let latest_start = counts.iter().filter_map(|of| of.keys().next()).max();
    let earliest_end = counts.iter().filter_map(|of| of.keys().next_back()).min();
    latest_start <= earliest_end
}

/// The counts without those few that are far from all others, and how many these are.
fn near(counts: SecondCounts) -> (SecondCounts, u64) {
    let all: u64 = counts.values().sum();
    let quantile = |share: f64| {
        let mut below = 0;
        let is_there = |(_, count): &(&u64, &u64)| {
            below += **count;
            below as f64 >= share * all as f64
        };
        counts.iter().find(is_there).map_or(0, |(at, _)| *at)
    };
    let (low, high) = (quantile(FAR), quantile(1.0 - FAR));
    let span = (high - low).max(1);
    let most = low.saturating_sub(span)..=high.saturating_add(span);
    let Some([first, last]) = ends(std::iter::once(&counts)) else { return (counts, 0) };
    if last - first < 10 * span {
        return (counts, 0);
    }
    let kept: SecondCounts = counts.into_iter().filter(|(at, _)| most.contains(at)).collect();
    let left_out = all - kept.values().sum::<u64>();
    (kept, left_out)
}

fn rows(counts: &SecondCounts, bucket_seconds: u64, is_elapsed: bool) -> Vec<CountAt> {
    let mut buckets = SecondCounts::new();
    for (at, count) in counts {
        *buckets.entry(at - at % bucket_seconds).or_default() += count;
    }
    let row = |(at, count): (u64, u64)| {
        let start = if is_elapsed {
            Value::from(at)
        } else {
            Value::from(VirtualTime::from_millis(at * 1_000)?.to_string())
        };
        Some(CountAt { start, count })
    };
    buckets.into_iter().filter_map(row).collect()
}
