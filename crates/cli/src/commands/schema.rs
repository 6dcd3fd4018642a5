//! `schema`: the JSON Schema of scenario files.

use std::io::{self, Write};

use event_simulator::Scenario;
use event_simulator_replay::section_schema;

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
    let mut schema = Scenario::schema();
    if let Some(replay) = schema.pointer_mut("/properties/replay") {
        *replay = section_schema();
    }
    let text = format!("{schema:#}\n");
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
