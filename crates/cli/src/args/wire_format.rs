//! What a person should know of a wire format of others.

use clap::builder::{PossibleValue, PossibleValuesParser};
use event_simulator::wire::{FORMATS, WireFormat};

/// Says, once a command, what a format cannot say.
pub(crate) fn tell_losses(format: &WireFormat) {
    for loss in format.losses {
        note!("note: {}: {loss}", format.title);
    }
}

/// The names of the formats, as a flag's values.
pub(crate) fn protocol_parser() -> PossibleValuesParser {
    let name = |format: &&WireFormat| PossibleValue::new(format.name).help(format.title.to_owned());
    PossibleValuesParser::new(FORMATS.iter().map(name))
}
