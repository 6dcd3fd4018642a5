//! The tables under a policy, held against a second implementation: SQL over all that arrived.

use event_simulator::Scenario;
use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::expectations::{Expectations, csv_files};
use event_simulator::policy::{CountedPlace, PolicyIntake, Sessionizer, WindowLateness};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::scenario::shipped;
use event_simulator::wire::EventFields;
use rusqlite::{Connection, params};

use super::expectations_in_sql::{EVENTS, QUERIES, rows};

/// Everything that can go wrong on the way; but for a NUL in a text, which `SQLite` cannot hold.
pub(super) const WORLD: &str = "
simulation: { num_users: 8, duration_seconds: 7200, ramp_up_seconds: 600 }
start_time: 2026-03-28T23:00:00Z
users:
  devices: { per_user: 2 }
  identity: { signed_up: 0.4, sign_up: 0.3, log_in: 0.8 }
sessions:
  channels: { direct: 0.3, organic_search: 0.2, paid_search: 0.1, social: 0.1, paid_social: 0.1, email: 0.1, referral: 0.1 }
faults:
  touches: { share: 0.4 }
  before_midnight: { kind: returns, share: 0.3, at: 2026-03-28T23:59:59.999Z, event_type: heartbeat }
  midnight: { kind: returns, share: 0.3, at: 2026-03-29T00:00:00.000Z, event_type: heartbeat }
  before_summer: { kind: returns, share: 0.3, at: 2026-03-29T00:59:59.999Z, event_type: heartbeat }
  summer: { kind: returns, share: 0.3, at: 2026-03-29T01:00:00.000Z, event_type: heartbeat }
  idle: { kind: late, share: 1, from: 20m, to: 40m, at: 40m, when: { event_type: [button_clicked, page_closed] } }
  returns: { share: 0.3, delay: 10m, event_type: purchase }
  renamed: { kind: schema_change, share: 0.5, property: journey, change: rename, new_name: path_name }
  late: { share: 0.1, delay: { median: 60s, p90: 20m } }
  offline: { share: 0.1, delay: { min: 10m, max: 2h } }
  out_of_order: { share: 0.1 }
  lost: { share: 0.05 }
  duplicates: { share: 0.1, delay: { min: 1s, max: 30m } }
  again: { kind: duplicates, share: 0.1, delay: { min: 1s, max: 30m } }
  synthetic: { kind: duplicates, share: 0.05, copy: synthetic, delay: 3s }
  reidentified: { kind: duplicates, share: 0.05, copy: reidentified, delay: 2s }
  twins: { share: 0.02 }
  clock_skew: { share: 0.3, offset: { sd: 10m }, jump: { min: -1h, max: 1h } }
  future: { share: 0.01, offset: 30d }
  ties: { share: 0.1, precision: second }
  zone: { share: 0.1, time_zone: America/New_York }
  identity: { share: 0.4 }
  nobody: { kind: identity, share: 0.3, forms: poison_id }
  malformed: { share: 0.05, forms: [truncated, not_json, html, wrong_type, missing_field, null_id, invalid_utf8] }
  prefetches: { share: 0.05 }
  bots: { visitors: 4, every: 10m }
";

/// A policy, and what it means in SQL.
pub(super) struct Rules {
    pub(super) policy: &'static str,
    /// The time of an event, of `told`, `sent` and `received`, in milliseconds.
    pub(super) time: &'static str,
    /// The properties of an event.
    pub(super) props: &'static str,
    /// What of `read` does not count, whatever its copies.
    pub(super) refused: &'static str,
    /// The key of copies, and the window in milliseconds; none without the rule.
    pub(super) copies: Option<(&'static str, i64, &'static str)>,
    /// The person of an event of `kept`, whose first known user by its browser is `first`; and by then `known`.
    pub(super) person: &'static str,
    /// The ids of nobody, as SQL's texts.
    pub(super) nobody: &'static str,
    /// The gap of sessions in milliseconds; none for those that are sent.
    pub(super) gap: Option<i64>,
    /// Hours that local time is ahead of UTC: before the clocks are put forward, and after.
    pub(super) zone: (i64, i64),
}

