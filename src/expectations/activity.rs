//! Who was active on a day, by persona and other attributes.

use std::collections::BTreeMap;

use crate::scenario::Scenario;
use crate::scenario::events::{Choices, PropertySpec};
use crate::wire::EventFields;

use super::sums::{ActivityKey, SumsBy};
use super::users::UserSet;
use super::value_path::{ValuePath, value_name};

/// The attributes by which activity is counted: those with few values.
#[derive(Clone, Debug)]
pub(super) struct Attributes(Vec<(String, ValuePath)>);

/// The most values of an attribute by which activity is counted.
const MOST_VALUES: usize = 1_000;

impl Attributes {
    /// The attributes of a scenario's users, devices and sessions that have few values; none if there are none.
    pub(super) fn new(scenario: &Scenario) -> Option<Self> {
        let mut attributes = Vec::new();
        for of_owner in scenario.owner_attributes() {
            for (name, spec) in of_owner.built_in.iter().chain(of_owner.own.iter()) {
                if values(spec).is_some_and(|values| values <= MOST_VALUES) {
                    let path = ValuePath::of_attribute(of_owner.owner, name);
                    attributes.push((format!("{}.{name}", of_owner.owner), path));
                }
            }
        }
        attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        (!attributes.is_empty()).then_some(Self(attributes))
    }
}

/// The number of values that an attribute can have; none if they cannot be counted.
fn values(spec: &PropertySpec) -> Option<usize> {
    match spec {
        PropertySpec { constant: Some(value), .. } => {
            (!value.is_array() && !value.is_object()).then_some(1)
        }
        PropertySpec { choice: Some(Choices::Weighted(weights)), .. } => Some(weights.len()),
        PropertySpec { choice: Some(Choices::Even(values)), .. } => {
            let is_plain = values.iter().all(|value| !value.is_array() && !value.is_object());
            is_plain.then_some(values.len())
        }
        PropertySpec { boolean: Some(_), .. } => Some(2),
        PropertySpec { by: Some(by), .. } => by.cases().map(|(_, case)| values(case)).sum(),
        _ => None,
    }
}

/// The totals so far.
#[derive(Debug)]
pub(super) struct ActivityTotals {
    attributes: Attributes,
    /// By day, attribute and value: events and users.
    counts: BTreeMap<(u32, usize, String), (u64, u64)>,
    /// Who was there on the latest day, by attribute and value.
    today: (u32, BTreeMap<(usize, String), UserSet>),
}

impl ActivityTotals {
    pub(super) fn new(attributes: Attributes) -> Self {
        Self { attributes, counts: BTreeMap::new(), today: (0, BTreeMap::new()) }
    }

    pub(super) fn observe(&mut self, event: &EventFields<'_>, user: u32, day: u32) {
        if self.today.0 != day {
            self.today = (day, BTreeMap::new());
        }
        for (place, (_, path)) in self.attributes.0.iter().enumerate() {
            let Some(value) = path.find(event).map(value_name) else { continue };
            let value = value.into_owned();
            let is_new = self.today.1.entry((place, value.clone())).or_default().insert(user);
            let (events, users) = self.counts.entry((day, place, value)).or_default();
            *events += 1;
            *users += u64::from(is_new);
        }
    }

    /// The sums, with the date of each day.
    pub(super) fn into_sums(self, dates: &[String]) -> SumsBy<ActivityKey, (u64, u64)> {
        let named = |((day, place, value), counts): ((u32, usize, String), (u64, u64))| {
            let attribute = self.attributes.0[place].0.clone();
            ((dates[day as usize].clone(), attribute, value), counts)
        };
        self.counts.into_iter().map(named).collect()
    }
}
