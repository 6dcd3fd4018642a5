//! Picks from tables, and what is counted and named within sessions and users.

use std::collections::{BTreeMap, HashMap, HashSet};

use event_simulator::scenario::{Loaded, Problems, SideFiles};
use event_simulator::{Event, Model, Scenario};
use serde_json::{Value, json};

use super::scenario_schema::violation;

const TABLE: &str =
    "sku,price,popularity,name\nA1,9.50,6,Cup\nB2,24,3,\"Pot, large\"\nC3,0.99,1,\nD4,1,0,Lid\n";

fn read(pick: &str, table: &'static str) -> Result<Scenario, Problems> {
    let yaml =
        format!("events: {{ page_visited: {{ properties: {{ product: {{ pick: {pick} }} }} }} }}");
    let files = SideFiles::new(move |name| match name {
        "products.csv" => Ok(table.as_bytes().to_vec()),
        _ => Err("cannot be read: no such file".to_owned()),
    });
    Loaded::read(yaml.as_bytes(), "shop.yaml", &[], &files).map(|loaded| loaded.scenario)
}

fn events(scenario: &Scenario) -> Vec<Event> {
    let mut scenario = scenario.clone();
    scenario.simulation.num_users = 200;
    scenario.compile().unwrap().simulate(3).collect()
}

/// The share of each value of a property.
fn shares(events: &[Event], name: &str) -> BTreeMap<String, f64> {
    let values = events.iter().filter_map(|event| event.props.get(name));
    let mut counts = BTreeMap::new();
    let mut all = 0.0;
    for value in values {
        *counts.entry(value.to_string()).or_insert(0.0) += 1.0;
        all += 1.0;
    }
    counts.into_iter().map(|(value, count)| (value, count / all)).collect()
}

