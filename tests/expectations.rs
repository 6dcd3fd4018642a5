//! The expectations, held against tables worked out by hand.

use std::collections::BTreeSet;

use event_simulator::Event;
use event_simulator::expectations::tables::{
    ClickThroughRate, EventCount, Funnel, PageEngagement, SessionMetrics, UsersActive,
};
use event_simulator::expectations::{self, Expectations, Notes, Tables};
use serde_json::json;

/// An event of session `s`, whose first letter is its user.
fn event(time: &str, session: &str, event_type: &str, page: &str) -> Event {
    Event {
        event_id: format!("{time}/{session}"),
        event_time: format!("2026-01-{time}Z").parse().unwrap(),
        event_type: event_type.to_owned(),
        user_id: session[..1].to_owned(),
        session_id: session.to_owned(),
        page_path: (!page.is_empty()).then(|| page.to_owned()),
        button_id: None,
        props: serde_json::Map::new(),
        own: serde_json::Map::new(),
    }
}

fn click(time: &str, session: &str, page: &str, button: &str) -> Event {
    let button_id = Some(button.to_owned());
    Event { button_id, ..event(time, session, "button_clicked", page) }
}

fn with_props(event: Event, props: serde_json::Value) -> Event {
    Event { props: serde_json::from_value(props).unwrap(), ..event }
}

fn link(time: &str, session: &str, page: &str, props: serde_json::Value) -> Event {
    with_props(event(time, session, "link_click", page), props)
}

fn step(event: Event, journey: &str, step: u64) -> Event {
    with_props(event, json!({"journey": journey, "step": step}))
}

fn observe(events: &[Event]) -> (Tables, Notes) {
    let mut expectations = Expectations::new();
    for event in events {
        expectations.observe(&event.into()).unwrap();
    }
    expectations.finish_with_notes()
}

fn engagement(
    (date, page): (&str, &str),
    (total_visits, total_time_seconds, avg_time_seconds): (u64, f64, f64),
    (unique_users, unique_sessions): (u64, u64),
) -> PageEngagement {
    PageEngagement {
        date: date.to_owned(),
        page_path: page.to_owned(),
        total_visits,
        total_time_seconds,
        avg_time_seconds,
        unique_users,
        unique_sessions,
    }
}

const FIRST: &str = "2026-01-01";
const SECOND: &str = "2026-01-02";

/// Time on page, one case a session.
#[test]
fn a_page_is_left_by_what_comes_first() {
    let elsewhere = json!({"href": "/x", "target": "_blank"});
    let onward = json!({"href": "/b"});
    let (tables, _) = observe(&[
        // Closed after 10 s; a link that opens elsewhere does not leave it.
        event("01T10:00:00.000", "a1", "session_created", ""),
        event("01T10:00:01.000", "a1", "page_visited", "/a"),
        link("01T10:00:05.000", "a1", "/a", elsewhere),
        event("01T10:00:11.000", "a1", "page_closed", "/a"),
        // Left by the link that leads on, after 2.5 s, not when the next page has loaded.
        event("01T10:00:12.000", "a1", "page_visited", "/a"),
        link("01T10:00:14.500", "a1", "/a", onward),
        event("01T10:00:15.000", "a1", "page_visited", "/b"),
        // The page_closed of /b is lost, so /b lasts until the next page: 4 s.
        event("01T10:00:19.000", "a1", "page_visited", "/c"),
        // The page_closed of /c is lost, so it lasts until the session's end: 1.001 s.
        event("01T10:00:20.001", "a1", "session_ended", ""),
        // No session_ended either: /c lasts until the session's last event: 3 s.
        event("01T11:00:00.000", "b1", "session_created", ""),
        event("01T11:00:01.000", "b1", "page_visited", "/c"),
        click("01T11:00:04.000", "b1", "/c", "buy"),
        // A visit that nothing follows has no length.
        event("01T12:00:00.000", "b2", "session_created", ""),
        event("01T12:00:01.000", "b2", "page_visited", "/b"),
    ]);
    assert_eq!(
        tables.page_engagement,
        [
            engagement((FIRST, "/a"), (2, 12.5, 6.25), (1, 1)),
            engagement((FIRST, "/b"), (2, 4.0, 2.0), (2, 2)),
            engagement((FIRST, "/c"), (2, 4.001, 2.0005), (2, 2)),
        ]
    );
}

