//! Times of visits and sessions with a limit, and of visits that nothing ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use event_simulator::event::event_type;
use event_simulator::wire::EventFields;

use super::grid::{Grid, RowKeys};
use super::prediction::Prediction;
use super::recomputed::{Recomputation, SEPARATOR};
use super::session_facts::LIMITS;

/// The columns of `page_engagement` that are times: their sum and their mean.
const TIME_COLUMNS: [usize; 2] = [1, 2];

/// A visit of a page.
struct TimedVisit {
    /// The row that it counts in.
    keys: RowKeys,
    seconds: f64,
    /// True if nothing but the end of its session ends it.
    is_open: bool,
}

impl Recomputation<'_> {
    /// `page_engagement` with times of visits that are cut, or not told.
    pub(super) fn of_visit_times(&self) -> Vec<Prediction> {
        let table = self.pairs.iter().position(|pair| pair.shape.name == "page_engagement");
        let Some((table, visits)) = table.and_then(|at| Some((at, self.visits(at)?))) else {
            return Vec::new();
        };
        let predict = |reason: String, seconds: &dyn Fn(&TimedVisit) -> Option<f64>| {
            let grid = with_times(&self.pairs[table].expected, &visits, seconds);
            Prediction { reason, grids: BTreeMap::from([(table, grid)]), is_of_all: false }
        };
        let mut all = Vec::new();
        for minutes in LIMITS {
            let most = f64::from(minutes * 60);
            if visits.iter().any(|visit| visit.seconds > most) {
                let capped = format!("times of visits are capped at {minutes} min");
                all.push(predict(capped, &|visit| Some(visit.seconds.min(most))));
                let left_out = format!("visits of more than {minutes} min have no time");
                let within = |visit: &TimedVisit| Some(visit.seconds).filter(|time| *time <= most);
                all.push(predict(left_out, &within));
            }
        }
        let reason = "visits that are ended by nothing but their session's end";
        all.push(predict(format!("{reason} have no time"), &|visit| {
            Some(visit.seconds).filter(|_| !visit.is_open)
        }));
        all.push(predict(format!("{reason} take no time (0)"), &|visit| {
            Some(if visit.is_open { 0.0 } else { visit.seconds })
        }));
        all
    }

    /// Each visit: with a page of its own it is a row of its own.
    fn visits(&self, table: usize) -> Option<Vec<TimedVisit>> {
        let mut numbers: HashMap<(String, String), usize> = HashMap::new();
        let mut last: HashMap<String, usize> = HashMap::new();
        let (mut left, mut next) = (HashSet::new(), 0);
        let mut by_visit = self.each(String::new(), |event| {
            let is_visit = event.event_type == event_type::PAGE_VISITED;
            let session = event.session_id.to_string();
            if is_visit {
                next += 1;
                last.insert(session.clone(), next);
            }
            let Some(page) = event.page_path.as_deref() else { return true };
            let number = numbers.entry((session, page.to_owned())).or_default();
            if is_visit {
                *number = next;
            } else if leaves(event) {
                left.insert(*number);
            }
            event.page_path = Some(Cow::Owned(format!("{page}{SEPARATOR}{number}")));
            true
        })?;
        let last: HashSet<usize> = last.into_values().collect();
        let visit = |(mut keys, measures): (RowKeys, Vec<Option<f64>>)| {
            let (page, number) = keys[1].split_once(SEPARATOR)?;
            let (page, number) = (page.to_owned(), number.parse().ok()?);
            keys[1] = page;
            let is_open = last.contains(&number) && !left.contains(&number);
            Some(TimedVisit { keys, seconds: measures[TIME_COLUMNS[0]]?, is_open })
        };
        Some(by_visit.grids.remove(&table)?.into_iter().filter_map(visit).collect())
    }
}

/// True for an event that ends the visit of its page.
fn leaves(event: &EventFields<'_>) -> bool {
    match &*event.event_type {
        event_type::PAGE_CLOSED => true,
        event_type::LINK_CLICK => {
            let props: Value = serde_json::from_slice(&event.props).unwrap_or_default();
            props["target"] != "_blank"
        }
        _ => false,
    }
}

/// The expected rows with other times of visits, of which some have none.
fn with_times(
    expected: &Grid,
    visits: &[TimedVisit],
    seconds: impl Fn(&TimedVisit) -> Option<f64>,
) -> Grid {
    let mut sums: BTreeMap<&RowKeys, (f64, f64)> = BTreeMap::new();
    for visit in visits {
        if let Some(seconds) = seconds(visit) {
            let sums = sums.entry(&visit.keys).or_default();
            *sums = (sums.0 + seconds, sums.1 + 1.0);
        }
    }
    let mut grid = expected.clone();
    for (keys, measures) in &mut grid {
        let [sum, mean] = TIME_COLUMNS;
        let of_row = sums.get(keys);
        measures[sum] = Some(of_row.map_or(0.0, |(sum, _)| *sum));
        measures[mean] = of_row.map(|(sum, visits)| sum / visits);
    }
    grid
}
