//! Conversions attributed to channels, held against a second implementation: SQL over all that arrived.

use event_simulator::Scenario;
use event_simulator::scenario::policy::{AttributionRules, CreditModel, PolicySpec};
use event_simulator::scenario::shipped;

use rusqlite::Connection;

use super::expectations_in_sql::{rows, rows_of};
use super::policies_in_sql::{RULES, Rules, WORLD, arrivals, ours, theirs};

const HALF_LIFE_MS: f64 = 300_000.0;

const MODELS: [(&str, &str); 6] = [
    ("first_touch", "r = 1"),
    ("last_touch", "r = k"),
    ("last_non_direct", "place = COALESCE(last_known, last)"),
    ("linear", "1"),
    ("position_based", "CASE WHEN k < 3 THEN 1 WHEN r IN (1, k) THEN 2 * (k - 2) ELSE 1 END"),
    ("time_decay", "(SELECT weight FROM decays WHERE decays.age = counted.age)"),
];

/// What events say of where they come from, and from that the touches of each person.
const TOUCHES: &str = "
WITH said AS (
  SELECT n AS place, time, date, user, session, type, props,
    NULLIF(own ->> '$.session.utm_source', '') AS source,
    NULLIF(own ->> '$.session.utm_medium', '') AS medium,
    NULLIF(own ->> '$.session.utm_campaign', '') AS campaign,
    own ->> '$.session.gclid' AS gclid, own ->> '$.session.fbclid' AS fbclid,
    SUBSTR(own ->> '$.session.referrer', INSTR(own ->> '$.session.referrer', '://') + 3) AS address
  FROM events),
hosts AS (
  SELECT *, REPLACE('|' || SUBSTR(address, 1, INSTR(address || '/', '/') - 1), '|www.', '|') AS host FROM said),
told AS (
  SELECT place, time, date, user, session, type, props, CASE
    WHEN COALESCE(source, medium, campaign) IS NOT NULL
      THEN json_array(COALESCE(source, ''), COALESCE(medium, ''), COALESCE(campaign, ''))
    WHEN gclid IS NOT NULL THEN json_array('google', 'cpc', '')
    WHEN fbclid IS NOT NULL THEN json_array('facebook', 'paid_social', '')
    WHEN host IS NULL OR host = '|pay.example' THEN NULL
    ELSE json_array(SUBSTR(host, 2), CASE
      WHEN host IN ('|google.com', '|bing.com', '|duckduckgo.com') THEN 'organic'
      WHEN host IN ('|facebook.com', '|instagram.com', '|reddit.com', '|linkedin.com') THEN 'social'
      ELSE 'referral' END, '')
    END AS touch
  FROM hosts),
numbered AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY session, user ORDER BY place) AS r FROM told),
candidates AS (
  SELECT *, LAG(touch) OVER (PARTITION BY session, user ORDER BY place) AS before
  FROM numbered WHERE r = 1 OR touch IS NOT NULL),
touches AS (SELECT * FROM candidates WHERE r = 1 OR before IS NOT touch)";

fn query(rules: &AttributionRules, weight: &str) -> String {
    let AttributionRules { conversion, window, .. } = rules;
    let amount = rules.amount.as_deref().unwrap_or("none");
    format!(
        "{TOUCHES},
conversions AS (
  SELECT place, time, date, user, COALESCE(props ->> 'currency', '') AS currency,
    CASE WHEN json_type(props, '$.{amount}') IN ('integer', 'real')
      THEN CAST(ROUND((props ->> '{amount}') * 1000000) AS INTEGER) ELSE 0 END AS amount
  FROM told WHERE type = '{conversion}'),
pairs AS (
  SELECT c.place AS conversion, c.date, c.currency, c.amount, t.place, t.touch, c.time - t.time AS age
  FROM conversions c JOIN touches t
    ON t.user = c.user AND t.place <= c.place AND c.time - t.time <= {window}
  UNION ALL
  SELECT c.place, c.date, c.currency, c.amount, 0, NULL, 0 FROM conversions c
  WHERE NOT EXISTS (SELECT 1 FROM touches t
    WHERE t.user = c.user AND t.place <= c.place AND c.time - t.time <= {window})),
counted AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY conversion ORDER BY place) AS r,
    COUNT(*) OVER (PARTITION BY conversion) AS k, MAX(place) OVER (PARTITION BY conversion) AS last,
    MAX(CASE WHEN touch IS NOT NULL THEN place END) OVER (PARTITION BY conversion) AS last_known
  FROM pairs),
weighed AS (SELECT *, {weight} AS weight FROM counted),
summed AS (
  SELECT *, SUM(weight) OVER (PARTITION BY conversion) AS total,
    MAX(CASE WHEN weight > 0 THEN place END) OVER (PARTITION BY conversion) AS rest
  FROM weighed),
cut AS (SELECT *, 1000000 * weight / total AS share, amount * weight / total AS money FROM summed WHERE weight > 0),
parts AS (
  SELECT date, currency, touch,
    share + CASE WHEN place = rest THEN 1000000 - SUM(share) OVER w ELSE 0 END AS share,
    money + CASE WHEN place = rest THEN amount - SUM(money) OVER w ELSE 0 END AS money
  FROM cut WINDOW w AS (PARTITION BY conversion))
SELECT date, CASE COALESCE(touch ->> 1, 'none')
    WHEN 'none' THEN 'direct' WHEN 'cpc' THEN 'paid_search' WHEN 'paid_social' THEN 'paid_social'
    WHEN 'email' THEN 'email' WHEN 'organic' THEN 'organic_search' WHEN 'social' THEN 'social'
    WHEN 'referral' THEN 'referral' ELSE 'other' END AS channel,
  COALESCE(touch ->> 0, ''), COALESCE(touch ->> 1, ''), COALESCE(touch ->> 2, ''), currency,
  SUM(share) / 1000000.0, SUM(money) / 1000000.0