#[test]
fn rows_are_drawn_in_proportion_to_their_weights() {
    let scenario = read("{ file: products.csv, weight: popularity }", TABLE).unwrap();
    let shares = shares(&events(&scenario), "product");
    let expected = [
        (json!({ "sku": "A1", "price": 9.5, "name": "Cup" }), 0.6),
        (json!({ "sku": "B2", "price": 24, "name": "Pot, large" }), 0.3),
        (json!({ "sku": "C3", "price": 0.99, "name": null }), 0.1),
    ];
    assert_eq!(shares.len(), 3, "{shares:?}");
    for (row, share) in expected {
        // Of some 5,000 page views: five standard deviations.
        assert!((shares[&row.to_string()] - share).abs() < 0.035, "{row}: {shares:?}");
    }
    let zipf =
        read("{ file: products.csv, zipf: 1, columns: [price, popularity] }", TABLE).unwrap();
    let shares = self::shares(&events(&zipf), "product");
    assert!((shares[r#"{"price":9.5,"popularity":6}"#] - 12.0 / 25.0).abs() < 0.035, "{shares:?}");
}

/// A file stands for its rows: they are what the scenario says, what its digest is of, and what its schema has.
#[test]
fn the_rows_of_a_file_are_part_of_the_scenario() {
    let scenario = read("{ file: products.csv, weight: popularity }", TABLE).unwrap();
    let inline = Scenario::from_yaml(&scenario.to_yaml()).unwrap();
    assert_eq!(inline, scenario);
    let other =
        read("{ file: products.csv, weight: popularity }", "sku,popularity\nA1,1\n").unwrap();
    assert_ne!(other.digest(), scenario.digest());
    let model = scenario.compile().unwrap();
    let schema = model.event_schema();
    let product =
        &schema["definitions"]["page_visited"]["properties"]["props"]["properties"]["product"];
    assert_eq!(product["properties"]["price"], json!({ "type": "number" }));
    assert_eq!(product["required"], json!(["sku", "price", "name"]));
    for event in model.simulate(1).take(300) {
        let line = serde_json::to_value(&event).unwrap();
        assert_eq!(violation(&schema, &schema["definitions"][&event.event_type], &line), None);
    }
}

#[test]
fn what_cannot_be_picked_from_is_explained() {
    for (pick, table, message) in [
        ("{ file: product.csv }", TABLE, "product.csv: cannot be read: no such file"),
        (
            "{ file: products.csv }",
            "a,b\n1\n",
            "products.csv: line 2: 1 cells, where the header has 2",
        ),
        ("{ file: products.csv, columns: [skus] }", TABLE, "there is no column `skus`"),
        ("{ file: products.csv, weight: populrity }", TABLE, "there is no column `populrity`"),
        ("{ file: products.csv, weight: sku }", TABLE, "row 1 has the weight \"A1\""),
        (
            "{ file: products.csv, weight: popularity, zipf: 1 }",
            TABLE,
            "weights and zipf exclude one another",
        ),
        ("{ rows: [{ a: 1 }], file: products.csv }", TABLE, "rows and a file exclude one another"),
        (
            "{ rows: [{ a: 1 }, { b: 1 }] }",
            TABLE,
            "this row has no `a`, the first one has: write `a: null`",
        ),
        (
            "{ rows: [{ a: 1 }, { a: 1, b: 1 }] }",
            TABLE,
            "this row has a `b`, the first one has not",
        ),
        ("{ rows: [{ a: 0 }], weight: a }", TABLE, "all rows have the weight 0"),
        ("{ rows: [1] }", TABLE, "expected names and values, found `1`"),
        ("{ rows: [] }", TABLE, "expected 1 to 100000 rows, found 0"),
        ("{}", TABLE, "there are no rows to pick from"),
    ] {
        let problems = read(pick, table).unwrap_err();
        let problem = problems.iter().next().unwrap();
        assert!(problem.message.contains(message), "{pick}: {problem:?}");
        assert!(problem.position.is_some(), "{pick}");
        assert_eq!(problems.errors(), 1, "{problems}");
    }
    let yaml = "events: { page_visited: { properties: { a: { pick: { file: products.csv } } } } }";
    assert!(Scenario::from_yaml(yaml).unwrap_err().to_string().contains("has none beside it"));
}

fn shop() -> Model {
    let properties = "{ n: { counter: {} }, of_type: { counter: { of: events_of_type } },
        visit: { counter: { of: sessions, start: 10, step: 5 } },
        cart_id: { id: { prefix: cart, per: session } }, ids: { list: { of: { id: { prefix: cart, per: session } }, min: 2, max: 2 } },
        device: { id: { prefix: cart, per: user } }, own: { id: cart } }";
    let yaml = format!(
        "{{ simulation: {{ num_users: 40, duration_seconds: 1200 }}, \
         events: {{ button_clicked: {{ properties: {properties} }}, page_visited: {{ properties: {properties} }} }} }}"
    );
    Scenario::from_yaml(&yaml).unwrap().compile().unwrap()
}

#[test]
fn counters_count_what_they_say() {
    let mut of_type: HashMap<(String, String), i64> = HashMap::new();
    let mut visits: HashMap<String, Vec<String>> = HashMap::new();
    let mut most = 0;
    for event in shop().simulate(2) {
        let (user, session) = (event.user_id.clone(), event.session_id.clone());
        let sessions = visits.entry(user).or_default();
        if event.event_type == "session_created" {
            sessions.push(session.clone());
        }
        let visit = sessions.iter().position(|known| *known == session).unwrap() as i64;
        let Some(found) = event.props.get("of_type") else { continue };
        let count = of_type.entry((session, event.event_type)).or_default();
        *count += 1;
        assert_eq!(*found, *count);
        assert_eq!(event.props["visit"], 10 + 5 * visit);
        most = most.max(visit);
    }
    assert!(most > 2, "{most}");
}

#[test]
fn ids_belong_to_events_sessions_and_users() {
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut kinds: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut events = 0;
    for event in shop().simulate(2).filter(|event| event.props.contains_key("own")) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (user, session) = (event.user_id.clone(), event.session_id.clone());
        let id = text(&event.props["cart_id"]);
        assert_eq!(event.props["ids"], json!([id, id]));
        for (kind, id, owner) in [
            ("session", id, session),
            ("user", text(&event.props["device"]), user),
            ("event", text(&event.props["own"]), event.event_id.clone()),
        ] {
            assert_eq!(owners.entry(id.clone()).or_insert_with(|| owner.clone()), &owner);
            kinds.entry(kind).or_default().insert(id);
        }
        events += 1;
    }
    assert_eq!(kinds["user"].len(), 40);
    assert_eq!(kinds["event"].len(), events);
    assert!(kinds["session"].len() > 100);
}
