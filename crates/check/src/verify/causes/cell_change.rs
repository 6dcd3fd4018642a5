//! Changes that all cells of a column may have gone through.

use std::fmt;

use super::grid::{GridPair, Measures, bits_of};

/// A change of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CellChange {
    /// No value.
    Null,
    /// Zero where there should be none.
    ZeroForNull,
    /// Always this number.
    Constant(f64),
    /// Times a factor that is known.
    Times(f64, &'static str),
    /// Times any factor.
    AnyFactor(f64),
    /// More or less by this.
    Plus(f64),
    /// The other sign.
    Negated,
    /// Rounded to so many decimals.
    Rounded(i32),
    /// Cut off after so many decimals.
    CutOff(i32),
    /// The next whole number.
    Ceiling,
    /// Single precision.
    SinglePrecision,
    /// Another column's values.
    OfColumn(usize, &'static str),
    /// The quotient of two columns, times a factor.
    Quotient { of: (usize, usize), names: (&'static str, &'static str), factor: f64 },
    /// Its own value times another column's.
    TimesColumn(usize, &'static str),
    /// Its own value divided by another column's.
    DividedByColumn(usize, &'static str),
    /// Its own value, times one column's, divided by another's.
    Regrouped { of: (usize, usize), names: (&'static str, &'static str) },
    /// The distance to another column's.
    Minus(usize, &'static str),
}

/// Factors of shares and times in another unit.
const FACTORS_OF_UNITS: [(f64, &str); 10] = [
    (0.01, "100 times less: a fraction where a percentage is meant"),
    (100.0, "100 times more: a percentage where a fraction was, or the factor applied twice"),
    (1_000.0, "1000 times more: milliseconds instead of seconds"),
    (0.001, "1000 times less: seconds taken for milliseconds"),
    (1e6, "a million times more: microseconds instead of seconds"),
    (1e-6, "a million times less: seconds taken for microseconds"),
    (60.0, "60 times more: minutes taken for seconds"),
    (1.0 / 60.0, "60 times less: minutes instead of seconds"),
    (1.0 / 3_600.0, "3600 times less: hours instead of seconds"),
    (1.0 / 86_400.0, "86400 times less: days instead of seconds"),
];

/// Factors of what is counted several times, or in part.
const MULTIPLES: [(f64, &str); 4] = [
    (2.0, "twice as many: everything is counted twice, by duplicates or a join"),
    (0.5, "half as many"),
    (3.0, "three times as many: everything is counted three times, by duplicates or a join"),
    (4.0, "four times as many: everything is counted four times, by duplicates or a join"),
];

/// Factors of amounts of money.
const FACTORS_OF_MONEY: [(f64, &str); 4] = [
    (100.0, "100 times more: amounts in cents, or other minor units, taken for whole units"),
    (
        0.01,
        "100 times less: amounts in whole units taken for cents, or of a currency that has none",
    ),
    (1_000.0, "1000 times more: thousandths of a currency taken for whole units"),
    (0.001, "1000 times less: amounts in whole units taken for thousandths of a currency"),
];

/// The columns of sums of money.
const MONEY: [&str; 2] = ["amount", "attributed_revenue"];

/// The factors that are known of a column.
fn factors(column: &str) -> impl Iterator<Item = &'static (f64, &'static str)> {
    let of_units = if MONEY.contains(&column) { &FACTORS_OF_MONEY[..] } else { &FACTORS_OF_UNITS };
    of_units.iter().chain(&MULTIPLES)
}

/// The bits that a change must agree with, beyond coincidence.
pub(super) const LEAST_BITS_OF_CELLS: f64 = 10.0;

/// The bits for a column that has the values of another, of which there are few.
const LEAST_BITS_OF_COLUMN: f64 = 5.0;

/// A row's expected measures and the actual cell.
pub(super) type CellPair<'a> = (&'a Measures, Option<f64>);

/// The first change that all these cells of a column fit, with enough of them to say so.
pub(super) fn common_change(
    pair: &GridPair<'_>,
    column: usize,
    cells: &[CellPair<'_>],
    least_bits: f64,
) -> Option<CellChange> {
    let all = candidates(pair, column, cells);
    let fits = |change: &CellChange| {
        let rounds = change.rounds();
        let mut bits = 0.0;
        let mut distinct: Vec<u64> = Vec::new();
        let all_fit = cells.iter().all(|(expected, actual)| {
            if !pair.agree(column, expected[column], *actual) {
                bits += bits_of(*actual);
                distinct.extend(expected[column].map(f64::to_bits));
            }
            change.fits(pair, column, expected, *actual)
        });
        distinct.sort_unstable();
        distinct.dedup();
        let enough = !change.is_learned() || distinct.len() > 2;
        let is_constant = matches!(change, CellChange::Constant(_));
        all_fit
            && enough
            && (rounds || is_constant || bits >= least_bits || change.is_of_column(bits))
    };
    all.into_iter().find(fits)
}

fn candidates(pair: &GridPair<'_>, column: usize, cells: &[CellPair<'_>]) -> Vec<CellChange> {
    let names = pair.shape.values;
    let mut all = vec![CellChange::Null, CellChange::ZeroForNull];
    all.extend(factors(names[column]).map(|(factor, name)| CellChange::Times(*factor, name)));
    all.push(CellChange::SinglePrecision);
    let others = || (0..names.len()).filter(move |other| *other != column);
    all.extend(others().map(|other| CellChange::OfColumn(other, names[other])));
    all.push(CellChange::Negated);
    // What is always the same was not rounded.
    let is_constant = cells.len() > 2 && cells.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let has_decimals = |(expected, _): &CellPair<'_>| {
        expected[column].is_some_and(|expected| expected.fract() != 0.0)
    };
    if !is_constant && cells.iter().any(has_decimals) {
        all.extend((-2..6).flat_map(|d| [CellChange::CutOff(d), CellChange::Rounded(d)]));
        all.push(CellChange::Ceiling);
    }
    for a in others() {
        all.push(CellChange::TimesColumn(a, names[a]));
        all.push(CellChange::DividedByColumn(a, names[a]));
        all.push(CellChange::Minus(a, names[a]));
        for b in others().filter(|b| *b != a) {
            let (of, of_names) = ((a, b), (names[a], names[b]));
            all.push(CellChange::Quotient { of, names: of_names, factor: 1.0 });
            all.push(CellChange::Quotient { of, names: of_names, factor: 100.0 });
            all.push(CellChange::Regrouped { of, names: of_names });
        }
    }
    let differing = cells.iter().find(|(e, a)| !pair.agree(column, e[column], *a));
    if let Some((Some(expected), Some(actual))) = differing.map(|(e, a)| (e[column], *a)) {
        all.push(CellChange::Constant(actual));
        all.push(CellChange::Plus(actual - expected));
        if expected != 0.0 {
            all.push(CellChange::AnyFactor(actual / expected));
        }
    }
    all
}

impl CellChange {
    /// True if what is left of a value, few digits or none, tells it by itself.
    pub(super) fn rounds(&self) -> bool {
        matches!(self, Self::Rounded(_) | Self::CutOff(_) | Self::Ceiling | Self::Null)
    }

    /// True for another column's values, of which there are so few that less is no coincidence.
    fn is_of_column(&self, bits: f64) -> bool {
        matches!(self, Self::OfColumn(..)) && bits >= LEAST_BITS_OF_COLUMN
    }

    /// True if its parameter was taken from the cells, so that one cell always fits, or may well do so.
    fn is_learned(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Plus(_) | Self::AnyFactor(_)) || self.is_coarse()
    }

    /// True for tens and more, to which a cell that is wrong for another reason may be near.
    fn is_coarse(&self) -> bool {
        matches!(self, Self::Rounded(decimals) | Self::CutOff(decimals) if *decimals < 0)
    }

    fn fits(
        &self,
        pair: &GridPair<'_>,
        column: usize,
        expected: &Measures,
        actual: Option<f64>,
    ) -> bool {
        match self {
            Self::Null => actual.is_none(),
            Self::Rounded(_) | Self::CutOff(_) | Self::Ceiling | Self::SinglePrecision => {
                match (expected[column], actual) {
                    (Some(expected), Some(actual)) => self.fits_rounded(expected, actual),
                    (expected, actual) => expected.is_none() && actual.is_none(),
                }
            }
            _ => {
                let predicted = self.predict(column, expected);
                let is_changed = !pair.agree(column, expected[column], predicted);
                pair.agree(column, predicted, actual) || is_changed && is_near(predicted, actual)
            }
        }
    }

    fn fits_rounded(&self, expected: f64, actual: f64) -> bool {
        /// The decimals of what was expected are rounded themselves.
        const SLACK: f64 = 1e-6;
        let scale = |decimals: &i32| libm::pow(10.0, f64::from(*decimals));
        let is_whole = |scale: f64| (actual * scale - (actual * scale).round()).abs() < SLACK;
        match self {
            Self::Rounded(decimals) => {
                let scale = scale(decimals);
                is_whole(scale)
                    && ((actual - expected) * scale).abs() <= 0.5 + SLACK * scale.max(1.0)
            }
            Self::CutOff(decimals) => {
                let scale = scale(decimals);
                let cut = (expected - actual) * scale * expected.signum();
                is_whole(scale) && cut > -SLACK * scale.max(1.0) && cut < 1.0
            }
            Self::Ceiling => is_whole(1.0) && actual >= expected - SLACK && actual - expected < 1.0,
            _ => (expected as f32).to_bits() == (actual as f32).to_bits(),
        }
    }

    fn predict(&self, column: usize, expected: &Measures) -> Option<f64> {
        let own = expected[column];
        match self {
            Self::ZeroForNull => Some(own.unwrap_or_default()),
            Self::Constant(number) => Some(*number),
            Self::Times(factor, _) | Self::AnyFactor(factor) => Some(own? * factor),
            Self::Plus(amount) => Some(own? + amount),
            Self::Negated => Some(-own?),
            Self::OfColumn(other, _) => expected[*other],
            Self::Quotient { of: (a, b), factor, .. } => {
                Some(factor * quotient(expected[*a]?, expected[*b]?)?)
            }
            Self::TimesColumn(other, _) => Some(own? * expected[*other]?),
            Self::DividedByColumn(other, _) => quotient(own?, expected[*other]?),
            Self::Regrouped { of: (a, b), .. } => quotient(own? * expected[*a]?, expected[*b]?),
            Self::Minus(other, _) => Some(own? - expected[*other]?),
            _ => own,
        }
    }
}

