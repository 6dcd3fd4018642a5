//! What events carry: lines, values that stay, shares and means.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::any_properties::{properties, property};
use super::scenario_schema::violation;
use event_simulator::wire::{Encode, Encoder};
use event_simulator::{Event, Model, Scenario};

/// The scenario whose page views carry these properties.
fn scenario(properties: &Value) -> Scenario {
    let events = json!({ "page_visited": { "properties": properties } }).to_string();
    let escaped = |c: char| match c {
        ' '..='~' => c.to_string(),
        _ => format!("\\U{:08x}", u32::from(c)),
    };
    let yaml: String = events.chars().map(escaped).collect();
    Scenario::from_yaml(&format!("events: {yaml}")).unwrap()
}

fn model(properties: &Value) -> Model {
    scenario(properties).compile().unwrap()
}

/// Some 10,000 events.
fn events(properties: &Value) -> Vec<Event> {
    let mut scenario = scenario(properties);
    scenario.simulation.num_users = 200;
    scenario.compile().unwrap().simulate(3).collect()
}

/// The values of a property of all page views.
fn values(properties: &Value, name: &str) -> Vec<Value> {
    let page_views = events(properties).into_iter().filter(|event| event.page_path.is_some());
    page_views.filter_map(|mut event| event.props.remove(name)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn lines_are_those_of_serde_json_and_keep_to_their_schema(properties in properties()) {
        let mut simulation = model(&properties).simulate(1);
        let mut encoder = Encoder::new(simulation.model());
        let schema = simulation.model().event_schema();
        for _ in 0..60 {
            let Some(record) = simulation.next_record() else { break };
            let mut line = Vec::new();
            encoder.encode(&record, &mut line);
            let line = String::from_utf8(line).unwrap();
            let read: Event = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&serde_json::to_string(&read).unwrap(), line.trim_end());
            prop_assert_eq!(&read, &simulation.model().event(&record));
            let event = serde_json::from_str(&line).unwrap();
            let of_type = &schema["definitions"][&read.event_type];
            prop_assert_eq!(violation(&schema, of_type, &event), None);
        }
    }

    /// A scenario with properties reads back from what it is written as.
    #[test]
    fn properties_survive_their_yaml(properties in properties()) {
        let scenario = scenario(&properties);
        prop_assert_eq!(Scenario::from_yaml(&scenario.to_yaml()).unwrap(), scenario);
    }

    /// Nothing else moves, neither events nor other properties, if one is added before them.
    #[test]
    fn a_property_moves_no_other(properties in properties(), more in property()) {
        let with = |properties: &Value| -> Vec<Event> { model(properties).simulate(1).take(60).collect() };
        let plain: Vec<Event> = Scenario::default().compile().unwrap().simulate(1).take(60).collect();
        let before = with(&properties);
        let mut added = Map::new();
        added.insert("a new one".to_owned(), more);
        added.extend(properties.as_object().unwrap().clone());
        for ((plain, before), mut after) in plain.iter().zip(&before).zip(with(&added.into())) {
            after.props.shift_remove("a new one");
            prop_assert_eq!(before, &after);
            after.props.retain(|name, _| !name.starts_with('p'));
            prop_assert_eq!(plain, &after);
        }
    }
}

