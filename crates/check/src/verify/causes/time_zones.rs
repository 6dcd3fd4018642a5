//! The time zones by which tables may be grouped.

use std::collections::{BTreeMap, BTreeSet};

use event_simulator::VirtualTime;
use event_simulator::event::event_type;
use event_simulator::wire::EventFields;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::grid::{GridPair, RowKeys, Unit};
use super::source_timeline::SourceTimeline;

/// The furthest zones from UTC, in quarters of an hour.
const FURTHEST: std::ops::RangeInclusive<i32> = -56..=56;

const MINUTES: i32 = 15;

/// So many zones are looked at in full.
const MOST_ZONES: usize = 3;

const MILLIS_PER_QUARTER: u64 = 900_000;

/// Zones that are named before others in which clocks change in the same way.
const LARGE_ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Sydney",
];

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

/// A way in which local times differ from UTC.
#[derive(Clone, Debug)]
pub(super) enum LocalTime {
    /// By so many quarters of an hour.
    Fixed(i32),
    /// As in a zone whose clocks change meanwhile.
    Zone(String, TimeZone),
}

impl LocalTime {
    /// A time as clocks show it, as if it were UTC.
    pub(super) fn shown(&self, time: VirtualTime) -> Option<VirtualTime> {
        let millis = time.as_millis().cast_signed();
        let offset_ms = match self {
            Self::Fixed(quarters) => i64::from(*quarters) * i64::from(MINUTES) * 60_000,
            Self::Zone(_, zone) => {
                i64::from(zone.to_offset(Timestamp::from_millisecond(millis).ok()?).seconds())
                    * 1_000
            }
        };
        VirtualTime::from_millis(u64::try_from(millis + offset_ms).ok()?)
    }

    /// What a pipeline does that groups by it.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Fixed(quarters) => {
                let hours = f64::from(quarters * MINUTES) / 60.0;
                format!(
                    "hours and the edges of days are moved by {hours:+} h: the pipeline groups by a local time zone, \
                     the expectations by UTC"
                )
            }
            Self::Zone(name, _) => format!(
                "hours and the edges of days are those of local time, such as in {name}, whose clocks change \
                 meanwhile; the expectations are by UTC"
            ),
        }
    }
}

/// The local times that give the actual counts: whole hours first, zones whose clocks change meanwhile last.
pub(super) fn local_times(timeline: &SourceTimeline, pairs: &[GridPair<'_>]) -> Vec<LocalTime> {
    let mut quarters: Vec<i32> = FURTHEST.filter(|quarters| *quarters != 0).collect();
    quarters.sort_by_key(|quarters| (quarters % 4 != 0, quarters.abs()));
    let mut all: Vec<LocalTime> = quarters.into_iter().map(LocalTime::Fixed).collect();
    all.extend(changing_zones(timeline));
    for counted in COUNTED {
        let pair = pairs.iter().find(|pair| pair.shape.name == counted.table);
        let differs = |pair: &&GridPair<'_>| {
            let units = pair.differences();
            units.contains_key(&Unit::Rows) || units.contains_key(&Unit::Cells(counted.column))
        };
        if let Some(pair) = pair.filter(|pair| pair.has[counted.column]).filter(differs) {
            let by_quarter = counted.by_quarter(timeline);
            all.retain(|local| counted.is_so(pair, &by_quarter, local));
        }
    }
    all.truncate(MOST_ZONES);
    all
}

/// The zones whose clocks change while the events happen, one for each way in which they do: that of the most people, as
/// far as these are known, or else the first by name.
fn changing_zones(timeline: &SourceTimeline) -> Vec<LocalTime> {
    let times = || timeline.events.iter().map(|event| event.event_time.as_millis().cast_signed());
    let instant = |millis: Option<i64>| Timestamp::from_millisecond(millis?).ok();
    let (Some(first), Some(last)) = (instant(times().min()), instant(times().max())) else {
        return Vec::new();
    };
    let zones = TimeZoneDatabase::bundled();
    let others: Vec<String> = zones.available().map(|name| name.to_string()).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    let others = others.iter().map(String::as_str).filter(|name| name.contains('/'));
    for name in LARGE_ZONES.into_iter().chain(others) {
        let Ok(zone) = zones.get(name) else { continue };
        let changes: Vec<(i64, i32)> = zone
            .following(first)
            .take_while(|change| change.timestamp() <= last)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
            .collect();
        let start = zone.to_offset(first).seconds();
        let is_change = changes.iter().any(|(_, offset)| *offset != start);
        if is_change && seen.insert((start, changes)) {
            all.push(LocalTime::Zone(name.to_owned(), zone));
        }
    }
    all
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

    /// True if the actual counts are those by a local time.
    fn is_so(&self, pair: &GridPair<'_>, by_quarter: &ByQuarter<'_>, local: &LocalTime) -> bool {
        let mut counts: BTreeMap<RowKeys, u64> = BTreeMap::new();
        for ((quarter, _), (count, event)) in by_quarter {
            let time = VirtualTime::from_millis(quarter * MILLIS_PER_QUARTER);
            let time = time.and_then(|time| local.shown(time));
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
