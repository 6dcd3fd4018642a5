//! Targets that are written to, a line each event, and give no answers.

mod file_target;
mod numbered_files;
mod standard_output;

pub(crate) use file_target::FileTarget;
pub(crate) use standard_output::StandardOutputTarget;
