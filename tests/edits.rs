//! Stability under edits: a change of a scenario changes what it is about, and little else.

use std::collections::{BTreeMap, HashSet};

use event_simulator::scenario::flow::{FlowEventSpec, FlowPageSpec, FlowSpec};
use event_simulator::scenario::{EventProbabilities, Journey, shipped};
use event_simulator::{Event, Scenario};

fn base() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = 300;
    scenario.simulation.duration_seconds = 3_600.0;
    scenario
}

fn events(scenario: &Scenario) -> Vec<Event> {
    scenario.compile().unwrap().simulate(1).collect()
}

/// The share of the lines that an edit leaves as they were.
fn kept(edit: impl FnOnce(&mut Scenario)) -> f64 {
    let lines = |scenario: &Scenario| -> HashSet<String> {
        events(scenario).iter().map(|event| serde_json::to_string(event).unwrap()).collect()
    };
    let before = base();
    let mut after = before.clone();
    edit(&mut after);
    assert_ne!(before, after, "nothing was edited");
    let (before, after) = (lines(&before), lines(&after));
    before.intersection(&after).count() as f64 / before.len() as f64
}

fn with_event(scenario: &mut Scenario, name: &str, share: f64) {
    let EventProbabilities::Shares(shares) = &mut scenario.event_probabilities else { return };
    *shares.get_mut("button_click").unwrap() -= share;
    shares.insert(name.to_owned(), share);
}

fn with_journey(scenario: &mut Scenario, name: &str, probability: f64) {
    for journey in &mut scenario.user_journeys {
        journey.probability *= 1.0 - probability;
    }
    let path = vec!["/pricing".to_owned(), "/faq".to_owned()];
    let journey = Journey { name: name.to_owned(), probability, path, ..Journey::default() };
    scenario.user_journeys.insert(1, journey);
}

#[test]
fn what_never_happens_changes_nothing() {
    assert!(kept(|scenario| with_event(scenario, "form_submit", 0.0)) >= 1.0);
    for name in ["a_first_one", "z_last_one"] {
        assert!(kept(|scenario| with_journey(scenario, name, 0.0)) >= 1.0);
    }
}

#[test]
fn what_is_rare_changes_little() {
    let event = kept(|scenario| with_event(scenario, "form_submit", 0.01));
    assert!((0.95..1.0).contains(&event), "{event}");
    for name in ["a_first_one", "z_last_one"] {
        let journey = kept(|scenario| with_journey(scenario, name, 0.01));
        assert!((0.95..1.0).contains(&journey), "{name}: {journey}");
    }
}

#[test]
fn a_page_or_button_more_changes_little() {
    for number in 0..8 {
        let page = kept(|scenario| scenario.pages.insert(2, format!("/new/{number}")));
        assert!((0.90..1.0).contains(&page), "{number}: {page}");
        let button = kept(|scenario| scenario.buttons.insert(2, format!("new_{number}")));
        assert!((0.90..1.0).contains(&button), "{number}: {button}");
    }
}

/// A section that says what is so anyway changes nothing, and shapes of pages change no count and no time.
#[test]
fn popular_pages_change_pages_alone() {
    let mut after = base();
    after.distributions.page_popularity = 0.8;
    let what = |scenario: &Scenario| -> Vec<_> {
        events(scenario)
            .into_iter()
            .map(|event| (event.event_time, event.event_type, event.session_id))
            .collect()
    };
    assert_eq!(what(&base()), what(&after));
    assert!(kept(|scenario| scenario.distributions.page_popularity = 0.8) < 1.0);
}

#[test]
fn another_order_changes_nothing() {
    assert!(kept(|scenario| scenario.pages.reverse()) >= 1.0);
    assert!(kept(|scenario| scenario.buttons.rotate_left(3)) >= 1.0);
    assert!(kept(|scenario| scenario.user_journeys.reverse()) >= 1.0);
}

/// The events of each session: what they are, and their times since its start.
fn sessions(scenario: &Scenario) -> BTreeMap<String, Vec<(String, u64)>> {
    let mut sessions: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in events(scenario) {
        sessions.entry(event.session_id.clone()).or_default().push(event);
    }
    let plain = |events: Vec<Event>| {
        let start = events[0].event_time;
        let what = |event: &Event| {
            let props = serde_json::to_string(&event.props).unwrap();
            let Event { event_type, page_path, button_id, .. } = event;
            format!("{event_type} {page_path:?} {button_id:?} {props}")
        };
        events.iter().map(|event| (what(event), event.event_time.millis_since(start))).collect()
    };
    sessions.into_iter().map(|(session, events)| (session, plain(events))).collect()
}

