//! What a scenario declares, and rows, held against SQL over all events of a shop.

use event_simulator::expectations::{Declared, Expectations, csv_files};
use event_simulator::scenario::{Scenario, shipped};
use event_simulator::{Event, event_type};

use super::expectations_in_sql::{load, rows, rows_of};

/// Days, currencies with 0, 2 and 3 digits, users who become known, and sessions that go on meanwhile.
fn shop() -> (Scenario, Vec<Event>) {
    let mut scenario = shipped::find("web-shop").unwrap().load().unwrap().scenario;
    scenario.simulation.num_users = 150;
    scenario.start_time = "2026-01-01T12:00:00Z".parse().unwrap();
    let events: Vec<Event> = scenario.compile().unwrap().simulate(3).collect();
    assert!(events.iter().any(|event| event.event_type == event_type::LOGGED_OUT));
    (scenario, events)
}

#[test]
fn sql_agrees_on_what_a_scenario_declares_and_on_rows() {
    let (scenario, events) = shop();
    let mut expectations = Expectations::of_declared(Declared::new(&scenario)).with_rows();
    for event in &events {
        expectations.observe(&event.into()).unwrap();
    }
    let (tables, notes) = expectations.finish_with_notes();
    assert_eq!(notes.sessions_without_start, 0);
    let files = csv_files(&tables).unwrap();
    let connection = load(&events);
    let attributes = [
        "user.country",
        "user.currency",
        "user.persona",
        "user.plan",
        "device.kind",
        "device.os",
        "device.browser",
        "device.screen",
        "device.language",
        "device.user_agent",
        "session.channel",
        "session.utm_source",
        "session.utm_medium",
        "session.utm_campaign",
        "session.referrer",
    ];
    let activity = attributes.map(|attribute| {
        format!(
            "SELECT date, '{attribute}' AS attribute, own ->> '$.{attribute}' AS value, COUNT(*),
               COUNT(DISTINCT user)
             FROM events WHERE own ->> '$.{attribute}' IS NOT NULL GROUP BY date, value"
        )
    });
    let activity = format!("{} ORDER BY 1, 2, 3", activity.join(" UNION ALL "));
    for (table, query) in [
        (
            "revenue.csv",
            "SELECT date, type, 'amount', props ->> 'currency', COUNT(*),
               SUM(CAST(ROUND((props ->> 'amount') * 1000) AS INTEGER)) / 1000.0
             FROM events WHERE type = 'purchase' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        ),
        ("activity.csv", &activity),
        (
            "users.csv",
            "SELECT user, strftime('%Y-%m-%dT%H:%M:%fZ', MIN(time) / 1000.0, 'unixepoch'),
               strftime('%Y-%m-%dT%H:%M:%fZ', MAX(time) / 1000.0, 'unixepoch'),
               COUNT(DISTINCT session), COUNT(*), MIN(own -> '$.user')
             FROM events GROUP BY user ORDER BY user",
        ),
        (
            "sessions.csv",
            "SELECT s.session,
               COALESCE((SELECT user FROM events k WHERE k.session = s.session AND k.user LIKE 'user%'
                 ORDER BY n LIMIT 1), MIN(user)),
               strftime('%Y-%m-%dT%H:%M:%fZ', MIN(time) / 1000.0, 'unixepoch'),
               strftime('%Y-%m-%dT%H:%M:%fZ', MAX(time) / 1000.0, 'unixepoch'),
               (MAX(time) - MIN(time)) / 1000.0,
               CASE MAX(type = 'session_ended') WHEN 1 THEN 'true' ELSE 'false' END, COUNT(*),
               SUM(type = 'page_visited'), SUM(type IN ('button_clicked', 'link_click')),
               (SELECT page FROM events l WHERE l.session = s.session AND page IS NOT NULL
                 ORDER BY n LIMIT 1),
               (SELECT page FROM events x WHERE x.session = s.session AND page IS NOT NULL
                 ORDER BY n DESC LIMIT 1),
               MIN(own -> '$.session'), MIN(own -> '$.device')
             FROM events s GROUP BY s.session ORDER BY s.session",
        ),
    ] {
        let (ours, theirs) = (rows_of(&files, table), rows(&connection, query));
        assert!(ours.len() >= 7, "{table}: {ours:?}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{table}");
        }
        assert_eq!(ours.len(), theirs.len(), "{table}");
    }
}

