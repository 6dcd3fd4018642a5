//! Distinct counts that are off as those of a sketch are.

use std::collections::BTreeSet;

use super::grid::{GridPair, Unit};

/// The columns that count distinct things, by table.
const DISTINCT: [(&str, &[&str]); 8] = [
    ("page_engagement", &["unique_users", "unique_sessions"]),
    ("session_metrics", &["total_sessions", "unique_users"]),
    ("users_active", &["users", "new_users"]),
    ("funnels", &["sessions"]),
    ("goals", &["sessions", "users"]),
    ("flow_funnels", &["sessions"]),
    ("activity", &["users"]),
    ("policy_funnels", &["reached_by"]),
];

/// The columns that count events, which a sketch leaves alone.
const COUNTS: [(&str, &[&str]); 5] = [
    ("page_engagement", &["total_visits"]),
    ("click_through_rates", &["views", "clicks"]),
    ("event_counts", &["events"]),
    ("activity", &["events"]),
    ("revenue", &["events"]),
];

/// The cells that have to be off at least, and of those one in so many to either side.
const LEAST_CELLS: usize = 12;
const LEAST_SIDE: usize = 5;

/// The greatest relative error of a cell, and of all of them (its root mean square); none is off by more than so many times that.
const MOST_OFF: f64 = 0.15;
const MOST_ERROR: f64 = 0.05;
const MOST_TIMES: f64 = 5.0;

/// What is said of the columns that count distinct things, if all that are off are so by little, to both sides, while no
/// count of events is off and no row is missing; and what of the tables that explains.
pub(super) fn sketched(pairs: &[GridPair<'_>]) -> Option<(String, BTreeSet<(usize, Unit)>)> {
    let mut units = BTreeSet::new();
    let (mut errors, mut counts) = (Vec::new(), 0);
    for (table, pair) in pairs.iter().enumerate() {
        // Where rows are other ones, it is no count that is off.
        if pair.differences().contains_key(&Unit::Rows) {
            return None;
        }
        for column in (0..pair.shape.values.len()).filter(|column| pair.has[*column]) {
            let is_off = pair.differing(column).next().is_some();
            if is_of(&COUNTS, pair, column) {
                if is_off {
                    return None;
                }
                counts += pair.common(column).count();
            }
            if is_off && is_of(&DISTINCT, pair, column) {
                for (_, expected, actual) in pair.common(column) {
                    let (expected, actual) = (expected[column]?, actual?);
                    errors.push((actual - expected) / expected.max(1.0));
                }
                units.insert((table, Unit::Cells(column)));
            }
        }
    }
    let reason = reason(&errors).filter(|_| counts > 0)?;
    Some((reason, units))
}

fn is_of(columns: &[(&str, &[&str])], pair: &GridPair<'_>, column: usize) -> bool {
    let (table, column) = (pair.shape.name, pair.shape.values[column]);
    columns.iter().any(|(name, columns)| *name == table && columns.contains(&column))
}

/// What is said of relative errors, if they look like a sketch's.
fn reason(errors: &[f64]) -> Option<String> {
    let off: Vec<f64> = errors.iter().copied().filter(|error| *error != 0.0).collect();
    let above = off.iter().filter(|error| **error > 0.0).count();
    let least_side = above.min(off.len() - above);
    let greatest = off.iter().fold(0.0_f64, |most, error| most.max(error.abs()));
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    let error = (squares / errors.len().max(1) as f64).sqrt();
    let is_such = off.len() >= LEAST_CELLS
        && least_side * LEAST_SIDE >= off.len()
        && greatest <= MOST_OFF
        && error <= MOST_ERROR
        && greatest <= MOST_TIMES * error;
    is_such.then(|| {
        // The relative standard error of HyperLogLog with m registers is 1.04 / sqrt(m) (Flajolet et al. 2007).
        let bits = 2.0 * (1.04 / error).log2();
        format!(
            "distinct counts are off by {:.2} % to both sides while counts of events are right, as those of a sketch are \
             (HyperLogLog of about 2^{bits:.0} registers), not exact",
            100.0 * error,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors up to a size, to both sides.
    fn errors(count: u32, size: f64) -> Vec<f64> {
        (0..count).map(|place| size * (f64::from(place * 37 % 101) / 50.0 - 1.0)).collect()
    }

    #[test]
    fn errors_of_a_sketch_are_small_and_to_both_sides() {
        let such = reason(&errors(100, 0.02)).unwrap();
        assert!(such.contains("to both sides") && such.contains("2^13"), "{such}");
        assert_eq!(reason(&errors(8, 0.02)), None, "few");
        assert_eq!(reason(&errors(100, 0.2)), None, "great");
        let above: Vec<f64> = errors(100, 0.02).iter().map(|error| error.abs()).collect();
        assert_eq!(reason(&above), None, "to one side");
        let mut outlier = errors(100, 0.01);
        outlier[3] = 0.12;
        assert_eq!(reason(&outlier), None, "one of them alone");
    }
}
