//! What a person should know of a wire format of others.

use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser};
use event_simulator::Model;
use event_simulator::wire::{FORMATS, WireFormat};
use event_simulator_timeline::{ReceivedForm, read_field_map};

use crate::failure::Failure;

/// Says, once a command, what a format cannot say.
pub(crate) fn tell_losses(format: &WireFormat) {
    for loss in format.losses {
        note!("note: {}: {loss}", format.title);
    }
}

/// Says what of a scenario's events the format's receiver does not keep whole.
pub(crate) fn tell_cuts(format: &WireFormat, model: &Model) {
    for cut in format.cuts_of(model) {
        tell!("note: {}: {cut}", format.title);
    }
}

/// The form of events that came back, by the name of a format or the file of a map of fields.
pub(crate) fn received_form(
    format: Option<&str>,
    fields: Option<&Path>,
) -> Result<Option<ReceivedForm>, Failure> {
    if let Some(path) = fields {
        let map = read_field_map(path).map_err(|error| Failure::Usage(error.to_string()))?;
        return Ok(Some(ReceivedForm::Fields(map)));
    }
    Ok(format.and_then(WireFormat::named).map(ReceivedForm::Wire))
}

/// The names of the formats, as a flag's values.
pub(crate) fn protocol_parser() -> PossibleValuesParser {
    let name = |format: &&WireFormat| PossibleValue::new(format.name).help(format.title.to_owned());
    PossibleValuesParser::new(FORMATS.iter().map(name))
}