/// A cart holds what the session added before, and its sum is exact.
#[test]
fn carts_are_what_sessions_added() {
    let (_, events) = shop();
    let connection = load(&events);
    let wrong = rows(
        &connection,
        "SELECT p.session, p.props ->> 'items' FROM events p WHERE p.type = 'purchase' AND (
           SELECT COALESCE(json_group_array(json(a.item)), '[]') FROM (
             SELECT json_object('product', json(c.props -> 'product'), 'price', c.props -> 'price',
               'quantity', c.props -> 'quantity') AS item
             FROM events c WHERE c.session = p.session AND c.type = 'add_to_cart' AND c.n < p.n
               AND c.n > COALESCE((SELECT MAX(q.n) FROM events q WHERE q.session = p.session
                 AND q.type = 'purchase' AND q.n < p.n), -1)
             ORDER BY c.n) a) ->> '$[0].product.sku' IS NOT p.props ->> '$.items[0].product.sku'",
    );
    assert_eq!(wrong, Vec::<Vec<String>>::new());
    let sums = rows(
        &connection,
        "SELECT COUNT(*), SUM(ABS(p.props ->> 'amount' - (SELECT COALESCE(SUM(
           (i.value ->> 'price') * (i.value ->> 'quantity')), 0)
           FROM json_each(p.props, '$.items') i)) > 1e-6) FROM events p WHERE p.type = 'purchase'",
    );
    assert!(sums[0][0].parse::<u32>().unwrap() > 10, "{sums:?}");
    assert_eq!(sums[0][1], "0");
}

const RETENTION: &str = "
WITH cohorts AS (SELECT user, MIN(date) AS cohort FROM events GROUP BY user)
SELECT c.cohort, CAST(JULIANDAY(e.date) - JULIANDAY(c.cohort) AS INTEGER) AS day,
  (SELECT COUNT(*) FROM cohorts o WHERE o.cohort = c.cohort) AS cohort_users,
  COUNT(DISTINCT e.user),
  COUNT(DISTINCT e.user) * 100.0 / (SELECT COUNT(*) FROM cohorts o WHERE o.cohort = c.cohort)
FROM events e JOIN cohorts c ON c.user = e.user GROUP BY c.cohort, day ORDER BY c.cohort, day";

/// Users who come over the days and leave, and those of a shop, who become known and of whom nobody leaves.
#[test]
fn sql_agrees_on_retention() {
    let mut news = shipped::find("news-site").unwrap().load().unwrap().scenario;
    news.simulation.num_users = 300;
    news.traffic.as_mut().unwrap().new_users_per_day = Some(30.0);
    assert!(!Declared::new(&news).is_empty());
    let declared = Expectations::of_declared(Declared::new(&news));
    let events: Vec<Event> = news.compile().unwrap().simulate(3).collect();
    for (name, mut expectations, events) in [
        ("declared", declared, events),
        ("asked for", Expectations::new().with_retention(), shop().1),
        ("nothing", Expectations::new().with_retention(), Vec::new()),
    ] {
        for event in &events {
            expectations.observe(&event.into()).unwrap();
        }
        let tables = expectations.finish();
        let active: u64 = tables.users_active.iter().map(|day| day.users).sum();
        let retained: u64 = tables.retention.iter().flatten().map(|cell| cell.users).sum();
        assert_eq!(retained, active, "{name}");
        let ours = rows_of(&csv_files(&tables).unwrap(), "retention.csv");
        assert_eq!(ours, rows(&load(&events), RETENTION), "{name}");
        assert_eq!(ours.len() < 3, events.is_empty(), "{name}: {ours:?}");
    }
}
