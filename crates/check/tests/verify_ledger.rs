//! Received events held against what counts of what arrived, with the ledger.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use event_simulator::Scenario;
use event_simulator::scenario::policy::PolicySpec;
use event_simulator_check::comparison::CompareOptions;
use event_simulator_check::verify::{
    Account, BotFilter, Cause, DropReason, FindingKind, Findings, Judgement, LedgerSources, Report,
    Subject, junit, verify_counted,
};
use event_simulator_timeline::{Compression, Format, Generation, counted_under, open};
use proptest::prelude::*;
use tempfile::TempDir;

const SCENARIO: &str = "
simulation: { num_users: 25, duration_seconds: 3600 }
users: { devices: { per_user: 1.5 }, identity: { signed_up: 0.4, log_in: 0.8 } }
";

const FAULTS: &str = "
  late: { share: 0.05, delay: { median: 1m, p90: 30m } }
  lost: { share: 0.02 }
  duplicates: { share: 0.05, delay: { min: 1s, max: 20m } }
  synthetic: { kind: duplicates, share: 0.02, copy: synthetic, delay: 3s }
  clock_skew: { share: 0.2, offset: { sd: 2m } }
  future: { share: 0.01, offset: 3650d }
  malformed: { share: 0.02 }
  values: { share: 0.05 }
  twins: { share: 0.02 }
  bots: { visitors: 3 }
";

const RULES: &str = "
clock: corrected
deduplicate: {}
lateness: { allowed: 10m }
ahead: 1h
bots: [bot, headless, monitor]
";

/// What happened and arrived, in files.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new(faults: &str) -> Self {
        let scenario = Scenario::from_yaml(&format!("{SCENARIO}faults:\n{faults}")).unwrap();
        let (model, digest) = (scenario.compile().unwrap(), scenario.digest());
        let truth = model.clone().without_faults();
        let folder = tempfile::tempdir().unwrap();
        for (name, model, format) in [
            ("timeline.jsonl", &truth, Format::Jsonl),
            ("ledger.jsonl", &model, Format::Ledger),
            ("deliveries.jsonl", &model, Format::Deliveries),
        ] {
            let generation = Generation { format, ..Generation::whole(model, &digest) };
            let path = folder.path().join(name);
            let mut watch = |_| std::ops::ControlFlow::Continue(());
            generation.write_file(&path, Compression::None, &mut watch).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The events that count under a policy.
    pub(crate) fn counted(&self, rules: &str) -> Vec<String> {
        let policy = PolicySpec::read(rules.as_bytes(), "rules").unwrap();
        let arrivals = open(&self.path("deliveries.jsonl")).unwrap();
        let counted = counted_under(&policy, vec![("deliveries".to_owned(), arrivals)], 1 << 20);
        let mut text = String::new();
        counted.unwrap().into_lines().read_to_string(&mut text).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn verify(&self, rules: &str, received: &[String]) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("received.jsonl");
        fs::write(&path, received.join("\n")).unwrap();
        let policy = PolicySpec::read(rules.as_bytes(), "rules").unwrap();
        let [timeline, ledger, deliveries] =
            ["timeline.jsonl", "ledger.jsonl", "deliveries.jsonl"].map(|name| self.path(name));
        let sources = LedgerSources {
            timeline: &timeline,
            ledger: &ledger,
            deliveries: &deliveries,
            policy: &policy,
            policy_name: Some("rules"),
        };
        let options = CompareOptions::default();
        verify_counted(&sources, &[path], &options, Findings::default()).unwrap()
    }
}

pub(crate) static ALL: LazyLock<World> = LazyLock::new(|| World::new(FAULTS));

pub(crate) fn named(report: &Report) -> Vec<String> {
    report.causes.iter().filter(|cause| cause.is_named()).map(Cause::to_string).collect()
}

