//! Batches of columns to the bytes of Parquet.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_schema::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use event_simulator::event::Field;

use super::error::ColumnarError;
use super::key_chunk::KeyChunk;
use super::schema::is_json;

/// Rows of a row group of Parquet, unless it has too many bytes.
pub(crate) const GROUP_ROWS: usize = 1024 * 1024;

/// Bytes of a row group that wait in memory until it is whole.
const GROUP_BYTES: usize = 128 * 1024 * 1024;

/// The fields of which many events have the same text.
pub(crate) const KEYED: [Field; 5] =
    [Field::EventType, Field::UserId, Field::SessionId, Field::PagePath, Field::ButtonId];

/// Writes row groups, each of whole batches.
pub(crate) struct ParquetWriter {
    schema: Arc<Schema>,
    writer: SerializedFileWriter<Vec<u8>>,
    factory: ArrowRowGroupWriterFactory,
    /// The columns of the row group that is under way, in their order.
    columns: Vec<ColumnChunk>,
    rows: usize,
}

enum ColumnChunk {
    Keys(Field, Box<KeyChunk>),
    /// Those of all columns of Parquet that a column has.
    Values(Vec<ArrowColumnWriter>),
}

impl ParquetWriter {
    pub(crate) fn new(
        schema: &Arc<Schema>,
        properties: WriterProperties,
    ) -> Result<Self, ColumnarError> {
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties))?;
        let (writer, factory) = writer.into_serialized_writer()?;
        let schema = Arc::clone(schema);
        Ok(Self { schema, writer, factory, columns: Vec::new(), rows: 0 })
    }

    /// Makes room for a batch of so many rows, and gives the chunks of fields whose texts have codes.
    pub(crate) fn begin(
        &mut self,
        rows: usize,
    ) -> Result<impl Iterator<Item = (Field, &mut KeyChunk)>, ColumnarError> {
        if self.rows + rows > GROUP_ROWS {
            self.end_group()?;
        }
        if self.columns.is_empty() {
            self.columns = self.group()?;
        }
        Ok(self.columns.iter_mut().filter_map(|column| match column {
            ColumnChunk::Keys(field, chunk) => Some((*field, &mut **chunk)),
            ColumnChunk::Values(_) => None,
        }))
    }

    fn group(&self) -> Result<Vec<ColumnChunk>, ColumnarError> {
        let descriptor = self.writer.schema_descr();
        let mut leaves = self.factory.create_column_writers(0)?.into_iter();
        let mut place = 0;
        let columns = self.schema.fields().iter().map(|field| {
            let keyed = KEYED.into_iter().find(|keyed| keyed.name() == field.name());
            let is_text = *field.data_type() == DataType::Utf8 && !is_json(field);
            let count = parquet_columns(field.data_type());
            let writers: Vec<_> = leaves.by_ref().take(count).collect();
            place += count;
            match keyed.filter(|_| is_text) {
                Some(keyed) => {
                    ColumnChunk::Keys(keyed, Box::new(KeyChunk::new(descriptor.column(place - 1))))
                }
                None => ColumnChunk::Values(writers),
            }
        });
        Ok(columns.collect())
    }

    /// Writes the batch for which room was made: of fields whose texts have codes only those columns that are given.
    pub(crate) fn write(
        &mut self,
        rows: usize,
        columns: impl IntoIterator<Item = Option<ArrayRef>>,
    ) -> Result<(), ColumnarError> {
        let fields = self.schema.fields().iter();
        for ((chunk, field), column) in self.columns.iter_mut().zip(fields).zip(columns) {
            match (chunk, column) {
                (ColumnChunk::Keys(_, chunk), column) => {
                    if let Some(column) = column {
                        chunk.push_texts(column.as_string());
                    }
                    chunk.end_page()?;
                }
                (ColumnChunk::Values(writers), Some(column)) => {
                    let leaves = compute_leaves(field, &column)?;
                    for (writer, leaf) in writers.iter_mut().zip(&leaves) {
                        writer.write(leaf)?;
                    }
                }
                (ColumnChunk::Values(_), None) => {}
            }
        }
        self.rows += rows;
        if self.columns.iter().map(ColumnChunk::bytes).sum::<usize>() >= GROUP_BYTES {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ColumnarError> {
        self.rows = 0;
        let mut group = self.writer.next_row_group()?;
        for column in self.columns.drain(..) {
            match column {
                ColumnChunk::Keys(_, chunk) => {
                    let (bytes, result) = chunk.close()?;
                    group.append_column(&bytes, result)?;
                }
                ColumnChunk::Values(writers) => {
                    for writer in writers {
                        writer.close()?.append_to_row_group(&mut group)?;
                    }
                }
            }
        }
        group.close()?;
        Ok(())
    }

    pub(crate) fn done(&mut self) -> &mut Vec<u8> {
        self.writer.inner_mut()
    }

    /// Ends the file.
    pub(crate) fn finish(&mut self) -> Result<(), ColumnarError> {
        if self.rows > 0 {
            self.end_group()?;
        }
        self.writer.finish()?;
        Ok(())
    }
}

impl ColumnChunk {
    /// The bytes that wait in memory, about.
    fn bytes(&self) -> usize {
        match self {
            Self::Keys(_, chunk) => chunk.bytes(),
            Self::Values(writers) => {
                writers.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum()
            }
        }
    }
}

/// The columns of Parquet that a type takes.
pub(crate) fn parquet_columns(of_type: &DataType) -> usize {
    match of_type {
        DataType::Struct(fields) => {
            fields.iter().map(|field| parquet_columns(field.data_type())).sum()
        }
        DataType::List(of) => parquet_columns(of.data_type()),
        _ => 1,
    }
}
