//! What experiments change in what events carry.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scenario_schema::violation;
use event_simulator::expectations::tables::ExperimentProperty;
use event_simulator::expectations::{Declared, Expectations};
use event_simulator::wire::{Encode, Encoder};
use event_simulator::{Event, Scenario};

const SHOP: &str = "
simulation: { num_users: 400, duration_seconds: 7200 }
flow:
  start: { /: 0.7, /cart: 0.3 }
  pages:
    /: { next: { /cart: 0.3, exit: 0.7 } }
    /cart: { events: { add: { mean: 1.5 } }, next: { /checkout: 0.5, exit: 0.5 } }
    /checkout: { events: { purchase: { probability: 0.6, next: exit } } }
  goals: { conversion: purchase }
events:
  add: { properties: { price: { log_normal: { median: 20, p90: 90 }, decimals: 2, field: true } } }
  purchase:
    properties:
      currency: { choice: { EUR: 0.4, JPY: 0.3, KWD: 0.3 } }
      shipping: { uniform: { min: -20, max: 2000 }, currency: currency, missing: 0.1 }
      tip: { by: { of: currency, values: { JPY: { uniform: { min: 1, max: 999 } } }, otherwise: { exponential: { mean: 5 }, decimals: 3 } } }
      items: { cart: { of: add } }
      total: { sum: items.price, currency: currency }
      twice: { formula: tip * 2, decimals: 2 }
";

const EFFECTS: &str = "
    properties:
      treatment: { purchase.shipping: +5%, purchase.tip: -12.5%, purchase.total: +0.1% }
      high: { purchase.tip: +150%, purchase.shipping: -100% }
  - name: again
    properties: { treatment: { purchase.tip: +10% } }
";

fn scenario(effects: &str) -> Scenario {
    let variants = "{ control: 0.4, treatment: 0.3, high: 0.3 }";
    let experiments = format!("experiments:\n  - name: prices\n    variants: {variants}{effects}");
    Scenario::from_yaml(&format!("{SHOP}{experiments}")).unwrap()
}

fn events(scenario: &Scenario) -> Vec<Event> {
    scenario.compile().unwrap().simulate(5).collect()
}

/// The units of a number's text with so many digits after the point.
fn units(value: &Value, digits: usize) -> i128 {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(fraction.len() <= digits, "{text}");
    format!("{whole}{:0<digits$}", fraction.trim_end_matches('0')).parse().unwrap()
}

/// A number of units times so many thousandths, half a unit rounded away from zero.
fn times(units: i128, thousandths: i128, scale: i128) -> i128 {
    let product = units * thousandths;
    (product.abs() * 2 + scale).div_euclid(scale * 2) * product.signum()
}

/// In each variant a value is what it would be, times the factor, in whole minor units; nothing else changes but what is
/// calculated from it.
#[test]
fn values_are_multiplied_exactly() {
    let names = "\n  - name: again\n    exposure: /checkout\n";
    let plain = events(&scenario(&format!("\n    exposure: /checkout{names}")));
    let changed = events(&scenario(EFFECTS));
    assert_eq!(plain.len(), changed.len());
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (mut plain, mut changed) in plain.into_iter().zip(changed) {
        let variant = |name: &str| plain.own["user"][name].as_str().unwrap().to_owned();
        let (prices, again) = (variant("prices"), variant("again"));
        if plain.event_type == "purchase" {
            *seen.entry((prices.clone(), again.clone())).or_default() += 1;
            let digits = match plain.props["currency"].as_str().unwrap() {
                "JPY" => 0,
                "KWD" => 3,
                _ => 2,
            };
            let tip_digits = if digits == 0 { 0 } else { 3 };
            let (shipping, tip, total) = match prices.as_str() {
                "treatment" => (1_050, 875, 1_001),
                "high" => (0, 2_500, 1_000),
                _ => (1_000, 1_000, 1_000),
            };
            let tip = tip * if again == "treatment" { 1_100 } else { 1_000 };
            for (name, digits, factor, scale) in [
                ("shipping", digits, shipping, 1_000),
                ("tip", tip_digits, tip, 1_000_000),
                ("total", digits, total, 1_000),
            ] {
                let Some(before) = plain.props.get(name) else { continue };
                let expected = times(units(before, digits), factor, scale);
                assert_eq!(
                    units(&changed.props[name], digits),
                    expected,
                    "{name} {before} {prices}"
                );
            }
            let tip = units(&changed.props["tip"], 3);
            assert_eq!(units(&changed.props["twice"], 2), times(tip * 2, 1, 10));
            for name in ["shipping", "tip", "total", "twice"] {
                plain.props.shift_remove(name);
                changed.props.shift_remove(name);
            }
        }
        assert_eq!(plain, changed);
    }
    assert!(seen.len() == 6 && seen.values().all(|count| *count > 30), "{seen:?}");
}

