//! The expectations, held against a second implementation: SQL over all events in memory, written as
//! simply as the definitions allow.

use event_simulator::expectations::{Declared, Expectations, Tables, csv_files};
use event_simulator::forecast::ExperimentForecast;
use event_simulator::scenario::{Scenario, shipped};
use event_simulator::{Event, VirtualTime, event_type};
use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

pub(super) const EVENTS: &str = "
CREATE TABLE events (
  n INTEGER PRIMARY KEY, time INTEGER, date TEXT, hour INTEGER, type TEXT, user TEXT, session TEXT,
  page TEXT, button TEXT, props TEXT, own TEXT
);
CREATE INDEX by_session ON events (session, n);";

/// One query a table, in the order of `csv_files`.
pub(super) const QUERIES: [&str; 6] = [
    "WITH visits AS (
       SELECT v.date, v.page, v.user, v.session, COALESCE(
         (SELECT MIN(x.time) FROM events x
          WHERE x.session = v.session AND x.n > v.n AND x.page = v.page
            AND (x.type = 'page_closed' OR
              x.type = 'link_click' AND COALESCE(x.props ->> 'target', '') <> '_blank')
            AND x.n < COALESCE(
              (SELECT MIN(y.n) FROM events y WHERE y.session = v.session AND y.n > v.n
                AND y.type = 'page_visited' AND y.page = v.page), 1e18)),
         (SELECT MIN(x.time) FROM events x
          WHERE x.session = v.session AND x.n > v.n AND x.type = 'page_visited'),
         (SELECT MAX(x.time) FROM events x WHERE x.session = v.session)) - v.time AS millis
       FROM events v WHERE v.type = 'page_visited' AND v.page IS NOT NULL)
     SELECT date, page, COUNT(*), SUM(millis) / 1000.0, AVG(millis) / 1000.0,
       COUNT(DISTINCT user), COUNT(DISTINCT session)
     FROM visits GROUP BY date, page ORDER BY date, page",
    "WITH sessions AS (
       SELECT session, MIN(date) AS date, MAX(time) - MIN(time) AS millis, MIN(n) AS first,
         SUM(type = 'page_visited') AS views, SUM(type IN ('button_clicked', 'link_click')) AS clicks
       FROM events GROUP BY session)
     SELECT s.date, COUNT(*), AVG(millis) / 1000.0, AVG(views), AVG(clicks), COUNT(DISTINCT e.user)
     FROM sessions s JOIN events e ON e.n = s.first GROUP BY s.date ORDER BY s.date",
    "SELECT c.date, c.page, c.button, v.views, COUNT(*), COUNT(*) * 100.0 / NULLIF(v.views, 0)
     FROM events c JOIN (
       SELECT d.date, d.page, SUM(e.type IS 'page_visited') AS views
       FROM (SELECT DISTINCT date, page FROM events) d
       LEFT JOIN events e ON e.date = d.date AND e.page = d.page
       GROUP BY d.date, d.page) v ON v.date = c.date AND v.page = c.page
     WHERE c.type = 'button_clicked' AND c.page IS NOT NULL AND c.button IS NOT NULL
     GROUP BY c.date, c.page, c.button ORDER BY c.date, c.page, c.button",
    "SELECT date, hour, type, COUNT(*) FROM events
     GROUP BY date, hour, type ORDER BY date, hour, type",
    "WITH steps AS (
       SELECT props ->> 'journey' AS journey, props ->> 'step' AS step, page,
         COUNT(DISTINCT session) AS sessions
       FROM events WHERE type = 'page_visited' AND props ->> 'journey' IS NOT NULL
       GROUP BY journey, step, page)
     SELECT s.journey, s.step, s.page, s.sessions, s.sessions * 100.0 /
       (SELECT SUM(sessions) FROM steps f WHERE f.journey = s.journey
          AND f.step = (SELECT MIN(step) FROM steps g WHERE g.journey = s.journey))
     FROM steps s ORDER BY s.journey, s.step, s.page",
    "SELECT e.date, COUNT(DISTINCT e.user), COUNT(DISTINCT f.user)
     FROM events e
     LEFT JOIN (SELECT user, MIN(date) AS date FROM events GROUP BY user) f
       ON f.user = e.user AND f.date = e.date
     GROUP BY e.date ORDER BY e.date",
];

