//! Scenarios from files that are none.

use std::fs;
use std::path::Path;

use event_simulator_timeline::read_scenario;

#[test]
fn a_file_that_is_not_there_or_not_a_file_is_named() {
    for (path, reason) in [("no/such/file.yaml", "cannot be read"), ("src", "is a directory")] {
        let problems = read_scenario(Path::new(path), &[]).unwrap_err().to_string();
        assert!(problems.contains(path) && problems.contains(reason), "{problems}");
    }
}

#[test]
fn a_file_without_end_is_given_up() {
    let problems = read_scenario(Path::new("/dev/zero"), &[]).unwrap_err().to_string();
    assert!(problems.contains("larger than"), "{problems}");
}

#[test]
fn the_files_of_a_scenario_stand_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("shop.yaml");
    let pick = |file: &str| {
        let properties = format!("{{ a: {{ pick: {{ file: {file} }} }} }}");
        let yaml = format!("events: {{ page_visited: {{ properties: {properties} }} }}");
        fs::write(&scenario, yaml).unwrap();
        read_scenario(&scenario, &[])
    };
    fs::create_dir(folder.path().join("data")).unwrap();
    let table = folder.path().join("data/products.csv");
    fs::write(&table, "sku\nA1\n").unwrap();
    let first = pick("data/products.csv").unwrap().scenario.digest();
    fs::write(&table, "sku\nB2\n").unwrap();
    assert_ne!(pick("data/products.csv").unwrap().scenario.digest(), first);
    let problems = pick("products.csv").unwrap_err().to_string();
    assert!(problems.contains("products.csv: cannot be read"), "{problems}");
}
