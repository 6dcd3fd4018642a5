//! The time zones by which tables may be grouped.

use std::collections::BTreeMap;

use event_simulator::VirtualTime;
use event_simulator::event::event_type;
use event_simulator::wire::EventFields;

use super::grid::{GridPair, RowKeys, Unit};
use super::source_timeline::SourceTimeline;

/// The furthest zones from UTC, in quarters of an hour.
const FURTHEST: std::ops::RangeInclusive<i32> = -56..=56;

const MINUTES: i32 = 15;

/// So many zones are looked at in full.
const MOST_ZONES: usize = 3;

const MILLIS_PER_QUARTER: u64 = 900_000;

/// Of a table, the column that counts events, and the keys under which it counts one.
struct Counted {
    table: &'static str,
    column: usize,
    keys: fn(&EventFields<'_>, VirtualTime) -> Option<RowKeys>,
}

const COUNTED: [Counted; 3] = [
    Counted {
        table: "event_counts",
        column: 0,
        keys: |event, time| {
            Some(vec![time.date(), time.hour().to_string(), event.event_type.to_string()])
        },
    },
    Counted {
        table: "page_engagement",
        column: 0,
        keys: |event, time| {
            let page = event.page_path.as_ref()?;
            let counts = event.event_type == event_type::PAGE_VISITED;
            counts.then(|| vec![time.date(), page.to_string()])
        },
    },
    Counted {
        table: "click_through_rates",
        column: 1,
        keys: |event, time| {
            let (page, button) = (event.page_path.as_ref()?, event.button_id.as_ref()?);
            let counts = event.event_type == event_type::BUTTON_CLICKED;
            counts.then(|| vec![time.date(), page.to_string(), button.to_string()])
        },
    },
];

/// The offsets from UTC, in minutes, that give the actual counts; whole hours first.
pub(super) fn zone_offsets(timeline: &SourceTimeline, pairs: &[GridPair<'_>]) -> Vec<i32> {
    let mut offsets: Vec<i32> = FURTHEST.filter(|quarters| *quarters != 0).collect();
    offsets.sort_by_key(|quarters| (quarters % 4 != 0, quarters.abs()));
    for counted in COUNTED {
        let pair = pairs.iter().find(|pair| pair.shape.name == counted.table);
        let differs = |pair: &&GridPair<'_>| {
            let units = pair.differences();
            units.contains_key(&Unit::Rows) || units.contains_key(&Unit::Cells(counted.column))
        };
        if let Some(pair) = pair.filter(|pair| pair.has[counted.column]).filter(differs) {
            let by_quarter = counted.by_quarter(timeline);
            offsets.retain(|quarters| counted.is_so(pair, &by_quarter, *quarters));
        }
    }
    offsets.truncate(MOST_ZONES);
    offsets.iter().map(|quarters| quarters * MINUTES).collect()
}

/// Events by the quarter of an hour in which they happened and their keys but for date and hour.
type ByQuarter<'e> = BTreeMap<(u64, RowKeys), (u64, &'e EventFields<'static>)>;

impl Counted {
    fn by_quarter<'e>(&self, timeline: &'e SourceTimeline) -> ByQuarter<'e> {
        let mut counts = ByQuarter::new();
        for event in &timeline.events {
            if let Some(keys) = (self.keys)(event, event.event_time) {
                let quarter = event.event_time.as_millis() / MILLIS_PER_QUARTER;
                counts.entry((quarter, keys)).or_insert((0, event)).0 += 1;
            }
        }
        counts
    }

    /// True if the actual counts are those of a zone so many quarters ahead of UTC.
    fn is_so(&self, pair: &GridPair<'_>, by_quarter: &ByQuarter<'_>, quarters: i32) -> bool {
        let mut counts: BTreeMap<RowKeys, u64> = BTreeMap::new();
        for ((quarter, _), (count, event)) in by_quarter {
            let moved = quarter.saturating_add_signed(i64::from(quarters));
            let time = VirtualTime::from_millis(moved * MILLIS_PER_QUARTER);
            if let Some(keys) = time.and_then(|time| (self.keys)(event, time)) {
                *counts.entry(keys).or_default() += count;
            }
        }
        let actual = pair.actual.iter().map(|(keys, row)| (keys, row[self.column]));
        counts.len() == pair.actual.len()
            && counts.iter().zip(actual).all(|((keys, count), (theirs, measure))| {
                keys == theirs && measure == Some(*count as f64)
            })
    }
}