#[test]
fn a_session_over_midnight_counts_on_the_day_it_began_and_a_visit_on_its_own() {
    let (tables, notes) = observe(&[
        event("01T23:59:00.000", "a1", "session_created", ""),
        event("01T23:59:10.000", "a1", "page_visited", "/a"),
        click("01T23:59:50.000", "a1", "/a", "buy"),
        // The clicks after midnight meet no view of /a on their day.
        click("02T00:00:05.000", "a1", "/a", "buy"),
        event("02T00:00:10.000", "a1", "page_closed", "/a"),
        event("02T00:00:10.500", "a1", "page_visited", "/b"),
        event("02T00:00:20.500", "a1", "page_closed", "/b"),
        event("02T00:00:21.000", "a1", "session_ended", ""),
        event("02T08:00:00.000", "b1", "session_created", ""),
        event("02T08:00:01.000", "b1", "session_ended", ""),
    ]);
    assert_eq!(
        tables.page_engagement,
        [
            engagement((FIRST, "/a"), (1, 60.0, 60.0), (1, 1)),
            engagement((SECOND, "/b"), (1, 10.0, 10.0), (1, 1)),
        ]
    );
    let sessions = |date: &str, duration, views, clicks| SessionMetrics {
        date: date.to_owned(),
        total_sessions: 1,
        avg_duration_seconds: duration,
        avg_page_views: views,
        avg_clicks: clicks,
        unique_users: 1,
    };
    let expected = [sessions(FIRST, 81.0, 2.0, 2.0), sessions(SECOND, 1.0, 0.0, 0.0)];
    assert_eq!(tables.session_metrics, expected);
    let rate = |date: &str, views, ctr| ClickThroughRate {
        date: date.to_owned(),
        page_path: "/a".to_owned(),
        button_id: "buy".to_owned(),
        views,
        clicks: 1,
        ctr,
    };
    assert_eq!(tables.click_through_rates, [rate(FIRST, 1, Some(100.0)), rate(SECOND, 0, None)]);
    let active =
        |date: &str, users, new_users| UsersActive { date: date.to_owned(), users, new_users };
    assert_eq!(tables.users_active, [active(FIRST, 1, 1), active(SECOND, 2, 1)]);
    let expected = Notes {
        events: 10,
        sessions_without_start: 0,
        sessions_without_end: 0,
        ..Notes::default()
    };
    assert_eq!(notes, expected);
}

#[test]
fn a_session_without_an_end_lasts_to_its_last_event() {
    let (tables, notes) = observe(&[
        event("01T10:00:00.000", "a1", "session_created", ""),
        event("01T10:00:01.000", "a1", "page_visited", "/a"),
        click("01T10:00:10.000", "a1", "/a", "buy"),
        // The user's next session, which is not over when the timeline is.
        event("01T10:30:00.000", "a2", "session_created", ""),
        event("01T10:30:05.000", "a2", "page_visited", "/a"),
        link("01T10:30:06.000", "a2", "/a", json!({"href": "/b"})),
        event("01T10:30:06.000", "a2", "form_submit", "/a"),
        event("01T10:30:10.000", "a2", "page_visited", "/b"),
    ]);
    assert_eq!(
        tables.session_metrics,
        [SessionMetrics {
            date: FIRST.to_owned(),
            total_sessions: 2,
            avg_duration_seconds: 10.0,
            avg_page_views: 1.5,
            avg_clicks: 1.0,
            unique_users: 1,
        }]
    );
    assert_eq!(notes.sessions_without_end, 2);
}

#[test]
fn click_through_is_clicks_in_percent_of_the_page_s_views() {
    let (tables, _) = observe(&[
        event("01T10:00:01.000", "a1", "page_visited", "/a"),
        click("01T10:00:02.000", "a1", "/a", "buy"),
        click("01T10:00:03.000", "a1", "/a", "buy"),
        event("01T10:00:04.000", "a1", "page_visited", "/a"),
        event("01T10:00:05.000", "b1", "page_visited", "/a"),
        click("01T10:00:06.000", "b1", "/a", "share"),
        event("01T10:00:07.000", "b1", "page_visited", "/b"),
        click("01T10:00:08.000", "b1", "/b", "buy"),
    ]);
    let rate = |page: &str, button: &str, views, clicks, ctr| ClickThroughRate {
        date: FIRST.to_owned(),
        page_path: page.to_owned(),
        button_id: button.to_owned(),
        views,
        clicks,
        ctr: Some(ctr),
    };
    assert_eq!(
        tables.click_through_rates,
        [
            rate("/a", "buy", 3, 2, 66.666_667),
            rate("/a", "share", 3, 1, 33.333_333),
            rate("/b", "buy", 1, 1, 100.0),
        ]
    );
}

