//! Measures that a pipeline computed over other rows than its own.

use std::collections::BTreeMap;

use super::grid::{Grid, GridPair, Measures, RowKeys};
use super::prediction::{Prediction, add};

/// Predictions of measures over all dates, over the rows of a date, over another step, or of another table.
pub(super) fn over_rows(pairs: &[GridPair<'_>]) -> Vec<Prediction> {
    let mut all = Vec::new();
    for (table, pair) in pairs.iter().enumerate().filter(|(_, pair)| pair.shape.keys[0] == "date") {
        let (total, so_far) = sums_over_dates(pair);
        let mut add = |reason: &str, grid| all.push(of_table(table, reason, grid));
        add("the sum over all dates: it is not grouped by date", total);
        add("the sum over all dates so far", so_far);
        add("the mean over all rows of the date", means_of_dates(pair));
    }
    let position = |name: &str| pairs.iter().position(|pair| pair.shape.name == name);
    if let Some(funnels) = position("funnels") {
        let reason =
            "shares are those of the step before, where shares of the first step are meant";
        all.push(of_table(funnels, reason, step_conversions(&pairs[funnels])));
    }
    if let Some(users) = position("users_active") {
        let reason = "users are all that were seen so far";
        all.push(of_table(users, reason, users_so_far(&pairs[users])));
    }
    if let (Some(clicks), Some(pages)) =
        (position("click_through_rates"), position("page_engagement"))
    {
        let reason = "views are those of all dates: they are not grouped by date";
        all.push(of_table(clicks, reason, views_of_all_dates(&pairs[clicks], &pairs[pages])));
    }
    all
}

fn of_table(table: usize, reason: &str, grid: Grid) -> Prediction {
    let grids = BTreeMap::from([(table, grid)]);
    Prediction { reason: reason.to_owned(), grids, is_of_all: false }
}

/// The sums over all dates, and over all dates so far, of rows that are alike but for the date.
fn sums_over_dates(pair: &GridPair<'_>) -> (Grid, Grid) {
    let mut sums: BTreeMap<&[String], Measures> = BTreeMap::new();
    let mut so_far = Grid::new();
    for (keys, measures) in &pair.expected {
        let sum = sums
            .entry(&keys[1..])
            .and_modify(|sums| add(pair, sums, measures))
            .or_insert_with(|| measures.clone());
        so_far.insert(keys.clone(), sum.clone());
    }
    let total = pair.expected.keys().map(|keys| (keys.clone(), sums[&keys[1..]].clone()));
    (total.collect(), so_far)
}

fn means_of_dates(pair: &GridPair<'_>) -> Grid {
    let mut sums: BTreeMap<&str, (Vec<f64>, f64)> = BTreeMap::new();
    for (keys, measures) in &pair.expected {
        let (sum, count) = sums.entry(&keys[0]).or_insert_with(|| (vec![0.0; measures.len()], 0.0));
        for (sum, measure) in sum.iter_mut().zip(measures) {
            *sum += measure.unwrap_or_default();
        }
        *count += 1.0;
    }
    let mean = |keys: &RowKeys| {
        let (sum, count) = &sums[keys[0].as_str()];
        (keys.clone(), sum.iter().map(|sum| Some(sum / count)).collect())
    };
    pair.expected.keys().map(mean).collect()
}

fn step_conversions(pair: &GridPair<'_>) -> Grid {
    let mut sessions: BTreeMap<(&str, u64), f64> = BTreeMap::new();
    let step = |keys: &RowKeys| keys[1].parse::<u64>().unwrap_or_default();
    for (keys, measures) in &pair.expected {
        *sessions.entry((&keys[0], step(keys))).or_default() += measures[0].unwrap_or_default();
    }
    let mut grid = pair.expected.clone();
    for (keys, measures) in &mut grid {
        let before =
            step(keys).checked_sub(1).and_then(|step| sessions.get(&(keys[0].as_str(), step)));
        if let Some(before) = before {
            measures[1] = measures[0].map(|own| 100.0 * own / before);
        }
    }
    grid
}

fn users_so_far(pair: &GridPair<'_>) -> Grid {
    let mut seen = 0.0;
    let mut grid = pair.expected.clone();
    for measures in grid.values_mut() {
        seen += measures[1].unwrap_or_default();
        measures[0] = Some(seen);
    }
    grid
}

fn views_of_all_dates(clicks: &GridPair<'_>, pages: &GridPair<'_>) -> Grid {
    let mut views: BTreeMap<&str, f64> = BTreeMap::new();
    for (keys, measures) in &pages.expected {
        *views.entry(&keys[1]).or_default() += measures[0].unwrap_or_default();
    }
    let mut grid = clicks.expected.clone();
    for (keys, measures) in &mut grid {
        let of_page = views.get(keys[1].as_str()).copied().filter(|views| *views > 0.0);
        measures[0] = of_page.or(Some(0.0));
        measures[2] = of_page.zip(measures[1]).map(|(views, clicks)| 100.0 * clicks / views);
    }
    grid
}
