//! Records to the bytes of a table.

use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::wire::TableForm;

use super::encoder::{TableEncoder, is_full};
use super::error::ColumnarError;
use super::record_columns::RecordColumns;
use super::schema::schema;

/// Makes a table of the records of a model, without any text in between.
pub struct RecordTable {
    columns: RecordColumns,
    encoder: TableEncoder,
}

impl RecordTable {
    /// Begins a table, whose file says this metadata.
    ///
    /// # Errors
    /// A column of a type that is not written.
    pub fn new(
        model: &Model,
        metadata: impl IntoIterator<Item = (String, String)>,
        form: TableForm,
    ) -> Result<Self, ColumnarError> {
        let schema = schema(model.columns(), metadata);
        let columns = RecordColumns::new(model, schema.fields())?;
        Ok(Self { columns, encoder: TableEncoder::new(schema, form)? })
    }

    /// Adds a record; true if a batch is whole, so that there may be bytes that are done.
    ///
    /// # Errors
    /// A value that does not fit its column.
    #[inline]
    pub fn push(&mut self, record: &Record) -> Result<bool, ColumnarError> {
        self.columns.push(record)?;
        if !is_full(self.columns.rows(), || self.columns.bytes()) {
            return Ok(false);
        }
        self.hand_on()?;
        Ok(true)
    }

    fn hand_on(&mut self) -> Result<(), ColumnarError> {
        let rows = self.columns.rows();
        let chunks = self.encoder.key_chunks(rows)?;
        let columns = self.columns.finish(chunks)?;
        self.encoder.write(rows, columns)
    }

    /// Leaves the bytes that are done in the place of what stands in a block.
    pub fn swap_bytes(&mut self, block: &mut Vec<u8>) {
        self.encoder.swap_bytes(block);
    }

    /// Ends the table, and gives the rest of its bytes.
    ///
    /// # Errors
    /// Those of the libraries.
    pub fn finish(mut self) -> Result<Vec<u8>, ColumnarError> {
        if self.columns.rows() > 0 {
            self.hand_on()?;
        }
        self.encoder.finish()
    }
}
