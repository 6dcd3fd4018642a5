//! The values that a property can refer to.

use std::collections::HashMap;

use super::carrier::AttributeCarrier;
use super::named::Named;
use super::number_range::NumberRange;
use super::reference::resolved;
use super::sources::{ValueSource, members, sources};
use super::specs::{EventSpec, PropertySpec};
use crate::scenario::spelling::nearest;

/// What is wrong, and the cure.
pub(super) type ValueRefusal = (String, String);

/// The properties before one, and what is known of them.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    pub(super) events: &'a Named<EventSpec>,
    /// Those of the event, then those of the object it is in, ...
    scopes: Vec<Vec<(&'a str, &'a PropertySpec)>>,
    /// The attributes of users, devices and sessions so far, as others refer to them.
    attributes: Vec<(String, &'a PropertySpec)>,
    pub(super) carrier: AttributeCarrier,
    /// The results of formulas and sums so far, by the address of their properties.
    results: HashMap<*const PropertySpec, NumberRange>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(events: &'a Named<EventSpec>) -> Self {
        let (scopes, attributes, results) = (Vec::new(), Vec::new(), HashMap::new());
        Self { events, scopes, attributes, carrier: AttributeCarrier::User, results }
    }

    pub(super) fn enter(&mut self) {
        self.scopes.push(Vec::new());
    }

    pub(super) fn leave(&mut self) {
        self.scopes.pop();
    }

    /// Leaves the attributes of an owner, to which others refer by its name and theirs.
    pub(super) fn leave_as_attributes(&mut self, owner: &str) {
        let scope = self.scopes.pop().unwrap_or_default().into_iter();
        self.attributes.extend(scope.map(|(name, spec)| (format!("{owner}.{name}"), spec)));
    }

    /// True among the properties of an event, outside of objects.
    pub(super) fn is_outermost(&self) -> bool {
        self.scopes.len() == 1
    }

    pub(super) fn add(&mut self, name: &'a str, property: &'a PropertySpec) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name, property));
        }
    }

    pub(super) fn add_result(&mut self, property: &PropertySpec, range: NumberRange) {
        self.results.insert(std::ptr::from_ref(property), range);
    }

    pub(super) fn result(&self, property: &PropertySpec) -> Option<NumberRange> {
        self.results.get(&std::ptr::from_ref(property)).copied()
    }

    /// What the value of a reference to a property may come from.
    ///
    /// # Errors
    /// There is no such property.
    pub(super) fn referred(&self, reference: &str) -> Result<Vec<ValueSource<'a>>, ValueRefusal> {
        let Some((property, path)) = resolved(reference, |name| self.property(name)) else {
            return Err(if self.is_field(reference) {
                let help = "name an earlier property that is one".to_owned();
                (format!("the field `{reference}` is not a number"), help)
            } else {
                self.unknown(reference)
            });
        };
        members(sources(property), &path).ok_or_else(|| {
            let message = format!("there is no `{}` in it", path.join("."));
            (format!("`{reference}`: {message}"), "name a member of the object".to_owned())
        })
    }

    /// True for a property, or a member of one.
    pub(super) fn is_property(&self, reference: &str) -> bool {
        resolved(reference, |name| self.property(name)).is_some()
    }

    /// What is wrong with a name, and the cure, unless it is that of a value that a text can hold.
    pub(super) fn wrong_reference(&self, name: &str) -> Option<ValueRefusal> {
        if !self.is_property(name) && self.is_field(name) {
            return None;
        }
        match self.referred(name) {
            Ok(sources) if sources.iter().all(|source| source.is_scalar()) => None,
            Ok(_) => {
                let message = format!("`{name}` is a list or an object, which no text can hold");
                Some((message, "name a number, a text or a boolean".to_owned()))
            }
            Err(refusal) => Some(refusal),
        }
    }

    /// The last property of that name.
    pub(super) fn property(&self, name: &str) -> Option<&'a PropertySpec> {
        let mut known = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        let own = known.find(|(known, _)| *known == name).map(|(_, property)| *property);
        let attribute = || self.attributes.iter().find(|(known, _)| known == name);
        own.or_else(|| attribute().map(|(_, property)| *property))
    }

    fn is_field(&self, name: &str) -> bool {
        self.carrier.fields().iter().any(|field| field.name() == name)
    }

    fn unknown(&self, name: &str) -> ValueRefusal {
        let known = self.scopes.iter().rev().flatten().map(|(name, _)| *name);
        let known = known.chain(self.attributes.iter().map(|(name, _)| name.as_str()));
        let fields = self.carrier.fields();
        let names: Vec<&str> =
            known.chain(fields.iter().map(|field| -> &str { field.name() })).collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("to be had here: {}", names.join(", ")),
        };
        (format!("there is no `{name}` before it"), help)
    }
}
