//! Whether what was found is scattered without any pattern.

use crate::statistics::chi_square::survival;

use super::candidates::Sample;
use super::population::Scale;

/// Fewer say nothing of how they are spread, and neither do fewer that are left.
const LEAST_FOUND: u64 = 20;

/// The probability below which evenness is not believed, over all columns together.
const LEAST_PROBABILITY: f64 = 1e-3;

/// The expected number of a cell below which it is put together with others.
const LEAST_EXPECTED: f64 = 5.0;

/// Equal parts of the members in their order.
const PARTS: usize = 20;

/// True if what was found is spread over the values of all columns, and over the order, as chance would.
pub(super) fn is_even(sample: Sample<'_>) -> bool {
    let found = sample.found_count();
    if found.min(sample.whole() - found) < LEAST_FOUND {
        return false;
    }
    let columns = &sample.population.columns;
    let least = LEAST_PROBABILITY / (columns.len() as f64 + 2.0);
    let whole = sample.members.len();
    let by_order = tally(sample, PARTS, |rank, _| rank * PARTS / whole);
    if probability(sample, &by_order) < least || clusters(sample) {
        return false;
    }
    columns.iter().all(|column| {
        let value = |member: u32| column.values[member as usize] as usize;
        let tally = match &column.scale {
            Scale::Labels(labels) => tally(sample, labels.len(), |_, member| value(member)),
            Scale::Amounts => {
                let most = sample.members.iter().map(|&m| value(m)).max().unwrap_or_default();
                tally(sample, PARTS, |_, member| value(member) * PARTS / (most + 1))
            }
        };
        probability(sample, &tally) >= least
    })
}

/// Of each cell, the members in it and those of them that were found.
fn tally(sample: Sample<'_>, cells: usize, cell: impl Fn(usize, u32) -> usize) -> Vec<(u64, u64)> {
    let mut tally = vec![(0, 0); cells];
    for (rank, &member) in sample.members.iter().enumerate() {
        let entry = &mut tally[cell(rank, member)];
        entry.0 += 1;
        entry.1 += u64::from(sample.found[member as usize]);
    }
    tally
}

/// The probability of a tally that is at least as uneven, if all members are found equally likely.
fn probability(sample: Sample<'_>, tally: &[(u64, u64)]) -> f64 {
    let rate = sample.found_count() as f64 / sample.whole() as f64;
    let (mut statistic, mut cells) = (0.0, 0_usize);
    let mut add = |whole: f64, found: f64| {
        let expected = whole * rate;
        statistic += (found - expected).powi(2) / (expected * (1.0 - rate));
        cells += 1;
    };
    let (mut rest_whole, mut rest_found) = (0.0, 0.0);
    for &(whole, found) in tally {
        let (whole, found) = (whole as f64, found as f64);
        if whole * rate.min(1.0 - rate) >= LEAST_EXPECTED {
            add(whole, found);
        } else {
            (rest_whole, rest_found) = (rest_whole + whole, rest_found + found);
            // Small cells are put together until they can be judged.
            if rest_whole * rate.min(1.0 - rate) >= LEAST_EXPECTED {
                add(rest_whole, rest_found);
                (rest_whole, rest_found) = (0.0, 0.0);
            }
        }
    }
    // What is left over is judged too, if roughly.
    if rest_whole * rate.min(1.0 - rate) >= 1.0 {
        add(rest_whole, rest_found);
    }
    survival(statistic, cells.saturating_sub(1))
}

/// True if neighbours were found together more often than chance would have it.
fn clusters(sample: Sample<'_>) -> bool {
    const DEVIATIONS: f64 = 5.0;
    let is_found = |member: u32| sample.found[member as usize];
    let pairs = sample.members.windows(2).filter(|pair| pair.iter().all(|&m| is_found(m))).count();
    let rate = sample.found_count() as f64 / sample.whole() as f64;
    let expected = rate * rate * (sample.whole() as f64 - 1.0);
    (pairs as f64 - expected).abs() > DEVIATIONS * expected.max(1.0).sqrt()
}
