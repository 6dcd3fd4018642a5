//! The amounts of money that events carry, by day and currency.

use std::collections::BTreeMap;

use crate::scenario::Scenario;
use crate::scenario::events::{ExactNumber, is_currency_code};
use crate::wire::EventFields;

use super::tables::Revenue;
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
    Code(String),
    Of(ValuePath),
}

impl Amounts {
    /// The properties with a currency; none if there are none.
    pub(crate) fn new(scenario: &Scenario) -> Option<Self> {
        let mut amounts = Vec::new();
        for (event_type, event) in scenario.events.iter() {
            for (name, spec) in event.properties.iter() {
                let Some(currency) = &spec.currency else { continue };
                let value = ValuePath::of_reference(name, &event.properties);
                let currency = if is_currency_code(currency) {
                    Some(Currency::Code(currency.clone()))
                } else {
                    ValuePath::of_reference(currency, &event.properties).map(Currency::Of)
                };
                let (Some(value), Some(currency)) = (value, currency) else { continue };
                let (event_type, property) = (event_type.to_owned(), name.to_owned());
                amounts.push(Amount { event_type, property, value, currency });
            }
        }
        (!amounts.is_empty()).then_some(Self(amounts))
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
    /// By day, amount and currency: the number of events and the sum.
    sums: BTreeMap<(u32, usize, String), (u64, ExactNumber)>,
}

impl RevenueTotals {
    pub(super) fn new(amounts: Amounts) -> Self {
        Self { amounts, sums: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, event: &EventFields<'_>, day: u32) {
        for ((place, currency), value) in self.amounts.values(event) {
            let sum = self.sums.entry((day, place, currency)).or_insert((0, ExactNumber::ZERO));
            // 128 bits hold more than 10^22 of the greatest amounts.
            if let Some(total) = sum.1.add(value) {
                *sum = (sum.0 + 1, total);
            }
        }
    }

    /// The table, with the date of each day.
    pub(super) fn into_rows(self, dates: &[String]) -> Vec<Revenue> {
        let row = |((day, place, currency), (events, sum)): (
            (u32, usize, String),
            (u64, ExactNumber),
        )| {
            let Amount { event_type, property, .. } = &self.amounts.0[place];
            Revenue {
                date: dates[day as usize].clone(),
                event_type: event_type.clone(),
                property: property.clone(),
                currency,
                events,
                amount: sum.nearest(),
            }
        };
        let mut rows: Vec<Revenue> = self.sums.into_iter().map(row).collect();
        let key = |row: &Revenue| {
            let Revenue { date, event_type, property, currency, .. } = row.clone();
            (date, event_type, property, currency)
        };
        rows.sort_by_key(key);
        rows
    }
}