pub(super) fn load(events: &[Event]) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(EVENTS).unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction
            .prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
            .unwrap();
        for (n, event) in (0_i64..).zip(events) {
            let time = event.event_time.to_string();
            let hour: i64 = time[11..13].parse().unwrap();
            let props = serde_json::to_string(&event.props).unwrap();
            insert
                .execute(params![
                    n,
                    event.event_time.as_millis() as i64,
                    &time[..10],
                    hour,
                    event.event_type,
                    event.user_id,
                    event.session_id,
                    event.page_path,
                    event.button_id,
                    props,
                    serde_json::to_string(&event.own).unwrap(),
                ])
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    connection
}

/// A query's rows as the CSV writer would write them, so that they compare as text; numbers with
/// decimals are rounded as the expectations say.
pub(super) fn rows(connection: &Connection, query: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let cell = |value| match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{:?}", (number * 1e6).round() / 1e6),
        Value::Text(text) => text,
        Value::Blob(_) => unreachable!(),
    };
    let rows = statement.query_map([], |row| {
        Ok((0..columns).map(|column| cell(row.get(column).unwrap())).collect())
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn assert_agreement(name: &str, events: &[Event]) {
    let rows = assert_tables_agree(name, events);
    assert_eq!(rows.contains(&0), events.is_empty(), "{name}: {rows:?}");
}

/// Gives the number of rows of each table.
fn assert_tables_agree(name: &str, events: &[Event]) -> Vec<usize> {
    let mut expectations = Expectations::new();
    for event in events {
        expectations.observe(&event.into()).unwrap();
    }
    let tables: Tables = expectations.finish();
    let connection = load(events);
    let mut sizes = Vec::new();
    for ((file, contents), query) in csv_files(&tables).unwrap().iter().zip(QUERIES) {
        let mut reader = csv::Reader::from_reader(&contents[..]);
        let ours: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let theirs = rows(&connection, query);
        assert_eq!(ours, theirs, "{name}: {file}");
        sizes.push(ours.len());
    }
    sizes
}

/// Cut to a size that naive SQL can do in a moment.
pub(super) fn small(mut scenario: Scenario, users: u32, seconds: f64) -> Scenario {
    let simulation = &mut scenario.simulation;
    simulation.num_users = simulation.num_users.min(users);
    let is_endless = simulation.duration_seconds <= 0.0;
    simulation.duration_seconds =
        if is_endless { seconds } else { simulation.duration_seconds.min(seconds) };
    scenario
}

#[test]
fn sql_agrees_on_every_shipped_scenario() {
    for shipped in shipped::ALL {
        let scenario = small(shipped.load().unwrap().scenario, 40, 1_800.0);
        let events: Vec<Event> = scenario.compile().unwrap().simulate(scenario.seed).collect();
        // Few users have come by then where they come over the run.
        if scenario.flow.is_none() && scenario.traffic.is_none() {
            assert_agreement(shipped.name, &events);
        } else {
            assert_tables_agree(shipped.name, &events);
        }
    }
}

/// The rows of a table of `csv_files`.
pub(super) fn rows_of(files: &[(String, Vec<u8>)], name: &str) -> Vec<Vec<String>> {
    let (_, contents) = files.iter().find(|(file, _)| file == name).unwrap();
    let mut reader = csv::Reader::from_reader(&contents[..]);
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| cells(record.unwrap())).collect()
}

/// The day of a session's first event that reaches it, and whose it is.
fn goal_query(name: &str, reaches: &str) -> String {
    format!(
        "SELECT e.date, '{name}', COUNT(*), COUNT(DISTINCT e.user) FROM
           (SELECT MIN(n) AS n FROM events WHERE {reaches} GROUP BY session) f
           JOIN events e ON e.n = f.n GROUP BY e.date"
    )
}

/// Sessions with events of the first steps in their order, within a window.
fn step_query(steps: &[&str], reached: &str, window_ms: u64) -> String {
    let names: Vec<String> = (1..=steps.len()).map(|step| format!("e{step}")).collect();
    let from: Vec<String> = names.iter().map(|name| format!("events {name}")).collect();
    let mut wanted: Vec<String> =
        steps.iter().zip(&names).map(|(step, name)| step.replace('$', name)).collect();
    for pair in names.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        wanted.push(format!("{before}.session = {after}.session AND {before}.n < {after}.n"));
    }
    let last = &names[names.len() - 1];
    wanted.push(format!("{last}.time - e1.time <= {window_ms}"));
    format!(
        "SELECT 'buying' AS funnel, {} AS step, '{reached}' AS reached,
           COUNT(DISTINCT e1.session) AS sessions FROM {} WHERE {}",
        steps.len(),
        from.join(", "),
        wanted.join(" AND "),
    )
}

