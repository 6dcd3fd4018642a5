//! Choices compiled.

use serde_json::Value;

use crate::random::{Assignment, CumulativeTable, ParameterError};
use crate::scenario::events::Choices;

use super::generator::Generator;

/// The generator of one of some values.
pub(super) fn choice(choices: &Choices) -> Result<Generator, ParameterError> {
    let texts = |named: &[(String, f64)]| named.iter().map(|(text, _)| json(text)).collect();
    Ok(match choices {
        Choices::Weighted(named) => {
            let weights: Vec<f64> = named.iter().map(|(_, weight)| *weight).collect();
            Generator::Choice { table: CumulativeTable::new(&weights)?, values: texts(named) }
        }
        Choices::Even(values) => Generator::Choice {
            table: CumulativeTable::new(&vec![1.0; values.len()])?,
            values: values.iter().map(|value| value.to_string().into_bytes()).collect(),
        },
        Choices::Variants(named) => {
            let shares = named.iter().map(|(name, share)| (name.as_str(), *share));
            Generator::Variant { assignment: Assignment::new(shares)?, names: texts(named) }
        }
    })
}

fn json(text: &str) -> Vec<u8> {
    Value::from(text).to_string().into_bytes()
}
