//! The means of properties.

use serde::Serialize;

use crate::random::Bernoulli;

use super::event_properties::Properties;
use super::generator::{Generator, Property};

/// The mean of a property that is a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropertyMean {
    /// The type of the events.
    pub event: String,
    /// The name; `items[].price` is the member `price` of each entry of the list `items`.
    pub property: String,
    /// The mean of the values that there are.
    pub mean: f64,
    /// The probability that there is one, neither missing nor null, where it could be.
    pub share: f64,
    /// The sum of all values of a run; none without an end, and where it depends on a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
}

impl Properties {
    /// The mean of a property of an event without the effects of experiments; none without a closed form.
    pub(crate) fn mean_without_effects(&self, event_type: &str, property: &str) -> Option<f64> {
        let event = self.events.iter().find(|event| event.event_type == event_type)?;
        let property = event.properties.iter().find(|other| other.name == property)?;
        match &property.generator {
            Generator::Multiplied { value, .. } => mean(value),
            other => mean(other),
        }
    }

    /// The mean and the variance of a property of an event, neither of which depends on anything else; none without closed
    /// forms.
    pub(crate) fn moments(&self, event_type: &str, property: &str) -> Option<ValueMoments> {
        let event = self.events.iter().find(|event| event.event_type == event_type)?;
        let property = event.properties.iter().find(|other| other.name == property)?;
        let (mean, square) = (mean(&property.generator)?, mean_square(&property.generator)?);
        Some(ValueMoments { mean, variance: (square - mean * mean).max(0.0) })
    }

    /// The mean of every property that has one, with the totals of so many events of each type in the run.
    pub(crate) fn means(&self, events: impl Fn(&str) -> Option<f64>) -> Vec<PropertyMean> {
        let mut means = Vec::new();
        for event in &self.events {
            let count = events(&event.event_type);
            for property in &event.properties {
                let place =
                    MeanPlace { event: &event.event_type, name: property.name.clone(), count };
                add(place, property, &mut means);
            }
        }
        means
    }
}

/// The first two moments of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueMoments {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

/// Where a value stands.
struct MeanPlace<'e> {
    event: &'e str,
    name: String,
    /// The number of times that it could be there; none if that is not known.
    count: Option<f64>,
}

fn add(place: MeanPlace<'_>, property: &Property, means: &mut Vec<PropertyMean>) {
    let MeanPlace { event, name, count } = place;
    let left = |share: Option<Bernoulli>| 1.0 - share.map_or(0.0, Bernoulli::probability);
    let share = left(property.missing) * left(property.null);
    let values = count.filter(|_| property.conditions.is_empty()).map(|count| count * share);
    match &property.generator {
        Generator::Object(members) => {
            for member in members {
                let name = format!("{name}.{}", member.name);
                add(MeanPlace { event, name, count: values }, member, means);
            }
        }
        Generator::List { of, count } => {
            let entries = values.map(|values| values * count.mean());
            add(MeanPlace { event, name: format!("{name}[]"), count: entries }, of, means);
        }
        generator => {
            if let Some(mean) = mean(generator) {
                let total = values.map(|values| values * mean);
                let event = event.to_owned();
                means.push(PropertyMean { event, property: name, mean, share, total });
            }
        }
    }
}

fn mean(generator: &Generator) -> Option<f64> {
    match generator {
        Generator::Uniform { min, span, decimals } => {
            Some((*min as f64 + *span as f64 / 2.0) / unit(*decimals))
        }
        Generator::Continuous { table, decimals } => Some(table.mean() / unit(*decimals)),
        Generator::Count(table) => Some(table.mean()),
        other => mean_of_listed(other, |number| number),
    }
}

/// The mean of the square.
fn mean_square(generator: &Generator) -> Option<f64> {
    match generator {
        Generator::Uniform { span, decimals, .. } => {
            let (mean, numbers) = (mean(generator)?, *span as f64 + 1.0);
            let unit = unit(*decimals);
            Some(mean * mean + (numbers * numbers - 1.0) / (12.0 * unit * unit))
        }
        Generator::Continuous { table, decimals } => {
            Some(table.mean_square() / (unit(*decimals) * unit(*decimals)))
        }
        other => mean_of_listed(other, |number| number * number),
    }
}

/// The mean of a function of values that are listed; none of others, and if one of them is no number.
fn mean_of_listed(generator: &Generator, of: impl Fn(f64) -> f64) -> Option<f64> {
    let number = |json: &Vec<u8>| serde_json::from_slice::<f64>(json).ok();
    match generator {
        Generator::Constant(value) => number(value).map(of),
        Generator::Choice { table, values } => {
            let numbers: Vec<f64> = values.iter().map(number).collect::<Option<_>>()?;
            Some(numbers.iter().zip(table.probabilities()).map(|(number, p)| of(*number) * p).sum())
        }
        _ => None,
    }
}

/// The units of a number with so many decimals.
fn unit(decimals: u32) -> f64 {
    f64::from(10_u32.pow(decimals))
}