fn quotient(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then_some(a / b)
}

/// True for what was computed from numbers of six decimals and then rounded, perhaps again.
fn is_near(predicted: Option<f64>, actual: Option<f64>) -> bool {
    const RELATIVE: f64 = 2e-6;
    match (predicted, actual) {
        (Some(predicted), Some(actual)) => {
            (predicted - actual).abs() <= RELATIVE * predicted.abs() + 1e-6
        }
        _ => false,
    }
}

impl fmt::Display for CellChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("no value (null)"),
            Self::ZeroForNull => f.write_str("zero where there is none (null)"),
            Self::Constant(number) => write!(f, "always {number}"),
            Self::Times(_, name) => f.write_str(name),
            Self::AnyFactor(factor) => write!(f, "{factor:.6} times what it should be"),
            Self::Plus(amount) => write!(f, "{amount:+} to what it should be"),
            Self::Negated => f.write_str("the other sign"),
            Self::Rounded(decimals) if *decimals < 0 => {
                write!(f, "rounded to {}", libm::pow(10.0, f64::from(-decimals)))
            }
            Self::Rounded(decimals) => write!(f, "rounded to {decimals} decimals"),
            Self::CutOff(0) => f.write_str("cut off to whole numbers: integer division or a cast"),
            Self::CutOff(decimals) => write!(f, "cut off after {decimals} decimals"),
            Self::Ceiling => f.write_str("rounded up to whole numbers"),
            Self::SinglePrecision => f.write_str("in single precision (float32): use double"),
            Self::OfColumn(_, name) => write!(f, "the values of {name}"),
            Self::Quotient { names: (a, b), factor, .. } => {
                let percent = if *factor < 2.0 { "" } else { ", in percent" };
                write!(f, "{a} / {b}{percent}")
            }
            Self::TimesColumn(_, name) => write!(f, "not divided by {name}: a sum"),
            Self::DividedByColumn(_, name) => write!(f, "divided by {name}"),
            Self::Regrouped { names: (a, b), .. } => {
                write!(f, "divided by {b} instead of {a}")
            }
            Self::Minus(_, name) => write!(f, "less by {name}"),
        }
    }
}
