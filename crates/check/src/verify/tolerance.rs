//! The distance by which numbers may be apart.

use std::str::FromStr;

use event_simulator::expectations::tables::SHAPES;

use super::cells::{number, whole_number};

/// Half of the last decimal with which expectations are written.
const HALF_OF_LAST_DECIMAL: f64 = 0.5e-6;
/// The error of sums of binary fractions.
const RELATIVE_NOISE: f64 = 1e-12;

/// The distance by which numbers may be apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerances(Vec<Tolerance>);

#[derive(Clone, Debug, PartialEq)]
struct Tolerance {
    /// Every column if none is named.
    column: Option<String>,
    amount: f64,
    is_relative: bool,
}

impl FromStr for Tolerances {
    type Err = String;

    /// Reads `0.01`, `1%` or `avg_time_seconds=0.5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, amount) = match text.split_once('=') {
            Some((column, amount)) => (Some(column.trim().to_owned()), amount),
            None => (None, text),
        };
        let known = |column: &String| SHAPES.iter().any(|s| s.values.contains(&column.as_str()));
        if let Some(unknown) = column.as_ref().filter(|column| !known(column)) {
            return Err(format!("no table has a measured column {unknown:?}"));
        }
        let (digits, is_relative) = match amount.trim().strip_suffix('%') {
            Some(percent) => (percent, true),
            None => (amount, false),
        };
        let amount = number(digits)
            .filter(|amount| *amount >= 0.0)
            .ok_or("expected an amount such as 0.01, 1% or avg_time_seconds=0.5")?;
        let amount = if is_relative { amount / 100.0 } else { amount };
        Ok(Self(vec![Tolerance { column, amount, is_relative }]))
    }
}

impl FromIterator<Self> for Tolerances {
    fn from_iter<I: IntoIterator<Item = Self>>(tolerances: I) -> Self {
        Self(tolerances.into_iter().flat_map(|tolerances| tolerances.0).collect())
    }
}

impl Tolerances {
    /// True if the cells hold numbers that agree. Whole numbers must be the same in every digit, unless
    /// something is tolerated.
    pub(super) fn allow_cells(&self, column: &str, expected: &str, actual: &str) -> bool {
        if self.of_column(column).is_none()
            && let (Some(ours), Some(theirs)) = (whole_number(expected), whole_number(actual))
        {
            return ours == theirs;
        }
        match (number(expected), number(actual)) {
            (Some(expected), Some(actual)) => self.allow(column, expected, actual),
            _ => false,
        }
    }

    fn of_column(&self, column: &str) -> Option<&Tolerance> {
        let named = self.0.iter().rev().find(|t| t.column.as_deref() == Some(column));
        named.or_else(|| self.0.iter().rev().find(|t| t.column.is_none()))
    }

    /// True if the numbers agree: to the last decimal of the expectation, or within what is tolerated
    /// for the column, or else for all columns.
    pub(super) fn allow(&self, column: &str, expected: f64, actual: f64) -> bool {
        let allowed = self.of_column(column).map_or(0.0, |tolerance| {
            let scale = if tolerance.is_relative { expected.abs() } else { 1.0 };
            tolerance.amount * scale
        });
        let noise = RELATIVE_NOISE * expected.abs();
        (expected - actual).abs() <= allowed.max(HALF_OF_LAST_DECIMAL) + noise
    }
}