/// What each generator has given since there are properties, and must always give.
#[test]
fn values_stay() {
    let properties = json!({
        "constant": { "constant": { "a": [1, 2.5, null] } },
        "weighted": { "choice": { "free": 0.9, "pro": 0.1 } },
        "even": { "choice": ["S", 2, true] },
        "whole": { "uniform": { "min": -5, "max": 5 } },
        "decimal": { "uniform": { "min": 0.5, "max": 9.75 }, "decimals": 2 },
        "normal": { "normal": { "mean": 50, "sd": 10 }, "decimals": 1 },
        "bounded": { "normal": { "mean": 50, "sd": 10, "min": 60 } },
        "log_normal": { "log_normal": { "median": 30, "p90": 120 }, "decimals": 2 },
        "exponential": { "exponential": { "mean": 5 }, "decimals": 3 },
        "geometric": { "geometric": { "mean": 3, "min": 1 } },
        "poisson": { "poisson": { "mean": 4 } },
        "zipf": { "zipf": { "ranks": 1000, "exponent": 1.1 } },
        "boolean": { "boolean": 0.3 },
        "id": { "id": "order" },
        "counter": { "counter": { "start": 10, "step": 5 } },
        "time": { "date_time": { "from": "-30d", "to": "0s" } },
        "date": { "date_time": { "from": "2020-01-01T00:00:00Z", "to": "0s", "form": "date" } },
        "seconds": { "date_time": { "from": "0s", "to": "2h", "form": "unix_seconds" } },
        "text": { "text": "{id} on {page_path} for {log_normal}" },
        "list": { "list": { "of": { "zipf": { "ranks": 9 } }, "max": 4 } },
        "object": { "object": { "sku": { "id": "sku" }, "label": { "text": "a {sku}" } } },
        "null": { "constant": 1, "nullable": 0.5 },
        "missing": { "constant": 1, "missing": 0.5 },
        "country": { "choice": ["US", "JP", "KW"] },
        "currency": { "by": { "of": "country", "values": { "US": "USD", "JP": "JPY", "KW": "KWD" } } },
        "price": { "log_normal": { "median": 30, "p90": 120 }, "currency": "currency" },
        "by": { "by": { "of": "country", "values": { "US": { "zipf": { "ranks": 99 } } }, "otherwise": { "id": "x" } } },
        "when": { "constant": 1, "when": { "weighted": "free", "page_path": ["/", "/blog"] } },
        "weibull": { "weibull": { "median": 20, "p90": 120 }, "decimals": 1 },
        "pick": { "pick": { "rows": [{ "sku": "A1", "price": 9.5 }, { "sku": "B2", "price": 20 }], "zipf": 1 } },
        "session": { "id": { "prefix": "cart", "per": "session" } },
        "user": { "id": { "prefix": "cart", "per": "user" } },
        "of_type": { "counter": { "of": "events_of_type" } },
        "visit": { "counter": { "of": "sessions" } },
        "items": { "list": { "of": { "object": { "price": { "exponential": { "mean": 9 }, "decimals": 2 }, "n": { "poisson": { "mean": 2 } } } }, "max": 3 } },
        "sum": { "sum": "items.price * items.n", "currency": "currency" },
        "formula": { "formula": "(sum + pick.price) * 1.19", "decimals": 2 },
    });
    let views = events(&properties).into_iter().filter(|event| event.props.contains_key("id"));
    let lines = views.take(3).map(|mut event| {
        event.props.retain(|name, _| !matches!(name.as_str(), "journey" | "step"));
        event.props
    });
    let values = format!("{:#}", json!(lines.collect::<Vec<_>>()));
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("property-values", values);
    });
}

#[test]
fn ids_are_unique() {
    let properties = json!({
        "id": { "id": "order" },
        "other": { "id": "order" },
        "list": { "list": { "of": { "object": { "id": { "id": "order" } } }, "min": 2, "max": 2 } },
    });
    let (mut ids, mut count) = (HashSet::new(), 0);
    for event in events(&properties).iter().filter(|event| event.props.contains_key("id")) {
        let list = event.props["list"].as_array().unwrap().iter().map(|entry| &entry["id"]);
        for id in [&event.props["id"], &event.props["other"]].into_iter().chain(list) {
            ids.insert(id.as_str().unwrap().to_owned());
            count += 1;
        }
    }
    assert!(count > 1_000);
    assert_eq!(ids.len(), count);
}

#[test]
fn shares_are_kept() {
    let properties = json!({
        "plan": { "choice": { "free": 3, "pro": 1, "never": 0 }, "missing": 0.2, "nullable": 0.25 },
    });
    let all = values(&json!({ "all": { "constant": 1 } }), "all").len() as f64;
    let mut counts = BTreeMap::new();
    for value in values(&properties, "plan") {
        *counts.entry(value.to_string()).or_insert(0.0) += 1.0 / all;
    }
    for (value, share) in [("null", 0.2), ("\"free\"", 0.45), ("\"pro\"", 0.15)] {
        // Of some 5,000 page views: five standard deviations.
        assert!((counts[value] - share).abs() < 0.035, "{value}: {counts:?}");
    }
    assert_eq!(counts.len(), 3);
}

