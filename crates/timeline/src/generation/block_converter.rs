//! Blocks of lines in the wire formats of others.

use std::io;
use std::mem;

use event_simulator::wire::{EventFields, FormatEncoder, FormatSettings, WireFormat};

/// Turns blocks of whole lines, in the order of the timeline, into another format's.
pub(super) struct BlockConverter {
    encoder: FormatEncoder,
    converted: Vec<u8>,
}

impl BlockConverter {
    pub(super) fn new(format: &'static WireFormat) -> Self {
        let encoder = FormatEncoder::new(format, FormatSettings::default());
        Self { encoder, converted: Vec::new() }
    }

    pub(super) fn convert(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        self.converted.clear();
        for line in block.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            EventFields::of_line(line)
                .and_then(|event| self.encoder.encode(&event, &mut self.converted))
                .map_err(io::Error::other)?;
            self.converted.push(b'\n');
        }
        mem::swap(block, &mut self.converted);
        Ok(())
    }
}