#[test]
fn sql_agrees_on_goals_and_funnels() {
    let steps = [
        ("/products/detail", "$.type = 'page_visited' AND $.page = '/products/detail'"),
        ("add_to_cart", "$.type = 'add_to_cart'"),
        ("/checkout", "$.type = 'page_visited' AND $.page = '/checkout'"),
        ("purchase", "$.type = 'purchase'"),
    ];
    let mut of_windows = Vec::new();
    for (window, window_ms) in [("1h", 3_600_000), ("2m", 120_000), ("20s", 20_000)] {
        let shop = shipped::find("web-shop").unwrap().yaml;
        let shop = shop.replace("window: 1h", &format!("window: {window}"));
        let mut scenario = Scenario::from_yaml(&shop).unwrap();
        scenario.start_time = "2026-01-01T12:00:00Z".parse().unwrap();
        let events: Vec<Event> = scenario.compile().unwrap().simulate(3).collect();
        let mut expectations = Expectations::of_declared(Declared::new(&scenario));
        for event in &events {
            expectations.observe(&event.into()).unwrap();
        }
        let files = csv_files(&expectations.finish()).unwrap();
        let connection = load(&events);
        let goals = [
            goal_query("cart", "type = 'page_visited' AND page = '/cart'"),
            goal_query("checkout", "type = 'page_visited' AND page = '/checkout'"),
            goal_query("conversion", "type = 'purchase'"),
        ];
        let query = format!("{} ORDER BY 1, 2", goals.join(" UNION ALL "));
        let goals = rows(&connection, &query);
        assert!(goals.len() >= 6, "{goals:?}");
        assert_eq!(rows_of(&files, "goals.csv"), goals);
        let conditions: Vec<&str> = steps.iter().map(|(_, condition)| *condition).collect();
        let queries =
            (0..steps.len()).map(|step| step_query(&conditions[..=step], steps[step].0, window_ms));
        let counted = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let query = format!(
            "WITH counted AS ({counted}) SELECT funnel, step, reached, sessions, sessions * 100.0 /
               (SELECT sessions FROM counted WHERE step = 1)
             FROM counted WHERE sessions > 0 ORDER BY step"
        );
        let funnel = rows(&connection, &query);
        assert_eq!(rows_of(&files, "flow_funnels.csv"), funnel);
        of_windows.push(funnel);
    }
    assert!(of_windows[0] != of_windows[1] && of_windows[1] != of_windows[2], "{of_windows:?}");
}