/// 2026-03-29T01:00:00Z, when clocks are put forward in Europe.
const DST_MS: i64 = 1_774_746_000_000;

const FOREVER: i64 = 1 << 60;

pub(super) const AS_SENT: Rules = Rules {
    policy: "{}",
    time: "told",
    props: "props",
    refused: "FALSE",
    copies: None,
    person: "user",
    nobody: "NULL",
    gap: None,
    zone: (0, 0),
};

pub(super) const RULES: [Rules; 7] = [
    AS_SENT,
    Rules {
        policy: "{ clock: corrected, deduplicate: {}, ahead: 1h, identity: stitched, sessions: { gap: 30m }, \
                 bots: [Bot, headless, monitor], nobody: ['null', '0', undefined, anonymous, '00000000-0000-0000-0000-000000000000', '[object Object]'] }",
        time: "received - (sent - told)",
        refused: "time - received > 3600000 OR agent LIKE '%bot%' OR agent LIKE '%headless%' OR agent LIKE '%monitor%'",
        copies: Some(("id", FOREVER, "n")),
        person: "CASE WHEN user = browser THEN COALESCE(first, user) ELSE user END",
        nobody: "'null', '0', 'undefined', 'anonymous', '00000000-0000-0000-0000-000000000000', '[object Object]'",
        gap: Some(1_800_000),
        ..AS_SENT
    },
    Rules {
        policy: "{ deduplicate: { within: 10m }, lateness: { allowed: 5m }, identity: forward, \
                 time_zone: Europe/Berlin }",
        refused: "received - time > 300000",
        copies: Some(("id", 600_000, "n")),
        person: "CASE WHEN user = browser THEN COALESCE(known, user) ELSE user END",
        zone: (1, 2),
        ..AS_SENT
    },
    Rules {
        policy: "{ clock: received, deduplicate: { by: [event_id, page_path], keep: last }, \
                 sessions: { gap: 1m, cut: midnight } }",
        time: "received",
        copies: Some(("id || '|' || COALESCE(page, '')", FOREVER, "-n")),
        gap: Some(60_000),
        ..AS_SENT
    },
    Rules {
        policy: "{ lateness: { allowed: 20m, by: watermark }, ahead: 2h, sessions: { gap: 0s } }",
        refused: "time - received > 7200000 OR \
                  COALESCE(MAX(time) FILTER (WHERE time - received <= 7200000) OVER (ORDER BY n ROWS BETWEEN \
                  UNBOUNDED PRECEDING AND 1 PRECEDING), 0) - time > 1200000",
        gap: Some(0),
        ..AS_SENT
    },
    Rules {
        policy: "{ renamed: [{ property: journey, new_name: path_name }] }",
        props: "CASE WHEN props -> 'path_name' IS NULL OR props -> 'journey' IS NOT NULL THEN props
                ELSE json_set(props, '$.journey', json(props -> 'path_name')) END",
        ..AS_SENT
    },
    Rules {
        policy: "{ clock: corrected, lateness: { allowed: 1s, then: amend }, deduplicate: { by: [user_id, event_type], within: 1s } }",
        time: "received - (sent - told)",
        copies: Some(("user || '|' || type", 1_000, "n")),
        ..AS_SENT
    },
];

pub(super) fn arrivals(scenario: &Scenario) -> Vec<Vec<u8>> {
    let simulation = scenario.compile().unwrap().simulate(3);
    let mut deliveries = Deliveries::new(simulation);
    let mut writer = DeliveryWriter::new(deliveries.model());
    let mut lines = Vec::new();
    for delivery in deliveries.by_ref() {
        let mut line = Vec::new();
        writer.write_log(&delivery, &mut line);
        line.pop();
        lines.push(line);
    }
    lines
}