#[test]
fn lines_are_those_of_serde_json_and_keep_their_schema() {
    let model = scenario(EFFECTS).compile().unwrap();
    let schema = model.event_schema();
    let mut simulation = model.simulate(5);
    let mut encoder = Encoder::new(simulation.model());
    let mut line = Vec::new();
    for _ in 0..5_000 {
        let record = simulation.next_record().unwrap();
        line.clear();
        encoder.encode(&record, &mut line);
        let event = simulation.model().event(&record);
        let text = serde_json::to_string(&event).unwrap() + "\n";
        assert_eq!(String::from_utf8_lossy(&line), text);
        let value: Value = serde_json::from_str(&text).unwrap();
        let definition = &schema["definitions"][&event.event_type];
        assert_eq!(violation(&schema, definition, &value), None, "{text}");
    }
}

/// The means of the variants are counted, and their true lifts are those of `plan`.
#[test]
fn means_and_true_lifts_are_told() {
    let scenario = scenario(EFFECTS);
    let events = events(&scenario);
    let mut expectations = Expectations::of_declared(Declared::new(&scenario));
    let mut sums: BTreeMap<(&str, &str, &str), (u64, f64)> = BTreeMap::new();
    for event in &events {
        expectations.observe(&event.into()).unwrap();
        if event.event_type == "purchase" {
            let currency = event.props["currency"].as_str().unwrap();
            let variant = event.own["user"]["prices"].as_str().unwrap();
            for (name, currency) in [("shipping", currency), ("tip", ""), ("total", currency)] {
                let Some(value) = event.props.get(name) else { continue };
                let sum = sums.entry((variant, name, currency)).or_default();
                *sum = (sum.0 + 1, sum.1 + value.as_f64().unwrap());
            }
        }
    }
    let rows: Vec<ExperimentProperty> = expectations.finish().experiment_properties.unwrap();
    let of_prices = rows.iter().filter(|row| row.experiment == "prices");
    assert_eq!(of_prices.clone().count(), sums.len());
    for row in of_prices {
        let key = (row.variant.as_str(), row.property.as_str(), row.currency.as_str());
        let (count, sum) = sums[&key];
        assert_eq!(row.events, count, "{row:?}");
        let mean = |(count, sum): (u64, f64)| sum / count as f64;
        assert!((row.mean - mean((count, sum))).abs() < 1e-6, "{row:?}");
        let first = sums[&("control", key.1, key.2)];
        let lift = 100.0 * (mean((count, sum)) / mean(first) - 1.0);
        assert!((row.lift.unwrap() - lift).abs() < 1e-5, "{row:?} {lift}");
        let truth = match (key.0, key.1) {
            // What is summed up may differ for other reasons.
            (_, "total") => None,
            ("treatment", "shipping") => Some(5.0),
            ("treatment", "tip") => Some(-12.5),
            ("high", "shipping") => Some(-100.0),
            ("high", "tip") => Some(150.0),
            _ => Some(0.0),
        };
        assert_eq!(row.true_lift, truth, "{row:?}");
    }
    let forecast = scenario.compile().unwrap().forecast();
    let variants = &forecast.experiments[0].variants;
    let lifts: Vec<f64> =
        variants.iter().map(|variant| variant.properties[1].lift.unwrap()).collect();
    assert!((lifts[1] + 0.125).abs() < 1e-12 && (lifts[2] - 1.5).abs() < 1e-12, "{lifts:?}");
    assert!(forecast.properties.iter().all(|mean| mean.property != "tip"));
}
