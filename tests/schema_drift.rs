//! What changes its type or name on the way is what it was under a policy that says so, and money stays exact.

use event_simulator::Scenario;
use event_simulator::expectations::{Declared, Expectations, csv_files};
use event_simulator::policy::{ArrivalVerdict, PolicyIntake};
use event_simulator::scenario::policy::PolicySpec;

use super::policies_in_sql::{arrivals, counted};

const SHOP: &str = "
simulation: { num_users: 60, duration_seconds: 7200 }
flow:
  start: { /cart: 1 }
  pages:
    /cart: { dwell: { min: 5s, max: 60s }, events: { purchase: 0.8 }, next: { /cart: 0.5, exit: 0.5 } }
events:
  purchase:
    properties:
      currency: { choice: [JPY, KWD, EUR] }
      amount: { uniform: { min: 1, max: 200 }, currency: currency }
      code: { choice: [a7, b8] }
";

const DRIFT: &str = "
faults:
  texts: { kind: schema_change, share: 0.4, property: amount, change: retype }
  decimals: { kind: schema_change, share: 0.4, property: amount, change: decimal, from: 30m }
  renamed: { kind: schema_change, share: 0.4, property: currency, change: rename, new_name: currency_code }
  lists: { kind: schema_change, share: 0.4, property: code, change: retype }
  events: { kind: schema_change, share: 0.4, property: event_type, change: set, value: order_completed, when: { event_type: purchase } }
";

const RULES: &str = "
renamed: [{ property: currency, new_name: currency_code }]
retyped: [{ property: amount }, { property: code, was: text }]
renamed_events: [{ event_type: purchase, new_name: order_completed }]
attribution: { conversion: purchase, amount: amount, currency: currency }
";

fn tables(scenario: &Scenario, policy: &str) -> Vec<(String, Vec<u8>)> {
    let policy = PolicySpec::read(policy.as_bytes(), "policy").unwrap();
    let mut expectations = Expectations::of_declared(Declared::new(scenario)).under(&policy);
    for (_, event) in counted(&arrivals(scenario), &policy) {
        expectations.observe(&event).unwrap();
    }
    csv_files(&expectations.finish()).unwrap()
}

#[test]
fn what_drifts_is_mapped_back_and_sums_stay_exact() {
    let clean = Scenario::from_yaml(SHOP).unwrap();
    let drifting = Scenario::from_yaml(&format!("{SHOP}{DRIFT}")).unwrap();
    let truth = tables(&clean, RULES);
    assert!(truth.iter().any(|(name, rows)| name == "revenue.csv" && rows.len() > 100));
    assert_eq!(tables(&drifting, RULES), truth);
    for rule in RULES.trim().lines().take(3) {
        assert_ne!(tables(&drifting, &RULES.replace(rule, "")), truth, "{rule}");
    }
}

#[test]
fn people_who_look_like_bots_count_where_a_policy_says_so() {
    let scenario = "
simulation: { num_users: 60, duration_seconds: 3600 }
faults:
  odd_agents: { share: 0.5 }
  prefetches: { share: 0.2 }
";
    let scenario = Scenario::from_yaml(scenario).unwrap();
    let happened = scenario.compile().unwrap().simulate(3).count() as u64;
    let dropped = |rules: &str| {
        let policy = PolicySpec::read(rules.as_bytes(), "policy").unwrap();
        let mut intake = PolicyIntake::new(&policy);
        let lines = arrivals(&scenario);
        let bots = lines.iter().map(|line| intake.arrive(line, |_, _| {}));
        let bots = bots.filter(|verdict| *verdict == ArrivalVerdict::Bot).count() as u64;
        (bots, lines.len() as u64 - happened)
    };
    let (none, prefetched) = dropped("bots: [bot, monitor]\nno_bots: [cubot, SmartMonitor]");
    assert!(none == 0 && prefetched > 10);
    let (people, _) = dropped("bots: [bot, monitor]");
    assert!(people > happened / 10, "{people} of {happened}");
    let (prefetches, prefetched) = dropped("prefetches: drop");
    assert_eq!(prefetches, prefetched);
}

/// Each form of a value arrives as it is called.
#[test]
fn values_that_break_readers_arrive_as_they_are() {
    for (form, text) in [
        ("half_emoji", r"\ud"),
        ("nul", r"\u0000"),
        ("above_2_53", "9007199254740993"),
        ("max_int64", "9223372036854775807"),
        ("leading_zeros", "\"007\""),
        ("minor_units", r#""currency":"KWD""#),
    ] {
        let scenario = format!(
            "simulation: {{ num_users: 20, duration_seconds: 3600 }}\nfaults: {{ values: {{ share: 0.2, forms: {form} }} }}"
        );
        let lines = arrivals(&Scenario::from_yaml(&scenario).unwrap());
        let has = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(text);
        assert!(lines.iter().filter(|line| has(line)).count() > 5, "{form}");
        // They are events, whatever they carry.
        let mut intake = PolicyIntake::new(&PolicySpec::default());
        for line in &lines {
            intake.arrive(line, |_, _| {});
        }
        assert_eq!(intake.finish(|_, _| {}).malformed, 0, "{form}");
    }
}
