//! The types of what events carry.

use indexmap::IndexMap;
use serde_json::Value;

use crate::event::{ValueType, add_member};
use crate::scenario::ANONYMOUS_ID;
use crate::scenario::events::{MomentForm, minor_digits};

use super::event_properties::Properties;
use super::generator::{DIGITS, Generator, KeptMember, Property, TextPiece, ValueReference};
use super::json_text;

impl Properties {
    /// Adds what stands in the `props` of any event.
    pub(crate) fn add_props(&self, members: &mut IndexMap<String, ValueType>) {
        for event in &self.events {
            let scope = Scope { slots: &event.slots, events: &event.properties, of: self };
            scope.add_all(event.properties.iter().filter(|property| !property.is_field), members);
        }
    }

    /// The fields that events have beside those of all events, in the order of [`Self::own_fields`].
    pub(crate) fn own_columns(&self) -> IndexMap<String, ValueType> {
        let mut members = IndexMap::new();
        if self.has_anonymous_id {
            members.insert(ANONYMOUS_ID.to_owned(), ValueType::Text);
        }
        let of_owners = Scope { slots: &self.owner_slots, events: &[], of: self };
        for owner in &self.owners {
            let mut attributes = IndexMap::new();
            of_owners.add_all(&owner.properties, &mut attributes);
            members.insert(owner.name.to_owned(), ValueType::Object(attributes));
        }
        for event in &self.events {
            let scope = Scope { slots: &event.slots, events: &event.properties, of: self };
            scope.add_all(event.properties.iter().filter(|p| p.is_field), &mut members);
        }
        members
    }
}

/// The properties to which those of one type of event can refer.
#[derive(Clone, Copy)]
struct Scope<'p> {
    slots: &'p [Vec<KeptMember>],
    events: &'p [Property],
    of: &'p Properties,
}

