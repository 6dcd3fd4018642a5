//! Tables against those of a policy: the rule that they do not follow is named.

use std::fs;

use event_simulator::expectations::{Expectations, csv_files};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::wire::EventFields;
use event_simulator_check::verify::{
    ArrivalSource, Findings, Report, TableError, Tolerances, verify_tables_under,
};
use tempfile::TempDir;

use super::verify_ledger::{ALL, World, named};

/// The tables of what counts of what arrived.
fn tables(world: &World, rules: &str) -> TempDir {
    let policy = PolicySpec::read(rules.as_bytes(), "rules").unwrap();
    let mut expectations = Expectations::new().under(&policy);
    for line in world.counted(rules) {
        expectations.observe(&EventFields::of_line(line.as_bytes()).unwrap()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in csv_files(&expectations.finish()).unwrap() {
        fs::write(folder.path().join(name), contents).unwrap();
    }
    folder
}

/// Tables that follow `actual`, held against those that follow `right`, which are said to follow `rules`.
fn verify_rules(
    world: &World,
    right: &str,
    rules: &str,
    actual: &str,
) -> Result<Report, TableError> {
    let policy = &PolicySpec::read(rules.as_bytes(), "rules").unwrap();
    let source = ArrivalSource { arrivals: &world.path("deliveries.jsonl"), policy };
    let (right, actual) = (tables(world, right), tables(world, actual));
    let findings = Findings::default();
    verify_tables_under(right.path(), actual.path(), &Tolerances::default(), source, findings)
}

fn assert_rule_is_named(world: &World, rules: &str, followed: &str, instead: &str, cause: &str) {
    let report = verify_rules(world, rules, rules, &rules.replace(followed, instead)).unwrap();
    let causes = named(&report);
    assert!(causes.len() == 1 && causes[0].contains(cause), "{followed} {instead}: {report}");
    assert_eq!(report.causes[0].explained, report.causes[0].found, "{report}");
}

#[test]
fn the_rule_of_attribution_that_tables_do_not_follow_is_named() {
    const RULES: &str = "
renamed: [{ property: journey, new_name: path_name }]
attribution: { conversion: purchase, model: linear, window: 7d, ignored_referrers: [pay.example] }
";
    const CURRENCIES: &str =
        "attribution: { conversion: button_clicked, amount: amount, currency: currency }";
    let world = World::new(
        "  touches: { share: 0.9 }
  returns: { share: 0.5, delay: { min: 1h, max: 20d }, event_type: purchase }
  exact: { kind: returns, share: 0.5, delay: 7d, event_type: purchase }
  renamed: { kind: schema_change, share: 0.5, property: journey, change: rename, new_name: path_name }
",
    );
    assert!(verify_rules(&world, RULES, RULES, RULES).unwrap().is_clean());
    for (followed, instead, cause) in [
        ("renamed:", "# renamed:", "(`renamed` is not followed)"),
        ("linear", "last_touch", "conversions are attributed by last_touch (`attribution.model`)"),
        ("window: 7d", "window: 30d", "touches count for 30d (`attribution.window`)"),
        ("window: 7d", "window: 604799.999s", "exactly as old as the window do not count"),
        ("[pay.example]", "[]", "(`attribution.ignored_referrers`)"),
    ] {
        assert_rule_is_named(&world, RULES, followed, instead, cause);
    }
    let world = World::new(
        "  amount: { kind: schema_change, share: 1, property: amount, change: add, value: 3 }
  euros: { kind: schema_change, share: 0.5, property: currency, change: add, value: EUR }
",
    );
    let cause = "amounts of all currencies are added up";
    assert_rule_is_named(&world, CURRENCIES, ", currency: currency", "", cause);
}

#[test]
fn the_rule_of_funnels_that_tables_do_not_follow_is_named() {
    const RULES: &str = "
funnels:
  reads: { steps: [session_created, page_closed, button_clicked], window: 1m }
  returns: { steps: [session_created, purchase], per: person, window: 10m }
";
    let world = World::new(
        "  ties: { share: 0.5, precision: minute }
  returns: { share: 0.9, delay: 10m, event_type: purchase }
",
    );
    assert!(verify_rules(&world, RULES, RULES, RULES).unwrap().is_clean());
    for (followed, instead, cause) in [
        ("window: 1m", "order: any, window: 1m", "steps count in any order (`funnels.order`)"),
        ("window: 1m", "ties: excluded, window: 1m", "steps of the same time do not count"),
        ("window: 1m", "repeats: ignored, window: 1m", "only the first time that a step happens"),
        ("window: 1m", "order: strict, window: 1m", "only directly one after the other"),
    ] {
        assert_rule_is_named(&world, RULES, followed, instead, cause);
    }
}

#[test]
fn the_rule_that_tables_do_not_follow_is_named() {
    const RULES: &str = "
clock: device
deduplicate: {}
lateness: { allowed: 10m }
ahead: 1h
bots: [bot, headless, monitor]
identity: stitched
sessions: { gap: 10m }
time_zone: America/New_York
";
    for (followed, instead, cause) in [
        ("deduplicate: {}", "", "(`deduplicate` is not followed)"),
        ("deduplicate: {}", "deduplicate: { keep: last }", "(`deduplicate.keep`)"),
        (
            "deduplicate: {}",
            "deduplicate: { by: [session_id, event_type] }",
            "copies are told by session_id and event_type, too few fields (`deduplicate.by`)",
        ),
        ("allowed: 10m", "allowed: 1m", "events that are more than 1m late do not count"),
        ("lateness:", "# lateness:", "(`lateness` is not followed)"),
        ("ahead:", "# ahead:", "(`ahead` is not followed)"),
        ("bots:", "# bots:", "(`bots` is not followed)"),
        ("headless, ", "", "bots that say \"headless\""),
        ("identity: stitched", "identity: forward", "from their log-in on alone (`identity`)"),
        ("gap: 10m", "gap: 30m", "sessions end after 30m without an event"),
        ("time_zone:", "# time_zone:", "(`time_zone` is not followed)"),
        ("clock: device", "clock: corrected", "corrected by when events were sent"),
    ] {
        assert_rule_is_named(&ALL, RULES, followed, instead, cause);
    }
    let copies = World::new("  duplicates: { share: 0.2, delay: { min: 1m, max: 3d } }\n");
    let by_day = "deduplicate: { by: [event_id, received_date] }";
    let cause = "copies are found within a day of arrival alone";
    assert_rule_is_named(&copies, "deduplicate: {}", "deduplicate: {}", by_day, cause);
    let by_watermark = "lateness: { allowed: 10m, by: watermark }";
    let cause = "events that are more than 10m behind the latest time so far do not count";
    assert_rule_is_named(
        &ALL,
        "ahead: 1h",
        "ahead: 1h",
        &format!("ahead: 1h\n{by_watermark}"),
        cause,
    );
    let nobody = World::new("  nobody: { kind: identity, share: 0.9, forms: poison_id }\n");
    let rules = "identity: stitched\nnobody: ['null', undefined]";
    let cause = "(`nobody` is not followed)";
    assert_rule_is_named(&nobody, rules, "nobody:", "# nobody:", cause);
    for (delays, instead, cause) in [
        (
            "10m 20m",
            "gap: 599.999s",
            "end after a gap of just the length, `>=` in the place of `>`",
        ),
        ("10m30s 11m30s", "gap: 659.999s", "end after gaps that are counted in whole minutes"),
    ] {
        let twins = |delay: &str| {
            format!(
                "  after_{delay}: {{ kind: twins, share: 0.5, delay: {delay}, when: {{ event_type: session_ended }} }}\n"
            )
        };
        let world = World::new(&delays.split(' ').map(twins).collect::<String>());
        assert_rule_is_named(&world, "sessions: { gap: 10m }", "gap: 10m", instead, cause);
    }
    let other = RULES.replace("bots:", "# bots:");
    let actual = RULES.replace("deduplicate: {}", "");
    let refused = verify_rules(&ALL, RULES, &other, &actual).unwrap_err().to_string();
    assert!(refused.contains("are not those of the policy of what arrived"), "{refused}");
}
