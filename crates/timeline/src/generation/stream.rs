//! A simulation as a stream of bytes.

use std::io::{self, BufRead, Read, Write};

use event_simulator::simulation::Simulation;

use event_simulator::wire::{Codec, Encode, JsonLines};

/// Lines are made ahead until there are so many bytes: a few pages, since whoever reads is likely to
/// be slower than the simulation.
const AHEAD_BYTES: usize = 16 * 1024;

/// Reads the timeline of a simulation as it is made: the bytes of `generate`.
pub struct SimulationReader {
    simulation: Simulation,
    encoder: <JsonLines as Codec>::Encoder,
    lines: Vec<u8>,
    consumed: usize,
    copy: Option<Box<dyn Write + Send>>,
}

impl SimulationReader {
    /// Reads what is left of `simulation`.
    pub fn new(simulation: Simulation) -> Self {
        let encoder = JsonLines::encoder(simulation.model());
        Self { simulation, encoder, lines: Vec::new(), consumed: 0, copy: None }
    }

    /// Also writes what is made to `copy`. If that fails, so does reading.
    #[must_use]
    pub fn with_copy(self, copy: Box<dyn Write + Send>) -> Self {
        Self { copy: Some(copy), ..self }
    }
}

impl BufRead for SimulationReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.lines.len() {
            self.consumed = 0;
            self.lines.clear();
            while self.lines.len() < AHEAD_BYTES
                && let Some(record) = self.simulation.next_record()
            {
                self.encoder.encode(&record, &mut self.lines);
            }
            if let Some(copy) = &mut self.copy {
                copy.write_all(&self.lines).map_err(|error| {
                    io::Error::new(error.kind(), format!("cannot save what is sent: {error}"))
                })?;
            }
        }
        Ok(self.lines.get(self.consumed..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.consumed += bytes;
    }
}

impl Read for SimulationReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::scenario::Scenario;

    #[test]
    fn the_stream_is_the_timeline() {
        let model = Scenario::default().compile().unwrap();
        let mut streamed = String::new();
        SimulationReader::new(model.simulate(3)).read_to_string(&mut streamed).unwrap();
        let lines = model.simulate(3).map(|event| serde_json::to_string(&event).unwrap() + "\n");
        assert_eq!(streamed, lines.collect::<String>());
    }
}
