//! What must hold of the readers of options, for the fuzzer and the normal tests.

use std::time::Duration;

use event_simulator_check::minimize::ExitCondition;
use event_simulator_check::verify::Tolerances;
use event_simulator_replay::{Config, Metrics, OPTIONS, StatusSet, Threshold};

/// Reads `bytes` as the value of each option. What is taken can be used, and what can be written reads back.
pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for option in OPTIONS {
        let mut config = Config::default();
        if option.set(&mut config, text).is_ok() {
            let _ = config.check();
        }
    }
    if let Ok(threshold) = text.parse::<Threshold>() {
        let shown = threshold.to_string();
        let again: Threshold = shown.parse().expect("a condition reads back");
        assert_eq!(again.to_string(), shown);
        let metrics = Metrics::default();
        for elapsed in [Duration::ZERO, Duration::MAX] {
            let found = threshold.check(&metrics, elapsed).is_some();
            assert_eq!(again.check(&metrics, elapsed).is_some(), found);
        }
    }
    if let Ok(statuses) = text.parse::<StatusSet>() {
        let shown = statuses.to_string();
        assert_eq!(shown.parse().as_ref(), Ok(&statuses), "{shown}");
        assert!(!statuses.contains(99) && !statuses.contains(600));
    }
    let _ = text.parse::<Tolerances>();
    let _ = text.parse::<ExitCondition>();
}
