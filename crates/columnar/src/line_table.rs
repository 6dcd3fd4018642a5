//! Lines of JSON to the bytes of a table.

use arrow_schema::Schema;
use event_simulator::event::Field;
use event_simulator::wire::TableForm;

use super::columns::StructColumn;
use super::cursor::Cursor;
use super::encoder::{TableEncoder, is_full};
use super::error::ColumnarError;

/// Makes a table of lines of JSON without white space, each an event of the columns of a schema.
///
/// The bytes depend on the lines alone, not on how they are handed over, and are those of a
/// [`RecordTable`](super::RecordTable) of the same events.
pub struct LineTable {
    rows: StructColumn,
    /// The columns that are in the bytes of a batch.
    measured: Vec<usize>,
    encoder: TableEncoder,
}

impl LineTable {
    /// Begins a table.
    ///
    /// # Errors
    /// A column of a type that is not written.
    pub fn new(schema: Schema, form: TableForm) -> Result<Self, ColumnarError> {
        let ids = [Field::EventId, Field::UserId, Field::SessionId].map(Field::name);
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let measured = names.enumerate().filter(|(_, name)| !ids.contains(name));
        Ok(Self {
            rows: StructColumn::new(schema.fields())?,
            measured: measured.map(|(place, _)| place).collect(),
            encoder: TableEncoder::new(schema, form)?,
        })
    }

    /// Adds whole lines, each with its end.
    ///
    /// # Errors
    /// A line that does not fit the columns.
    pub fn push(&mut self, lines: &[u8]) -> Result<(), ColumnarError> {
        let lines =
            str::from_utf8(lines).map_err(|_| ColumnarError::value("a line is not UTF-8"))?;
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &lines.as_bytes()[start..]) {
            let line = &lines[start..start + length];
            start += length + 1;
            self.rows.append(&mut Cursor::new(line))?;
            if is_full(self.rows.rows, || self.bytes()) {
                self.hand_on()?;
            }
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.measured.iter().map(|place| self.rows.members[*place].bytes()).sum()
    }

    fn hand_on(&mut self) -> Result<(), ColumnarError> {
        let rows = self.rows.rows;
        let (_, columns, _) = self.rows.finish()?.into_parts();
        // Their texts have no codes.
        let _ = self.encoder.key_chunks(rows)?;
        self.encoder.write(rows, columns.into_iter().map(Some).collect())
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
        if self.rows.rows > 0 {
            self.hand_on()?;
        }
        self.encoder.finish()
    }
}
