//! What the value of a property can be: the generators, values and entries that it may come from.

use serde_json::Value;

use super::cart::CartSpec;
use super::named::Named;
use super::pick::PickSpec;
use super::reference::resolved;
use super::specs::{EventSpec, PropertySpec};
use super::values::Choices;

/// Something that a value may come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueSource<'a> {
    /// A generator other than a choice among values or other generators.
    Generator(&'a PropertySpec),
    /// A value of any kind.
    Value(&'a Value),
    /// A row of a table.
    Row { pick: &'a PickSpec, row: &'a Value },
    /// One of some texts.
    Text,
    /// What an earlier event carried.
    CartEntry { cart: &'a CartSpec, properties: &'a Named<PropertySpec> },
    /// Nothing: it is missing or null.
    Nothing,
}

/// All that the value of a property may come from.
pub(super) fn sources(property: &PropertySpec) -> Vec<ValueSource<'_>> {
    let mut all = Vec::new();
    if property.nullable.is_some() || property.missing.is_some() || property.when.is_some() {
        all.push(ValueSource::Nothing);
    }
    match property {
        PropertySpec { by: Some(by), .. } => {
            all.extend(by.cases().flat_map(|(_, case)| sources(case)));
            if by.otherwise.is_none() {
                all.push(ValueSource::Nothing);
            }
        }
        PropertySpec { constant: Some(value), .. } => all.push(of_value(value)),
        PropertySpec { choice: Some(Choices::Even(values)), .. } => {
            all.extend(values.iter().map(of_value));
        }
        PropertySpec { choice: Some(Choices::Weighted(_) | Choices::Variants(_)), .. } => {
            all.push(ValueSource::Text);
        }
        PropertySpec { pick: Some(pick), .. } => {
            all.extend(pick.rows.iter().map(|row| ValueSource::Row { pick, row }));
        }
        _ => all.push(ValueSource::Generator(property)),
    }
    all
}

fn of_value(value: &Value) -> ValueSource<'_> {
    if value.is_null() { ValueSource::Nothing } else { ValueSource::Value(value) }
}

impl<'a> ValueSource<'a> {
    /// True for a number, a text, a flag or nothing.
    pub(super) fn is_scalar(self) -> bool {
        match self {
            Self::Generator(property) => {
                property.list.is_none() && property.object.is_none() && property.cart.is_none()
            }
            Self::Value(value) => !value.is_array() && !value.is_object(),
            Self::CartEntry { .. } | Self::Row { .. } => false,
            Self::Text | Self::Nothing => true,
        }
    }

    fn is_list(self) -> bool {
        match self {
            Self::Generator(property) => property.list.is_some() || property.cart.is_some(),
            Self::Value(value) => value.is_array(),
            _ => false,
        }
    }

    /// What the member of that name may come from; none if it has no such member.
    fn member(self, name: &str) -> Option<Vec<Self>> {
        match self {
            Self::Generator(property) => property.object.as_ref()?.get(name).map(sources),
            Self::Value(value) => Some(vec![of_value(value.as_object()?.get(name)?)]),
            Self::CartEntry { cart, properties } => {
                properties.get(name).filter(|_| cart.takes(name)).map(sources)
            }
            Self::Row { pick, row } => {
                let value = row.as_object()?.get(name).filter(|_| pick.takes(name));
                value.map(|value| vec![of_value(value)])
            }
            Self::Text | Self::Nothing => None,
        }
    }

    /// What its entries may come from; none if it is no list. Also the most entries.
    pub(super) fn entries(self, events: &'a Named<EventSpec>) -> Option<(Vec<Self>, u32)> {
        match self {
            Self::Generator(PropertySpec { list: Some(list), .. }) => {
                Some((sources(&list.of), list.max))
            }
            Self::Generator(PropertySpec { cart: Some(cart), .. }) => {
                let properties = &events.get(&cart.of)?.properties;
                Some((vec![Self::CartEntry { cart, properties }], cart.most))
            }
            Self::Value(Value::Array(values)) => {
                Some((values.iter().map(of_value).collect(), values.len() as u32))
            }
            _ => None,
        }
    }
}

/// What a member within values may come from, by the names on the way; none if no value has it.
pub(super) fn members<'a>(
    mut within: Vec<ValueSource<'a>>,
    path: &[&str],
) -> Option<Vec<ValueSource<'a>>> {
    for name in path {
        let found: Vec<_> = within.iter().map(|source| source.member(name)).collect();
        if found.iter().all(Option::is_none) {
            return None;
        }
        let or_nothing =
            |found: Option<Vec<_>>| found.unwrap_or_else(|| vec![ValueSource::Nothing]);
        within = found.into_iter().flat_map(or_nothing).collect();
    }
    Some(within)
}

/// The list that a reference such as `order.items.price` names, or whose entries it is in, as a reference, and the
/// names on the way from an entry; none if there is no list.
pub(crate) fn split_at_list<'n, 'a>(
    reference: &'n str,
    find: impl Fn(&str) -> Option<&'a PropertySpec>,
) -> Option<(&'n str, Vec<&'n str>)> {
    let (property, path) = resolved(reference, find)?;
    (0..=path.len()).find_map(|at| {
        let (to_list, in_entry) = path.split_at(at);
        let is_list = members(sources(property), to_list)?.iter().any(|source| source.is_list());
        let rest: usize = in_entry.iter().map(|name| name.len() + 1).sum();
        is_list.then(|| (&reference[..reference.len() - rest], in_entry.to_vec()))
    })
}

/// True if one of the properties is a cart, or has one within.
pub(crate) fn has_cart(properties: &Named<PropertySpec>) -> bool {
    properties.iter().any(|(_, property)| is_cart(property))
}

fn is_cart(property: &PropertySpec) -> bool {
    property.cart.is_some()
        || property.object.as_ref().is_some_and(has_cart)
        || property.list.as_ref().is_some_and(|list| is_cart(&list.of))
        || property.by.as_ref().is_some_and(|by| by.cases().any(|(_, case)| is_cart(case)))
}