/// Holds the numbers of an account against each other and against the report's.
fn assert_adds_up(report: &Report) {
    let account: &Account = report.account.as_ref().unwrap();
    let found = |kind| report.counts.get(&kind).copied().unwrap_or_default();
    let of = |judgement| account.events(judgement);
    assert_eq!(account.happened + account.added + account.copied, account.arrivals + account.lost);
    let beside = of(Judgement::WronglyKept) + of(Judgement::CountedTwice);
    assert_eq!(account.counted + beside, account.received + of(Judgement::WronglyDropped));
    assert_eq!(of(Judgement::WronglyDropped), found(FindingKind::Missing));
    assert_eq!(of(Judgement::WronglyAltered), found(FindingKind::Altered));
    assert_eq!(beside, found(FindingKind::Unexpected) + found(FindingKind::Duplicated));
    let does_not_count = account.lines.iter().filter(|line| line.reason.is_some());
    let does_not_count: u64 = does_not_count.map(|line| line.events).sum();
    assert_eq!(account.arrivals + account.lost, account.counted + does_not_count);
    for cause in report.causes.iter().filter(|cause| cause.is_named()) {
        assert!(cause.explained <= cause.found, "{cause}");
    }
    let keys: BTreeSet<_> = account
        .lines
        .iter()
        .map(|line| (line.judgement, line.reason, line.faults.clone()))
        .collect();
    assert_eq!(keys.len(), account.lines.len(), "no line stands twice");
}