#[test]
fn events_are_counted_by_hour_and_type() {
    let (tables, _) = observe(&[
        event("01T00:00:00.000", "a1", "session_created", ""),
        event("01T00:59:59.999", "b1", "session_created", ""),
        event("01T01:00:00.000", "b1", "search_query", "/a"),
        event("01T01:00:00.001", "b1", "form_submit", "/a"),
    ]);
    let count = |hour, event_type: &str, events| EventCount {
        date: FIRST.to_owned(),
        hour,
        event_type: event_type.to_owned(),
        events,
    };
    assert_eq!(
        tables.event_counts,
        [count(0, "session_created", 2), count(1, "form_submit", 1), count(1, "search_query", 1)]
    );
}

#[test]
fn a_funnel_counts_each_session_once_a_step() {
    let visit = |time: &str, session: &str, page: &str| event(time, session, "page_visited", page);
    let (tables, _) = observe(&[
        step(visit("01T10:00:00.000", "a1", "/"), "shop", 1),
        step(visit("01T10:00:01.000", "a1", "/cart"), "shop", 2),
        // The same page again, as a random page and as the step: it counts no more.
        visit("01T10:00:02.000", "a1", "/cart"),
        step(visit("01T10:00:03.000", "a1", "/cart"), "shop", 2),
        step(visit("01T10:00:04.000", "b1", "/"), "shop", 1),
        step(visit("01T10:00:05.000", "c1", "/"), "shop", 1),
        step(visit("01T10:00:06.000", "d1", "/"), "read", 1),
        // The next day's session of a user counts again.
        step(visit("02T10:00:00.000", "a2", "/"), "shop", 1),
    ]);
    let funnel = |journey: &str, step, page: &str, sessions, conversion| Funnel {
        journey: journey.to_owned(),
        step,
        page_path: page.to_owned(),
        sessions,
        conversion,
    };
    assert_eq!(
        tables.funnels,
        [
            funnel("read", 1, "/", 1, 100.0),
            funnel("shop", 1, "/", 4, 100.0),
            funnel("shop", 2, "/cart", 1, 25.0),
        ]
    );
}

#[test]
fn no_events_give_no_rows() {
    assert_eq!(observe(&[]), (Tables::default(), Notes::default()));
}

#[test]
fn a_timeline_out_of_order_is_refused() {
    let mut expectations = Expectations::new();
    let later = event("01T10:00:01.000", "a1", "page_visited", "/a");
    let earlier = event("01T10:00:00.000", "a1", "page_visited", "/a");
    expectations.observe(&(&later).into()).unwrap();
    let error = expectations.observe(&(&earlier).into()).unwrap_err().to_string();
    assert!(
        error.contains("10:00:00.000Z stands after one at 2026-01-01T10:00:01.000Z"),
        "{error}"
    );
}

/// `columns` of the document says what each of its tables has, whichever there are.
#[test]
fn columns_are_those_of_the_tables_that_there_are() {
    let none = Tables::default;
    let all = [
        none(),
        Tables { goals: Some(Vec::new()), flow_funnels: Some(Vec::new()), ..none() },
        Tables { experiments: Some(Vec::new()), ..none() },
        Tables { experiment_properties: Some(Vec::new()), ..none() },
        Tables { revenue: Some(Vec::new()), ..none() },
        Tables { activity: Some(Vec::new()), ..none() },
        Tables { retention: Some(Vec::new()), ..none() },
        Tables { attribution: Some(Vec::new()), ..none() },
        Tables { policy_funnels: Some(Vec::new()), ..none() },
        Tables { lateness: Some(Vec::new()), ..none() },
        Tables { users: Some(Vec::new()), ..none() },
        Tables { sessions: Some(Vec::new()), ..none() },
    ];
    for tables in all {
        let document = expectations::json(&tables, &Notes::default(), None, None).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
        let names = |part: &str| -> BTreeSet<String> {
            document[part].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names("columns"), names("tables"));
    }
}
