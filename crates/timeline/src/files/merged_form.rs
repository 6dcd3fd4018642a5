//! The form of a whole, where that is not the form of its parts.

use std::io;

use event_simulator::wire::{FormatSettings, WireFormat};

use crate::conversion::{ArrivalConverter, LineConverter, log_line};

/// Another form than that of the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergedForm {
    /// A log of arrivals, of deliveries.
    Log,
    /// Another's wire format, of events or of deliveries.
    Wire(&'static WireFormat),
}

/// Turns the lines of a whole into that form.
pub(super) enum FormedLines {
    Log,
    Arrivals(ArrivalConverter),
    Events(LineConverter),
}

impl FormedLines {
    /// Those of deliveries or of events; none for events that are to be a log of arrivals.
    pub(super) fn new(form: MergedForm, are_deliveries: bool) -> Option<Self> {
        let converter = |format| LineConverter::of_wire(format, FormatSettings::default());
        match form {
            MergedForm::Log => are_deliveries.then_some(Self::Log),
            MergedForm::Wire(format) if are_deliveries => {
                Some(Self::Arrivals(ArrivalConverter::new(converter(format))))
            }
            MergedForm::Wire(format) => Some(Self::Events(converter(format))),
        }
    }

    /// Takes a block of whole lines, and leaves those of the form in its place.
    pub(super) fn encode(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut formed = Vec::with_capacity(block.len());
        if let Self::Events(converter) = self {
            converter.convert_block(block, &mut formed).map_err(io::Error::other)?;
            *block = formed;
            return Ok(());
        }
        for line in block.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let (_, line) =
                log_line(line).ok_or_else(|| io::Error::other("a line is no delivery"))?;
            match self {
                // What is no event stays as it arrived.
                Self::Arrivals(converter) => drop(converter.convert(&line, &mut formed)),
                Self::Log | Self::Events(_) => formed.extend_from_slice(&line),
            }
            formed.push(b'\n');
        }
        *block = formed;
        Ok(())
    }
}
