//! The numbers that a value can be, so that no formula can have a result that does not fit.

use std::cmp::Ordering;

use super::currency::{MOST_MINOR_DIGITS, is_currency_code, minor_digits};
use super::exact_number::ExactNumber;
use super::formula::Operator;
use super::sources::ValueSource;
use super::specs::PropertySpec;
use super::values::MomentForm;
use crate::random::{CountTable, QuantileTable};
use crate::time::VirtualTime;

/// The least and the greatest of some numbers, with as many digits after the point as any of them has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NumberRange {
    low: ExactNumber,
    high: ExactNumber,
}

/// Why values have no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRange {
    /// They are not all numbers.
    NotANumber,
    /// They can have more digits than are calculated with.
    TooLarge,
    /// Something else is wrong with them, which is said elsewhere.
    Unknown,
}

impl NumberRange {
    /// The digits after the point.
    pub(super) fn decimals(&self) -> u32 {
        self.low.decimals()
    }

    fn of_units(low: i64, high: i64, decimals: u32) -> Self {
        let [low, high] = [low, high].map(|units| ExactNumber::of_units(units, decimals));
        Self { low, high }
    }

    /// The range of one number.
    pub(super) fn of(number: ExactNumber) -> Self {
        Self { low: number, high: number }
    }

    /// The range that has both.
    pub(super) fn with(self, other: Self) -> Result<Self, NoRange> {
        spanning(&[self.low, self.high, other.low, other.high])
    }

    /// The results for numbers of two ranges.
    pub(super) fn combined(operator: Operator, left: Self, right: Self) -> Result<Self, NoRange> {
        let mut results = Vec::with_capacity(4);
        for a in [left.low, left.high] {
            for b in [right.low, right.high] {
                results.push(operator.apply(a, b).ok_or(NoRange::TooLarge)?);
            }
        }
        spanning(&results)
    }

    /// The sums of up to so many numbers.
    pub(super) fn summed(self, most: u32) -> Result<Self, NoRange> {
        let most = Self::of(ExactNumber::of_units(most.into(), 0));
        Self::combined(Operator::Multiply, self, most)?.with(Self::of(ExactNumber::ZERO))
    }

    /// The rounded numbers, if all of them fit what can be written.
    pub(super) fn rounded(self, decimals: u32) -> Result<Self, NoRange> {
        let units = |number: ExactNumber| {
            let units = number.rounded(decimals).and_then(|units| i64::try_from(units).ok());
            units.filter(|units| units.abs() <= QuantileTable::MOST_UNITS).ok_or(NoRange::TooLarge)
        };
        Ok(Self::of_units(units(self.low)?, units(self.high)?, decimals))
    }

    /// The numbers that come from a source that is not a formula.
    pub(super) fn of_source(source: ValueSource<'_>) -> Result<Self, NoRange> {
        match source {
            ValueSource::Value(value) if value.is_number() => {
                let number = ExactNumber::parse(value.to_string().as_bytes());
                number.map(Self::of).ok_or(NoRange::TooLarge)
            }
            ValueSource::Generator(property) => of_generator(property),
            _ => Err(NoRange::NotANumber),
        }
    }
}

fn spanning(numbers: &[ExactNumber]) -> Result<NumberRange, NoRange> {
    let decimals = numbers.iter().map(|number| number.decimals()).max().unwrap_or(0);
    let zero = ExactNumber::of_units(0, decimals);
    let mut range: Option<NumberRange> = None;
    for number in numbers {
        let number = number.add(zero).ok_or(NoRange::TooLarge)?;
        let NumberRange { low, high } = range.unwrap_or(NumberRange::of(number));
        let is_lower = number.compare(low) == Some(Ordering::Less);
        let is_higher = number.compare(high) == Some(Ordering::Greater);
        range = Some(NumberRange {
            low: if is_lower { number } else { low },
            high: if is_higher { number } else { high },
        });
    }
    range.ok_or(NoRange::Unknown)
}

/// The digits after the point that a number can have.
pub(super) fn decimals_of(property: &PropertySpec) -> u32 {
    match &property.currency {
        Some(code) if is_currency_code(code) => minor_digits(code),
        Some(_) => MOST_MINOR_DIGITS,
        None => property.decimals.unwrap_or(0),
    }
}

fn of_generator(property: &PropertySpec) -> Result<NumberRange, NoRange> {
    let decimals = decimals_of(property);
    let spec = PropertySpec { decimals: Some(decimals), currency: None, ..PropertySpec::default() };
    let units = |[low, high]: [f64; 2]| {
        let most = QuantileTable::MOST_UNITS as f64;
        let units = |value: f64| spec.units(value).clamp(-most, most);
        NumberRange::of_units(units(low).floor() as i64, units(high).ceil() as i64, decimals)
    };
    if let Some((_, law)) = property.law() {
        return law.map(|law| units(QuantileTable::ends(&law))).map_err(|_| NoRange::Unknown);
    }
    let counts = |table: Result<CountTable, _>| match table {
        Ok(table) => Ok(NumberRange::of_units(table.min().into(), table.max().into(), 0)),
        Err(_) => Err(NoRange::Unknown),
    };
    match property {
        PropertySpec { uniform: Some(uniform), .. } if uniform.min <= uniform.max => {
            Ok(units([uniform.min, uniform.max]))
        }
        PropertySpec { uniform: Some(_), .. } => Err(NoRange::Unknown),
        PropertySpec { geometric: Some(geometric), .. } if geometric.is_possible() => {
            counts(CountTable::geometric(geometric.min, geometric.mean))
        }
        PropertySpec { geometric: Some(_), .. } => Err(NoRange::Unknown),
        PropertySpec { poisson: Some(poisson), .. } => counts(CountTable::poisson(poisson.mean)),
        PropertySpec { zipf: Some(zipf), .. } => Ok(NumberRange::of_units(1, zipf.ranks.into(), 0)),
        PropertySpec { counter: Some(counter), .. } => {
            let last = counter.start.saturating_add(counter.step.saturating_mul(u32::MAX.into()));
            Ok(NumberRange::of_units(counter.start.min(last), counter.start.max(last), 0))
        }
        PropertySpec { date_time: Some(moments), .. } => {
            let most = VirtualTime::MAX.as_millis() as i64;
            match moments.form {
                MomentForm::UnixSeconds => Ok(NumberRange::of_units(0, most / 1_000, 0)),
                MomentForm::UnixMillis => Ok(NumberRange::of_units(0, most, 0)),
                MomentForm::DateTime | MomentForm::Date => Err(NoRange::NotANumber),
            }
        }
        _ => Err(NoRange::NotANumber),
    }
}
