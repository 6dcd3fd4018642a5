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
}

impl Properties {
    /// The mean of every property that has one.
    pub(crate) fn means(&self) -> Vec<PropertyMean> {
        let mut means = Vec::new();
        for event in &self.events {
            for property in &event.properties {
                add(&event.event_type, property.name.clone(), property, &mut means);
            }
        }
        means
    }
}

fn add(event: &str, name: String, property: &Property, means: &mut Vec<PropertyMean>) {
    match &property.generator {
        Generator::Object(members) => {
            for member in members {
                add(event, format!("{name}.{}", member.name), member, means);
            }
        }
        Generator::List { of, .. } => add(event, format!("{name}[]"), of, means),
        generator => {
            let left = |share: Option<Bernoulli>| 1.0 - share.map_or(0.0, Bernoulli::probability);
            if let Some(mean) = mean(generator) {
                means.push(PropertyMean {
                    event: event.to_owned(),
                    property: name,
                    mean,
                    share: left(property.missing) * left(property.null),
                });
            }
        }
    }
}

fn mean(generator: &Generator) -> Option<f64> {
    let unit = |decimals: u32| f64::from(10_u32.pow(decimals));
    let number = |json: &Vec<u8>| serde_json::from_slice::<f64>(json).ok();
    match generator {
        Generator::Constant(value) => number(value),
        Generator::Choice { table, values } => {
            let numbers: Vec<f64> = values.iter().map(number).collect::<Option<_>>()?;
            Some(numbers.iter().zip(table.probabilities()).map(|(number, p)| number * p).sum())
        }
        Generator::Uniform { min, span, decimals } => {
            Some((*min as f64 + *span as f64 / 2.0) / unit(*decimals))
        }
        Generator::Continuous { table, decimals } => Some(table.mean() / unit(*decimals)),
        Generator::Count(table) => Some(table.mean()),
        _ => None,
    }
}
