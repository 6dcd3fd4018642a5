//! `check`: validates scenarios.

use serde::Serialize;

use event_simulator::scenario::Problem;
use event_simulator_replay::Config;

use crate::args;
use crate::args::wire_format::{tell_cuts, tell_losses};
use crate::error_form::tell_problems;
use crate::failure::Failure;
use crate::standard_output::{ResultArgs, print_data, print_json, print_result};

/// Validate scenarios: every problem, with its line and cure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # the file that init writes
  event-simulator check
  event-simulator check shop.yaml
  event-simulator check scenarios/*.yaml
  # the scenario with all defaults filled in
  event-simulator check --effective shop.yaml

Exit code: 0 if all can be used, 2 if not.")]
pub(crate) struct CheckArgs {
    /// Scenario files, or names of shipped scenarios
    #[arg(value_name = "SCENARIO", default_value = args::scenario::DEFAULT_FILE)]
    scenarios: Vec<String>,

    /// Print each scenario as it is understood, all defaults filled in; secrets are masked
    #[arg(long, conflicts_with = "json")]
    effective: bool,

    #[command(flatten)]
    result: ResultArgs,
}

/// What is known of a scenario that was checked.
#[derive(Serialize)]
struct CheckedScenario {
    scenario: String,
    ok: bool,
    problems: Vec<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut outcome = Ok(());
    let mut checked_scenarios = Vec::new();
    for name in &args.scenarios {
        let mut problems = Vec::new();
        let checked = check(name, args, &mut problems);
        if args.result.json {
            checked_scenarios.push(as_data(name, problems, checked.as_ref().err()));
        }
        let Err(failure) = checked else { continue };
        // Scenarios that are named by JSON have said what is wrong with them.
        let failure = if args.result.json { Failure::BadScenario } else { failure };
        if let Err(earlier) = std::mem::replace(&mut outcome, Err(failure)) {
            earlier.report();
        }
    }
    if args.result.json {
        print_json(&checked_scenarios)?;
    }
    outcome
}

fn as_data(name: &str, mut problems: Vec<Problem>, failure: Option<&Failure>) -> CheckedScenario {
    let mut error = None;
    match failure {
        Some(Failure::Scenario(found)) => problems.extend(found.iter().cloned()),
        Some(other) => error = Some(other.to_string()),
        None => {}
    }
    CheckedScenario { scenario: name.to_owned(), ok: failure.is_none(), problems, error }
}

/// Checks a scenario, says what is to be said, and keeps its warnings.
fn check(name: &str, args: &CheckArgs, warnings: &mut Vec<Problem>) -> Result<(), Failure> {
    let loaded = args::scenario::named(name)?;
    if args.result.json {
        warnings.extend(loaded.warnings.iter().cloned());
    } else if !loaded.warnings.is_empty() {
        tell_problems(&loaded.warnings);
    }
    let model = args::scenario::compile(&loaded)?;
    if args.result.json {
        return Ok(());
    }
    let replay = Config::for_scenario(&loaded.scenario);
    if let Some(format) = replay.ok().and_then(|config| config.target.format.wire()) {
        tell_losses(format);
        tell_cuts(format, &model);
    }
    if args.effective {
        return print_data(&loaded.scenario.to_masked_yaml(&args::scenario::OWNERS));
    }
    print_result(&format!("OK: {name}\n"))
}
