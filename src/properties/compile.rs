//! From specifications to generators.

use std::sync::Arc;

use serde_json::Value;

use crate::event::Field;
use crate::random::{Bernoulli, CountTable, CumulativeTable, ParameterError, name_hash, scattered};
use crate::scenario::events::{
    BySpec, CartSpec, CounterSpec, DateTimeSpec, EventSpec, IdOwner, Moment, Named, PickSpec,
    PropertySpec, TemplatePart, is_currency_code, minor_digits, resolved, template_parts,
};
use crate::scenario::{OwnerAttributes, PropertyEffect};

use super::choice::choice;
use super::generator::{
    Cart, DIGITS, EventProperties, Generator, KeptMember, Property, TextPiece, ValueCondition,
    ValueReference, VariantFactors, escaped,
};

/// The compilation of one event's properties.
#[derive(Debug)]
pub(super) struct Compiler<'a> {
    pub(super) event_type: &'a str,
    /// By kind of event: its type.
    event_types: &'a [String],
    /// What events without carts carry.
    known: &'a [Arc<EventProperties>],
    slots: Vec<Vec<KeptMember>>,
    /// The attributes of users, devices and sessions, as others refer to them, each with its place.
    attributes: Vec<(String, &'a PropertySpec, usize)>,
    /// The properties before this one, each with its place: those of the event, then those of the object it is
    /// in, ...
    scopes: Vec<Vec<(&'a str, &'a PropertySpec, usize)>>,
    /// The effects of experiments on the properties of the event.
    pub(super) effects: &'a [PropertyEffect],
    /// What the numbers of this property are multiplied by.
    pub(super) factors: Vec<VariantFactors>,
    /// The bits of the names on the way to this property.
    path: u64,
}

/// The attributes of users, devices and sessions, whose values have the first places of each event.
#[derive(Clone, Debug, Default)]
pub(super) struct CompiledAttributes<'a> {
    pub(super) owners: Vec<(&'static str, Vec<Property>)>,
    pub(super) slots: Vec<Vec<KeptMember>>,
    names: Vec<(String, &'a PropertySpec, usize)>,
}

impl<'a> CompiledAttributes<'a> {
    /// The attributes of a checked scenario.
    pub(super) fn new(attributes: &'a [OwnerAttributes<'a>]) -> Self {
        let mut compiler = Compiler {
            event_type: "",
            event_types: &[],
            known: &[],
            slots: Vec::new(),
            attributes: Vec::new(),
            scopes: Vec::new(),
            effects: &[],
            factors: Vec::new(),
            path: 0,
        };
        let mut owners = Vec::with_capacity(attributes.len());
        for of_owner in attributes {
            // The same name means another value for another owner.
            compiler.path = name_hash(of_owner.owner);
            compiler.scopes.push(Vec::new());
            let all = || of_owner.built_in.iter().chain(of_owner.own.iter());
            let properties: Vec<Property> =
                all().map(|(name, spec)| compiler.member(name, spec)).collect();
            compiler.scopes.pop();
            let names = all().zip(&properties).filter_map(|((name, spec), property)| {
                Some((format!("{}.{name}", of_owner.owner), spec, property.slot?))
            });
            compiler.attributes.extend(names);
            owners.push((of_owner.owner, properties));
        }
        Self { owners, slots: compiler.slots, names: compiler.attributes }
    }
}

impl<'a> Compiler<'a> {
    /// What events of a type carry, of a checked scenario with these types of events by their kinds; `known` are the
    /// properties of those without carts.
    pub(super) fn compile(
        event_type: &'a str,
        event: &'a EventSpec,
        event_types: &'a [String],
        known: &'a [Arc<EventProperties>],
        attributes: &CompiledAttributes<'a>,
        effects: &'a [PropertyEffect],
    ) -> EventProperties {
        let mut compiler = Self {
            event_type,
            event_types,
            known,
            slots: attributes.slots.clone(),
            attributes: attributes.names.clone(),
            scopes: Vec::new(),
            effects,
            factors: Vec::new(),
            path: 0,
        };
        let properties = compiler.members(&event.properties);
        let has_fields = properties.iter().any(|property| property.is_field);
        let (event_type, slots) = (event_type.to_owned(), compiler.slots);
        EventProperties { event_type, properties, slots, has_fields }
    }

