//! Tables of user shards, which are those of the whole when they are put together.

use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::expectations::{Declared, Expectations, Notes, TableSums, csv_files};
use event_simulator::policy::{CountedPlace, PolicyIntake, Sessionizer, crosses_users};
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::scenario::{Scenario, shipped};
use event_simulator::simulation::Shard;
use event_simulator::wire::EventFields;
use proptest::prelude::*;

/// All faults that leave every event its user.
const FAULTS: &str = "
faults:
  late: { share: 0.1, delay: { median: 60s, p90: 20m } }
  offline: { share: 0.1, delay: { min: 10m, max: 2h } }
  out_of_order: { share: 0.1 }
  lost: { share: 0.05 }
  duplicates: { share: 0.1, delay: { min: 1s, max: 30m } }
  synthetic: { kind: duplicates, share: 0.05, copy: synthetic, delay: 3s }
  reidentified: { kind: duplicates, share: 0.05, copy: reidentified, delay: 2s }
  twins: { share: 0.02 }
  clock_skew: { share: 0.3, offset: { sd: 10m }, jump: { min: -1h, max: 1h } }
  future: { share: 0.01, offset: 30d }
  malformed: { share: 0.05 }
  prefetches: { share: 0.05 }
  touches: { share: 0.4 }
  returns: { share: 0.3, delay: 10m, event_type: purchase }
  bots: { visitors: 4, every: 10m }
";

const POLICIES: [&str; 4] = [
    "{}",
    "{ clock: corrected, deduplicate: {}, ahead: 1h, identity: stitched, sessions: { gap: 30m }, bots: [bot], \
     attribution: { conversion: button_clicked, model: linear }, lateness: { allowed: 5m, windows: 10m }, \
     funnels: { a: { steps: [session_created, button_clicked] }, b: { steps: [/, page_closed], per: person, order: any } } }",
    "{ deduplicate: { within: 10m }, lateness: { allowed: 5m }, identity: forward, time_zone: Europe/Berlin, \
     attribution: { conversion: purchase, amount: amount, currency: currency, model: time_decay, half_life: 5m } }",
    "{ clock: received, deduplicate: { by: [user_id, page_path], keep: last }, sessions: { gap: 1m, cut: midnight } }",
];

fn empty(scenario: &Scenario) -> Expectations {
    Expectations::of_declared(Declared::new(scenario)).with_retention().with_rows()
}

/// The sums of a part of the users: of what happened, or of what counts of what arrives under a policy.
fn sums(scenario: &Scenario, policy: Option<&PolicySpec>, shard: Shard) -> (TableSums, Notes) {
    let simulation = scenario.compile().unwrap().simulate_shard(5, shard);
    let mut expectations = empty(scenario);
    let Some(policy) = policy else {
        for event in simulation {
            expectations.observe(&(&event).into()).unwrap();
        }
        return expectations.into_sums();
    };
    let mut deliveries = Deliveries::of_shard(simulation, shard, false);
    let mut writer = DeliveryWriter::new(deliveries.model());
    let (mut intake, mut counted) = (PolicyIntake::new(policy), Vec::new());
    let mut count = |place: CountedPlace, event: &EventFields<'_>| {
        counted.push((place, event.clone().into_owned()));
    };
    let mut line = Vec::new();
    for delivery in deliveries.by_ref() {
        line.clear();
        writer.write_envelope(&delivery, &mut line);
        line.pop();
        intake.arrive(&line, &mut count);
    }
    let windows = intake.take_windows();
    intake.finish(count);
    let mut sessionizer = Sessionizer::new(policy);
    for (place, event) in &counted {
        sessionizer.look_ahead(*place, event);
    }
    counted.sort_by_key(|(place, _)| *place);
    let mut expectations = expectations.under(policy).with_lateness(windows);
    for (place, mut event) in counted {
        sessionizer.assign(place, &mut event);
        expectations.observe(&event).unwrap();
    }
    expectations.into_sums()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tables_of_shards_add_up_to_those_of_the_whole(
        shipped in prop::sample::select(shipped::ALL.iter().collect::<Vec<_>>()),
        policy in prop::option::of(prop::sample::select(&POLICIES[..])),
        count in 1_u32..6,
    ) {
        let mut scenario = shipped.load().unwrap().scenario;
        let simulation = &mut scenario.simulation;
        simulation.num_users = simulation.num_users.min(12);
        simulation.duration_seconds = 1_800.0;
        scenario.faults = Scenario::from_yaml(FAULTS).unwrap().faults;
        let policy = policy.map(|yaml| PolicySpec::read(yaml.as_bytes(), "policy").unwrap());
        prop_assert!(policy.iter().all(|policy| crosses_users(policy, &scenario).is_none()));

        let (mut added, mut notes) = sums(&scenario, policy.as_ref(), Shard::new(0, count).unwrap());
        for index in 1..count {
            let part = sums(&scenario, policy.as_ref(), Shard::new(index, count).unwrap());
            // As a file has them.
            let text = serde_json::to_string(&part.0).unwrap();
            added.add(serde_json::from_str(&text).unwrap()).unwrap();
            notes.add(part.1);
        }
        let (whole, whole_notes) = sums(&scenario, policy.as_ref(), Shard::WHOLE);
        let files = |sums: TableSums| csv_files(&sums.into_tables()).unwrap();
        for ((name, added), (_, whole)) in files(added).into_iter().zip(files(whole)) {
            let [added, whole] = [added, whole].map(|bytes| String::from_utf8(bytes).unwrap());
            prop_assert_eq!(added, whole, "{} {}", shipped.name, name);
        }
        prop_assert_eq!(notes, whole_notes);
    }
}

#[test]
fn what_needs_all_users_is_told() {
    let reason = |policy: &str, faults: &str| {
        let policy = PolicySpec::read(policy.as_bytes(), "policy").unwrap();
        crosses_users(&policy, &Scenario::from_yaml(faults).unwrap())
    };
    let accounts = |form: &str| {
        format!(
            "users: {{ identity: {{ log_in: 0.5 }} }}\nfaults: {{ identity: {{ share: 0.1{form} }} }}"
        )
    };
    assert!(reason("lateness: { by: watermark }", "{}").unwrap().contains("watermark"));
    assert!(reason("deduplicate: { by: [event_type] }", "{}").unwrap().contains("deduplicate.by"));
    assert!(reason("{}", &accounts("")).unwrap().contains("poison_id"));
    assert!(reason("{}", &accounts(", forms: shared_device")).unwrap().contains("shared_device"));
    assert_eq!(reason("{}", &accounts(", forms: late_identify")), None);
    assert_eq!(reason("deduplicate: { by: [event_type, user_id] }", FAULTS), None);
}
