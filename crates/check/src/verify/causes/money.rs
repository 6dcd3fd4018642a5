//! Sums of money whose amounts were rounded before they were added up.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Number, Value};

use event_simulator::wire::EventFields;

use super::grid::Grid;
use super::prediction::Prediction;
use super::recomputed::Recomputation;

/// What becomes of an amount.
type Rounding = fn(f64) -> f64;

const ROUNDINGS: [(&str, Rounding); 2] = [
    (
        "amounts are cut to whole units before they are added up: their cents are lost, as by integers",
        libm::trunc,
    ),
    (
        "amounts are rounded to whole units before they are added up: their cents are lost",
        libm::round,
    ),
];

/// The property by which events say their currency, where they say it.
const CURRENCY: &str = "currency";

impl Recomputation<'_> {
    /// `attribution` and `revenue` with amounts that are rounded.
    pub(super) fn of_rounded_amounts(&self) -> Vec<Prediction> {
        let predict = |(reason, rounding): (&str, Rounding)| {
            let grids = self.attribution_of(rounding).into_iter().chain(self.revenue_of(rounding));
            Prediction { reason: reason.to_owned(), grids: grids.collect(), is_of_all: false }
        };
        ROUNDINGS.into_iter().map(predict).collect()
    }

    fn attribution_of(&self, rounding: Rounding) -> Option<(usize, Grid)> {
        let rules = self.timeline.policy.as_ref()?.attribution.as_ref()?;
        let (property, table) = (rules.amount.as_ref()?, self.position("attribution")?);
        let mut rounded = self.each(String::new(), |event| {
            round(event, property, rounding);
            true
        })?;
        Some((table, rounded.grids.remove(&table)?))
    }

    /// The table with its amounts rounded; none if the amounts of the timeline are not those of the table.
    fn revenue_of(&self, rounding: Rounding) -> Option<(usize, Grid)> {
        let table = self.position("revenue")?;
        let expected = &self.pairs[table].expected;
        let mut currencies: HashMap<(&str, &str), BTreeSet<&str>> = HashMap::new();
        for keys in expected.keys() {
            currencies.entry((&keys[1], &keys[2])).or_default().insert(&keys[3]);
        }
        let mut sums: BTreeMap<Vec<String>, (f64, f64)> = BTreeMap::new();
        for event in &self.timeline.events {
            let of_type = currencies.iter().filter(|((kind, _), _)| *kind == event.event_type);
            let mut of_type = of_type.peekable();
            if of_type.peek().is_none() {
                continue;
            }
            let props: Map<String, Value> = serde_json::from_slice(&event.props).ok()?;
            for ((kind, property), currencies) in of_type {
                let Some(amount) = props.get(*property).and_then(Value::as_f64) else { continue };
                let said = props.get(CURRENCY).and_then(Value::as_str).unwrap_or_default();
                let only = currencies.first().filter(|_| currencies.len() == 1);
                let keys = [&event.event_time.date(), *kind, *property, only.unwrap_or(&said)];
                let sums = sums.entry(keys.map(str::to_owned).to_vec()).or_default();
                *sums = (sums.0 + amount, sums.1 + rounding(amount));
            }
        }
        let mut grid = expected.clone();
        for (keys, measures) in &mut grid {
            let (amount, rounded) = sums.get(keys)?;
            let is_as_expected = measures[1].is_some_and(|sum| is_same_sum(sum, *amount));
            measures[1] = Some(*rounded).filter(|_| is_as_expected);
            measures[1]?;
        }
        Some((table, grid))
    }

    fn position(&self, table: &str) -> Option<usize> {
        self.pairs.iter().position(|pair| pair.shape.name == table)
    }
}

/// True for sums that differ by what adding up binary numbers makes of them at most.
fn is_same_sum(one: f64, other: f64) -> bool {
    const RELATIVE: f64 = 1e-9;
    (one - other).abs() <= RELATIVE * one.abs() + 1e-6
}

/// Rounds a property of an event, if it is a number.
fn round(event: &mut EventFields<'_>, property: &str, rounding: Rounding) {
    let Ok(mut props) = serde_json::from_slice::<Map<String, Value>>(&event.props) else { return };
    let Some(value) = props.get_mut(property) else { return };
    let rounded = value.as_f64().map(rounding).and_then(Number::from_f64);
    if let Some(rounded) = rounded {
        *value = Value::Number(rounded);
        // Texts and numbers always have a JSON form.
        event.props = Cow::Owned(serde_json::to_vec(&props).unwrap_or_default());
    }
}
