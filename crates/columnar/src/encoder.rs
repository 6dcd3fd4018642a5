//! Lines of JSON to the bytes of a table.

use std::mem;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use event_simulator::event::Field;
use event_simulator::wire::TableForm;

use super::columns::StructColumn;
use super::cursor::Cursor;
use super::error::ColumnarError;

/// Rows that are handed on at a time.
const BATCH_ROWS: usize = 16 * 1024;

/// Bytes of lines after which rows are handed on although they are few.
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Rows of a row group of Parquet, unless it has too many bytes.
const GROUP_ROWS: usize = 1024 * 1024;

/// Bytes of a row group that wait in memory until it is whole.
const GROUP_BYTES: usize = 128 * 1024 * 1024;

/// Bytes of a dictionary of Parquet, beyond which values are written as they are.
const DICTIONARY_BYTES: usize = 4 * 1024 * 1024;

const ZSTD_LEVEL: i32 = 1;

/// Makes a table of lines of JSON without white space, each an event of the columns of a schema.
///
/// The bytes depend on the lines alone, not on how they are handed over.
pub struct TableEncoder {
    schema: Arc<Schema>,
    rows: StructColumn,
    /// Bytes of the lines in `rows`.
    bytes: usize,
    output: Output,
}

enum Output {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    ArrowFile(Box<FileWriter<Vec<u8>>>),
    ArrowStream(Box<StreamWriter<Vec<u8>>>),
}

impl TableEncoder {
    /// Begins a table.
    ///
    /// # Errors
    /// A column of a type that is not written.
    pub fn new(schema: Schema, form: TableForm) -> Result<Self, ColumnarError> {
        let schema = Arc::new(schema);
        let rows = StructColumn::new(schema.fields())?;
        let output =
            match form {
                TableForm::Parquet => {
                    let properties = parquet_properties(&schema)?;
                    let writer =
                        ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
                    Output::Parquet(Box::new(writer))
                }
                TableForm::ArrowFile => Output::ArrowFile(Box::new(
                    FileWriter::try_new_with_options(Vec::new(), &schema, compressed()?)?,
                )),
                TableForm::ArrowStream => Output::ArrowStream(Box::new(
                    StreamWriter::try_new_with_options(Vec::new(), &schema, compressed()?)?,
                )),
            };
        Ok(Self { schema, rows, bytes: 0, output })
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
            self.bytes += line.len();
            if self.rows.rows == BATCH_ROWS || self.bytes >= BATCH_BYTES {
                self.hand_on()?;
            }
        }
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), ColumnarError> {
        self.bytes = 0;
        let (_, columns, _) = self.rows.finish()?.into_parts();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        match &mut self.output {
            Output::Parquet(writer) => {
                writer.write(&batch)?;
                if writer.in_progress_size() >= GROUP_BYTES {
                    writer.flush()?;
                }
            }
            Output::ArrowFile(writer) => writer.write(&batch)?,
            Output::ArrowStream(writer) => writer.write(&batch)?,
        }
        Ok(())
    }

    /// Takes the bytes that are done.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        mem::take(match &mut self.output {
            Output::Parquet(writer) => writer.inner_mut(),
            Output::ArrowFile(writer) => writer.get_mut(),
            Output::ArrowStream(writer) => writer.get_mut(),
        })
    }

    /// Ends the table, and gives the rest of its bytes.
    ///
    /// # Errors
    /// Those of the libraries.
    pub fn finish(mut self) -> Result<Vec<u8>, ColumnarError> {
        if self.rows.rows > 0 {
            self.hand_on()?;
        }
        match &mut self.output {
            Output::Parquet(writer) => {
                writer.finish()?;
            }
            Output::ArrowFile(writer) => writer.finish()?,
            Output::ArrowStream(writer) => writer.finish()?,
        }
        Ok(self.take_bytes())
    }
}

fn compressed() -> Result<IpcWriteOptions, ColumnarError> {
    Ok(IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?)
}

/// Ids of events all differ, so that a dictionary would only be in the way; times rise.
fn parquet_properties(schema: &Schema) -> Result<WriterProperties, ColumnarError> {
    let metadata = schema.metadata().iter();
    let mut metadata: Vec<KeyValue> =
        metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    metadata.sort_by(|a, b| a.key.cmp(&b.key));
    let path = |field: Field| ColumnPath::from(field.name());
    let time_column = schema.index_of(Field::EventTime.name()).ok();
    let before = schema.fields().iter().take(time_column.unwrap_or_default());
    let sorted_by = time_column.map(|_| SortingColumn {
        column_idx: before.map(|field| leaves(field.data_type())).sum::<usize>() as i32,
        descending: false,
        nulls_first: false,
    });
    Ok(WriterProperties::builder()
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

/// The columns of Parquet that a type takes.
fn leaves(of_type: &DataType) -> usize {
    match of_type {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(of) => leaves(of.data_type()),
        _ => 1,
    }
}
