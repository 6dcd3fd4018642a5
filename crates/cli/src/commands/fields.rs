//! `fields`: what events carry, as a table.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use event_simulator::model::TypedField;

use crate::args::scenario::{ScenarioArgs, compile};
use crate::failure::Failure;

/// List the fields of a scenario's events, with their types
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  event-simulator fields shop.yaml
  event-simulator fields shop.yaml --json | jq \\
      -r '.[].field' | sort -u

The same as a JSON Schema: event-simulator schema --events shop.yaml")]
pub(crate) struct FieldsArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &FieldsArgs) -> Result<(), Failure> {
    let loaded = args.scenario.load()?;
    let fields = compile(&loaded)?.fields();
    let text = if args.json {
        serde_json::to_string_pretty(&fields).map_err(io::Error::from)
    } else {
        Ok(table(&fields))
    };
    let text = text.map_err(Failure::io("cannot write the fields"))?;
    writeln!(io::stdout(), "{}", text.trim_end())
        .map_err(Failure::io("cannot write standard output"))
}

fn table(fields: &[TypedField]) -> String {
    const HEAD: [&str; 3] = ["event type", "field", "type"];
    let width = |column: usize, of: fn(&TypedField) -> &str| {
        let widths = fields.iter().map(|field| of(field).chars().count());
        widths.chain([HEAD[column].len()]).max().unwrap_or_default()
    };
    let (types, names) = (width(0, |field| &field.event_type), width(1, |field| &field.field));
    let mut text = format!("{:types$}  {:names$}  {}\n", HEAD[0], HEAD[1], HEAD[2]);
    for TypedField { event_type, field, value, is_required } in fields {
        let optional = if *is_required { "" } else { ", not always there" };
        let _ = writeln!(text, "{event_type:types$}  {field:names$}  {value}{optional}");
    }
    text
}
