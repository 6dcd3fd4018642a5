//! The amounts of money that events carry, by day and currency.

use std::collections::BTreeMap;

use crate::scenario::Scenario;
use crate::scenario::events::{EventSpec, ExactNumber, is_currency_code};
use crate::wire::EventFields;

use super::sums::{AmountSums, RevenueKey, SumsBy};
use super::value_path::{ValuePath, value_name};

/// The amounts that a scenario's events carry.
#[derive(Clone, Debug)]
pub(crate) struct Amounts(Vec<Amount>);

#[derive(Clone, Debug)]
struct Amount {
    event_type: String,
    property: String,
    value: ValuePath,
    currency: Currency,
}

#[derive(Clone, Debug)]
enum Currency {
    /// Empty for a number that is no money.
    Code(String),
    Of(ValuePath),
}

impl Amount {
    fn new(event_type: &str, property: &str, event: &EventSpec) -> Option<Self> {
        let currency = match &event.properties.get(property)?.currency {
            None => Currency::Code(String::new()),
            Some(code) if is_currency_code(code) => Currency::Code(code.clone()),
            Some(other) => Currency::Of(ValuePath::of_reference(other, &event.properties)?),
        };
        Some(Self {
            event_type: event_type.to_owned(),
            property: property.to_owned(),
            value: ValuePath::of_reference(property, &event.properties)?,
            currency,
        })
    }
}

impl Amounts {
    /// The properties with a currency; none if there are none.
    pub(crate) fn new(scenario: &Scenario) -> Option<Self> {
        let events = scenario.events.iter();
        let of_event = |(event_type, event): (&str, &EventSpec)| {
            let money = event.properties.iter().filter(|(_, spec)| spec.currency.is_some());
            money.filter_map(|(name, _)| Amount::new(event_type, name, event)).collect::<Vec<_>>()
        };
        let amounts: Vec<Amount> = events.flat_map(of_event).collect();
        (!amounts.is_empty()).then_some(Self(amounts))
    }

    /// The numbers that are properties of these names, by the types of their events.
    pub(super) fn of<'n>(
        scenario: &Scenario,
        places: impl Iterator<Item = (&'n str, &'n str)>,
    ) -> Self {
        let amount = |(event_type, name): (&'n str, &'n str)| {
            Amount::new(event_type, name, scenario.events.get(event_type)?)
        };
        Self(places.filter_map(amount).collect())
    }

    /// True if events of a type carry one.
    pub(crate) fn are_of(&self, event_type: &str) -> bool {
        self.0.iter().any(|amount| amount.event_type == event_type)
    }

    /// The type of the events and the property of the one at a place.
    pub(crate) fn name(&self, place: usize) -> (&str, &str) {
        let Amount { event_type, property, .. } = &self.0[place];
        (event_type, property)
    }

    /// The type of the events and the property of each.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.0.len()).map(|place| self.name(place))
    }

    /// The amounts that an event carries, each with its place and currency.
    pub(crate) fn values(
        &self,
        event: &EventFields<'_>,
    ) -> impl Iterator<Item = ((usize, String), ExactNumber)> {
        let of_event = self.0.iter().enumerate();
        of_event.filter(|(_, amount)| amount.event_type == event.event_type).filter_map(
            |(place, amount)| {
                let value = amount.value.find(event).and_then(ExactNumber::parse)?;
                let currency = match &amount.currency {
                    Currency::Code(code) => code.clone(),
                    Currency::Of(path) => {
                        path.find(event).map_or(String::new(), |json| value_name(json).into_owned())
                    }
                };
                Some(((place, currency), value))
            },
        )
    }
}

/// The sums so far.
#[derive(Debug)]
pub(super) struct RevenueTotals {
    amounts: Amounts,
    /// By day, amount and currency.
    sums: BTreeMap<(u32, usize, String), AmountSums>,
}

impl RevenueTotals {
    pub(super) fn new(amounts: Amounts) -> Self {
        Self { amounts, sums: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, event: &EventFields<'_>, day: u32) {
        for ((place, currency), value) in self.amounts.values(event) {
            self.sums.entry((day, place, currency)).or_default().add_one(value);
        }
    }

    /// The sums, with the date of each day.
    pub(super) fn into_sums(self, dates: &[String]) -> SumsBy<RevenueKey, AmountSums> {
        let named = |((day, place, currency), sums): ((u32, usize, String), AmountSums)| {
            let Amount { event_type, property, .. } = &self.amounts.0[place];
            let date = dates[day as usize].clone();
            ((date, event_type.clone(), property.clone(), currency), sums)
        };
        self.sums.into_iter().map(named).collect()
    }
}
