//! Bugs that were reported of public pipelines, each re-enacted by a scenario: its policy and the wrong one differ in a table.

use std::fs;
use std::path::Path;

use event_simulator::Scenario;
use event_simulator::scenario::policy::PolicySpec;

use super::policies_in_sql::{arrivals, ours};

const WRONG: &str = "# Wrong: ";

#[test]
fn every_reported_bug_shows_in_a_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bugs");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.display();
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.starts_with("# ") && first.contains('#') && first.ends_with('.'), "{name}");
        let wrong = rest.lines().next().unwrap().strip_prefix(WRONG).unwrap();
        let wrong = PolicySpec::read(wrong.as_bytes(), "wrong").unwrap();
        let scenario = Scenario::from_yaml(&text).unwrap();
        let right = scenario.policy.clone().unwrap();
        let lines = arrivals(&scenario);
        let (right, wrong) = (ours(&lines, &right), ours(&lines, &wrong));
        let has =
            |tables: &[(String, Vec<u8>)], name: &str| tables.iter().any(|(own, _)| own == name);
        let common: Vec<_> = right.iter().filter(|(name, _)| has(&wrong, name)).collect();
        let others: Vec<_> = wrong.iter().filter(|(name, _)| has(&right, name)).collect();
        assert_ne!(common, others, "{name}");
    }
}
