//! Batches of columns to the bytes of a table.

use std::mem;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Fields, Schema};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use event_simulator::event::Field;
use event_simulator::wire::TableForm;

use super::error::ColumnarError;
use super::key_chunk::{KeyChunk, ZSTD_LEVEL};
use super::parquet_writer::{GROUP_ROWS, ParquetWriter, parquet_columns};

/// Rows of a batch, unless it has too many bytes.
const BATCH_ROWS: usize = 16 * 1024;

/// Bytes of names and of what events carry after which a batch is full although its rows are few.
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Rows after which the bytes of a batch are looked at.
const CHECKED_ROWS: usize = 64;

/// Bytes of a dictionary of Parquet, beyond which values are written as they are.
const DICTIONARY_BYTES: usize = 4 * 1024 * 1024;

/// True if a batch has as many rows as it may have, or bytes. Where batches end shows in the bytes of the table, so it
/// depends on the rows alone.
#[inline]
pub(crate) fn is_full(rows: usize, bytes: impl FnOnce() -> usize) -> bool {
    rows >= BATCH_ROWS || rows.is_multiple_of(CHECKED_ROWS) && bytes() >= BATCH_BYTES
}

/// Turns batches of columns into a table.
pub(crate) struct TableEncoder {
    schema: Arc<Schema>,
    output: Output,
}

enum Output {
    Parquet(Box<ParquetWriter>),
    ArrowFile(Box<FileWriter<Vec<u8>>>),
    ArrowStream(Box<StreamWriter<Vec<u8>>>),
}

impl TableEncoder {
    /// Begins a table.
    pub(crate) fn new(schema: Schema, form: TableForm) -> Result<Self, ColumnarError> {
        let schema = Arc::new(schema);
        let output =
            match form {
                TableForm::Parquet => {
                    let properties = parquet_properties(&schema)?;
                    Output::Parquet(Box::new(ParquetWriter::new(&schema, properties)?))
                }
                TableForm::ArrowFile => Output::ArrowFile(Box::new(
                    FileWriter::try_new_with_options(Vec::new(), &schema, compressed()?)?,
                )),
                // Who reads a stream is likely on the same machine, where compressing takes longer than copying.
                TableForm::ArrowStream => {
                    Output::ArrowStream(Box::new(StreamWriter::try_new(Vec::new(), &schema)?))
                }
            };
        Ok(Self { schema, output })
    }

    /// The chunk into which a batch of so many rows puts the texts of a field by their codes, and which then has no column
    /// of that field; none if all columns have to be there.
    pub(crate) fn key_chunks(
        &mut self,
        rows: usize,
    ) -> Result<Option<impl Iterator<Item = (Field, &mut KeyChunk)>>, ColumnarError> {
        match &mut self.output {
            Output::Parquet(writer) => writer.begin(rows).map(Some),
            Output::ArrowFile(_) | Output::ArrowStream(_) => Ok(None),
        }
    }

    /// Adds a batch of rows.
    pub(crate) fn write(
        &mut self,
        rows: usize,
        columns: Vec<Option<ArrayRef>>,
    ) -> Result<(), ColumnarError> {
        let batch = |columns: Vec<Option<ArrayRef>>| {
            RecordBatch::try_new(Arc::clone(&self.schema), columns.into_iter().flatten().collect())
        };
        match &mut self.output {
            Output::Parquet(writer) => writer.write(rows, columns)?,
            Output::ArrowFile(writer) => writer.write(&batch(columns)?)?,
            Output::ArrowStream(writer) => writer.write(&batch(columns)?)?,
        }
        Ok(())
    }

    fn done(&mut self) -> &mut Vec<u8> {
        match &mut self.output {
            Output::Parquet(writer) => writer.done(),
            Output::ArrowFile(writer) => writer.get_mut(),
            Output::ArrowStream(writer) => writer.get_mut(),
        }
    }

    /// Leaves the bytes that are done in the place of what stands in a block, whose memory is used again.
    pub(crate) fn swap_bytes(&mut self, block: &mut Vec<u8>) {
        block.clear();
        mem::swap(self.done(), block);
    }

    /// Ends the table, and gives the rest of its bytes.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, ColumnarError> {
        match &mut self.output {
            Output::Parquet(writer) => writer.finish()?,
            Output::ArrowFile(writer) => writer.finish()?,
            Output::ArrowStream(writer) => writer.finish()?,
        }
        Ok(mem::take(self.done()))
    }
}

fn compressed() -> Result<IpcWriteOptions, ColumnarError> {
    Ok(IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?)
}

/// Ids of events all differ, so that a dictionary would only be in the way; times rise. The least and the greatest of texts
/// would take a sixth of the time and say nothing, as in order of time every row group has about all of them.
fn parquet_properties(schema: &Schema) -> Result<WriterProperties, ColumnarError> {
    let metadata = schema.metadata().iter();
    let mut metadata: Vec<KeyValue> =
        metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    metadata.sort_by(|a, b| a.key.cmp(&b.key));
    let path = |field: Field| ColumnPath::from(field.name());
    let time_column = schema.index_of(Field::EventTime.name()).ok();
    let before = schema.fields().iter().take(time_column.unwrap_or_default());
    let sorted_by = time_column.map(|_| SortingColumn {
        column_idx: before.map(|field| parquet_columns(field.data_type())).sum::<usize>() as i32,
        descending: false,
        nulls_first: false,
    });
    let mut builder = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None);
    for path in measured_columns(schema.fields(), &[]) {
        builder = builder.set_column_statistics_enabled(path, EnabledStatistics::Page);
    }
    Ok(builder
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_column_dictionary_enabled(path(Field::EventId), false)
        .set_column_encoding(path(Field::EventId), Encoding::DELTA_BYTE_ARRAY)
        .set_column_dictionary_enabled(path(Field::EventTime), false)
        .set_column_encoding(path(Field::EventTime), Encoding::DELTA_BINARY_PACKED)
        .set_sorting_columns(sorted_by.map(|column| vec![column]))
        .set_key_value_metadata((!metadata.is_empty()).then_some(metadata))
        .build())
}

/// The columns of Parquet that have a least and a greatest value: numbers, flags and times that are in no list.
fn measured_columns(fields: &Fields, within: &[String]) -> Vec<ColumnPath> {
    let mut measured = Vec::new();
    for field in fields {
        let path = [within, &[field.name().clone()]].concat();
        match field.data_type() {
            DataType::Struct(members) => measured.extend(measured_columns(members, &path)),
            DataType::Utf8 | DataType::List(_) => {}
            _ => measured.push(ColumnPath::new(path)),
        }
    }
    measured
}