    /// The properties of an event, or of an object.
    fn members(&mut self, members: &'a Named<PropertySpec>) -> Vec<Property> {
        self.scopes.push(Vec::new());
        let mut compiled = Vec::with_capacity(members.0.len());
        for (name, spec) in members.iter() {
            compiled.push(self.member(name, spec));
        }
        self.scopes.pop();
        compiled
    }

    fn member(&mut self, name: &'a str, spec: &'a PropertySpec) -> Property {
        if self.scopes.len() == 1 {
            self.factors = self.factors_of(name);
        }
        let mut property = self.property(name, spec);
        let slot = self.new_slot();
        property.slot = Some(slot);
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name, spec, slot));
        }
        property
    }

    fn new_slot(&mut self) -> usize {
        self.slots.push(Vec::new());
        self.slots.len() - 1
    }

    fn property(&mut self, name: &str, spec: &'a PropertySpec) -> Property {
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
            label: label(name),
            hash: name_hash(name),
            missing: share(spec.missing),
            null: share(spec.nullable),
            conditions: self.conditions(spec),
            generator,
            slot: None,
            is_field: spec.field,
            is_money: spec.currency.is_some(),
        }
    }

    fn generator(&mut self, spec: &'a PropertySpec) -> Result<Generator, ParameterError> {
        let number = match &spec.currency {
            None => self.multiplied(spec, spec.decimals.unwrap_or(0))?,
            Some(code) if is_currency_code(code) => self.multiplied(spec, minor_digits(code))?,
            Some(currency) => {
                let by_digits = DIGITS.into_iter().map(|decimals| self.multiplied(spec, decimals));
                let by_digits = by_digits.collect::<Result<Option<_>, _>>()?;
                let currency = self.reference(currency);
                let money = |(by_digits, currency)| Generator::Money { currency, by_digits };
                by_digits.zip(currency).map(money)
            }
        };
        number.map_or_else(|| self.other(spec), Ok)
    }

    fn other(&mut self, spec: &'a PropertySpec) -> Result<Generator, ParameterError> {
        Ok(match spec {
            PropertySpec { constant: Some(value), .. } => Generator::Constant(json(value)),
            PropertySpec { choice: Some(choices), .. } => choice(choices)?,
            PropertySpec { pick: Some(pick), .. } => Generator::Pick {
                table: CumulativeTable::new(&pick.weights())?,
                rows: pick.rows.iter().map(|row| json(&taken(pick, row))).collect(),
            },
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
            PropertySpec { ip: Some(version), .. } => Generator::Address(*version),
            PropertySpec { id: Some(id), .. } => Generator::Id {
                start: [b"\"".as_slice(), &escaped(&id.prefix), b"_"].concat(),
                key: match id.per {
                    IdOwner::Event => self.path,
                    IdOwner::Session => name_hash(&id.prefix),
                    IdOwner::User => scattered(1, name_hash(&id.prefix)),
                },
                owner: id.per,
            },
            PropertySpec { counter: Some(counter), .. } => {
                let CounterSpec { of, start, step } = *counter;
                Generator::Counter { of, start, step }
            }
            PropertySpec { date_time: Some(moments), .. } => date_time(moments),
            PropertySpec { text: Some(text), .. } => Generator::Text(self.pieces(text)),
            PropertySpec { list: Some(list), .. } => {
                Generator::List { of: Box::new(self.property("", &list.of)), count: list.count()? }
            }
            PropertySpec { object: Some(members), .. } => Generator::Object(self.members(members)),
            PropertySpec { cart: Some(cart), .. } => self.cart(cart)?,
            PropertySpec { by: Some(by), .. } => self.by(by),
            _ => return Err(ParameterError::Weights),
        })
    }

    fn cart(&self, cart: &CartSpec) -> Result<Generator, ParameterError> {
        let event = self.known.iter().find(|event| event.event_type == cart.of);
        let event = event.ok_or(ParameterError::Weights)?;
        let kinds = |name: &str| self.event_types.iter().map(|known| known == name).collect();
        Ok(Generator::Cart(Box::new(Cart {
            event: Arc::clone(event),
            takes: event.properties.iter().map(|property| cart.takes(&property.name)).collect(),
            adds: kinds(&cart.of),
            empties: kinds(cart.emptied_by.as_deref().unwrap_or(self.event_type)),
            most: cart.most,
        })))
    }

    fn by(&mut self, by: &'a BySpec) -> Generator {
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
        properties.push(match &by.otherwise {
            Some(case) => self.property("", case),
            None => Property::null(),
        });
        Generator::By { of, cases, properties }
    }

    fn conditions(&mut self, spec: &PropertySpec) -> Vec<ValueCondition> {
        let given = spec.when.iter().flat_map(|conditions| &conditions.0);
        let condition = |(name, values): &(String, Vec<Value>)| {
            let of = self.reference(name)?;
            let texts = values.iter().flat_map(|value| texts(of, value)).collect();
            Some(ValueCondition { of, texts })
        };
        given.filter_map(condition).collect()
    }

    fn pieces(&mut self, text: &str) -> Vec<TextPiece> {
        let parts = template_parts(text).unwrap_or_default();
        let piece = |part| match part {
            TemplatePart::Text(text) => Some(TextPiece::Text(escaped(&text))),
            TemplatePart::Name(name) => self.reference(&name).map(TextPiece::Value),
        };
        parts.into_iter().filter_map(piece).collect()
    }

    pub(super) fn reference(&mut self, wanted: &str) -> Option<ValueReference> {
        let found = resolved(wanted, |name| self.property_before(name).map(|(_, slot)| slot));
        if let Some((slot, path)) = found {
            return Some(ValueReference::Slot(self.member_slot(slot, &path)));
        }
        let field = Field::ALL.into_iter().find(|field| field.name() == wanted);
        field.map(ValueReference::Field)
    }

    /// The slot of a member of the value in a slot, or of that value itself.
    fn member_slot(&mut self, within: usize, path: &[&str]) -> usize {
        if path.is_empty() {
            return within;
        }
        let path: Vec<Vec<u8>> = path.iter().copied().map(label).collect();
        if let Some(kept) = self.slots[within].iter().find(|kept| kept.path == path) {
            return kept.slot;
        }
        let slot = self.new_slot();
        self.slots[within].push(KeptMember { path, slot });
        slot
    }

    /// The last property of that name so far, with its slot.
    pub(super) fn property_before(&self, wanted: &str) -> Option<(&'a PropertySpec, usize)> {
        let mut known = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        let own = known.find(|(name, ..)| *name == wanted).map(|(_, spec, slot)| (*spec, *slot));
        own.or_else(|| {
            let attribute = self.attributes.iter().find(|(name, ..)| name == wanted);
            attribute.map(|(_, spec, slot)| (*spec, *slot))
        })
    }
}

/// A name in quotes, and a colon.
pub(super) fn label(name: &str) -> Vec<u8> {
    format!("{}:", Value::from(name)).into_bytes()
}

/// The columns of a row that are written.
fn taken(pick: &PickSpec, row: &Value) -> Value {
    let cells = row.as_object().into_iter().flatten();
    let taken = cells.filter(|(column, _)| pick.takes(column));
    taken.map(|(column, cell)| (column.clone(), cell.clone())).collect()
}

fn date_time(spec: &DateTimeSpec) -> Generator {
    let moment = |text: &str| Moment::of_text(text).unwrap_or(Moment::After(0));
    Generator::DateTime { from: moment(&spec.from), to: moment(&spec.to), form: spec.form }
}

pub(super) fn json(value: &Value) -> Vec<u8> {
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
