//! What must hold of the scenario reader whatever the file, for the fuzzer and the normal tests.

use event_simulator::Scenario;
use event_simulator::scenario::Loaded;

/// Reads `bytes` as a scenario. What can be read can be written and read again and is the same; what
/// cannot is explained, at places that exist.
pub(crate) fn run(bytes: &[u8]) {
    match Loaded::from_bytes(bytes, "fuzz") {
        Ok(Loaded { scenario, source, .. }) => {
            let yaml = scenario.to_yaml();
            assert_eq!(Scenario::from_yaml(&yaml).as_ref(), Ok(&scenario), "{yaml}");
            if let Err(error) = scenario.compile() {
                for problem in error.problems() {
                    let _ = source.position(&problem.path);
                }
            }
        }
        Err(problems) => {
            assert!(problems.errors() > 0);
            let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count();
            for problem in &problems {
                let line = problem.position.map_or(1, |position| position.line);
                assert!((1..=lines + 1).contains(&line), "line {line} of {lines}: {problem:?}");
            }
            assert!(!problems.to_string().chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
