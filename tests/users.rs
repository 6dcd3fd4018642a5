//! Users, devices, accounts and sessions: what events say of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::scenario_schema::violation;
use event_simulator::event::event_type;
use event_simulator::expectations::{Declared, Expectations};
use event_simulator::wire::{Encode, Encoder, EventFields};
use event_simulator::{Event, Scenario, Shard};

const USERS: &str = "
users:
  personas:
    - { name: browser, share: 0.7 }
    - { name: buyer, share: 0.3 }
  attributes:
    country: { choice: { US: 0.5, DE: 0.3, JP: 0.2 } }
    plan: { choice: { free: 0.9, pro: 0.1 }, when: { persona: buyer } }
    email: { text: '{user_id}@{country}.example' }
    since: { date_time: { from: '-365d', to: 0s } }
    crm_id: { id: crm }
  devices:
    per_user: 1.8
    attributes:
      app: { by: { of: user.country, values: { DE: web-de }, otherwise: web } }
      beta: { boolean: 0.1, when: { kind: [mobile, tablet] } }
sessions:
  channels: { direct: 0.4, organic_search: 0.2, paid_social: 0.2, email: 0.1, referral: 0.1 }
  attributes:
    landing: { text: '{user.country}/{device.os}/{channel}' }
events:
  page_visited:
    properties:
      currency: { by: { of: user.country, values: { US: USD, JP: JPY }, otherwise: EUR } }
      price: { uniform: { min: 1, max: 99 }, currency: currency, field: true }
      is_pro: { constant: true, when: { user.plan: pro } }
";

const IDENTITY: &str = "
  identity: { signed_up: 0.5, logged_in: 0.3, sign_up: 0.2, log_in: 0.4, log_out: 0.3 }
";

fn scenario(sections: &str) -> Scenario {
    let run = "simulation: { num_users: 300, duration_seconds: 3000 }\n";
    Scenario::from_yaml(&format!("{run}{sections}")).unwrap()
}

fn with_identity() -> Scenario {
    scenario(&USERS.replace("sessions:\n", &format!("{}sessions:\n", &IDENTITY[1..])))
}

fn events(scenario: &Scenario) -> Vec<Event> {
    scenario.compile().unwrap().simulate(5).collect()
}

#[test]
fn lines_are_those_of_serde_json_and_keep_their_schema() {
    for scenario in [scenario(USERS), with_identity()] {
        let model = scenario.compile().unwrap();
        let schema = model.event_schema();
        let mut simulation = model.simulate(5);
        let mut encoder = Encoder::new(simulation.model());
        let (mut line, mut seen) = (Vec::new(), 0);
        while let Some(record) = simulation.next_record() {
            line.clear();
            encoder.encode(&record, &mut line);
            let event = simulation.model().event(&record);
            let text = serde_json::to_string(&event).unwrap() + "\n";
            assert_eq!(String::from_utf8_lossy(&line), text);
            assert_eq!(EventFields::of_line(&line).unwrap().to_event().unwrap(), event);
            let own = model.own_fields();
            assert!(event.own.keys().all(|name| own.contains(name)));
            if seen % 7 == 0 {
                let value: Value = serde_json::from_str(&text).unwrap();
                let definition = &schema["definitions"][&event.event_type];
                assert_eq!(violation(&schema, definition, &value), None, "{text}");
            }
            seen += 1;
        }
        assert!(seen > 20_000, "{seen}");
    }
}

/// Without the fields of its own, and with the user known from the beginning.
fn plain(mut event: Event, users: &HashMap<String, String>) -> Event {
    event.own.clear();
    event.props.retain(|name, _| ["journey", "step", "href", "target"].contains(&name.as_str()));
    event.user_id = users[&event.session_id].clone();
    event
}

#[test]
fn what_happens_is_the_same_with_and_without_users() {
    let bare = events(&scenario(""));
    let users: HashMap<String, String> =
        bare.iter().map(|event| (event.session_id.clone(), event.user_id.clone())).collect();
    let by_id = |events: Vec<Event>| -> BTreeMap<String, Event> {
        events.into_iter().map(|event| (event.event_id.clone(), event)).collect()
    };
    let bare = by_id(bare);
    for scenario in [scenario(USERS), with_identity()] {
        let identity = [event_type::SIGNED_UP, event_type::LOGGED_IN, event_type::LOGGED_OUT];
        let rest = events(&scenario).into_iter();
        let rest = rest.filter(|event| !identity.contains(&event.event_type.as_str()));
        assert_eq!(by_id(rest.map(|event| plain(event, &users)).collect()), bare);
    }
}