#[test]
fn the_seed_moves_what_events_carry() {
    let model = model(&json!({ "id": { "id": "order" } }));
    let first = |seed: u64| {
        let mut ids = model.simulate(seed).filter_map(|mut event| event.props.remove("id"));
        ids.next()
    };
    assert_eq!(first(1), first(1));
    assert_ne!(first(1), first(2));
}

#[test]
fn a_text_has_what_it_refers_to() {
    let properties = json!({
        "quote\"": { "constant": "a \"b\" \\" },
        "none": { "constant": 1, "nullable": 1 },
        "all": { "text": "{quote\"}|{none}|{event_type}|{event_id}|{event_time}|{user_id}|{session_id}|{page_path}|{button_id}" },
    });
    for event in events(&properties).iter().filter(|event| event.event_type == "page_visited") {
        let expected = format!(
            "a \"b\" \\||page_visited|{}|{}|{}|{}|{}|",
            event.event_id,
            event.event_time,
            event.user_id,
            event.session_id,
            event.page_path.as_deref().unwrap(),
        );
        assert_eq!(event.props["all"], expected);
    }
}

/// The forecast's means are those of what is generated: within six standard errors.
#[test]
fn means_are_those_that_are_planned() {
    let properties = json!({
        "constant": { "constant": 2.5 },
        "choice": { "choice": [1, 2, 9] },
        "uniform": { "uniform": { "min": 0.5, "max": 9.5 }, "decimals": 1, "nullable": 0.2 },
        "normal": { "normal": { "mean": 5, "sd": 3, "min": 0 }, "missing": 0.3 },
        "log_normal": { "log_normal": { "median": 30, "p90": 120 }, "decimals": 2 },
        "weibull": { "weibull": { "median": 20, "p90": 120, "max": 500 } },
        "exponential": { "exponential": { "mean": 0.7 } },
        "geometric": { "geometric": { "mean": 3, "min": 1 } },
        "poisson": { "poisson": { "mean": 4 } },
        "zipf": { "zipf": { "ranks": 100 } },
    });
    let means = model(&properties).forecast().properties;
    assert_eq!(means.len(), 10);
    let events = events(&properties);
    let views = events.iter().filter(|event| event.event_type == "page_visited").count() as f64;
    for planned in means {
        assert_eq!(planned.event, "page_visited");
        let values = events.iter().filter_map(|event| event.props.get(&planned.property));
        let values: Vec<f64> = values.filter_map(Value::as_f64).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let error = (mean - planned.mean).abs();
        assert!(error <= 6.0 * (variance / count).sqrt() + 1e-9, "{planned:?} {mean}");
        assert!((count / views - planned.share).abs() < 0.035, "{planned:?}");
    }
}

