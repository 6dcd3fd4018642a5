//! Tables against those of a policy: the rule that they do not follow is named.

use std::fs;
use std::path::Path;

use event_simulator::VirtualTime;
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
    tables_of(&world.counted(rules), rules)
}

/// The tables of events that count, in order of time.
pub(super) fn tables_of(lines: &[String], rules: &str) -> TempDir {
    let policy = PolicySpec::read(rules.as_bytes(), "rules").unwrap();
    let mut expectations = Expectations::new().under(&policy);
    for line in lines {
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
    let arrivals = world.path("deliveries.jsonl");
    verify_under(&arrivals, rules, [&tables(world, right), &tables(world, actual)])
}

/// Tables held against expected ones, which are said to follow `rules`.
pub(super) fn verify_under(
    arrivals: &Path,
    rules: &str,
    [expected, actual]: [&TempDir; 2],
) -> Result<Report, TableError> {
    let policy = &PolicySpec::read(rules.as_bytes(), "rules").unwrap();
    let source = ArrivalSource { arrivals, policy };
    let findings = Findings::default();
    verify_tables_under(expected.path(), actual.path(), &Tolerances::default(), source, findings)
}

/// The one cause is this one, and explains all.
pub(super) fn assert_cause(report: &Report, cause: &str) {
    let causes = named(report);
    assert!(causes.len() == 1 && causes[0].contains(cause), "{cause}: {report}");
    assert_eq!(report.causes[0].explained, report.causes[0].found, "{report}");
}

fn assert_rule_is_named(world: &World, rules: &str, followed: &str, instead: &str, cause: &str) {
    let report = verify_rules(world, rules, rules, &rules.replace(followed, instead)).unwrap();
    assert_cause(&report, cause);
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

/// Where a pipeline that keeps copies differs in one total, that may be chance: it is said.
#[test]
fn a_cause_for_which_only_one_number_speaks_says_so() {
    const RULES: &str = "deduplicate: {}";
    let named_of = |types: &[&str]| {
        let event = |(number, event_type): (u64, &&str)| {
            let time = VirtualTime::from_millis(1_773_136_800_000 + number * 500).unwrap();
            format!(
                r#"{{"event_id":"{number}-{event_type}","event_time":"{time}","event_type":"{event_type}","user_id":"u","session_id":"s","props":{{}}}}"#
            )
        };
        let copies = |(number, _): &(u64, &&str)| if number % 17 == 0 { 2 } else { 1 };
        let arrivals: Vec<String> = (0..5_000)
            .flat_map(|number| types.iter().map(move |event_type| (number, event_type)))
            .flat_map(|which| std::iter::repeat_n(event(which), copies(&which)))
            .collect();
        let mut right = arrivals.clone();
        right.dedup();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrivals.jsonl");
        fs::write(&path, arrivals.join("\n")).unwrap();
        let totals = [right, arrivals].map(|lines| {
            let (folder, totals) = (tables_of(&lines, RULES), tempfile::tempdir().unwrap());
            let [from, to] = [&folder, &totals].map(|at| at.path().join("event_counts.csv"));
            fs::copy(from, to).unwrap();
            totals
        });
        let report = verify_under(&path, RULES, [&totals[0], &totals[1]]).unwrap();
        named(&report).join("\n")
    };
    let one = named_of(&["tick"]);
    let cause = "event_counts.events: copies count (`deduplicate` is not followed)";
    assert!(one.contains(cause) && one.contains("; it fits, but by one number only"), "{one}");
    let two = named_of(&["tick", "tock"]);
    assert!(two.contains(cause) && !two.contains("one number only"), "{two}");
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

/// Windows are one with those of what arrived, also the one of what happened at no time.
#[test]
fn the_rule_of_windows_that_tables_do_not_follow_is_named() {
    let rules = "lateness: { allowed: 10m, windows: 5m }";
    let cause = "events that are more than 1m late do not count (`lateness`)";
    assert_rule_is_named(&ALL, rules, "allowed: 10m", "allowed: 1m", cause);
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