#[test]
fn attributes_are_those_of_a_user_a_device_or_a_session_and_stay() {
    let mut known: HashMap<(String, String), Value> = HashMap::new();
    let mut owners: HashMap<String, String> = HashMap::new();
    for event in events(&with_identity()) {
        let device = event.own["device"]["id"].as_str().unwrap().to_owned();
        let mut of_owner = vec![
            ("device".to_owned(), device.clone(), event.own["device"].clone()),
            ("session".to_owned(), event.session_id.clone(), event.own["session"].clone()),
            ("browser".to_owned(), device.clone(), event.own["anonymous_id"].clone()),
        ];
        if let Some(user) = event.own.get("user") {
            of_owner.push(("user".to_owned(), event.user_id.clone(), user.clone()));
            let owner = owners.entry(device).or_insert_with(|| event.user_id.clone());
            assert_eq!(*owner, event.user_id, "two users on one device");
            assert_eq!(user["email"].as_str().unwrap().split('@').next().unwrap(), event.user_id);
            assert_eq!(user.get("plan").is_some(), user["persona"] == "buyer");
        }
        for (owner, id, value) in of_owner {
            let first = known.entry((owner, id)).or_insert_with(|| value.clone());
            assert_eq!(*first, value);
        }
        let session = &event.own["session"];
        let has_utm = ["paid_social", "email"].contains(&session["channel"].as_str().unwrap());
        assert_eq!(session.get("utm_medium").is_some(), has_utm, "{session}");
    }
    let ids: HashSet<&str> = known
        .iter()
        .filter(|((owner, _), _)| owner == "user")
        .map(|(_, user)| user["crm_id"].as_str().unwrap())
        .collect();
    let users = known.keys().filter(|(owner, _)| owner == "user").count();
    assert_eq!(ids.len(), users);
    assert!(known.keys().filter(|(owner, _)| owner == "device").count() > 400);
}

/// From a sign-up or log-in on, until a log-out, and only then, the events of a browser have the id of the user.
#[test]
fn a_user_is_known_from_log_in_to_log_out() {
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut signed_up = HashSet::new();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for event in events(&with_identity()) {
        let anonymous_id = event.own["anonymous_id"].as_str().unwrap().to_owned();
        let is_known = event.user_id.starts_with("user_");
        assert!(is_known || event.user_id == anonymous_id);
        let was_known = known.get(&anonymous_id).copied();
        let changes = match event.event_type.as_str() {
            event_type::SIGNED_UP => {
                assert!(signed_up.insert(event.user_id.clone()), "signed up twice");
                assert_ne!(was_known, Some(true));
                true
            }
            event_type::LOGGED_IN => {
                assert_ne!(was_known, Some(true));
                true
            }
            _ => false,
        };
        if changes || event.event_type == event_type::LOGGED_OUT {
            *counts.entry(event.event_type.clone()).or_default() += 1;
            assert!(event.page_path.is_some());
        }
        assert!(was_known.is_none_or(|known| known == is_known || changes), "{event:?}");
        known.insert(anonymous_id, is_known && event.event_type != event_type::LOGGED_OUT);
    }
    assert!(counts.len() == 3 && counts.values().all(|count| *count > 20), "{counts:?}");
}