#[test]
fn what_the_policy_drops_is_no_finding() {
    for rules in [RULES, "{}", "deduplicate: { keep: last, within: 10m }", "clock: received"] {
        let report = ALL.verify(rules, &ALL.counted(rules));
        assert!(report.is_clean(), "{rules}: {report}");
        assert_adds_up(&report);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever a pipeline drops, doubles, alters and keeps: the numbers add up.
    #[test]
    fn numbers_add_up(
        dropped in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        doubled in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        altered in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        kept in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        keeps_last in any::<bool>(),
    ) {
        let rules = if keeps_last { RULES.replace("{}", "{ keep: last }") } else { RULES.to_owned() };
        let mut received = ALL.counted(&rules);
        for at in altered {
            let place = at.index(received.len());
            let line = &mut received[place];
            *line = line.replacen("\"user_id\":\"", "\"user_id\":\"x", 1);
        }
        for at in doubled {
            received.push(received[at.index(received.len())].clone());
        }
        let everything = ALL.counted("{}");
        received.extend(kept.iter().map(|at| everything[at.index(everything.len())].clone()));
        for at in dropped {
            received.swap_remove(at.index(received.len()));
        }
        assert_adds_up(&ALL.verify(&rules, &received));
    }
}

/// A pipeline that follows the rules but for one of them: the faults that reveal it are named.
#[test]
fn faults_are_named_where_they_explain() {
    const RULES: &str = "
deduplicate: {}
lateness: { allowed: 10m }
ahead: 1h
bots: [bot, headless, monitor]
";
    const BY_FUTURE: &str =
        "wrongly kept: they are further ahead than the policy allows, by the fault future";
    const COPIES: &str =
        "counted twice: they are copies of which another one counts, by the fault ";
    for (followed, instead, causes) in [
        ("deduplicate: {}", "", &[[COPIES, "duplicates"], [COPIES, "synthetic"]][..]),
        (
            "allowed: 10m",
            "allowed: 365d",
            &[["wrongly kept: they came later than the policy allows, by the fault late", ""]],
        ),
        ("bots:", "# bots:", &[["wrongly kept: bots sent them, by the fault bots", ""]]),
        ("ahead:", "# ahead:", &[[BY_FUTURE, ""]]),
        (
            "deduplicate: {}",
            "deduplicate: {}\nclock: corrected",
            &[["wrongly altered: events with the fault clock_skew", ""]],
        ),
    ] {
        let report = ALL.verify(RULES, &ALL.counted(&RULES.replace(followed, instead)));
        let named = named(&report);
        for cause in causes {
            let is_named = named.iter().any(|text| text.contains(&cause.concat()));
            assert!(is_named, "{}: {report}", cause.concat());
        }
        assert_adds_up(&report);
    }
}

/// Events that are dropped though they are not late enough are told by the delay from which they are missing.
#[test]
fn a_bound_that_is_too_narrow_is_told() {
    let world = World::new("  late: { share: 0.1, delay: { min: 1s, max: 8m } }\n");
    let rules = |allowed: &str| format!("lateness: {{ allowed: {allowed} }}");
    let report = world.verify(&rules("10m"), &world.counted(&rules("2m")));
    let causes = named(&report);
    let is_told = |cause: &String| {
        cause.contains("events that the fault late delays by 2m 0") && cause.contains("(explains ")
    };
    assert!(causes.len() == 1 && causes.iter().all(is_told), "{report}");
    assert_adds_up(&report);
}

#[test]
fn what_has_nothing_to_do_with_faults_is_not_laid_on_them() {
    let received = ALL.counted(RULES);
    let every = |n: usize| received.iter().enumerate().filter(move |(at, _)| at * 7 % n == 0);
    let kept: Vec<String> = received
        .iter()
        .enumerate()
        .filter(|(at, _)| at * 7 % 23 != 0)
        .map(|(_, line)| line.clone())
        .collect();
    let report = ALL.verify(RULES, &kept);
    assert!(named(&report).iter().all(|cause| !cause.contains("fault")), "{report}");
    let twice: Vec<String> =
        received.iter().chain(every(23).map(|(_, line)| line)).cloned().collect();
    let report = ALL.verify(RULES, &twice);
    assert!(named(&report).iter().all(|cause| !cause.contains("fault")), "{report}");
    assert_adds_up(&report);
}

/// Copies that a pipeline finds only on the day, or within an hour, of the one that counts.
#[test]
fn copies_that_are_not_found_are_told_by_day_and_delay() {
    let world = World::new("  duplicates: { share: 0.2, delay: { min: 1m, max: 3d } }\n");
    let rules = |rule: &str| format!("deduplicate: {{ {rule} }}");
    for (followed, cause) in [
        ("by: [event_id, received_date]", "which arrive on another day than that one"),
        ("within: 1h", "which arrive 1h 0"),
    ] {
        let report = world.verify(&rules("keep: first"), &world.counted(&rules(followed)));
        let causes = named(&report);
        assert!(causes.len() == 1 && causes[0].contains(cause), "{followed}: {report}");
        assert_adds_up(&report);
    }
}

/// What is kept for one fault is told once, whatever other faults it has, and is not said to be of another source.
#[test]
fn a_fault_is_told_once_for_all_that_has_it() {
    let world = World::new(
        "  zone: { share: 0.3, time_zone: America/New_York }
  ties: { share: 0.4, precision: second }
  added: { kind: schema_change, share: 0.5, property: release, change: add, value: 7 }
",
    );
    let mut received = world.counted("local_times: America/New_York");
    // The last one again, as after an answer that was lost.
    received.extend(received.last().cloned());
    let report = world.verify("{}", &received);
    let causes: Vec<String> =
        named(&report).into_iter().filter(|cause| cause.starts_with("unexpected")).collect();
    assert!(causes.len() == 1 && causes[0].contains("by the fault zone, "), "{report}");
    assert_adds_up(&report);
}

/// Files of arrivals that a pipeline has not read.
#[test]
fn batches_that_are_lost_are_told_as_such() {
    let world = World::new("  late: { share: 0.1, delay: { median: 1m, p90: 10m } }\n");
    let arrivals = fs::read_to_string(world.path("deliveries.jsonl")).unwrap();
    let is_lost = |at: &str| {
        let minute = &at[11..16];
        ("00:20".."00:25").contains(&minute) || ("00:35".."00:40").contains(&minute)
    };
    let mut lost = BTreeSet::new();
    for line in arrivals.lines() {
        let delivery: serde_json::Value = serde_json::from_str(line).unwrap();
        if is_lost(delivery["received_at"].as_str().unwrap()) {
            lost.insert(delivery["body"]["event_id"].as_str().unwrap().to_owned());
        }
    }
    let mut received = world.counted("{}");
    received.retain(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        !lost.contains(event["event_id"].as_str().unwrap())
    });
    let report = world.verify("{}", &received);
    let told = "missing: 2 whole batches of arrivals, of ";
    let times = " of 5m 00s each, those of 2026-01-01T00:20Z, 2026-01-01T00:35Z: files that were lost, or not read";
    let is_told = |cause: &Cause| {
        let text = cause.to_string();
        text.starts_with(told) && text.contains(times) && cause.explained == lost.len() as u64
    };
    assert!(report.causes.len() == 1 && report.causes.iter().all(is_told), "{report}");
    assert!(report.verdict.starts_with("Not OK: missing: 2 whole batches"), "{report}");
    let early: Vec<String> = world.counted("{}").into_iter().take(2_000).collect();
    let report = world.verify("{}", &early);
    assert!(named(&report).iter().all(|cause| !cause.contains("whole batch")), "{report}");
}

