//! A simulation as a stream of bytes.

use std::io::{self, BufRead, Read, Write};

use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::simulation::{Shard, Simulation};
use event_simulator::wire::{Codec, Encode, JsonLines};

/// Lines are made ahead until there are so many bytes: a few pages, since whoever reads is likely to
/// be slower than the simulation.
const AHEAD_BYTES: usize = 16 * 1024;

/// Reads the timeline of a simulation as it is made, the bytes of `generate`; or what arrives of it.
pub struct SimulationReader {
    made: Made,
    lines: Vec<u8>,
    consumed: usize,
    copy: Option<Box<dyn Write + Send>>,
}

/// What makes the lines.
enum Made {
    Timeline(Box<Simulation>, Box<<JsonLines as Codec>::Encoder>),
    Deliveries(Box<Deliveries>, Box<DeliveryWriter>),
}

impl Made {
    /// Appends the next line; false at the end.
    fn next_line(&mut self, lines: &mut Vec<u8>) -> bool {
        match self {
            Self::Timeline(simulation, encoder) => {
                let record = simulation.next_record();
                record.map(|record| encoder.encode(&record, lines)).is_some()
            }
            Self::Deliveries(deliveries, writer) => {
                let delivery = deliveries.next();
                delivery.map(|delivery| writer.write_envelope(&delivery, lines)).is_some()
            }
        }
    }
}

impl SimulationReader {
    /// Reads the timeline that is left of `simulation`.
    pub fn new(simulation: Simulation) -> Self {
        let encoder = JsonLines::encoder(simulation.model());
        Self::of(Made::Timeline(Box::new(simulation), Box::new(encoder)))
    }

    /// Reads what arrives of `simulation`, which is of a part of the users, and when, as replay takes it.
    pub fn of_deliveries(simulation: Simulation, shard: Shard) -> Self {
        let deliveries = Deliveries::of_shard(simulation, shard, false);
        let writer = DeliveryWriter::new(deliveries.model());
        Self::of(Made::Deliveries(Box::new(deliveries), Box::new(writer)))
    }

    fn of(made: Made) -> Self {
        Self { made, lines: Vec::new(), consumed: 0, copy: None }
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
            while self.lines.len() < AHEAD_BYTES && self.made.next_line(&mut self.lines) {}
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
