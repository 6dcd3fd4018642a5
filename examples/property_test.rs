//! Property tests of a pipeline: whatever the seed, it reports what truly happened, and it is not misled
//! by how the events reach it.
//!
//! `cargo run --example property_test` prints a table; `cargo test --example property_test` tests it.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;

use event_simulator::expectations::tables::SessionMetrics;
use event_simulator::{Event, Scenario, VirtualTime, event_type};

/// The pipeline under test: sessions by the day on which they began. It takes the events in any order and
/// any number of times, as a queue that delivers at least once hands them over.
fn session_metrics(events: &[Event]) -> Vec<SessionMetrics> {
    let mut seen = HashSet::new();
    let mut sessions: BTreeMap<&str, Session> = BTreeMap::new();
    for event in events.iter().filter(|event| seen.insert(&event.event_id)) {
        let session = sessions.entry(&event.session_id).or_insert_with(|| Session::new(event));
        session.first = session.first.min(event.event_time);
        session.last = session.last.max(event.event_time);
        match event.event_type.as_str() {
            event_type::PAGE_VISITED => session.page_views += 1.0,
            event_type::BUTTON_CLICKED | event_type::LINK_CLICK => session.clicks += 1.0,
            _ => {}
        }
    }
    let mut days: BTreeMap<String, Vec<Session>> = BTreeMap::new();
    for session in sessions.into_values() {
        days.entry(session.first.date()).or_default().push(session);
    }
    days.into_iter().map(|(date, sessions)| day(date, &sessions)).collect()
}

struct Session<'a> {
    user: &'a str,
    first: VirtualTime,
    last: VirtualTime,
    page_views: f64,
    clicks: f64,
}

impl<'a> Session<'a> {
    fn new(event: &'a Event) -> Self {
        let (first, last) = (event.event_time, event.event_time);
        Self { user: &event.user_id, first, last, page_views: 0.0, clicks: 0.0 }
    }
}

fn day(date: String, sessions: &[Session<'_>]) -> SessionMetrics {
    let mean = |value: fn(&Session<'_>) -> f64| {
        sessions.iter().map(value).sum::<f64>() / sessions.len() as f64
    };
    let users: HashSet<&str> = sessions.iter().map(|session| session.user).collect();
    SessionMetrics {
        date,
        total_sessions: sessions.len() as u64,
        avg_duration_seconds: mean(|session| session.last.millis_since(session.first) as f64 / 1e3),
        avg_page_views: mean(|session| session.page_views),
        avg_clicks: mean(|session| session.clicks),
        unique_users: users.len() as u64,
    }
}

/// Sessions over midnight are where pipelines go wrong.
fn timeline(users: u32, seed: u64) -> Result<Vec<Event>, Box<dyn Error>> {
    let mut scenario = Scenario::from_yaml("start_time: 2026-01-01T23:58:00Z")?;
    scenario.simulation.num_users = users;
    Ok(scenario.compile()?.simulate(seed).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    for row in session_metrics(&timeline(10, 0)?) {
        println!("{row:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use event_simulator::expectations::Expectations;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    /// What the simulator says is true.
    fn truth(events: &[Event]) -> Vec<SessionMetrics> {
        let mut expectations = Expectations::new();
        for event in events {
            expectations.observe(&event.into()).unwrap();
        }
        expectations.finish().session_metrics
    }

    fn counts(rows: &[SessionMetrics]) -> Vec<(&str, u64, u64)> {
        rows.iter().map(|row| (&*row.date, row.total_sessions, row.unique_users)).collect()
    }

    fn means(rows: &[SessionMetrics]) -> Vec<f64> {
        let means =
            rows.iter().map(|row| [row.avg_duration_seconds, row.avg_page_views, row.avg_clicks]);
        means.flatten().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_reports_what_happened(users in 1..30_u32, seed: u64) {
            let events = timeline(users, seed).unwrap();
            let (reported, truth) = (session_metrics(&events), truth(&events));
            prop_assert_eq!(counts(&reported), counts(&truth));
            for (reported, truth) in means(&reported).into_iter().zip(means(&truth)) {
                // The truth is rounded to six decimals.
                prop_assert!((reported - truth).abs() < 1e-6, "{} is {}", reported, truth);
            }
        }

        #[test]
        fn events_that_come_twice_or_in_another_order_change_nothing(
            seed: u64,
            twice in vec(any::<Index>(), 1..50),
            swapped in vec(any::<(Index, Index)>(), 1..200),
        ) {
            let events = timeline(5, seed).unwrap();
            let mut delivered = events.clone();
            delivered.extend(twice.iter().map(|index| index.get(&events).clone()));
            for (one, other) in swapped {
                delivered.swap(one.index(events.len()), other.index(events.len()));
            }
            prop_assert_eq!(session_metrics(&delivered), session_metrics(&events));
        }
    }
}
