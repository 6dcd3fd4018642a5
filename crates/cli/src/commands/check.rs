//! `check`: validates scenarios.

use std::io::{self, Write};

use event_simulator_replay::Config;

use crate::args;
use crate::args::wire_format::{tell_long_names, tell_losses};
use crate::error_form::tell_problems;
use crate::failure::Failure;

/// Validate scenarios: every problem, with its line and cure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  event-simulator check                        the file that init writes
  event-simulator check shop.yaml              every problem of a file
  event-simulator check scenarios/*.yaml       of several
  event-simulator check --effective shop.yaml  the scenario with all defaults filled in

Exit code: 0 if all can be used, 2 if not.")]
pub(crate) struct CheckArgs {
    /// Scenario files, or names of shipped scenarios
    #[arg(value_name = "SCENARIO", default_value = args::scenario::DEFAULT_FILE)]
    scenarios: Vec<String>,

    /// Print each scenario as it is understood, all defaults filled in; secrets are masked
    #[arg(long)]
    effective: bool,
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for name in &args.scenarios {
        let checked = check(name, args.effective);
        if checked.is_err()
            && let Err(earlier) = std::mem::replace(&mut outcome, checked)
        {
            earlier.report();
        }
    }
    outcome
}

fn check(name: &str, effective: bool) -> Result<(), Failure> {
    let loaded = args::scenario::named(name)?;
    if !loaded.warnings.is_empty() {
        tell_problems(&loaded.warnings);
    }
    let model = args::scenario::compile(&loaded)?;
    let replay = Config::for_scenario(&loaded.scenario);
    if let Some(format) = replay.ok().and_then(|config| config.target.format.wire()) {
        tell_losses(format);
        tell_long_names(format, &model);
    }
    let text = if effective {
        loaded.scenario.to_masked_yaml(&args::scenario::OWNERS)
    } else {
        format!("{name}: OK\n")
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
