//! Numbers and flags.

use std::fmt::Display;

use serde_json::{Value, json};

use super::scalar::ScalarKind;
use crate::scenario::key_value::{KeyValue, parse_flag, parse_number, parse_whole};
use crate::scenario::problem::Problem;

/// A whole number, from the one to the other.
#[derive(Clone, Copy, Debug)]
pub struct Whole<T>(pub T, pub T);

impl<T: Copy + PartialOrd + Display + TryFrom<i128> + Into<Value>> ScalarKind for Whole<T> {
    type Value = T;

    fn read(&self, field: &KeyValue<'_>) -> Result<T, Problem> {
        let number = field.plain().and_then(parse_whole);
        let wanted = || format!("a whole number from {} to {}", self.0, self.1);
        let number = number.ok_or_else(|| field.expected_number(wanted()))?;
        let value = T::try_from(number).ok().filter(|value| (self.0..=self.1).contains(value));
        value.ok_or_else(|| field.expected(wanted()))
    }

    fn check(&self, value: &T) -> Result<(), String> {
        if (self.0..=self.1).contains(value) {
            return Ok(());
        }
        Err(format!("expected a whole number from {} to {}, found {value}", self.0, self.1))
    }

    fn schema(&self) -> Value {
        let (min, max): (Value, Value) = (self.0.into(), self.1.into());
        json!({ "type": "integer", "minimum": min, "maximum": max })
    }

    fn limits(&self) -> String {
        format!("{} to {}", self.0, self.1)
    }

    fn plain(&self, value: &T) -> Value {
        (*value).into()
    }
}

/// A number, from the one to the other, and its unit.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// The unit, as ` s`; empty if there is none.
    pub unit: &'static str,
}

/// Some 32 years.
const MAX_SECONDS: f64 = 1e9;

/// A number of seconds.
pub const SECONDS: Decimal = Decimal { min: 0.0, max: MAX_SECONDS, unit: " s" };
/// A number of seconds that is not nothing: one millisecond, virtual time's grain, is the least.
pub(in crate::scenario) const SECONDS_ABOVE_0: Decimal = Decimal { min: 0.001, ..SECONDS };
/// A part of a whole.
pub(in crate::scenario) const SHARE: Decimal = Decimal { min: 0.0, max: 1.0, unit: "" };

impl ScalarKind for Decimal {
    type Value = f64;

    fn read(&self, field: &KeyValue<'_>) -> Result<f64, Problem> {
        let number = field.plain().and_then(parse_number);
        let wanted = || format!("a number from {} to {}", self.min, self.max);
        let number = number.ok_or_else(|| field.expected_number(wanted()))?;
        if self.check(&number).is_ok() { Ok(number) } else { Err(field.expected(wanted())) }
    }

    fn check(&self, value: &f64) -> Result<(), String> {
        if (self.min..=self.max).contains(value) {
            return Ok(());
        }
        Err(format!("expected a number from {} to {}, found {value}", self.min, self.max))
    }

    fn schema(&self) -> Value {
        json!({ "type": "number", "minimum": self.min, "maximum": self.max })
    }

    fn limits(&self) -> String {
        let shown = |bound: f64| {
            if bound.abs() >= 1e6 { format!("{bound:e}") } else { bound.to_string() }
        };
        format!("{} to {}{}", shown(self.min), shown(self.max), self.unit)
    }

    fn plain(&self, value: &f64) -> Value {
        json!(value)
    }
}

/// `true` or `false`.
#[derive(Clone, Copy, Debug)]
pub struct Flag;

impl ScalarKind for Flag {
    type Value = bool;

    fn read(&self, field: &KeyValue<'_>) -> Result<bool, Problem> {
        field.plain().and_then(parse_flag).ok_or_else(|| field.expected("true or false"))
    }

    fn check(&self, _: &bool) -> Result<(), String> {
        Ok(())
    }

    fn schema(&self) -> Value {
        json!({ "type": "boolean" })
    }

    fn limits(&self) -> String {
        "true or false".to_owned()
    }

    fn plain(&self, value: &bool) -> Value {
        json!(value)
    }
}
