//! `schema`: the JSON Schema of scenario files.

use std::io::{self, Write};

use event_simulator::Scenario;

use crate::args;
use crate::failure::Failure;

/// Print the JSON Schema of scenario files, for editors
///
/// An editor that knows it completes keys, shows what they mean, and marks what is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  event-simulator schema > scenario.schema.json

and as the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=scenario.schema.json")]
pub(crate) struct SchemaArgs {}

pub(crate) fn run(_: &SchemaArgs) -> Result<(), Failure> {
    let text = format!("{:#}\n", Scenario::schema(&args::scenario::OWNERS));
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
