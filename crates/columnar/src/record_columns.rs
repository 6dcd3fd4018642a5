//! Columns that are filled from records.
//!
//! What all events have is filled column by column when a batch is whole, what only some carry row by row.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use arrow_schema::Fields;

use event_simulator::event::{Field, Record};
use event_simulator::model::Model;
use event_simulator::wire::RecordValues;

use super::column_sink::{ColumnSink, PROPS, SinkPlace};
use super::columns::{Column, StructColumn};
use super::error::ColumnarError;
use super::key_chunk::KeyChunk;
use super::schema::UTC;
use super::text_column::TextColumn;

/// The columns of some records of one model.
pub(crate) struct RecordColumns {
    values: RecordValues,
    records: Vec<Record>,
    /// Bytes of the names in them.
    name_bytes: usize,
    /// `props`, and the fields that the scenario's events have of their own.
    more: StructColumn,
    at: SinkPlace,
}

/// The fields whose values are names.
const NAMES: [Field; 3] = [Field::EventType, Field::PagePath, Field::ButtonId];

impl RecordColumns {
    /// No rows of the columns of a model, which these fields are.
    pub(crate) fn new(model: &Model, fields: &Fields) -> Result<Self, ColumnarError> {
        let more: Fields = fields.iter().skip(Field::Props as usize).cloned().collect();
        Ok(Self {
            values: RecordValues::new(model),
            records: Vec::new(),
            name_bytes: 0,
            more: StructColumn::new(&more)?,
            at: SinkPlace::default(),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.records.len()
    }

    /// The bytes of names and of what events carry.
    pub(crate) fn bytes(&self) -> usize {
        self.name_bytes + self.more.members.iter().map(Column::bytes).sum::<usize>()
    }

    /// Adds the row of a record.
    #[inline]
    pub(crate) fn push(&mut self, record: &Record) -> Result<(), ColumnarError> {
        for field in NAMES {
            let name = record.name_index(field);
            self.name_bytes += name.map_or(0, |name| self.values.names(field)[name].len());
        }
        self.records.push(*record);
        if self.values.has_more(record) {
            let mut sink = ColumnSink::new(&mut self.more, &mut self.at);
            self.values.give(record, &mut sink);
            sink.finish()?;
        }
        self.more.fill(PROPS)?;
        match &mut self.more.members[PROPS] {
            Column::Struct(props) => props.end_row(),
            // No event can have any.
            Column::Json(props) => props.append(b"{}"),
            _ => {}
        }
        self.more.end_row();
        Ok(())
    }

    /// The columns of the rows so far, but for those of fields whose texts go into a chunk by their codes; none are left.
    pub(crate) fn finish<'a>(
        &mut self,
        chunks: Option<impl Iterator<Item = (Field, &'a mut KeyChunk)>>,
    ) -> Result<Vec<Option<ArrayRef>>, ColumnarError> {
        let mut chunks = chunks.into_iter().flatten().peekable();
        let mut columns = Vec::with_capacity(Field::COUNT + self.more.members.len());
        for field in Field::ALL.into_iter().take_while(|field| *field != Field::Props) {
            columns.push(match chunks.next_if(|(of, _)| *of == field) {
                Some((_, chunk)) => {
                    self.push_keys(field, chunk);
                    None
                }
                None => Some(self.column(field)?),
            });
        }
        let (_, more, _) = self.more.finish()?.into_parts();
        columns.extend(more.into_iter().map(Some));
        self.records.clear();
        self.name_bytes = 0;
        Ok(columns)
    }

    /// Adds the texts of a field by their codes.
    fn push_keys(&self, field: Field, chunk: &mut KeyChunk) {
        let Self { values, records, .. } = self;
        match field {
            Field::UserId => records.iter().for_each(|record| {
                chunk.push_id(values.user_code(record), |text| values.push_user_id(record, text));
            }),
            Field::SessionId => records.iter().for_each(|record| {
                chunk.push_id(record.session_code(), |text| {
                    text.extend_from_slice(&record.session_id_text());
                });
            }),
            _ => {
                let names = values.names(field);
                for record in records {
                    chunk.push_name(record.name_index(field), names);
                }
            }
        }
    }

    fn column(&self, field: Field) -> Result<ArrayRef, ColumnarError> {
        let Self { values, records, .. } = self;
        let texts = |length: usize, append: &dyn Fn(&Record, &mut Vec<u8>)| {
            let mut texts = TextColumn::with_room(records.len(), length * records.len());
            for record in records {
                texts.append_with(|text| append(record, text));
            }
            texts
        };
        let texts = match field {
            Field::EventTime => {
                let times = records.iter().map(|record| record.time().as_millis() as i64);
                let times = TimestampMillisecondArray::from_iter_values(times);
                return Ok(Arc::new(times.with_timezone(UTC)));
            }
            Field::EventId => texts(36, &|record, text| {
                text.extend_from_slice(&record.event_id_text());
            }),
            Field::UserId => texts(21, &|record, text| values.push_user_id(record, text)),
            Field::SessionId => texts(20, &|record, text| {
                text.extend_from_slice(&record.session_id_text());
            }),
            _ => self.names(field),
        };
        Ok(Arc::new(texts.into_array()?))
    }

    fn names(&self, field: Field) -> TextColumn {
        let names = self.values.names(field);
        let mut texts = TextColumn::with_room(self.records.len(), self.name_bytes);
        for record in &self.records {
            match record.name_index(field) {
                Some(name) => texts.append(names[name].as_bytes()),
                None => texts.append_nulls(1),
            }
        }
        texts
    }
}
