//! Scenarios from files that are none.

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
