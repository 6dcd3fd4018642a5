//! Columns that are filled from values of JSON, row by row.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

use event_simulator::time::VirtualTime;

use super::cursor::Cursor;
use super::decimals::{parsed, units_of_text};
use super::error::ColumnarError;
use super::schema::{UTC, is_json};
use super::text_column::TextColumn;

/// Bytes that an entry of a list takes, about.
const ENTRY_BYTES: usize = 8;

/// A column of any type.
pub(crate) enum Column {
    Text(TextColumn),
    /// Text of JSON.
    Json(TextColumn),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Decimal(Decimal128Builder, u32),
    DateTime(TimestampMillisecondBuilder),
    Date(Date32Builder),
    List(Box<ListColumn>),
    Struct(StructColumn),
}

/// Does the same to the builders of all columns that are of one value each.
macro_rules! with_builder {
    ($column:expr, $texts:ident => $of_texts:expr, $builder:ident => $act:expr, $list:ident => $of_list:expr, $of:ident => $of_struct:expr) => {
        match $column {
            Column::Text($texts) | Column::Json($texts) => $of_texts,
            Column::Boolean($builder) => $act,
            Column::Integer($builder) => $act,
            Column::Number($builder) => $act,
            Column::Decimal($builder, _) => $act,
            Column::DateTime($builder) => $act,
            Column::Date($builder) => $act,
            Column::List($list) => $of_list,
            Column::Struct($of) => $of_struct,
        }
    };
}

impl Column {
    pub(crate) fn new(field: &Field) -> Result<Self, ColumnarError> {
        Ok(match field.data_type() {
            DataType::Utf8 if is_json(field) => Self::Json(TextColumn::new()),
            DataType::Utf8 => Self::Text(TextColumn::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Float64 => Self::Number(Float64Builder::new()),
            of_type @ DataType::Decimal128(_, scale) if *scale >= 0 => Self::Decimal(
                Decimal128Builder::new().with_data_type(of_type.clone()),
                scale.unsigned_abs().into(),
            ),
            DataType::Timestamp(TimeUnit::Millisecond, Some(zone)) if **zone == *UTC => {
                Self::DateTime(TimestampMillisecondBuilder::new().with_timezone(UTC))
            }
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::List(of) => Self::List(Box::new(ListColumn::new(of)?)),
            DataType::Struct(fields) => Self::Struct(StructColumn::new(fields)?),
            other => {
                let (column, of_type) = (String::new(), other.to_string());
                return Err(ColumnarError::Type { column, of_type });
            }
        })
    }

    pub(crate) fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        with_builder!(
            self,
            texts => texts.len(),
            builder => builder.len(),
            list => list.offsets.len() - 1,
            of => of.rows
        )
    }

    /// The bytes that texts and the entries of lists take.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(texts) | Self::Json(texts) => texts.bytes(),
            Self::List(list) => ENTRY_BYTES * list.entries.len() + list.entries.bytes(),
            Self::Struct(of) => of.members.iter().map(Self::bytes).sum(),
            _ => 0,
        }
    }

    /// Adds rows that are null.
    pub(crate) fn append_nulls(&mut self, rows: usize) {
        if rows > 0 {
            with_builder!(
                self,
                texts => texts.append_nulls(rows),
                builder => builder.append_nulls(rows),
                list => list.append_nulls(rows),
                of => of.append_nulls(rows)
            );
        }
    }

    /// Adds the value at a place that is not null.
    pub(crate) fn append(&mut self, at: &mut Cursor<'_>) -> Result<(), ColumnarError> {
        match self {
            Self::Text(texts) => texts.append(at.string()?.as_bytes()),
            Self::Json(texts) => texts.append(at.value()?.as_bytes()),
            Self::Boolean(builder) => builder.append_value(parsed(at.scalar(), "true or false")?),
            Self::Integer(builder) => builder.append_value(parsed(at.scalar(), "a whole number")?),
            Self::Number(builder) => builder.append_value(parsed(at.scalar(), "a number")?),
            Self::Decimal(builder, scale) => {
                builder.append_value(units_of_text(at.scalar(), *scale)?);
            }
            Self::DateTime(builder) => {
                let text = at.string()?;
                let time = VirtualTime::from_text(text.as_bytes());
                let time =
                    time.ok_or_else(|| ColumnarError::value(format!("{text} is no time")))?;
                builder.append_value(time.as_millis() as i64);
            }
            Self::Date(builder) => {
                let text = at.string()?;
                let time = VirtualTime::from_text(format!("{text}T00:00:00.000Z").as_bytes());
                let time =
                    time.ok_or_else(|| ColumnarError::value(format!("{text} is no date")))?;
                builder.append_value(time.day() as i32);
            }
            Self::List(list) => list.append(at)?,
            Self::Struct(of) => of.append(at)?,
        }
        Ok(())
    }

    /// The rows so far; none are left.
    fn finish(&mut self) -> Result<ArrayRef, ColumnarError> {
        Ok(with_builder!(
            self,
            texts => Arc::new(texts.finish()?),
            builder => Arc::new(builder.finish()),
            list => Arc::new(list.finish()?),
            of => Arc::new(of.finish()?)
        ))
    }
}