/// Also where users are unknown, and their ids do not tell them apart.
#[test]
fn the_order_can_be_checked_in_the_file_and_is_that_of_shards() {
    let model = with_identity().compile().unwrap();
    let key = |event: &Event| (event.event_time, event.session_id.clone());
    let whole: Vec<Event> = model.simulate(5).collect();
    assert!(whole.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
    let shards = (0..3).map(|index| Shard::new(index, 3).unwrap());
    let mut parts: Vec<Event> = shards.flat_map(|shard| model.simulate_shard(5, shard)).collect();
    parts.sort_by_key(key);
    assert_eq!(parts, whole);
}

/// False alarms: five standard errors, one in 1.7 million for each share.
#[test]
fn shares_are_those_of_the_scenario() {
    let mut scenario = scenario(USERS);
    scenario.simulation.num_users = 20_000;
    scenario.simulation.duration_seconds = 60.0;
    let mut users: HashMap<String, Value> = HashMap::new();
    let mut sessions: HashMap<String, Value> = HashMap::new();
    let mut devices: HashMap<String, Value> = HashMap::new();
    for event in events(&scenario) {
        users.entry(event.user_id).or_insert_with(|| event.own["user"].clone());
        sessions.entry(event.session_id).or_insert_with(|| event.own["session"].clone());
        let device = event.own["device"].clone();
        devices.entry(device["id"].to_string()).or_insert(device);
    }
    let assert_share = |of: &HashMap<String, Value>, name: &str, value: &str, share: f64| {
        let count = of.values().filter(|known| known[name] == value).count();
        let (count, all) = (count as f64, of.len() as f64);
        let error = (all * share * (1.0 - share)).sqrt();
        assert!((count - all * share).abs() < 5.0 * error, "{name} {value}: {count} of {all}");
    };
    assert_eq!(users.len(), 20_000);
    assert_share(&users, "persona", "buyer", 0.3);
    assert_share(&users, "country", "JP", 0.2);
    assert_share(&sessions, "channel", "direct", 0.4);
    assert_share(&devices, "kind", "mobile", 0.5);
    assert_share(&devices, "os", "Windows", 0.45 * 0.68);
}

/// What a persona says of its own holds for its users, and the rest is the scenario's.
#[test]
fn personas_behave_in_their_own_way() {
    let yaml = "{ simulation: { num_users: 400 }, user_behavior: { pages_per_session_min: 2, session_duration_min: 0 }, \
        users: { personas: [ { name: reader, share: 0.5, user_behavior: { time_per_page_max: 20 } }, \
        { name: clicker, share: 0.5, user_journeys: [ { name: tour, probability: 1, path: [/tour] } ], \
          event_probabilities: { session_start: 0.1, page_visit: 0.2, button_click: 0.5, wave: 0.2 } } ] } }";
    let model = Scenario::from_yaml(yaml).unwrap().compile().unwrap();
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut visited: HashMap<String, Event> = HashMap::new();
    for event in model.simulate(1) {
        let persona = event.own["user"]["persona"].as_str().unwrap().to_owned();
        *counts.entry((persona.clone(), event.event_type.clone())).or_default() += 1;
        if event.event_type == event_type::PAGE_VISITED {
            let is_tour = event.props.get("journey").is_some_and(|journey| journey == "tour");
            assert!(!is_tour || persona == "clicker");
            visited.insert(event.session_id.clone(), event);
        } else if event.event_type == event_type::PAGE_CLOSED && persona == "reader" {
            let seconds = event.event_time.millis_since(visited[&event.session_id].event_time);
            assert!(seconds <= 20_000, "{seconds}");
        }
    }
    let count = |persona: &str, event_type: &str| {
        counts.get(&(persona.to_owned(), event_type.to_owned())).copied().unwrap_or_default()
    };
    assert_eq!(count("reader", "wave"), 0);
    assert_eq!(count("clicker", "session_ended"), 0);
    let (waves, starts) = (count("clicker", "wave"), count("clicker", "session_created"));
    assert!((f64::from(waves) / f64::from(starts) - 2.0).abs() < 0.2, "{waves} {starts}");
    let forecast = model.forecast();
    assert_eq!(json!(forecast.personas[1])["pages_per_session"], json!(2.0));
}

/// Goals are those of the site: whoever's flow declares one, all sessions that reach it count, in `expect` as in
/// `plan`, whose views of pages are those of all flows by name.
#[test]
fn goals_of_the_flows_of_personas_are_counted() {
    let mut scenario = scenario(
        "flow: { start: /, pages: { /: { next: { /cart: 0.4, exit: 0.6 } }, \
           /cart: { events: { purchase: 0.5 } } }, goals: { conversion: purchase }, \
           funnels: { buying: { steps: [/, /cart] } } }\n\
         users: { personas: [ { name: buyer, share: 0.5 }, { name: reader, share: 0.5, flow: { \
           start: { /blog: 0.8, /cart: 0.2 }, pages: { /blog: { events: { follow: 0.1 } }, /cart: {} }, \
           goals: { follow: follow, cart: { page: /cart } }, \
           funnels: { reading: { steps: [/blog, follow] } } } } ] }",
    );
    scenario.simulation.num_users = 10_000;
    let model = scenario.compile().unwrap();
    let forecast = model.forecast();
    let mut expectations = Expectations::of_declared(Declared::new(&scenario));
    for event in model.simulate(5) {
        expectations.observe(&(&event).into()).unwrap();
    }
    let tables = expectations.finish();
    let funnels: Vec<String> =
        tables.flow_funnels.unwrap().into_iter().map(|step| step.funnel).collect();
    assert_eq!(funnels, ["buying", "buying", "reading", "reading"]);
    let sessions: u64 = tables.session_metrics.iter().map(|day| day.total_sessions).sum();
    let flow = forecast.flow.unwrap();
    // Which users are of which persona is drawn (0.5 %), and the forecast's weights are those of sampled sessions.
    let is_near = |found: f64, expected: f64| {
        let found = found / sessions as f64;
        let error = (expected / sessions as f64).sqrt();
        assert!((found - expected).abs() < 4.0 * error + 0.03 * expected, "{found} {expected}");
    };
    assert_eq!(flow.goals.len(), 3);
    for goal in &flow.goals {
        let rows = tables.goals.iter().flatten().filter(|row| row.goal == goal.goal);
        is_near(rows.map(|row| row.sessions).sum::<u64>() as f64, goal.sessions);
    }
    assert_eq!(flow.views.len(), 3);
    for page in &flow.views {
        let rows = tables.page_engagement.iter().filter(|row| row.page_path == page.page_path);
        is_near(rows.map(|row| row.total_visits).sum::<u64>() as f64, page.views);
    }
    let reached = |persona: usize| forecast.personas[persona].flow.as_ref().unwrap().goals.len();
    assert_eq!((reached(0), reached(1)), (2, 2));
}
