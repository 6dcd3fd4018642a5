//! Carts, formulas and sums against what is calculated from the lines alone.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::scenario_schema::violation;
use event_simulator::{Event, Model, Scenario};

/// A shop whose events carry this.
fn shop(events: &str) -> Model {
    let yaml = format!(
        "event_probabilities: {{ session_start: 0.05, session_end: 0.05, page_visit: 0.25, page_close: 0.2, \
         button_click: 0.2, add_to_cart: 0.2, purchase: 0.05 }}\nevents: {events}"
    );
    let mut scenario = Scenario::from_yaml(&yaml).unwrap();
    scenario.simulation.num_users = 50;
    scenario.compile().unwrap()
}

const ADDED: &str = "add_to_cart: { properties: {
    sku: { zipf: { ranks: 50 } },
    price: { log_normal: { median: 20, p90: 90 }, decimals: 2 },
    quantity: { geometric: { mean: 1.4, min: 1 } },
    at: { date_time: { from: 0s, to: 0s } },
    gift: { constant: true, missing: 0.5, nullable: 0.5 } } }";

const AT: &str = "at: { date_time: { from: 0s, to: 0s } },";

const PURCHASED: &str = "purchase: { properties: {
    items: { cart: add_to_cart },
    some: { cart: { of: add_to_cart, take: [gift, sku], most: 2, emptied_by: session_created } },
    amount: { sum: items.price * items.quantity, decimals: 2 } } }";

/// The decimal as whole cents.
fn cents(value: &Value) -> i64 {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap()
}

/// Also what says when, in each of the ways in which a property can, and where nothing does.
#[test]
fn a_cart_has_what_the_session_put_into_it_since_the_last_purchase() {
    for at in [
        AT,
        "at: { text: '{event_time}' },",
        "at: { by: { of: quantity, values: { 1: { object: { id: { text: '{event_id}' } } } } } },",
        "at: { list: { of: { text: '{event_id}' }, max: 3 } },",
        "",
    ] {
        assert_carts(&ADDED.replace(AT, at));
    }
}

fn assert_carts(added: &str) {
    let model = shop(&format!("{{ {added}, {PURCHASED} }}"));
    let schema = model.event_schema();
    let mut carts: HashMap<String, (Vec<Value>, Vec<Value>)> = HashMap::new();
    let (mut purchases, mut filled) = (0, 0);
    for event in model.simulate(1) {
        let (cart, all) = carts.entry(event.session_id.clone()).or_default();
        match event.event_type.as_str() {
            "add_to_cart" => {
                // The moment is that of the earlier event, not of the purchase.
                if added.contains(AT) {
                    assert_eq!(event.props["at"], event.event_time.to_string());
                }
                let value = json!(event.props);
                let some = value.as_object().unwrap().iter();
                let some = some.filter(|(name, _)| matches!(name.as_str(), "gift" | "sku"));
                all.push(some.map(|(name, value)| (name.clone(), value.clone())).collect());
                cart.push(value);
            }
            "purchase" => {
                assert_eq!(event.props["items"], json!(cart));
                assert_eq!(event.props["some"], json!(all[..all.len().min(2)]));
                let amount: i64 = cart
                    .iter()
                    .map(|item| cents(&item["price"]) * item["quantity"].as_i64().unwrap())
                    .sum();
                assert_eq!(cents(&event.props["amount"]), amount);
                let line = serde_json::to_value(&event).unwrap();
                let of_type = &schema["definitions"]["purchase"];
                assert_eq!(violation(&schema, of_type, &line), None);
                purchases += 1;
                filled += usize::from(cart.len() > 2);
                cart.clear();
            }
            _ => {}
        }
    }
    assert!(purchases > 50 && filled > 10, "{purchases} {filled}");
}

/// Which shard, how long the run, and which event is asked for first: a purchase says the same.
#[test]
fn a_cart_is_a_function_of_its_session() {
    let model = shop(&format!("{{ {ADDED}, {PURCHASED} }}"));
    let mut simulation = model.simulate(7);
    let records: Vec<_> = std::iter::from_fn(|| simulation.next_record()).collect();
    let model = simulation.model();
    let forwards: Vec<Event> = records.iter().map(|record| model.event(record)).collect();
    let backwards: Vec<Event> = records.iter().rev().map(|record| model.event(record)).collect();
    assert!(forwards.iter().eq(backwards.iter().rev()));
    // One encoder, and so one history, for all of them.
    let mut encoder = event_simulator::wire::Encoder::new(model);
    for (record, event) in records.iter().zip(&forwards) {
        let mut line = Vec::new();
        event_simulator::wire::Encode::encode(&mut encoder, record, &mut line);
        assert_eq!(
            String::from_utf8(line).unwrap().trim_end(),
            serde_json::to_string(event).unwrap()
        );
    }
}

