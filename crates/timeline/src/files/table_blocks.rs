//! Blocks of lines turned into the bytes of a table.

#[cfg(not(feature = "columnar"))]
use std::convert::Infallible;
use std::io;
use std::path::Path;

use event_simulator::model::Model;
use event_simulator::wire::TableForm;
#[cfg(feature = "columnar")]
use event_simulator_columnar::{TableEncoder, parquet_schema, schema};

#[cfg(feature = "columnar")]
use super::manifest::FORMAT_VERSION;
#[cfg(not(feature = "columnar"))]
use super::tables::left_out;

/// What a table says of its origin.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "columnar"), expect(dead_code))]
pub(crate) struct TableOrigin<'a> {
    pub(crate) model: &'a Model,
    pub(crate) seed: u64,
    pub(crate) scenario_digest: &'a str,
}

/// Turns blocks of whole lines, in the order of the timeline, into a table. There is none without the feature.
pub(crate) struct TableBlocks {
    #[cfg(feature = "columnar")]
    encoder: TableEncoder,
    #[cfg(not(feature = "columnar"))]
    none: Infallible,
}

#[cfg(feature = "columnar")]
impl TableBlocks {
    /// Begins the table of a model's timeline.
    pub(crate) fn new(form: TableForm, origin: TableOrigin<'_>) -> io::Result<Self> {
        let metadata = [
            ("format_version", FORMAT_VERSION.to_string()),
            ("scenario_digest", origin.scenario_digest.to_owned()),
            ("seed", origin.seed.to_string()),
        ];
        let metadata = metadata.map(|(key, value)| (format!("event_simulator.{key}"), value));
        Ok(Self { encoder: TableEncoder::new(schema(origin.model.columns(), metadata), form)? })
    }

    /// Begins a table with the columns of a file of Parquet.
    pub(crate) fn like(file: &Path) -> io::Result<Self> {
        let schema = parquet_schema(std::fs::File::open(file)?)?;
        Ok(Self { encoder: TableEncoder::new(schema, TableForm::Parquet)? })
    }

    /// Takes a block, and leaves the bytes of the table that are done in its place.
    pub(crate) fn encode(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        self.encoder.push(block)?;
        block.clear();
        block.append(&mut self.encoder.take_bytes());
        Ok(())
    }

    /// The rest of the table.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.encoder.finish()?)
    }
}

#[cfg(not(feature = "columnar"))]
impl TableBlocks {
    pub(crate) fn new(form: TableForm, _: TableOrigin<'_>) -> io::Result<Self> {
        Err(left_out(form))
    }

    pub(crate) fn like(_: &Path) -> io::Result<Self> {
        Err(left_out(TableForm::Parquet))
    }

    pub(crate) fn encode(&mut self, _: &mut Vec<u8>) -> io::Result<()> {
        match self.none {}
    }

    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        match self.none {}
    }
}
