//! Whole batches of arrivals of which nothing was received.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use foldhash::HashSet;

use event_simulator::VirtualTime;
use event_simulator::quantity::{grouped, show_duration};
use event_simulator_timeline::{LineReader, ReadError, open};

use crate::comparison::RawEvent;
use crate::verify::causes::{Cause, code_length};
use crate::verify::finding::FindingKind;

use super::judged::{DeliveryParts, key};

/// Lengths of batches, in minutes, the longest first.
const LENGTHS: [u64; 11] = [1_440, 720, 360, 120, 60, 30, 15, 10, 5, 2, 1];

/// The bits by which naming batches must be shorter than naming their events.
const LEAST_BITS: f64 = 20.0;

/// Of the arrivals of a batch that was lost, and of all that is missing, this part is explained at least: copies of the others
/// may have come in another batch.
const LEAST_PART: f64 = 0.9;

/// Batches that are shown.
const SHOWN: usize = 6;

/// Of each minute, the arrivals in it.
type ArrivalMinutes = BTreeMap<u64, u64>;

/// The cause that these events are missing since whole batches of `deliveries` are; `counting` has all arrivals that count.
pub(super) fn lost_batches(
    deliveries: &Path,
    counting: &ArrivalMinutes,
    missing: HashSet<u64>,
) -> Result<Option<Cause>, ReadError> {
    let all = missing.len() as u64;
    if all == 0 {
        return Ok(None);
    }
    let missing = minutes(deliveries, missing)?;
    let found = LENGTHS.into_iter().find_map(|length| LostBatches::of(length, counting, &missing));
    Ok(found.map(|found| Cause::new(FindingKind::Missing, found.missing, all, found.describe())))
}

/// The minutes in which events first arrive.
fn minutes(deliveries: &Path, mut ids: HashSet<u64>) -> Result<ArrivalMinutes, ReadError> {
    let failed = |error| ReadError::of_input(&deliveries.display().to_string(), error);
    let mut lines = LineReader::new(open(deliveries).map_err(failed)?);
    let mut minutes = ArrivalMinutes::new();
    while let Some((_, line)) = lines.next_line().map_err(failed)? {
        let Some(parts) = DeliveryParts::of(line) else { continue };
        let id = parts.body.and_then(|body| key(&RawEvent::of_any(body)));
        if id.is_some_and(|id| ids.remove(&id)) {
            *minutes.entry(parts.minute()).or_default() += 1;
        }
    }
    Ok(minutes)
}

/// Batches of one length of which nothing was received.
struct LostBatches {
    minutes_each: u64,
    /// The batches, counted from 1970.
    lost: Vec<u64>,
    /// The first and the last batch in which something arrives that counts, and the number of such batches.
    bounds: (u64, u64),
    batches: u64,
    missing: u64,
}

impl LostBatches {
    fn of(minutes_each: u64, counting: &ArrivalMinutes, missing: &ArrivalMinutes) -> Option<Self> {
        let batches = |minutes: &ArrivalMinutes| {
            let mut batches = ArrivalMinutes::new();
            for (minute, arrivals) in minutes {
                *batches.entry(minute / minutes_each).or_default() += arrivals;
            }
            batches
        };
        let (counting, missing) = (batches(counting), batches(missing));
        let of = |batch: &u64| counting.get(batch).copied().unwrap_or_default();
        let is_lost = |(batch, lost): &(&u64, &u64)| {
            let whole = of(batch);
            whole > 0 && **lost as f64 >= whole as f64 * LEAST_PART
        };
        let lost: Vec<u64> = missing.iter().filter(is_lost).map(|(batch, _)| *batch).collect();
        let sum = |of: &ArrivalMinutes| of.values().sum::<u64>();
        let found: u64 = lost.iter().filter_map(|batch| missing.get(batch)).sum();
        let (all, whole) = (sum(&missing), sum(&counting));
        let bounds = (*counting.keys().next()?, *counting.keys().next_back()?);
        let batches = counting.len() as u64;
        let named = code_length::found(batches, (lost.len() as u64).min(batches));
        let is_told = found as f64 >= all as f64 * LEAST_PART
            && code_length::found(whole, all.min(whole)) - named >= LEAST_BITS
            && (lost.len() as u64) < batches;
        is_told.then_some(Self { minutes_each, lost, bounds, batches, missing: found })
    }

    fn describe(&self) -> String {
        let (first, last) = self.bounds;
        let is_run = self.lost.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if let (true, [start, .., end]) = (is_run, self.lost.as_slice()) {
            if *end == last {
                let from = self.start(*start);
                return format!(
                    "all that arrives from {from} on: the pipeline stopped early, or ran before all was there"
                );
            }
            if *start == first {
                let from = self.start(end + 1);
                return format!("all that arrives before {from}: the pipeline started late");
            }
        }
        let length = show_duration(Duration::from_secs(self.minutes_each * 60));
        let starts: Vec<String> =
            self.lost.iter().take(SHOWN).map(|batch| self.start(*batch)).collect();
        let more = if self.lost.len() > SHOWN { ", ..." } else { "" };
        let (lost, batches) = match self.lost.len() {
            1 => ("1 whole batch of arrivals".to_owned(), "that of"),
            many => (format!("{} whole batches of arrivals", grouped(many as u64)), "those of"),
        };
        format!(
            "{lost}, of {} of {length} each, {batches} {}{more}: files that were lost, or not read",
            grouped(self.batches),
            starts.join(", ")
        )
    }

    /// When a batch begins.
    fn start(&self, batch: u64) -> String {
        let time = VirtualTime::from_millis(batch * self.minutes_each * 60_000);
        let text = time.map(|time| String::from_utf8_lossy(&time.text()).into_owned());
        text.unwrap_or_default().replace(":00.000Z", "Z")
    }
}