#[test]
fn members_of_earlier_values_are_referred_to() {
    let model = shop(
        r#"{ purchase: { properties: {
        product: { choice: [{ sku: A1, price: 9.5, "a\"b": x }, { sku: B2, price: 20, tags: [1, 2] }], nullable: 0.2 },
        deal: { object: { in: { object: { off: { uniform: { min: 1, max: 3 }, decimals: 1 } }, missing: 0.5 } } },
        label: { text: "{product.sku} -{deal.in.off} {product.a\"b}" },
        stock: { by: { of: product.sku, values: { A1: 5, B2: 0 }, otherwise: -1 } },
        cheap: { constant: true, when: { product.price: 9.5 } },
        price: { formula: "(product.price or 0) - (deal.in.off or 0.05)", decimals: 2 },
        currency: { object: { code: { choice: [JPY, EUR] } } },
        money: { formula: "(product.price or 0) * 1.005", currency: currency.code },
        tags: { sum: product.tags } } } }"#,
    );
    let mut seen = std::collections::HashSet::new();
    for event in model.simulate(1).filter(|event| event.event_type == "purchase") {
        let props = &event.props;
        let [product, off] = [&props["product"], &props["deal"]["in"]["off"]];
        let (sku, price, stock) = match product["sku"].as_str() {
            Some("A1") => ("A1", 950, 5),
            Some(_) => ("B2", 2_000, 0),
            None => ("", 0, -1),
        };
        seen.insert((sku, off.is_null()));
        let shown = if off.is_null() { String::new() } else { off.to_string() };
        let quoted = if sku == "A1" { "x" } else { "" };
        assert_eq!(props["label"], format!("{sku} -{shown} {quoted}"));
        assert_eq!(props["stock"], stock);
        assert_eq!(props.contains_key("cheap"), sku == "A1");
        let off = if off.is_null() { 5 } else { cents(off) };
        assert_eq!(cents(&props["price"]), price - off);
        let money = if props["currency"]["code"] == "JPY" {
            assert!(props["money"].is_i64());
            [10, 20, 0][["A1", "B2", ""].iter().position(|known| *known == sku).unwrap()] * 100
        } else {
            // 9.5475 and 20.1.
            [955, 2_010, 0][["A1", "B2", ""].iter().position(|known| *known == sku).unwrap()]
        };
        assert_eq!(cents(&props["money"]), money);
        assert_eq!(props["tags"], if sku == "B2" { 3 } else { 0 });
    }
    assert_eq!(seen.len(), 6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Sums are those of whole numbers, half a unit away from zero.
    #[test]
    fn sums_are_exact(
        entries in prop::collection::vec((-99_999_999..99_999_999_i64, -999..999_i64), 0..6),
        factor in -9_999..9_999_i64,
        decimals in 0..4_u32,
    ) {
        let entry = |(price, count): &(i64, i64)| format!("{{ price: {}, count: {count} }}", decimal(*price, 4));
        let list = entries.iter().map(entry).collect::<Vec<_>>().join(", ");
        let factor_text = decimal(factor.abs(), 2);
        let sign = if factor < 0 { "-" } else { "" };
        let model = shop(&format!(
            "{{ purchase: {{ properties: {{ items: {{ constant: [{list}] }}, \
             sum: {{ sum: 'items.price * {sign}{factor_text} * items.count - items.price', decimals: {decimals} }} }} }} }}"
        ));
        let exact: i128 = entries.iter().map(|(price, count)| {
            i128::from(*price) * i128::from(factor) * i128::from(*count) - i128::from(*price) * 100
        }).sum();
        let scale = 10_i128.pow(6 - decimals);
        let rounded = (exact.abs() * 2 + scale) / (2 * scale) * exact.signum();
        let event = model.simulate(1).find(|event| event.event_type == "purchase").unwrap();
        let text = event.props["sum"].to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let width = decimals as usize;
        prop_assert_eq!(format!("{whole}{fraction:0<width$}").parse::<i128>().unwrap(), rounded);
    }
}

fn decimal(units: i64, decimals: u32) -> String {
    let scale = 10_i64.pow(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let width = decimals as usize;
    format!("{sign}{}.{:0width$}", units.abs() / scale, units.abs() % scale)
}