/// The events that count, each with its place, in order.
pub(super) fn counted(
    lines: &[Vec<u8>],
    policy: &PolicySpec,
) -> Vec<(CountedPlace, EventFields<'static>)> {
    counted_and_windows(lines, policy).0
}

fn counted_and_windows(
    lines: &[Vec<u8>],
    policy: &PolicySpec,
) -> (Vec<(CountedPlace, EventFields<'static>)>, Option<WindowLateness>) {
    let mut intake = PolicyIntake::new(policy);
    let mut counted = Vec::new();
    let mut count =
        |place, event: &EventFields<'_>| counted.push((place, event.clone().into_owned()));
    for line in lines {
        intake.arrive(line, &mut count);
    }
    let windows = intake.take_windows();
    let report = intake.finish(count);
    assert_eq!(report.counted, counted.len() as u64);
    let lost = report.malformed + report.duplicates + report.late + report.ahead + report.bots;
    assert_eq!(report.counted + lost, report.arrivals);
    let mut sessionizer = Sessionizer::new(policy);
    for (place, event) in &counted {
        sessionizer.look_ahead(*place, event);
    }
    counted.sort_by_key(|(place, _)| *place);
    for (place, event) in &mut counted {
        sessionizer.assign(*place, event);
    }
    (counted, windows)
}

pub(super) fn ours(lines: &[Vec<u8>], policy: &PolicySpec) -> Vec<(String, Vec<u8>)> {
    let (counted, windows) = counted_and_windows(lines, policy);
    let mut expectations = Expectations::new().under(policy).with_lateness(windows);
    for (_, event) in counted {
        expectations.observe(&event).unwrap();
    }
    csv_files(&expectations.finish()).unwrap()
}

/// All that arrived and can be read as an event.
fn load(lines: &[Vec<u8>]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE lines (n INTEGER PRIMARY KEY, line TEXT)").unwrap();
    for (number, line) in lines.iter().enumerate() {
        if let Ok(text) = std::str::from_utf8(line) {
            let row = params![number as i64, text];
            connection.execute("INSERT INTO lines VALUES (?1, ?2)", row).unwrap();
        }
    }
    let millis = |name: &str| {
        format!(
            "unixepoch(substr(line ->> '{name}', 1, 19)) * 1000 + CAST(substr(line ->> '{name}', 21, 3) AS INTEGER)"
        )
    };
    let (told, sent, received) = (millis("event_time"), millis("sent_at"), millis("received_at"));
    let is_text = |name: &str| format!("json_type(line, '$.{name}') = 'text'");
    let sound: Vec<String> =
        ["event_id", "event_type", "user_id", "session_id"].map(is_text).into();
    let sound = sound.join(" AND ");
    connection
        .execute_batch(&format!(
            "CREATE TABLE arrived AS SELECT n, {told} AS told, {sent} AS sent, {received} AS received,
               line ->> 'event_id' AS id, line ->> 'event_type' AS type, line ->> 'user_id' AS user,
               line ->> 'session_id' AS session, line ->> 'page_path' AS page, line ->> 'button_id' AS button,
               line -> 'props' AS props, line -> 'session' AS came, line ->> 'anonymous_id' AS browser,
               COALESCE(line -> 'device' ->> 'user_agent', '') AS agent
             FROM (SELECT n, line FROM lines WHERE json_valid(line))
             WHERE {sound} AND json_type(line, '$.props') = 'object'
               AND line ->> 'event_time' LIKE '____-__-__T__:__:__.___Z'"
        ))
        .unwrap();
    connection
}

pub(super) fn theirs(lines: &[Vec<u8>], rules: &Rules) -> Connection {
    let connection = load(lines);
    let Rules { time, refused, person, nobody, props, .. } = rules;
    let (key, within, order) = rules.copies.unwrap_or(("n", FOREVER, "n"));
    let (before, after) = rules.zone;
    let local = format!(
        "(time + 3600000 * CASE WHEN time < {DST_MS} THEN {before} ELSE {after} END) / 1000, 'unixepoch'"
    );
    let session = match rules.gap {
        None => "session".to_owned(),
        Some(_) => "person || '#' || (1 + SUM(begins) OVER (PARTITION BY person ORDER BY place))"
            .to_owned(),
    };
    let gap = rules.gap.unwrap_or(0);
    let cut = if rules.policy.contains("midnight") {
        format!(
            " OR strftime('%F', {local}) <> strftime('%F', LAG(time) OVER w / 1000, 'unixepoch')"
        )
    } else {
        String::new()
    };
    connection
        .execute_batch(&format!(
            "{EVENTS}
             CREATE TABLE read AS SELECT *, {time} AS time FROM arrived ORDER BY n;
             CREATE TABLE judged AS SELECT *, {refused} AS is_refused FROM read ORDER BY n;
             CREATE TABLE ordered AS SELECT *, {key} AS key,
               ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) AS r
             FROM judged WHERE NOT is_refused;
             CREATE INDEX by_key ON ordered (key, r);
             CREATE TABLE kept AS
             WITH RECURSIVE walk (key, r, n, since, counts) AS (
               SELECT key, r, n, received, TRUE FROM ordered WHERE r = 1
               UNION ALL
               SELECT o.key, o.r, o.n,
                 CASE WHEN o.received - w.since > {within} THEN o.received ELSE w.since END,
                 o.received - w.since > {within}
               FROM walk w JOIN ordered o ON o.key = w.key AND o.r = w.r + 1)
             SELECT ROW_NUMBER() OVER (ORDER BY o.time,
                 CASE o.type WHEN 'session_created' THEN 0 WHEN 'session_ended' THEN 2 ELSE 1 END,
                 (SELECT MIN(n) FROM ordered f WHERE f.key = o.key AND {within} = {FOREVER} OR f.n = o.n)) AS place, o.*
             FROM walk w JOIN ordered o ON o.n = w.n WHERE w.counts;
             UPDATE kept SET user = browser WHERE user IN ({nobody}) AND browser IS NOT NULL;
             CREATE TABLE stitched AS SELECT *,
               MIN(CASE WHEN user <> browser THEN place END) OVER (PARTITION BY browser) AS first_place,
               MIN(CASE WHEN user <> browser THEN place END) OVER (PARTITION BY browser ORDER BY place) AS known_place
             FROM kept;
             CREATE TABLE persons AS SELECT {person} AS person, s.* FROM (
               SELECT s.*, f.user AS first, k.user AS known FROM stitched s
               LEFT JOIN kept f ON f.place = s.first_place LEFT JOIN kept k ON k.place = s.known_place) s;
             INSERT INTO events
             SELECT place, time, strftime('%F', {local}), CAST(strftime('%H', {local}) AS INTEGER), type,
               person, {session}, page, button, {props}, json_object('session', json(came))
             FROM (SELECT *, COALESCE(time - LAG(time) OVER w > {gap}{cut}, FALSE) AS begins
               FROM persons WINDOW w AS (PARTITION BY person ORDER BY place)) ORDER BY place;"
        ))
        .unwrap();
    connection
}

