//! Traffic: the clock by which users come, those who come over the run, and those who leave for good.

use std::collections::{BTreeMap, HashMap};

use event_simulator::forecast::TrafficForecast;
use event_simulator::model::Model;
use event_simulator::simulation::Shard;
use event_simulator::{Event, Scenario};
use proptest::prelude::*;

/// Days apart, so that no session of a user would begin before the last one has ended.
const GAPS: &str =
    "user_behavior: { time_between_sessions_min: 20000, time_between_sessions_max: 200000 }";

fn model(yaml: &str) -> Model {
    Scenario::from_yaml(yaml).unwrap().compile().unwrap()
}

fn with_traffic(simulation: &str, traffic: &str) -> Model {
    model(&format!("{{ simulation: {{ {simulation} }}, {GAPS}, traffic: {{ {traffic} }} }}"))
}

/// What happens in each session: the times from its start and all else, by user and the session's number.
fn contents(events: impl Iterator<Item = Event>) -> HashMap<(String, usize), Vec<String>> {
    let mut numbers: HashMap<String, (String, usize)> = HashMap::new();
    let mut sessions: HashMap<(String, usize), (u64, Vec<String>)> = HashMap::new();
    for event in events {
        let (id, number) = numbers.entry(event.user_id.clone()).or_default();
        if *id != event.session_id {
            *number += 1;
            id.clone_from(&event.session_id);
        }
        let time = event.event_time.as_millis();
        let session = sessions.entry((event.user_id.clone(), *number));
        let (start, lines) = session.or_insert_with(|| (time, Vec::new()));
        let page = event.page_path.as_ref();
        lines.push(format!("{} {} {page:?} {:?}", time - *start, event.event_type, event.props));
    }
    sessions.into_iter().map(|(key, (_, lines))| (key, lines)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Sessions are what they are without traffic; only their starts move.
    #[test]
    fn what_happens_in_a_session_does_not_depend_on_traffic(
        seed: u64,
        hours in prop::collection::vec(0.01..9.0_f64, 24),
        weekdays in prop::collection::vec(0.1..3.0_f64, 7),
        rest in prop::sample::select(vec![
            "", ", activity: { spread: 2 }", ", time_zone: Asia/Tokyo", ", new_users_per_day: 9",
            ", retention: { day_1: 0.5 }, days: { 2026-01-02: 3 }",
            ", campaigns: [{ name: mail, from: 2026-01-02T18:00, to: 2026-01-03, factor: 5 }]",
        ]),
    ) {
        let simulation = "num_users: 20, duration_seconds: 600000";
        let plain = model(&format!("{{ simulation: {{ {simulation} }}, {GAPS} }}"));
        let traffic = format!("hours: {hours:?}, weekdays: {weekdays:?}{rest}");
        let moved = contents(with_traffic(simulation, &traffic).simulate(seed));
        let plain = contents(plain.simulate(seed));
        prop_assert!(!moved.is_empty());
        for (key, lines) in &moved {
            if let Some(expected) = plain.get(key) {
                prop_assert_eq!(lines, expected);
            }
        }
    }

    /// Shards are let in as the whole is, and users who are many come in the order of the timeline.
    #[test]
    fn the_parts_make_the_whole(seed: u64, traffic in prop::sample::select(vec![
        "new_users_per_day: 40, hours: evening, time_zone: { UTC: 0.5, Asia/Tokyo: 0.2, America/New_York: 0.3 }",
        "new_users_per_day: 0.7", "new_users_per_day: 100000, days: { 2026-01-01: 0 }",
        "hours: office, weekdays: [1, 1, 1, 1, 1, 0, 0], retention: { day_1: 0.2 }",
    ])) {
        let model = with_traffic("num_users: 150, duration_seconds: 500000", traffic);
        let whole: Vec<Event> = model.simulate(seed).collect();
        let order = |event: &Event| (event.event_time, event.user_id.clone());
        prop_assert!(whole.is_sorted_by_key(order));
        let shard = |index| model.simulate_shard(seed, Shard::new(index, 3).unwrap());
        let mut parts: Vec<Event> = (0..3).flat_map(shard).collect();
        parts.sort_by_key(order);
        prop_assert_eq!(parts, whole);
    }
}

#[test]
fn no_user_has_two_sessions_at_once_however_fast_the_clock_runs() {
    let yaml = "{ simulation: { num_users: 50, duration_seconds: 200000 }, \
        traffic: { hours: office, days: { 2026-01-01: 500 } } }";
    let mut last: HashMap<String, (String, u64)> = HashMap::new();
    for event in model(yaml).simulate(1) {
        let time = event.event_time.as_millis();
        if let Some((session, before)) =
            last.insert(event.user_id, (event.session_id.clone(), time))
        {
            assert!(before < time, "{before} {time}");
            assert_eq!(event.event_type == "session_created", session != event.session_id);
        }
    }
}

struct Starts {
    by_hour: BTreeMap<u64, f64>,
    first_seen: HashMap<String, u64>,
    sessions: f64,
    events: f64,
}

fn starts(model: &Model) -> Starts {
    let mut starts =
        Starts { by_hour: BTreeMap::new(), first_seen: HashMap::new(), sessions: 0.0, events: 0.0 };
    for event in model.simulate(7) {
        starts.events += 1.0;
        if event.event_type == "session_created" {
            let hour = event.event_time.as_millis() / 3_600_000;
            *starts.by_hour.entry(hour).or_default() += 1.0;
            starts.first_seen.entry(event.user_id).or_insert(hour / 24);
            starts.sessions += 1.0;
        }
    }
    starts
}

/// Holds hours, days and totals within four standard errors; sessions of a user are not independent, so that `clustered`
/// times as many as one user has are one observation of a total.
fn assert_traffic_holds(model: &Model, clustered: f64) -> (Starts, TrafficForecast) {
    let forecast = model.forecast();
    let traffic = forecast.traffic.unwrap();
    let found = starts(model);
    let mut off = Vec::new();
    let mut hold = |what: String, found: f64, expected: f64, clustered: f64| {
        if (found - expected).abs() > 4.0 * (clustered * expected).sqrt() + 0.5 {
            off.push(format!("{what}: {found}, not {expected}"));
        }
    };
    for hour in &traffic.hours {
        let number = hour.hour.as_millis() / 3_600_000;
        let of_hour = found.by_hour.get(&number).copied().unwrap_or_default();
        hold(hour.hour.to_string(), of_hour, hour.sessions, 1.2);
    }
    let first_day = model.start().as_millis() / 86_400_000;
    for (number, day) in (first_day..).zip(&traffic.days) {
        let of_day: f64 = found.by_hour.range(number * 24..number * 24 + 24).map(|(_, n)| n).sum();
        hold(day.date.clone(), of_day, day.sessions, 1.2);
        let new = found.first_seen.values().filter(|first| **first == number).count() as f64;
        hold(format!("new on {}", day.date), new, day.new_users, 1.0);
    }
    hold("sessions".to_owned(), found.sessions, forecast.sessions.unwrap(), clustered);
    let per_session = forecast.events_per_session;
    hold("events".to_owned(), found.events / per_session, forecast.sessions.unwrap(), clustered);
    assert!(off.is_empty(), "{} are off:\n{}", off.len(), off.join("\n"));
    let sum: f64 = traffic.days.iter().map(|day| day.sessions).sum();
    assert!((sum / forecast.sessions.unwrap() - 1.0).abs() < 1e-9);
    (found, traffic)
}

#[test]
fn hours_and_days_are_as_planned_where_all_users_are_there() {
    let model = with_traffic(
        "num_users: 10000, duration_seconds: 1814400, ramp_up_seconds: 86400",
        "hours: evening, weekdays: [1, 1, 1, 1.1, 1.2, 0.7, 0.6], days: { 2026-01-10: 4 }, time_zone: Europe/Berlin",
    );
    let (_, traffic) = assert_traffic_holds(&model, 1.0);
    // The sale lasts from 23:00 to 23:00 of UTC.
    let sessions = |day: usize| traffic.days[day].sessions;
    assert!((sessions(9) / sessions(16) - 4.0).abs() < 0.1, "{}", sessions(9) / sessions(16));
}

/// From one minute to another of local time; on a special day the factors multiply.
#[test]
fn campaigns_have_their_factor_as_planned() {
    let simulation = "num_users: 10000, duration_seconds: 1814400, ramp_up_seconds: 86400";
    let zone = "time_zone: Europe/Berlin, days: { 2026-01-10: 2 }";
    let campaigns = "{ name: mail, from: 2026-01-08T12:00, to: 2026-01-08T14:30, factor: 6 }, \
        { name: sale, from: 2026-01-10T20:00, to: 2026-01-12, factor: 3 }";
    let model = with_traffic(simulation, &format!("{zone}, campaigns: [{campaigns}]"));
    let (_, traffic) = assert_traffic_holds(&model, 1.0);
    let plain = with_traffic(simulation, zone).forecast().traffic.unwrap();
    let sessions = |day: usize, hour: usize| traffic.hours[day * 24 + hour].sessions;
    for (day, hour, factor) in [
        (7, 10, 1.0),
        (7, 11, 6.0),
        (7, 12, 6.0),
        (7, 13, 3.5),
        (7, 14, 1.0),
        (9, 18, 2.0),
        (9, 19, 6.0),
        (9, 22, 6.0),
        (9, 23, 3.0),
        (10, 22, 3.0),
        (10, 23, 1.0),
    ] {
        let found = sessions(day, hour) / plain.hours[15 * 24 + hour].sessions;
        assert!((found / factor - 1.0).abs() < 0.05, "{day} {hour}: {found}, not {factor}");
    }
}

#[test]
fn a_campaign_of_a_day_is_a_special_day() {
    let simulation = "num_users: 100, duration_seconds: 600000";
    let events = |traffic: &str| -> Vec<Event> {
        with_traffic(simulation, &format!("hours: office, {traffic}")).simulate(4).collect()
    };
    let day = events("days: { 2026-01-03: 4 }");
    let campaign =
        events("campaigns: [{ name: sale, from: 2026-01-03, to: 2026-01-04, factor: 4 }]");
    assert!(!day.is_empty() && day == campaign);
}

#[test]
fn hours_and_days_are_as_planned_where_users_come_and_go() {
    let model = with_traffic(
        "num_users: 1000000, duration_seconds: 2592000",
        "new_users_per_day: 1500, retention: { day_1: 0.4, day_7: 0.2, day_30: 0.1 }, hours: office, \
         activity: { spread: 1 }, time_zone: { Europe/Berlin: 0.4, America/New_York: 0.6 }",
    );
    let (_, traffic) = assert_traffic_holds(&model, 4.0);
    assert!((traffic.retention[1].share - 0.2).abs() < 1e-12);
    assert!(traffic.days[29].users < 11_000.0 && traffic.days[29].users > 5_000.0);
}

/// In equilibrium an hour has sessions in proportion to its weight, from the first one on, and also if users differ.
#[test]
fn hours_have_sessions_by_their_weights_in_equilibrium() {
    let model = model(&format!(
        "{{ simulation: {{ num_users: 50000, duration_seconds: 604800 }}, {GAPS}, \
            distributions: {{ first_starts: stationary }}, \
            traffic: {{ hours: evening, activity: {{ spread: 1 }} }} }}"
    ));
    let found = starts(&model);
    let mut by_hour = [0.0; 24];
    for (hour, sessions) in &found.by_hour {
        by_hour[(hour % 24) as usize] += sessions;
    }
    let evening = [
        0.6, 0.35, 0.22, 0.16, 0.15, 0.2, 0.4, 0.65, 0.85, 0.95, 1.0, 1.1, 1.2, 1.15, 1.1, 1.1,
        1.15, 1.3, 1.55, 1.85, 2.1, 2.05, 1.6, 1.0,
    ];
    let sum: f64 = evening.iter().sum();
    for (found_sessions, weight) in by_hour.iter().zip(evening) {
        let expected = found.sessions * weight / sum;
        assert!((found_sessions - expected).abs() < 4.0 * (1.2 * expected).sqrt(), "{by_hour:?}");
    }
}

/// Of those who came on a day, so many are still users so many days later: here each comes hourly as long as it is one.
#[test]
fn users_stay_as_long_as_they_should() {
    let yaml = "{ simulation: { num_users: 4000, duration_seconds: 864000, ramp_up_seconds: 3600 }, \
        user_behavior: { time_between_sessions_min: 1500, time_between_sessions_max: 2500 }, \
        traffic: { retention: { day_1: 0.4, day_7: 0.2 } } }";
    let mut seen: HashMap<String, [u64; 2]> = HashMap::new();
    for event in model(yaml).simulate(3).filter(|event| event.event_type == "session_created") {
        let time = event.event_time.as_millis();
        seen.entry(event.user_id).or_insert([time, time])[1] = time;
    }
    for (day, share) in [(1, 0.4_f64), (7, 0.2)] {
        let stayed = seen.values().filter(|[first, last]| last - first >= day * 86_400_000).count();
        let expected = 4_000.0 * share;
        let error = (expected * (1.0 - share)).sqrt();
        // Whoever stays leaves up to a cycle before its last session could be seen.
        assert!(
            (stayed as f64 - expected).abs() < 4.0 * error + 0.02 * expected,
            "{day}: {stayed}"
        );
    }
}

#[test]
fn users_of_several_time_zones_say_which_is_theirs() {
    let model = with_traffic(
        "num_users: 400, duration_seconds: 500000",
        "hours: [0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0], time_zone: { Asia/Tokyo: 0.5, America/New_York: 0.5 }",
    );
    let mut found = BTreeMap::new();
    for event in model.simulate(5).filter(|event| event.event_type == "session_created") {
        let user = event.own.get("user").unwrap();
        let zone = user["time_zone"].as_str().unwrap().to_owned();
        *found.entry((zone, event.event_time.hour())).or_insert(0) += 1;
    }
    let keys: Vec<(&str, u8)> = found.keys().map(|(zone, hour)| (zone.as_str(), *hour)).collect();
    assert_eq!(keys, [("America/New_York", 14), ("Asia/Tokyo", 0)]);
}

/// Runs in which nobody comes, or which virtual time cuts off, are planned as they are.
#[test]
fn runs_at_the_edge_are_planned_too() {
    let closed = with_traffic("duration_seconds: 86400", "days: { 2026-01-01: 0 }");
    let forecast = closed.forecast();
    assert_eq!(closed.simulate(1).count(), 0);
    assert!(forecast.sessions.unwrap().abs() < 1e-9 && forecast.pages_per_session > 1.0);
    let last = model(&format!(
        "{{ start_time: '9999-12-20T00:00:00Z', simulation: {{ duration_seconds: 1e9 }}, {GAPS}, \
            traffic: {{ hours: office, time_zone: America/New_York }} }}"
    ));
    let days = last.forecast().traffic.unwrap().days;
    assert_eq!(days.len(), 12);
    assert!(days.iter().all(|day| day.sessions >= 0.0 && day.users >= 0.0), "{days:?}");
}
