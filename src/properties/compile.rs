//! From specifications to generators.

use serde_json::Value;

use crate::event::Field;
use crate::random::{
    Bernoulli, CountTable, CumulativeTable, ParameterError, QuantileTable, name_hash, scattered,
};
use crate::scenario::OwnerAttributes;
use crate::scenario::events::{
    BySpec, Choices, DateTimeSpec, Moment, Named, PropertySpec, TemplatePart, is_currency_code,
    minor_digits, template_parts,
};

use super::generator::{
    DIGITS, Generator, Property, TextPiece, ValueCondition, ValueReference, escaped,
};

/// The compilation of one event's properties.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    slots: usize,
    /// The names of the properties before this one, each with its place: those of the event, then those of the
    /// object it is in, ...
    scopes: Vec<Vec<(String, usize)>>,
    /// The attributes of users, devices and sessions, as events refer to them, each with its place.
    attributes: Vec<(String, usize)>,
    /// The bits of the names on the way to this property.
    path: u64,
}

impl Compiler {
    /// The number of places for values.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// The compilation of an event's properties, which may refer to these attributes; their values have the places
    /// before `slots`.
    pub(super) fn of_event(attributes: &[(String, usize)], slots: usize) -> Self {
        Self { slots, attributes: attributes.to_vec(), ..Self::default() }
    }

    /// The attributes of an owner, to which those after them refer by its name and theirs.
    pub(super) fn attributes(&mut self, attributes: &OwnerAttributes<'_>) -> Vec<Property> {
        let all = attributes.built_in.iter().chain(attributes.own.iter());
        let all = all.map(|(name, spec)| (name.to_owned(), spec.clone())).collect();
        // The same name means another value for another owner.
        self.path = name_hash(attributes.owner);
        let properties = self.members(&Named(all));
        let names = properties.iter().filter_map(|property| {
            Some((format!("{}.{}", attributes.owner, property.name), property.slot?))
        });
        self.attributes.extend(names);
        properties
    }

    /// The names of the attributes so far, each with its place.
    pub(super) fn into_attributes(self) -> (Vec<(String, usize)>, usize) {
        (self.attributes, self.slots)
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
            conditions: self.conditions(spec),
            generator,
            slot: None,
            is_field: spec.field,
        }
    }

    fn generator(&mut self, spec: &PropertySpec) -> Result<Generator, ParameterError> {
        if let Some(currency) = &spec.currency {
            return self.money(currency, spec);
        }
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
            PropertySpec { ip: Some(version), .. } => Generator::Address(*version),
            PropertySpec { counter: Some(counter), .. } => {
                Generator::Counter { start: counter.start, step: counter.step }
            }
            PropertySpec { date_time: Some(moments), .. } => date_time(moments),
            PropertySpec { text: Some(text), .. } => Generator::Text(self.pieces(text)),
            PropertySpec { list: Some(list), .. } => {
                Generator::List { of: Box::new(self.property("", &list.of)), count: list.count()? }
            }
            PropertySpec { object: Some(members), .. } => Generator::Object(self.members(members)),
            PropertySpec { by: Some(by), .. } => self.by(by),
            _ => return Err(ParameterError::Weights),
        })
    }

    fn money(&mut self, currency: &str, spec: &PropertySpec) -> Result<Generator, ParameterError> {
        let mut with_digits = |decimals: u32| {
            let spec = PropertySpec { decimals: Some(decimals), currency: None, ..spec.clone() };
            self.generator(&spec)
        };
        if is_currency_code(currency) {
            return with_digits(minor_digits(currency));
        }
        let by_digits = DIGITS.into_iter().map(with_digits).collect::<Result<_, _>>()?;
        let currency = self.reference(currency).ok_or(ParameterError::Weights)?;
        Ok(Generator::Money { currency, by_digits })
    }

    fn by(&mut self, by: &BySpec) -> Generator {
        let of = self.reference(&by.of).unwrap_or(ValueReference::Field(Field::Props));
        let mut cases = Vec::with_capacity(by.values.0.len());
        let mut properties = Vec::with_capacity(by.values.0.len() + 1);
        for (value, case) in by.values.iter() {
            // A key is a text, and also the number or flag that is written so.
            let other = serde_json::from_str::<Value>(value).ok();
            let other = other.filter(|_| matches!(of, ValueReference::Slot(_)));
            for value in [Some(Value::from(value)), other].into_iter().flatten() {
                cases.extend(texts(of, &value).into_iter().map(|text| (text, properties.len())));
            }
            properties.push(self.property(value, case));
        }
        cases.sort();
        let null = PropertySpec { constant: Some(Value::Null), ..PropertySpec::default() };
        properties.push(self.property("", by.otherwise.as_deref().unwrap_or(&null)));
        Generator::By { of, cases, properties }
    }

    fn conditions(&self, spec: &PropertySpec) -> Vec<ValueCondition> {
        let given = spec.when.iter().flat_map(|conditions| &conditions.0);
        let condition = |(name, values): &(String, Vec<Value>)| {
            let of = self.reference(name)?;
            let texts = values.iter().flat_map(|value| texts(of, value)).collect();
            Some(ValueCondition { of, texts })
        };
        given.filter_map(condition).collect()
    }

    fn pieces(&self, text: &str) -> Vec<TextPiece> {
        let parts = template_parts(text).unwrap_or_default();
        let piece = |part| match part {
            TemplatePart::Text(text) => Some(TextPiece::Text(escaped(&text))),
            TemplatePart::Name(name) => self.reference(&name).map(TextPiece::Value),
        };
        parts.into_iter().filter_map(piece).collect()
    }

    fn reference(&self, wanted: &str) -> Option<ValueReference> {
        let known = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        let mut known = known.chain(&self.attributes);
        match known.find(|(name, _)| name == wanted) {
            Some((_, slot)) => Some(ValueReference::Slot(*slot)),
            None => Field::ALL
                .into_iter()
                .find(|field| field.name() == wanted)
                .map(ValueReference::Field),
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

/// The texts that a writer may have of a value: JSON for a property, nothing for null; what stands between the
/// quotes for a field.
fn texts(of: ValueReference, value: &Value) -> Vec<Vec<u8>> {
    match (of, value) {
        (_, Value::Null) => vec![Vec::new()],
        (ValueReference::Slot(_), Value::Number(number)) if number.is_i64() => {
            vec![json(value), format!("{number}.0").into_bytes()]
        }
        (ValueReference::Field(_), Value::String(text)) => vec![escaped(text)],
        _ => vec![json(value)],
    }
}
