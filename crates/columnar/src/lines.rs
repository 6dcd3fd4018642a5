//! Tables read as lines of JSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use event_simulator::event::Field;
use event_simulator::wire::TableForm;

use super::error::ColumnarError;
use super::schema::json_field;
use super::values::Objects;

/// Rows that are read at a time.
const BATCH_ROWS: usize = 4 * 1024;

const PARQUET: &str = TableForm::Parquet.title();
const ARROW: &str = TableForm::ArrowFile.title();

/// The schema of a file of Parquet.
///
/// # Errors
/// A file that is damaged, or is none.
pub fn parquet_schema(file: File) -> Result<Schema, ColumnarError> {
    let builder = caught(PARQUET, || Ok(ParquetRecordBatchReaderBuilder::try_new(file)?))?;
    Ok(builder.schema().as_ref().clone())
}

/// Reads a file of Parquet as lines of JSON, a row each. Nulls are left out.
///
/// # Errors
/// A file that is damaged, or is none. What comes to light later is an error of reading.
pub fn parquet_lines(file: File) -> io::Result<Box<dyn BufRead + Send>> {
    let reader = caught(PARQUET, || {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        Ok(builder.with_batch_size(BATCH_ROWS).build()?)
    })?;
    Ok(Box::new(TableLines::new(PARQUET, reader)))
}

/// Reads Arrow IPC, a stream or a file, as lines of JSON, a row each. Nulls are left out.
///
/// # Errors
/// An input that is damaged, or is no such thing. What comes to light later is an error of reading.
pub fn arrow_lines(input: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(Box::new(TableLines::new(ARROW, ArrowBatches::new(input)?)))
}

/// The schema of Arrow IPC, a stream or a file.
///
/// # Errors
/// An input that is damaged, or is no such thing.
pub fn arrow_schema(input: impl Read) -> io::Result<Schema> {
    Ok(ArrowBatches::new(input)?.reader.schema().as_ref().clone())
}

/// Passes over the padding before the stream that a file holds.
fn skip_zeros(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = input.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_over = zeros < bytes.len() || bytes.is_empty();
        input.consume(zeros);
        if is_over {
            return Ok(());
        }
    }
}

/// Turns the panics of a library at damaged data into errors.
fn caught<T>(
    form: &'static str,
    act: impl FnOnce() -> Result<T, ColumnarError>,
) -> Result<T, ColumnarError> {
    let damaged = |reason: String| ColumnarError::Damaged { form, reason };
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Err(ColumnarError::Arrow(error))) => Err(damaged(without_prefix(&error))),
        Ok(Err(ColumnarError::Parquet(error))) => Err(damaged(without_prefix(&error))),
        Ok(result) => result,
        Err(_) => Err(damaged("it does not hold together".to_owned())),
    }
}

/// What a library says of an error, without its own name.
fn without_prefix(error: &impl ToString) -> String {
    let mut text = error.to_string();
    for prefix in
        ["Parquet argument error: ", "Parquet error: ", "Ipc error: ", "Io error: ", "EOF: "]
    {
        text = text.strip_prefix(prefix).unwrap_or(&text).to_owned();
    }
    text
}

/// The batches of a stream, or of a file read as the stream that it holds.
struct ArrowBatches<R: Read> {
    reader: StreamReader<BufReader<R>>,
    is_file: bool,
    is_ended: bool,
}

impl<R: Read> ArrowBatches<R> {
    fn new(input: R) -> io::Result<Self> {
        let mut input = BufReader::new(input);
        let is_file = input.fill_buf()?.starts_with(TableForm::ArrowFile.magic());
        if is_file {
            input.consume(TableForm::ArrowFile.magic().len());
            skip_zeros(&mut input)?;
        }
        let reader = caught(ARROW, || Ok(StreamReader::try_new(input, None)?))?;
        Ok(Self { reader, is_file, is_ended: false })
    }

    /// A file that ends with its footer is whole.
    fn check_end(&mut self) -> Result<(), ArrowError> {
        let mut tail = Vec::new();
        self.reader.get_mut().read_to_end(&mut tail)?;
        if !self.is_file || tail.ends_with(TableForm::ArrowFile.magic()) {
            return Ok(());
        }
        Err(ArrowError::IpcError("the file breaks off".to_owned()))
    }
}

impl<R: Read> Iterator for ArrowBatches<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let batch = self.reader.next();
        self.is_ended = batch.is_none();
        if self.is_ended { self.check_end().err().map(Err) } else { batch }
    }
}

/// The rows of batches as lines.
struct TableLines<I> {
    form: &'static str,
    batches: I,
    lines: Vec<u8>,
    at: usize,
    is_broken: bool,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> TableLines<I> {
    fn new(form: &'static str, batches: I) -> Self {
        Self { form, batches, lines: Vec::new(), at: 0, is_broken: false }
    }

    /// Reads the next rows; there are none at the end.
    fn read_rows(&mut self) -> Result<(), ColumnarError> {
        self.at = 0;
        self.lines.clear();
        while self.lines.is_empty() && !self.is_broken {
            let Self { form, batches, lines, .. } = self;
            let read = caught(form, || match batches.next() {
                Some(batch) => write_lines(&batch?, lines).map(|()| true),
                None => Ok(false),
            });
            match read {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.is_broken = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Writes each row of a batch as a line.
fn write_lines(batch: &RecordBatch, lines: &mut Vec<u8>) -> Result<(), ColumnarError> {
    let schema = batch.schema_ref();
    let of_events: Vec<_> = schema.fields().iter().map(of_event).collect();
    let columns = batch.columns().iter().map(|column| column.as_ref() as &dyn Array);
    let objects = Objects::of(columns.zip(of_events.iter().map(AsRef::as_ref)))?;
    for row in 0..batch.num_rows() {
        objects.write(row, lines);
        lines.push(b'\n');
    }
    Ok(())
}

/// The field of a column; text in the place of an event's props is JSON, whoever wrote it.
fn of_event(field: &arrow_schema::FieldRef) -> arrow_schema::FieldRef {
    let is_text = matches!(
        field.data_type(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..)
    );
    if field.name() == Field::Props.name() && is_text { json_field(field) } else { field.clone() }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> BufRead for TableLines<I> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.lines.len() {
            self.read_rows()?;
        }
        Ok(self.lines.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Read for TableLines<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