FROM parts GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
        window = window.millis,
    )
}

/// What touches of each age weigh, of which `SQLite` knows no power.
fn add_decays(connection: &mut Connection, conversion: &str) {
    let ages = rows(
        connection,
        &format!(
            "SELECT DISTINCT c.time - t.time FROM events c JOIN events t ON t.user = c.user AND t.n <= c.n
             WHERE c.type = '{conversion}'"
        ),
    );
    let transaction = connection.transaction().unwrap();
    transaction
        .execute_batch("CREATE TABLE decays (age INTEGER PRIMARY KEY, weight INTEGER)")
        .unwrap();
    for age in ages {
        let age: i64 = age[0].parse().unwrap();
        let weight = (2_f64.powi(32) * 0.5_f64.powf(age as f64 / HALF_LIFE_MS)).round() as i64;
        transaction.execute("INSERT INTO decays VALUES (?1, ?2)", [age, weight]).unwrap();
    }
    transaction.commit().unwrap();
}

/// The number of rows.
fn assert_agreement(
    name: &str,
    lines: &[Vec<u8>],
    rules: &Rules,
    (model, weight): (&str, &str),
    more: &str,
) -> usize {
    let attribution = format!(
        "attribution: {{ model: {model}, half_life: 5m, ignored_referrers: [pay.example], {more} }}"
    );
    let attribution = PolicySpec::read(attribution.as_bytes(), "policy").unwrap().attribution;
    let policy = PolicySpec::read(rules.policy.as_bytes(), "policy").unwrap();
    let policy = PolicySpec { attribution: attribution.clone(), ..policy };
    let ours = rows_of(&ours(lines, &policy), "attribution.csv");
    let attribution = attribution.unwrap();
    let mut connection = theirs(lines, rules);
    if model == "time_decay" {
        add_decays(&mut connection, &attribution.conversion);
    }
    let theirs = rows(&connection, &query(&attribution, weight));
    let more = ours.iter().filter(|row| !theirs.contains(row)).collect::<Vec<_>>();
    let fewer = theirs.iter().filter(|row| !ours.contains(row)).collect::<Vec<_>>();
    assert!(ours == theirs, "{name} {} {model}: {more:?} for {fewer:?}", rules.policy);
    ours.len()
}

/// Under every model, and windows of which one ends at the moment at which people come back.
#[test]
fn sql_agrees_on_attribution() {
    let lines = arrivals(&Scenario::from_yaml(WORLD).unwrap());
    let windows = ["10m", "30d", "40m"].iter().cycle();
    let conversions = ["purchase", "link_click"].iter().flat_map(|event| [event; 6]);
    let models = MODELS.iter().cycle();
    for (((rules, model), window), conversion) in
        RULES.iter().cycle().zip(models).zip(windows).zip(conversions)
    {
        let more = format!("conversion: {conversion}, window: {window}");
        let rows = assert_agreement("the world", &lines, rules, *model, &more);
        assert!(rows > 3, "{rows} rows {} {model:?}", rules.policy);
    }
}

/// Every shipped scenario with all faults; where people buy, what they pay.
#[test]
fn sql_agrees_on_attribution_in_shipped_scenarios() {
    let world = Scenario::from_yaml(WORLD).unwrap();
    let cycle = RULES.iter().filter(|rules| !rules.policy.contains("Berlin")).cycle();
    for ((shipped, rules), model) in shipped::ALL.iter().zip(cycle).zip(MODELS.iter().cycle()) {
        let mut scenario = shipped.load().unwrap().scenario;
        let simulation = &mut scenario.simulation;
        simulation.num_users = simulation.num_users.min(30);
        simulation.duration_seconds = 1_800.0;
        let has_accounts = scenario.users.identity.is_some();
        scenario.faults = world.faults.clone();
        scenario.faults.0.retain(|(name, _)| name != "identity" || has_accounts);
        let conversion = match scenario.events.get("purchase") {
            // Weights of 32 bits are too much for money in SQLite.
            Some(_) if model.0 != "time_decay" => "purchase, amount: amount, currency: currency",
            _ => "button_clicked",
        };
        let more = format!("conversion: {conversion}, window: 20m");
        assert_agreement(shipped.name, &arrivals(&scenario), rules, *model, &more);
    }
}

/// The channel that is told from parameters and referrer is the one by which the session truly came.
#[test]
fn channels_are_those_of_the_scenario() {
    let mut shop = shipped::find("web-shop").unwrap().load().unwrap().scenario;
    shop.simulation.num_users = 300;
    let lines = arrivals(&shop);
    let rules = "attribution: { conversion: session_created, model: last_touch }";
    let policy = PolicySpec::read(rules.as_bytes(), "policy").unwrap();
    assert_eq!(policy.attribution.as_ref().unwrap().model, CreditModel::LastTouch);
    let mut told = std::collections::BTreeMap::<String, f64>::new();
    for row in rows_of(&ours(&lines, &policy), "attribution.csv") {
        *told.entry(row[1].clone()).or_default() += row[6].parse::<f64>().unwrap();
    }
    let mut truth = std::collections::BTreeMap::<String, f64>::new();
    for line in &lines {
        let event: serde_json::Value = serde_json::from_slice(line).unwrap();
        if event["event_type"] == "session_created" {
            *truth.entry(event["session"]["channel"].as_str().unwrap().to_owned()).or_default() +=
                1.0;
        }
    }
    assert_eq!(told, truth);
    assert_eq!(truth.len(), 6);
}
