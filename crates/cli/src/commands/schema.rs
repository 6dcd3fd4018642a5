//! `schema`: the JSON Schema of scenario files, or of a scenario's events.

use std::io::{self, Write};

use event_simulator::Scenario;

use crate::args;
use crate::failure::Failure;

/// Print the JSON Schema of scenario files, or of a scenario's events
///
/// An editor that knows that of scenario files completes keys, shows what they mean, and marks what is wrong.
/// That of a scenario's events has a definition for each type, by which a pipeline can check what it reads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  event-simulator schema > scenario.schema.json
  event-simulator schema --events shop.yaml \\
      > events.schema.json

As the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=scenario.schema.json")]
pub(crate) struct SchemaArgs {
    /// Print the schema of the events of this scenario: a file, or the name of a shipped one
    #[arg(long, value_name = "SCENARIO")]
    events: Option<String>,
}

pub(crate) fn run(args: &SchemaArgs) -> Result<(), Failure> {
    let schema = match &args.events {
        Some(name) => args::scenario::compile(&args::scenario::named(name)?)?.event_schema(),
        None => Scenario::schema(&args::scenario::OWNERS),
    };
    let text = format!("{schema:#}\n");
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
