//! Funnels under a policy, held against a second implementation: SQL over all that arrived.

use event_simulator::Scenario;
use event_simulator::scenario::policy::{
    EdgeRule, FunnelRules, FunnelScope, PolicySpec, RepeatRule, StepOrder,
};
use event_simulator::scenario::shipped;
use rusqlite::Connection;

use super::expectations_in_sql::{rows, rows_of};
use super::policies_in_sql::{RULES, Rules, WORLD, arrivals, ours, theirs};

/// Steps, each with its condition, for which people come to windows of just these lengths, to ties, repeats and other orders.
const STEPS: [&str; 4] = [
    "[session_created, purchase]",
    "[/, /about, /contact]",
    "[/, button_clicked, /products]",
    "[page_closed, link_click, page_visited, session_ended]",
];

const WINDOWS: [&str; 4] = ["10m", "1s", "1m", "30s"];

fn condition(funnel: &FunnelRules, step: usize) -> String {
    let step = &funnel.steps[step];
    if step.starts_with('/') {
        format!("type = 'page_visited' AND page = '{step}'")
    } else {
        format!("type = '{step}'")
    }
}

/// Who reached the first `count` steps.
#[expect(clippy::format_push_string, reason = "a text of SQL is put together once")]
fn query(funnel: &FunnelRules, count: usize) -> String {
    let owner = match funnel.per {
        FunnelScope::Session => "session",
        FunnelScope::Person => "user",
    };
    let later = match funnel.ties {
        EdgeRule::Included => ">=",
        EdgeRule::Excluded => ">",
    };
    let until = match funnel.window_end {
        EdgeRule::Included => "<=",
        EdgeRule::Excluded => "<",
    };
    let window = funnel.window.map_or(i64::MAX, |window| window.millis);
    let types: Vec<String> =
        funnel.milestones().iter().map(|step| format!("'{}'", step.event_type)).collect();
    let steps: Vec<String> =
        (0..count).map(|step| format!("WHEN {} THEN {step}", condition(funnel, step))).collect();
    let which = match funnel.repeats {
        RepeatRule::Counted => "TRUE",
        RepeatRule::Ignored => "again = 1",
    };
    let mut text = format!(
        "WITH relevant AS MATERIALIZED (
           SELECT {owner} AS owner, n, time, CASE {} END AS step, ROW_NUMBER() OVER (PARTITION BY {owner} ORDER BY n) AS r
           FROM events WHERE type IN ({})),
         steps AS MATERIALIZED (
           SELECT *, ROW_NUMBER() OVER (PARTITION BY owner, step ORDER BY n) AS again
           FROM relevant WHERE step IS NOT NULL)
         SELECT COUNT(DISTINCT e0.owner) FROM (SELECT * FROM steps WHERE {which}) e0",
        steps.join(" "),
        types.join(", "),
    );
    let mut conditions = vec!["e0.step = 0".to_owned()];
    for step in 1..count {
        let last = step - 1;
        let mut on = format!("e{step}.owner = e0.owner AND e{step}.step = {step}");
        match funnel.order {
            StepOrder::Ordered => on.push_str(&format!(" AND e{step}.time {later} e{last}.time")),
            StepOrder::Strict => {
                let time = format!("e{step}.time {later} e{last}.time");
                on.push_str(&format!(" AND e{step}.r = e{last}.r + 1 AND {time}"));
            }
            StepOrder::Any => {
                for other in 0..step {
                    on.push_str(&format!(
                        " AND ABS(e{step}.time - e{other}.time) {until} {window}"
                    ));
                }
            }
        }
        text.push_str(&format!(" JOIN (SELECT * FROM steps WHERE {which}) e{step} ON {on}"));
        if funnel.order != StepOrder::Any {
            conditions.push(format!("e{step}.time - e0.time {until} {window}"));
        }
    }
    format!("{text} WHERE {}", conditions.join(" AND "))
}

fn reached(connection: &Connection, funnel: &FunnelRules, count: usize) -> u64 {
    rows(connection, &query(funnel, count))[0][0].parse().unwrap()
}

/// All orders, scopes and edges of these steps and this window, under the rules: the numbers of all.
fn assert_agreement(
    name: &str,
    lines: &[Vec<u8>],
    rules: &Rules,
    steps: &str,
    window: &str,
) -> Vec<u64> {
    let mut funnels = Vec::new();
    for order in ["ordered", "strict", "any"] {
        for per in ["session", "person"] {
            for edges in ["", "window_end: excluded", "ties: excluded", "repeats: ignored"] {
                let number = funnels.len() + 10;
                funnels.push(format!(
                    "f{number}: {{ steps: {steps}, order: {order}, per: {per}, window: {window}, {edges} }}"
                ));
            }
        }
    }
    let policy = PolicySpec::read(rules.policy.as_bytes(), "policy").unwrap();
    let funnels = format!("funnels: {{ {} }}", funnels.join(", "));
    let funnels = PolicySpec::read(funnels.as_bytes(), "policy").unwrap().funnels;
    let policy = PolicySpec { funnels: funnels.clone(), ..policy };
    let ours = rows_of(&ours(lines, &policy), "policy_funnels.csv");
    let connection = theirs(lines, rules);
    let mut theirs = Vec::new();
    let mut numbers = Vec::new();
    for (funnel, rules) in funnels.iter() {
        let first = reached(&connection, rules, 1);
        for (place, step) in rules.steps.iter().enumerate() {
            let count = reached(&connection, rules, place + 1);
            numbers.push(count);
            if count > 0 {
                let conversion = format!("{:?}", (count as f64 * 1e8 / first as f64).round() / 1e6);
                let step =
                    [funnel, &(place + 1).to_string(), step, &count.to_string(), &conversion];
                theirs.push(step.map(str::to_owned).to_vec());
            }
        }
    }
    let more = ours.iter().filter(|row| !theirs.contains(row)).collect::<Vec<_>>();
    let fewer = theirs.iter().filter(|row| !ours.contains(row)).collect::<Vec<_>>();
    assert!(ours == theirs, "{name} {} {steps} {window}: {more:?} for {fewer:?}", rules.policy);
    numbers
}

/// Under every order, scope and edge; and these differ.
#[test]
fn sql_agrees_on_funnels() {
    let lines = arrivals(&Scenario::from_yaml(WORLD).unwrap());
    let mut all = Vec::new();
    for (rules, (steps, window)) in RULES.iter().zip(STEPS.iter().zip(WINDOWS).cycle()) {
        let numbers = assert_agreement("the world", &lines, rules, steps, window);
        all.extend(numbers);
    }
    assert!(all.iter().filter(|count| **count > 3).count() > all.len() / 2, "{all:?}");
}

/// Every shipped scenario with all faults.
#[test]
fn sql_agrees_on_funnels_in_shipped_scenarios() {
    let world = Scenario::from_yaml(WORLD).unwrap();
    let cycle = RULES.iter().filter(|rules| !rules.policy.contains("Berlin")).cycle();
    for ((shipped, rules), (steps, window)) in
        shipped::ALL.iter().zip(cycle).zip(STEPS.iter().zip(WINDOWS).cycle())
    {
        let mut scenario = shipped.load().unwrap().scenario;
        let simulation = &mut scenario.simulation;
        simulation.num_users = simulation.num_users.min(8);
        simulation.duration_seconds = 1_800.0;
        let has_accounts = scenario.users.identity.is_some();
        scenario.faults = world.faults.clone();
        scenario.faults.0.retain(|(name, _)| name != "identity" || has_accounts);
        assert_agreement(shipped.name, &arrivals(&scenario), rules, steps, window);
    }
}
