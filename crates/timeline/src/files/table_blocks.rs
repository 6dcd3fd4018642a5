//! Records, or blocks of lines, turned into the bytes of a table. There are none without the feature.

#[cfg(not(feature = "columnar"))]
use std::convert::Infallible;
use std::io;
use std::path::Path;

#[cfg(feature = "columnar")]
use event_simulator::deliveries::DeliveryWriter;
use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::wire::TableForm;
#[cfg(feature = "columnar")]
use event_simulator_columnar::{LineTable, RecordTable, arrow_schema, parquet_schema, schema};

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

/// Turns records, in the order of the timeline, into a table.
pub(crate) struct RecordBlocks {
    #[cfg(feature = "columnar")]
    table: RecordTable,
    #[cfg(not(feature = "columnar"))]
    none: Infallible,
}

/// Turns blocks of whole lines, in the order of the timeline, into a table.
pub(crate) struct LineBlocks {
    #[cfg(feature = "columnar")]
    table: LineTable,
    #[cfg(not(feature = "columnar"))]
    none: Infallible,
}

#[cfg(feature = "columnar")]
impl TableOrigin<'_> {
    fn metadata(&self) -> [(String, String); 3] {
        let metadata = [
            ("format_version", FORMAT_VERSION.to_string()),
            ("scenario_digest", self.scenario_digest.to_owned()),
            ("seed", self.seed.to_string()),
        ];
        metadata.map(|(key, value)| (format!("event_simulator.{key}"), value))
    }
}

#[cfg(feature = "columnar")]
impl RecordBlocks {
    /// Begins the table of a model's timeline.
    pub(crate) fn new(form: TableForm, origin: TableOrigin<'_>) -> io::Result<Self> {
        // What events carry depends on the seed.
        let model = origin.model.clone().with_seed(origin.seed);
        Ok(Self { table: RecordTable::new(&model, origin.metadata(), form)? })
    }

    /// Takes a record. Now and then it leaves the bytes of the table that are done in a block, and says so.
    #[inline]
    pub(crate) fn encode(&mut self, record: &Record, block: &mut Vec<u8>) -> io::Result<bool> {
        let is_whole = self.table.push(record)?;
        if is_whole {
            self.table.swap_bytes(block);
        }
        Ok(is_whole)
    }

    /// The rest of the table.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.table.finish()?)
    }
}

#[cfg(feature = "columnar")]
impl LineBlocks {
    /// Begins a table of deliveries.
    pub(crate) fn of_deliveries(form: TableForm, origin: TableOrigin<'_>) -> io::Result<Self> {
        let columns = DeliveryWriter::COLUMNS.map(|(name, of)| (name.to_owned(), of));
        Ok(Self { table: LineTable::new(schema(columns, origin.metadata()), form)? })
    }

    /// Begins a table with the columns of a file of that form.
    pub(crate) fn like(file: &Path, form: TableForm) -> io::Result<Self> {
        let file = std::fs::File::open(file)?;
        let schema = match form {
            TableForm::Parquet => parquet_schema(file)?,
            TableForm::ArrowFile | TableForm::ArrowStream => arrow_schema(file)?,
        };
        Ok(Self { table: LineTable::new(schema, form)? })
    }

    /// Takes a block, and leaves the bytes of the table that are done in its place.
    pub(crate) fn encode(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        self.table.push(block)?;
        self.table.swap_bytes(block);
        Ok(())
    }

    /// The rest of the table.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.table.finish()?)
    }
}

#[cfg(not(feature = "columnar"))]
impl RecordBlocks {
    pub(crate) fn new(form: TableForm, _: TableOrigin<'_>) -> io::Result<Self> {
        Err(left_out(form))
    }

    pub(crate) fn encode(&mut self, _: &Record, _: &mut Vec<u8>) -> io::Result<bool> {
        match self.none {}
    }

    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        match self.none {}
    }
}

#[cfg(not(feature = "columnar"))]
impl LineBlocks {
    pub(crate) fn of_deliveries(form: TableForm, _: TableOrigin<'_>) -> io::Result<Self> {
        Err(left_out(form))
    }

    pub(crate) fn like(_: &Path, form: TableForm) -> io::Result<Self> {
        Err(left_out(form))
    }

    pub(crate) fn encode(&mut self, _: &mut Vec<u8>) -> io::Result<()> {
        match self.none {}
    }

    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        match self.none {}
    }
}