/// Gives the number of rows of all tables.
fn assert_agreement(name: &str, lines: &[Vec<u8>], rules: &Rules) -> usize {
    let name = format!("{name} {}", rules.policy);
    let policy = PolicySpec::read(rules.policy.as_bytes(), "policy").unwrap();
    let connection = theirs(lines, rules);
    let mut count = 0;
    for ((file, contents), query) in ours(lines, &policy).iter().zip(QUERIES) {
        let mut reader = csv::Reader::from_reader(&contents[..]);
        let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
        let ours: Vec<Vec<String>> = reader.records().map(|row| cells(row.unwrap())).collect();
        let theirs = rows(&connection, query);
        let more = ours.iter().filter(|row| !theirs.contains(row)).collect::<Vec<_>>();
        let fewer = theirs.iter().filter(|row| !ours.contains(row)).collect::<Vec<_>>();
        assert!(ours == theirs, "{name}: {file}: {more:?} for {fewer:?}");
        count += ours.len();
    }
    count
}

/// At a bound to the millisecond: what is more is beyond, what is equal is not.
#[test]
fn bounds_are_kept_to_the_millisecond() {
    let line = |id: u32, happened: &str, received: &str| {
        format!(
            r#"{{"event_id":"{id}","event_time":"2026-01-01T{happened}Z","event_type":"x","user_id":"u","session_id":"s","props":{{}},"received_at":"2026-01-01T{received}Z"}}"#
        )
        .into_bytes()
    };
    let counted = |policy: &str, lines: &[Vec<u8>]| {
        let policy = PolicySpec::read(policy.as_bytes(), "policy").unwrap();
        let counted = counted(lines, &policy);
        let shown =
            counted.iter().map(|(_, event)| format!("{} {}", event.event_id, event.session_id));
        shown.collect::<Vec<_>>().join(", ")
    };
    let gaps = ["10:00:00.000", "10:30:00.000", "11:00:00.001"];
    let gaps: Vec<_> = (0..).zip(gaps).map(|(id, time)| line(id, time, time)).collect();
    assert_eq!(counted("sessions: { gap: 30m }", &gaps), "0 u#1, 1 u#1, 2 u#2");
    let late = ["10:10:00.000", "10:10:00.001"].map(|at| line(1, "10:00:00.000", at));
    assert_eq!(counted("lateness: { allowed: 10m }", &late), "1 s");
    let ahead = ["10:00:00.000", "09:59:59.999"].map(|at| line(1, "11:00:00.000", at));
    assert_eq!(counted("ahead: 1h", &ahead), "1 s");
    let copies = ["10:00:00.000", "10:10:00.000", "10:10:00.001", "10:20:00.001"];
    let copies = copies.map(|at| line(1, "10:00:00.000", at));
    assert_eq!(counted("deduplicate: { within: 10m }", &copies), "1 s, 1 s");
    assert_eq!(counted("deduplicate: { within: 10m, keep: last }", &copies[..2]), "1 s");
    let mark = [
        line(1, "10:20:00.000", "10:20:00.000"),
        line(2, "10:10:00.000", "10:20:00.001"),
        line(3, "10:09:59.999", "10:20:00.002"),
    ];
    assert_eq!(counted("lateness: { allowed: 10m, by: watermark }", &mark), "2 s, 1 s");
}