/// The folder of what was received.
/// A filter that takes every third event of bots, and every tenth of people.
#[test]
fn a_filter_of_bots_is_told_by_its_matrix() {
    let world = World::new("  bots: { visitors: 3 }\n  lost: { share: 0.02 }\n");
    let member = |line: &str, name: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line[name].as_str().unwrap().to_owned()
    };
    let ledger = fs::read_to_string(world.path("ledger.jsonl")).unwrap();
    let of_bots = ledger.lines().filter(|line| member(line, "kind") == "bots");
    let of_bots: BTreeSet<String> = of_bots.map(|line| member(line, "event_id")).collect();
    let (mut bots, mut people) = ([0, 0], [0, 0]);
    let mut received = world.counted("{}");
    received.retain(|line| {
        let is_bot = of_bots.contains(&member(line, "event_id"));
        let (counts, every) = if is_bot { (&mut bots, 3) } else { (&mut people, 10) };
        let is_kept = (counts[0] + counts[1]) % every > 0;
        counts[usize::from(is_kept)] += 1;
        is_kept
    });
    assert!(bots[0] > 10 && people[0] > 10, "{bots:?} {people:?}");
    let matrix = |rules: &str| world.verify(rules, &received).account.unwrap().bots.unwrap();
    let [people_dropped, people_kept] = people;
    for rules in ["{}", "bots: [bot, headless, monitor]"] {
        let expected =
            BotFilter { bots_dropped: bots[0], bots_kept: bots[1], people_dropped, people_kept };
        assert_eq!(matrix(rules), expected, "{rules}");
    }
}

fn report_folder(report: &Report) -> String {
    let Subject::Counted { received, .. } = &report.subject else { unreachable!() };
    received[0].parent().unwrap().display().to_string()
}

#[test]
fn a_report_says_it_in_every_form() {
    let world = World::new(
        "  duplicates: { share: 0.02, delay: 5s }\n  late: { share: 0.01, delay: 1h }\n",
    );
    let rules = "deduplicate: {}\nlateness: { allowed: 10m }";
    let report = world.verify(rules, &world.counted("lateness: { allowed: 10m }"));
    let text = report.to_string().replace(&report_folder(&report), "RECEIVED");
    let text = text.replace(world.folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!(text.split("First differences").next().unwrap(), @r"
    Not OK: duplicated: counted twice: they are copies of which another one counts, by the fault duplicates, 121 of 121 such (121 duplicated)
    5,527 events count (FOLDER/deliveries.jsonl), 5,648 received (RECEIVED/received.jsonl), matched by event_id
    5,587 happened, 122 copies: 5,709 arrived, 5,527 count under rules
      rightly dropped  60  late  (late)
      rightly dropped   1  late  (duplicates, late)
      counted twice   121  copy  (duplicates)

    Probably:
      - duplicated: counted twice: they are copies of which another one counts, by the fault duplicates, 121 of 121 such (explains 121 of 121)
    ");
    let account = report.account.as_ref().unwrap();
    let mut late = account.lines.iter().filter(|line| line.reason == Some(DropReason::Late));
    assert!(late.all(|line| line.judgement == Judgement::RightlyDropped));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["account"]["lines"][0]["judgement"], "rightly_dropped");
    assert!(junit(&report, "test").contains("<system-out>"));
}

#[test]
fn files_of_several_runs_are_refused() {
    let world = World::new("  lost: { share: 0.1 }\n");
    fs::copy(ALL.path("ledger.jsonl"), world.path("ledger.jsonl")).unwrap();
    let policy = PolicySpec::default();
    let [timeline, ledger, deliveries] =
        ["timeline.jsonl", "ledger.jsonl", "deliveries.jsonl"].map(|name| world.path(name));
    let refused = |ledger: &PathBuf, deliveries: &PathBuf| {
        let (timeline, policy) = (timeline.as_path(), &policy);
        let sources = LedgerSources { timeline, ledger, deliveries, policy, policy_name: None };
        let received = [timeline.to_owned()];
        let options = CompareOptions::default();
        verify_counted(&sources, &received, &options, Findings::default()).unwrap_err().to_string()
    };
    let message = refused(&ledger, &deliveries);
    assert!(message.contains("are not of one run"), "{message}");
    let message = refused(&deliveries, &deliveries);
    assert!(message.contains("deliveries.jsonl:1: it is no line of a ledger"), "{message}");
    let message = refused(&ledger, &timeline);
    assert!(message.contains("timeline.jsonl:1: it is no delivery"), "{message}");
}