#[test]
fn sql_agrees_on_experiments() {
    let mut scenario = shipped::find("checkout-experiment").unwrap().load().unwrap().scenario;
    scenario.simulation.num_users = 700;
    let model = scenario.compile().unwrap();
    let events: Vec<Event> = model.simulate(3).collect();
    let forecast = model.forecast();
    let effects = forecast.experiments.iter().flat_map(ExperimentForecast::true_effects);
    let declared = Declared::new(&scenario).with_effects(effects.collect());
    let mut expectations = Expectations::of_declared(declared);
    for event in &events {
        expectations.observe(&event.into()).unwrap();
    }
    let tables = expectations.finish();
    let connection = load(&events);
    let query = "
      WITH exposed AS (
        SELECT DISTINCT props ->> 'experiment' AS experiment, props ->> 'variant' AS variant, user, session
        FROM events WHERE type = 'experiment_viewed'),
      goals AS (
        SELECT DISTINCT 'checkout' AS goal, session FROM events
        WHERE type = 'page_visited' AND page = '/checkout'
        UNION SELECT DISTINCT 'conversion', session FROM events WHERE type = 'purchase'),
      counted AS (
        SELECT experiment, variant, goal, COUNT(DISTINCT user) AS users,
          COUNT(DISTINCT e.session) AS sessions,
          COUNT(DISTINCT e.session) FILTER (WHERE EXISTS (
            SELECT 1 FROM goals g WHERE g.goal = n.goal AND g.session = e.session)) AS conversions
        FROM exposed e, (SELECT 'checkout' AS goal UNION SELECT 'conversion') n
        GROUP BY experiment, variant, goal),
      rates AS (SELECT *, conversions * 100.0 / sessions AS rate FROM counted)
      SELECT r.experiment, r.variant, r.goal, r.users, r.sessions, r.conversions, r.rate,
        (r.rate / f.rate - 1) * 100.0, NULL, NULL
      FROM rates r JOIN rates f ON f.experiment = r.experiment AND f.goal = r.goal
        AND f.variant = CASE r.experiment WHEN 'footer' THEN 'old' ELSE 'control' END
      ORDER BY 1, 2, 3";
    let mut counted = tables.clone();
    for row in counted.experiments.iter_mut().flatten() {
        let (true_rate, rate) = (row.true_rate.take().unwrap(), row.rate);
        let error = (rate * (100.0 - rate) / row.sessions as f64).sqrt();
        assert!((rate - true_rate).abs() <= 4.0 * error + 1e-6, "{row:?}: {true_rate}");
        assert!(row.true_lift.take().is_some());
    }
    let files = csv_files(&counted).unwrap();
    let wanted = rows(&connection, query);
    assert_eq!(wanted.len(), 8);
    assert_eq!(rows_of(&files, "experiments.csv"), wanted);
}

/// Two days, lost `page_closed` and `session_ended`, links of both kinds, and a session that the end
/// of the timeline cuts off.
#[test]
fn sql_agrees_where_beacons_are_lost_and_days_end() {
    let yaml = "
start_time: 2026-01-01T22:30:00Z
simulation: {num_users: 25, duration_seconds: 7200}
event_probabilities:
  session_start: 0.05
  session_end: 0.03
  page_visit: 0.25
  page_close: 0.12
  button_click: 0.43
  link_click: 0.12
";
    let scenario = Scenario::from_yaml(yaml).unwrap();
    for seed in 0..3 {
        let mut events: Vec<Event> = scenario.compile().unwrap().simulate(seed).collect();
        events.truncate(events.len() - 200);
        assert!(events.len() > 5_000, "{}", events.len());
        assert_agreement("lost beacons", &events);
    }
}

/// What a user does next: after how long, in a new session or not, which event, where, and a flag.
type Step = (u64, bool, &'static str, Option<u8>, bool);

fn step() -> impl Strategy<Value = Step> {
    let event_type = prop::sample::select(vec![
        event_type::PAGE_VISITED,
        event_type::PAGE_CLOSED,
        event_type::LINK_CLICK,
        event_type::BUTTON_CLICKED,
        "form_submit",
    ]);
    let page = prop::option::weighted(0.9, 0_u8..4);
    (1_u64..9_000_000, prop::bool::weighted(0.05), event_type, page, any::<bool>())
}

fn events_of(steps: Vec<Step>) -> Vec<Event> {
    let (mut time, mut session) = (VirtualTime::MIN, 0);
    let event = |(gap, is_new, event_type, page, flag): Step| {
        time = time.checked_add_millis(gap).unwrap();
        session += u32::from(is_new);
        // What leaves a page says which.
        let leaves = matches!(event_type, event_type::PAGE_CLOSED | event_type::LINK_CLICK);
        let page = page.or(leaves.then_some(0));
        let mut props = serde_json::Map::new();
        if flag && event_type == event_type::LINK_CLICK {
            props.insert("target".to_owned(), "_blank".into());
        }
        Event {
            event_id: time.to_string(),
            event_time: time,
            event_type: event_type.to_owned(),
            user_id: "u".to_owned(),
            session_id: session.to_string(),
            page_path: page.map(|page| format!("/{page}")),
            button_id: flag.then(|| "b".to_owned()),
            props,
            own: serde_json::Map::new(),
        }
    };
    steps.into_iter().map(event).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Tabs, pages that are visited again, pages that nobody knows, sessions that end anywhere.
    #[test]
    fn sql_agrees_on_pages_in_any_order(steps in prop::collection::vec(step(), 1..60)) {
        assert_tables_agree("any order", &events_of(steps));
    }
}