pub(crate) struct ListColumn {
    of: FieldRef,
    pub(crate) entries: Column,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl ListColumn {
    fn new(of: &FieldRef) -> Result<Self, ColumnarError> {
        let entries = Column::new(of)?;
        let nulls = NullBufferBuilder::new(0);
        Ok(Self { of: Arc::clone(of), entries, offsets: vec![0], nulls })
    }

    fn append_nulls(&mut self, rows: usize) {
        let end = self.entries.len() as i32;
        self.offsets.extend(std::iter::repeat_n(end, rows));
        self.nulls.append_n_nulls(rows);
    }

    fn append(&mut self, at: &mut Cursor<'_>) -> Result<(), ColumnarError> {
        at.expect(b'[')?;
        if !at.take(b']') {
            loop {
                if at.take_null() {
                    self.entries.append_nulls(1);
                } else {
                    self.entries.append(at)?;
                }
                if !at.take(b',') {
                    break;
                }
            }
            at.expect(b']')?;
        }
        self.end_row();
        Ok(())
    }

    /// Ends a list whose entries are there.
    pub(crate) fn end_row(&mut self) {
        self.offsets.push(self.entries.len() as i32);
        self.nulls.append_non_null();
    }

    fn finish(&mut self) -> Result<ListArray, ColumnarError> {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let (entries, nulls) = (self.entries.finish()?, self.nulls.finish());
        Ok(ListArray::try_new(Arc::clone(&self.of), offsets, entries, nulls)?)
    }
}

/// The columns of an object's members, or of a whole table.
pub(crate) struct StructColumn {
    fields: Fields,
    /// Of each member its name in quotes and a colon.
    labels: Vec<String>,
    pub(crate) members: Vec<Column>,
    /// Of each member how many rows it has; what is missing is null.
    filled: Vec<usize>,
    nulls: NullBufferBuilder,
    pub(crate) rows: usize,
}

impl StructColumn {
    pub(crate) fn new(fields: &Fields) -> Result<Self, ColumnarError> {
        let label =
            |field: &FieldRef| format!("{}:", serde_json::Value::from(field.name().as_str()));
        let column =
            |field: &FieldRef| Column::new(field).map_err(|error| error.within(field.name()));
        Ok(Self {
            fields: fields.clone(),
            labels: fields.iter().map(label).collect(),
            members: fields.iter().map(column).collect::<Result<_, _>>()?,
            filled: vec![0; fields.len()],
            nulls: NullBufferBuilder::new(0),
            rows: 0,
        })
    }

    fn append_nulls(&mut self, rows: usize) {
        self.nulls.append_n_nulls(rows);
        self.rows += rows;
    }

    /// Adds the object at a place.
    pub(crate) fn append(&mut self, at: &mut Cursor<'_>) -> Result<(), ColumnarError> {
        at.expect(b'{')?;
        if !at.take(b'}') {
            let mut next = 0;
            loop {
                let place = self.place(at, next)?;
                self.append_member(place, at)
                    .map_err(|error| error.within(self.fields[place].name()))?;
                next = place + 1;
                if !at.take(b',') {
                    break;
                }
            }
            at.expect(b'}')?;
        }
        self.end_row();
        Ok(())
    }

    /// Ends an object whose members are there.
    pub(crate) fn end_row(&mut self) {
        self.nulls.append_non_null();
        self.rows += 1;
    }

    /// The place of the member of a name, whose value in this row follows; most likely `next` or one after it.
    pub(crate) fn begin_member(&mut self, name: &str, next: usize) -> Result<usize, ColumnarError> {
        let is_here = |place: &usize| self.fields[*place].name() == name;
        let place = (next..self.fields.len()).find(is_here);
        let place = place.or_else(|| (0..next).find(is_here));
        let place = place.ok_or_else(|| ColumnarError::value(format!("{name} has no column")))?;
        self.fill(place).map_err(|error| error.within(name))?;
        Ok(place)
    }

    /// The place of the member whose name comes next, which is passed over; most likely `next` or one after it.
    fn place(&self, at: &mut Cursor<'_>, next: usize) -> Result<usize, ColumnarError> {
        let mut is_here = |place: &usize| at.take_text(&self.labels[*place]);
        let place = (next..self.labels.len()).find(&mut is_here);
        let place = place.or_else(|| (0..next).find(is_here));
        place.ok_or_else(|| at.syntax("a member that has a column"))
    }

    fn append_member(&mut self, place: usize, at: &mut Cursor<'_>) -> Result<(), ColumnarError> {
        if at.take_null() {
            return Ok(());
        }
        self.fill(place)?;
        self.members[place].append(at)
    }

    /// The names on the way to a column.
    pub(crate) fn names(&self, path: &[usize]) -> Vec<String> {
        let Some((place, rest)) = path.split_first() else { return Vec::new() };
        let (field, member) = (self.fields.get(*place), self.members.get(*place));
        let mut names: Vec<String> = field.iter().map(|field| field.name().clone()).collect();
        match member {
            Some(Column::Struct(of)) => names.extend(of.names(rest)),
            Some(Column::List(list)) => {
                if let (Column::Struct(of), Some(rest)) = (&list.entries, rest.get(1..)) {
                    names.extend(of.names(rest));
                }
            }
            _ => {}
        }
        names
    }

    /// Makes a member ready for its value in this row.
    pub(crate) fn fill(&mut self, place: usize) -> Result<(), ColumnarError> {
        let filled = std::mem::replace(&mut self.filled[place], self.rows + 1);
        let missing = self.rows.checked_sub(filled);
        let missing = missing.ok_or_else(|| ColumnarError::value("it stands twice"))?;
        self.members[place].append_nulls(missing);
        Ok(())
    }

    /// The rows so far; none are left.
    pub(crate) fn finish(&mut self) -> Result<StructArray, ColumnarError> {
        let rows = std::mem::take(&mut self.rows);
        let finished = |(member, filled): (&mut Column, &mut usize)| {
            member.append_nulls(rows - std::mem::take(filled));
            member.finish()
        };
        let members = self.members.iter_mut().zip(&mut self.filled);
        let arrays = members.map(finished).collect::<Result<_, _>>()?;
        Ok(StructArray::try_new(self.fields.clone(), arrays, self.nulls.finish())?)
    }
}