#[test]
fn a_property_depends_on_others() {
    let properties = json!({
        "country": { "choice": ["US", "JP", "KW", 7, true, 1.5], "nullable": 0.2, "missing": 0.1 },
        "currency": { "by": { "of": "country", "values": { "US": "USD", "JP": "JPY", "KW": "KWD" }, "otherwise": "EUR" } },
        "amount": { "uniform": { "min": 5, "max": 9 }, "currency": "currency" },
        "yen": { "uniform": { "min": 5, "max": 9 }, "currency": "JPY" },
        "label": { "by": { "of": "country", "values": { "7": "seven", "true": "yes", "1.5": { "text": "{country}" } } } },
        "page": { "by": { "of": "page_path", "values": { "/cart": { "object": { "is_cart": { "constant": true } } } }, "otherwise": [1] } },
        "in_us": { "constant": 1, "when": { "country": "US" } },
        "elsewhere": { "constant": 1, "when": { "country": [null, 7, 1.5], "page_path": ["/", "/cart"] } },
        "of_missing": { "constant": 1, "when": { "in_us": 1 } },
    });
    let mut seen = HashSet::new();
    for event in events(&properties).iter().filter(|event| event.event_type == "page_visited") {
        let props = &event.props;
        let country = props.get("country").unwrap_or(&Value::Null);
        let (currency, digits) = match country.as_str() {
            Some("US") => ("USD", 2),
            Some("JP") => ("JPY", 0),
            Some("KW") => ("KWD", 3),
            _ => ("EUR", 2),
        };
        seen.insert(country.to_string());
        assert_eq!(props["currency"], currency);
        let amount = props["amount"].to_string();
        let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert!(decimals <= digits && (digits == 0 || decimals > 0), "{amount} {currency}");
        assert!((5.0..=9.0).contains(&props["amount"].as_f64().unwrap()));
        assert!(props["yen"].is_i64());
        let label = match country.to_string().as_str() {
            "7" => json!("seven"),
            "true" => json!("yes"),
            "1.5" => json!("1.5"),
            _ => Value::Null,
        };
        assert_eq!(props["label"], label);
        let page = event.page_path.as_deref().unwrap();
        let expected = if page == "/cart" { json!({ "is_cart": true }) } else { json!([1]) };
        assert_eq!(props["page"], expected);
        assert_eq!(props.contains_key("in_us"), country == "US");
        assert_eq!(props.contains_key("of_missing"), country == "US");
        let is_elsewhere = country.is_null() || *country == json!(7) || *country == json!(1.5);
        let is_elsewhere = is_elsewhere && matches!(page, "/" | "/cart");
        assert_eq!(props.contains_key("elsewhere"), is_elsewhere);
    }
    assert_eq!(seen.len(), 7);
}

#[test]
fn fields_have_their_types() {
    let properties = json!({
        "amount": { "log_normal": { "median": 30, "p90": 120 }, "decimals": 2, "nullable": 0.1 },
        "items": { "list": { "of": { "object": { "sku": { "id": "sku" }, "n": { "poisson": { "mean": 2 } } } }, "max": 3 } },
        "any": { "choice": [1, "a", null], "missing": 0.5 },
        "at": { "date_time": { "from": "-1d", "to": "0s" } },
    });
    let fields = model(&properties).fields();
    let of_page = fields.iter().filter(|field| field.event_type == "page_visited");
    let lines: Vec<String> = of_page
        .map(|field| format!("{} {} {}", field.field, field.value, field.is_required))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    event_id uuid true
    event_time date-time true
    event_type string true
    user_id string true
    session_id string true
    page_path string true
    props object true
    props.journey string false
    props.step integer false
    props.amount number or null true
    props.items array of object true
    props.items[].sku string true
    props.items[].n integer true
    props.any integer or string or null false
    props.at date-time true
    ");
}

/// The scenarios of docs/properties.md.
fn documented() -> Vec<String> {
    let page = include_str!("../docs/properties.md");
    let blocks = page.split("```yaml\n").skip(1);
    blocks.filter_map(|rest| rest.split_once("```")).map(|(yaml, _)| yaml.to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever stands in a file, it is refused with a place, or gives lines of JSON.
    #[test]
    fn no_edit_of_a_scenario_is_too_much(
        yaml in prop::sample::select(documented()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, prop::sample::select(
            vec!["{", "}", "[", "]", ":", ",", "-", "9", "0", ".", "e", " ", "null", "\"", "max", "by", "1e15"])), 1..5),
    ) {
        let mut yaml = yaml;
        for (index, kind, text) in edits {
            let at = index.index(yaml.len());
            let end = (at + kind).min(yaml.len());
            if yaml.is_char_boundary(at) && yaml.is_char_boundary(end) {
                yaml.replace_range(at..end, text);
            }
        }
        let model = match Scenario::from_yaml(&yaml) {
            Ok(scenario) => scenario.compile(),
            Err(problems) => {
                prop_assert!(problems.iter().all(|problem| problem.position.is_some()), "{problems}");
                return Ok(());
            }
        };
        let Ok(model) = model else { return Ok(()) };
        let mut simulation = model.simulate(1);
        let mut encoder = Encoder::new(simulation.model());
        for _ in 0..20 {
            let Some(record) = simulation.next_record() else { break };
            let mut line = Vec::new();
            encoder.encode(&record, &mut line);
            let read: Event = serde_json::from_slice(&line).unwrap();
            prop_assert_eq!(read, simulation.model().event(&record));
        }
    }
}
