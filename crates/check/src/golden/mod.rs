//! A timeline kept as a golden file, and what the simulator gives now held against it.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//!
//! use event_simulator::Scenario;
//! use event_simulator_check::golden;
//! use event_simulator_timeline::Generation;
//!
//! let scenario = Scenario::from_yaml("seed: 7")?;
//! let (model, digest) = (scenario.compile()?, scenario.digest());
//! let now = Generation { seed: 7, ..Generation::whole(&model, &digest) };
//! let report = golden::check("golden.jsonl".as_ref(), &now, &mut |_| ControlFlow::Continue(()))?;
//! assert!(report.is_same(), "{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cause;
mod check;
mod error;
mod report;

use std::path::Path;

use event_simulator_timeline::{Generation, Watch};

pub use cause::GoldenCause;
pub use check::{GoldenCheck, GoldenComparison};
pub use error::GoldenError;
pub use report::GoldenReport;

/// Compares a golden file with the timeline that a scenario gives now.
///
/// # Errors
///
/// [`GoldenError`] if the golden file cannot be read, or `watch` stops the generation.
pub fn check(
    golden: &Path,
    now: &Generation<'_>,
    watch: &mut Watch<'_>,
) -> Result<GoldenReport, GoldenError> {
    let path = || golden.to_owned();
    let mut check =
        GoldenCheck::open(golden).map_err(|source| GoldenError::Open { path: path(), source })?;
    let comparison = now
        .write_to(&mut check, watch)
        .and_then(|()| check.finish())
        .map_err(|source| GoldenError::Compare { path: path(), source })?;
    let causes = if comparison.is_same() {
        Vec::new()
    } else {
        GoldenCause::all_of(golden, now, &comparison)
    };
    Ok(GoldenReport { path: path(), comparison, causes })
}