impl<'p> Scope<'p> {
    fn add_all<'a>(
        self,
        properties: impl IntoIterator<Item = &'a Property>,
        members: &mut IndexMap<String, ValueType>,
    ) {
        for property in properties {
            add_member(members, property.name.clone(), self.of_property(property));
        }
    }

    fn of_property(self, property: &Property) -> ValueType {
        let decimals = match &property.generator {
            Generator::Uniform { decimals, .. }
            | Generator::Continuous { decimals, .. }
            | Generator::Formula { decimals, .. }
            | Generator::Sum { decimals, .. }
            | Generator::Multiplied { decimals, .. } => *decimals,
            other => return self.of_generator(other),
        };
        match decimals {
            0 => ValueType::Integer,
            digits if property.is_money => ValueType::Decimal(digits as u8),
            _ => ValueType::Number,
        }
    }

    fn of_generator(self, generator: &Generator) -> ValueType {
        let of_text = |text: &Vec<u8>| match serde_json::from_slice::<Value>(text) {
            Ok(value) => ValueType::of(&value),
            Err(_) => ValueType::Any,
        };
        match generator {
            Generator::Constant(text) => of_text(text),
            Generator::Choice { values, .. }
            | Generator::Variant { names: values, .. }
            | Generator::Pick { rows: values, .. } => ValueType::of_all(values.iter().map(of_text)),
            Generator::Uniform { decimals: 0, .. }
            | Generator::Continuous { decimals: 0, .. }
            | Generator::Formula { decimals: 0, .. }
            | Generator::Sum { decimals: 0, .. }
            | Generator::Multiplied { decimals: 0, .. }
            | Generator::Count(_)
            | Generator::Counter { .. }
            | Generator::DateTime {
                form: MomentForm::UnixSeconds | MomentForm::UnixMillis, ..
            } => ValueType::Integer,
            Generator::Uniform { .. }
            | Generator::Continuous { .. }
            | Generator::Formula { .. }
            | Generator::Sum { .. }
            | Generator::Multiplied { .. } => ValueType::Number,
            Generator::Boolean(_) => ValueType::Boolean,
            Generator::Id { .. } | Generator::Text(_) | Generator::Address(_) => ValueType::Text,
            Generator::DateTime { form: MomentForm::DateTime, .. } => ValueType::DateTime,
            Generator::DateTime { form: MomentForm::Date, .. } => ValueType::Date,
            Generator::By { properties, .. } => {
                ValueType::of_all(properties.iter().map(|property| self.of_property(property)))
            }
            Generator::Money { currency, .. } => self.of_money(*currency),
            Generator::Cart(cart) => {
                let event = &*cart.event;
                let scope = Scope { slots: &event.slots, events: &event.properties, ..self };
                let taken = event.properties.iter().zip(&cart.takes);
                let taken = taken.filter(|(_, is_taken)| **is_taken).map(|(property, _)| property);
                let mut members = IndexMap::new();
                scope.add_all(taken, &mut members);
                ValueType::List(Box::new(ValueType::Object(members)))
            }
            Generator::List { of, .. } => ValueType::List(Box::new(self.of_property(of))),
            Generator::Object(properties) => {
                let mut members = IndexMap::new();
                self.add_all(properties, &mut members);
                ValueType::Object(members)
            }
        }
    }

    /// Amounts in one of some currencies, with as many digits as the finest of them has.
    fn of_money(self, currency: ValueReference) -> ValueType {
        let codes = match currency {
            ValueReference::Slot(slot) => self.texts_in(slot),
            ValueReference::Field(_) => None,
        };
        let digits_of =
            |code: &Vec<u8>| minor_digits(String::from_utf8_lossy(code).trim_matches('"'));
        let most = match codes {
            Some(codes) => codes.iter().map(digits_of).max(),
            None => DIGITS.into_iter().max(),
        };
        match most {
            None | Some(0) => ValueType::Integer,
            Some(digits) => ValueType::Decimal(digits as u8),
        }
    }

    /// The JSON of all values that can be kept in a place, if it is known.
    fn texts_in(self, slot: usize) -> Option<Vec<Vec<u8>>> {
        if let Some(property) = self.kept(slot) {
            return self.texts(&property.generator);
        }
        let (around, member) = self.slots.iter().enumerate().find_map(|(around, members)| {
            Some((around, members.iter().find(|member| member.slot == slot)?))
        })?;
        let values = self.texts(&self.kept(around)?.generator)?;
        let within =
            |value: &Vec<u8>| Some(value[json_text::member(value, &member.path)?].to_vec());
        Some(values.iter().filter_map(within).collect())
    }

    /// The JSON of all values of a generator, if it is known.
    fn texts(self, generator: &Generator) -> Option<Vec<Vec<u8>>> {
        match generator {
            Generator::Constant(text) => Some(vec![text.clone()]),
            Generator::Choice { values, .. }
            | Generator::Variant { names: values, .. }
            | Generator::Pick { rows: values, .. } => Some(values.clone()),
            Generator::By { properties, .. } => {
                let of_all = properties.iter().map(|property| self.texts(&property.generator));
                of_all.collect::<Option<Vec<_>>>().map(|texts| texts.concat())
            }
            Generator::Text(pieces) => match &pieces[..] {
                [TextPiece::Value(ValueReference::Slot(slot))] => self.texts_in(*slot),
                _ => None,
            },
            _ => None,
        }
    }

    fn kept(self, slot: usize) -> Option<&'p Property> {
        let of_owners = self.of.owners.iter().flat_map(|owner| &owner.properties);
        self.events.iter().chain(of_owners).find_map(|property| with_slot(property, slot))
    }
}

/// The property that is kept in a place: this one, or one within it.
fn with_slot(property: &Property, slot: usize) -> Option<&Property> {
    if property.slot == Some(slot) {
        return Some(property);
    }
    match &property.generator {
        Generator::Object(members) => members.iter().find_map(|member| with_slot(member, slot)),
        Generator::List { of, .. } => with_slot(of, slot),
        _ => None,
    }
}
