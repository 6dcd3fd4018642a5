//! `generate --check`: what a scenario gives now, held against a golden file.

use std::io;

use event_simulator_check::golden::{GoldenError, GoldenReport};

use crate::failure::Failure;
use crate::standard_output::ResultArgs;

/// Shows on standard error what was found, or has it on standard output as JSON.
pub(crate) fn show(result: ResultArgs, report: &GoldenReport) -> Result<(), Failure> {
    result.tell(report, report)?;
    if report.is_same() { Ok(()) } else { Err(Failure::Reported) }
}

impl From<GoldenError> for Failure {
    fn from(error: GoldenError) -> Self {
        match &error {
            GoldenError::Compare { source, .. } if source.kind() == io::ErrorKind::Interrupted => {
                Self::Interrupted
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