#[test]
fn sql_agrees_on_what_counts_under_a_policy() {
    let lines = arrivals(&Scenario::from_yaml(WORLD).unwrap());
    // Nobody's in the rules: without such events they would say nothing.
    let is_nobodys = |line: &&Vec<u8>| {
        let line = String::from_utf8_lossy(line);
        let ids = ["null", "undefined", "0", "anonymous", "[object Object]"];
        ids.iter().any(|id| line.contains(&format!(r#""user_id":"{id}""#)))
    };
    assert!(lines.iter().filter(is_nobodys).count() > 20);
    for rules in &RULES {
        assert!(assert_agreement("the world", &lines, rules) > 100);
    }
}

/// Every shipped scenario with all faults, under one policy each.
#[test]
fn sql_agrees_on_shipped_scenarios_with_all_faults() {
    let faults = Scenario::from_yaml(WORLD).unwrap().faults;
    let rules = RULES.iter().filter(|rules| rules.zone == (0, 0)).cycle();
    for (shipped, rules) in shipped::ALL.iter().zip(rules) {
        let mut scenario = shipped.load().unwrap().scenario;
        let simulation = &mut scenario.simulation;
        simulation.num_users = simulation.num_users.min(8);
        simulation.duration_seconds = 1_800.0;
        scenario.faults = faults.clone();
        // Without accounts nobody logs in.
        let has_accounts = scenario.users.identity.is_some();
        scenario.faults.0.retain(|(name, _)| name != "identity" || has_accounts);
        assert_agreement(shipped.name, &arrivals(&scenario), rules);
    }
}