#[test]
fn a_bound_that_moves_by_a_hundredth_moves_times_by_as_much_and_no_event() {
    let edits: [fn(&mut Scenario); 4] = [
        |scenario| scenario.user_behavior.time_per_page_max *= 1.01,
        |scenario| scenario.user_behavior.time_per_page_min *= 1.01,
        |scenario| scenario.user_behavior.session_duration_max *= 1.01,
        |scenario| scenario.user_behavior.time_between_sessions_max *= 1.01,
    ];
    let before = base();
    let of_before = sessions(&before);
    for edit in edits {
        let mut after = before.clone();
        edit(&mut after);
        let of_after = sessions(&after);
        let common = of_before.keys().filter(|session| of_after.contains_key(*session)).count();
        assert!(common as f64 > 0.98 * of_before.len() as f64, "{common} of {}", of_before.len());
        for (session, events) in &of_before {
            let Some(moved) = of_after.get(session) else { continue };
            assert_eq!(events.len(), moved.len(), "{session}");
            for ((what, time), (what_now, time_now)) in events.iter().zip(moved) {
                assert_eq!(what, what_now, "{session}");
                let distance = time.abs_diff(*time_now) as f64;
                assert!(distance <= 10.0 + 0.015 * *time as f64, "{session}: {time} {time_now}");
            }
        }
    }
}

fn shop() -> Scenario {
    shipped::find("web-shop").unwrap().load().unwrap().scenario
}

fn flow(scenario: &mut Scenario) -> &mut FlowSpec {
    scenario.flow.as_mut().unwrap()
}

fn page<'a>(scenario: &'a mut Scenario, name: &str) -> &'a mut FlowPageSpec {
    let pages = &mut flow(scenario).pages.0;
    pages.iter_mut().find(|(known, _)| known == name).map(|(_, page)| page).unwrap()
}

/// The share of the sessions of the shop that an edit leaves as they were, of those that there are with it too.
fn kept_of_the_shop(edit: impl FnOnce(&mut Scenario)) -> f64 {
    let before = shop();
    let mut after = before.clone();
    edit(&mut after);
    assert_ne!(before, after, "nothing was edited");
    let (before, after) = (sessions(&before), sessions(&after));
    let common: Vec<_> = before.iter().filter(|(id, _)| after.contains_key(*id)).collect();
    let same = common.iter().filter(|(id, events)| after[*id] == **events).count();
    same as f64 / common.len() as f64
}

#[test]
fn a_flow_in_another_order_is_the_same() {
    let before = shop();
    let mut after = before.clone();
    let flow = flow(&mut after);
    flow.start.0.reverse();
    flow.pages.0.reverse();
    for (_, page) in &mut flow.pages.0 {
        page.events.0.reverse();
        page.next.0.reverse();
    }
    assert_ne!(before, after);
    assert_eq!(events(&before), events(&after));
    assert_eq!(before.digest(), after.digest());
}

#[test]
fn what_never_happens_in_a_flow_changes_nothing() {
    let never = |scenario: &mut Scenario| {
        let unseen = FlowPageSpec::default();
        flow(scenario).pages.0.insert(1, ("/unseen".to_owned(), unseen));
        page(scenario, "/").next.0.insert(0, ("/unseen".to_owned(), 0.0));
        let event = FlowEventSpec { probability: Some(0.0), ..FlowEventSpec::default() };
        page(scenario, "/").events.0.insert(0, ("zoom".to_owned(), event.clone()));
        let lead = FlowEventSpec { next: Some("/cart".to_owned()), ..event };
        page(scenario, "/products").events.0.push(("buy_now".to_owned(), lead));
    };
    assert!(kept_of_the_shop(never) >= 1.0);
}

#[test]
fn a_page_or_an_event_more_changes_what_it_is_about() {
    let rare_page = |scenario: &mut Scenario| {
        flow(scenario).pages.0.insert(1, ("/news".to_owned(), FlowPageSpec::default()));
        for (_, share) in &mut page(scenario, "/").next.0 {
            *share *= 0.98;
        }
        page(scenario, "/").next.0.push(("/news".to_owned(), 0.02));
    };
    let kept = kept_of_the_shop(rare_page);
    assert!((0.95..1.0).contains(&kept), "{kept}");
    let event = FlowEventSpec { probability: Some(0.02), ..FlowEventSpec::default() };
    let kept = kept_of_the_shop(|scenario| {
        page(scenario, "/").events.0.insert(0, ("zoom".to_owned(), event));
    });
    assert!((0.95..1.0).contains(&kept), "{kept}");
}
