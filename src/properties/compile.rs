//! From specifications to generators.

use serde_json::Value;

use crate::event::Field;
use crate::random::{
    Bernoulli, CountTable, CumulativeTable, ParameterError, QuantileTable, name_hash, scattered,
};
use crate::scenario::events::{
    Choices, DateTimeSpec, Moment, Named, PropertySpec, TemplatePart, template_parts,
};

use super::generator::{Generator, Property, TextPiece, escaped};

/// The compilation of one event's properties.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    slots: usize,
    /// The names of the properties before this one, each with its place: those of the event, then those of the
    /// object it is in, ...
    scopes: Vec<Vec<(String, usize)>>,
    /// The bits of the names on the way to this property.
    path: u64,
}

impl Compiler {
    /// The number of places for values.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// The properties of an event, or of an object.
    pub(super) fn members(&mut self, members: &Named<PropertySpec>) -> Vec<Property> {
        self.scopes.push(Vec::new());
        let mut compiled = Vec::with_capacity(members.0.len());
        for (name, spec) in members.iter() {
            let mut property = self.property(name, spec);
            property.slot = Some(self.slots);
            if let Some(scope) = self.scopes.last_mut() {
                scope.push((name.to_owned(), self.slots));
            }
            self.slots += 1;
            compiled.push(property);
        }
        self.scopes.pop();
        compiled
    }

    fn property(&mut self, name: &str, spec: &PropertySpec) -> Property {
        let share = |share: Option<f64>| {
            share
                .and_then(|share| Bernoulli::new(share).ok())
                .filter(|share| share.probability() > 0.0)
        };
        let around = self.path;
        self.path = scattered(name_hash(name), around);
        // A checked specification has a generator; of any other no value would be right.
        let generator =
            self.generator(spec).unwrap_or_else(|_| Generator::Constant(b"null".to_vec()));
        self.path = around;
        Property {
            name: name.to_owned(),
            label: format!("{}:", Value::from(name)).into_bytes(),
            hash: name_hash(name),
            missing: share(spec.missing),
            null: share(spec.nullable),
            generator,
            slot: None,
        }
    }

    fn generator(&mut self, spec: &PropertySpec) -> Result<Generator, ParameterError> {
        if let Some((_, law)) = spec.law() {
            let table = QuantileTable::new(&law?, spec.units_of_1());
            return Ok(Generator::Continuous { table, decimals: spec.decimals.unwrap_or(0) });
        }
        Ok(match spec {
            PropertySpec { constant: Some(value), .. } => Generator::Constant(json(value)),
            PropertySpec { choice: Some(choices), .. } => choice(choices)?,
            PropertySpec { uniform: Some(uniform), .. } => {
                let (min, max) = (spec.units(uniform.min), spec.units(uniform.max));
                let (min, max) = (min.round() as i64, max.round() as i64);
                let decimals = spec.decimals.unwrap_or(0);
                Generator::Uniform { min, span: max.saturating_sub(min).unsigned_abs(), decimals }
            }
            PropertySpec { geometric: Some(geometric), .. } => {
                Generator::Count(CountTable::geometric(geometric.min, geometric.mean)?)
            }
            PropertySpec { poisson: Some(poisson), .. } => {
                Generator::Count(CountTable::poisson(poisson.mean)?)
            }
            PropertySpec { zipf: Some(zipf), .. } => {
                Generator::Count(CountTable::zipf(zipf.ranks, zipf.exponent)?)
            }
            PropertySpec { boolean: Some(share), .. } => {
                Generator::Boolean(Bernoulli::new(*share)?)
            }
            PropertySpec { id: Some(prefix), .. } => {
                let start = [b"\"".as_slice(), &escaped(prefix), b"_"].concat();
                Generator::Id { start, key: self.path }
            }
            PropertySpec { counter: Some(counter), .. } => {
                Generator::Counter { start: counter.start, step: counter.step }
            }
            PropertySpec { date_time: Some(moments), .. } => date_time(moments),
            PropertySpec { text: Some(text), .. } => Generator::Text(self.pieces(text)),
            PropertySpec { list: Some(list), .. } => {
                Generator::List { of: Box::new(self.property("", &list.of)), count: list.count()? }
            }
            PropertySpec { object: Some(members), .. } => Generator::Object(self.members(members)),
            _ => return Err(ParameterError::Weights),
        })
    }

    fn pieces(&self, text: &str) -> Vec<TextPiece> {
        let parts = template_parts(text).unwrap_or_default();
        let piece = |part| match part {
            TemplatePart::Text(text) => Some(TextPiece::Text(escaped(&text))),
            TemplatePart::Name(name) => self.reference(&name),
        };
        parts.into_iter().filter_map(piece).collect()
    }

    fn reference(&self, wanted: &str) -> Option<TextPiece> {
        let mut known = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        match known.find(|(name, _)| name == wanted) {
            Some((_, slot)) => Some(TextPiece::Slot(*slot)),
            None => {
                Field::ALL.into_iter().find(|field| field.name() == wanted).map(TextPiece::Field)
            }
        }
    }
}

fn choice(choices: &Choices) -> Result<Generator, ParameterError> {
    let (weights, values): (Vec<f64>, Vec<Vec<u8>>) = match choices {
        Choices::Weighted(weights) => weights
            .iter()
            .map(|(text, weight)| (*weight, json(&Value::from(text.as_str()))))
            .unzip(),
        Choices::Even(values) => values.iter().map(|value| (1.0, json(value))).unzip(),
    };
    Ok(Generator::Choice { table: CumulativeTable::new(&weights)?, values })
}

fn date_time(spec: &DateTimeSpec) -> Generator {
    let moment = |text: &str| Moment::of_text(text).unwrap_or(Moment::After(0));
    Generator::DateTime { from: moment(&spec.from), to: moment(&spec.to), form: spec.form }
}

fn json(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
