//! Columns that are filled from values of JSON, row by row.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow_array::{Array, ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

use event_simulator::time::VirtualTime;

use super::cursor::Cursor;
use super::error::ColumnarError;
use super::schema::{UTC, is_json};

const MS_PER_DAY: u64 = 86_400_000;

/// Rows of a builder before it has to grow.
const ROOM: usize = 1 << 14;

/// A column of any type.
pub(crate) enum Column {
    Text(StringBuilder),
    /// Text of JSON.
    Json(StringBuilder),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Decimal(Decimal128Builder, u32),
    DateTime(TimestampMillisecondBuilder),
    Date(Date32Builder),
    List(Box<ListColumn>),
    Struct(StructColumn),
}

/// Does the same to the builder of a column that is no list and no struct.
macro_rules! with_builder {
    ($column:expr, $builder:ident => $act:expr, $list:ident => $of_list:expr, $of:ident => $of_struct:expr) => {
        match $column {
            Column::Text($builder) | Column::Json($builder) => $act,
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
            DataType::Utf8 if is_json(field) => Self::Json(StringBuilder::new()),
            DataType::Utf8 => Self::Text(StringBuilder::with_capacity(ROOM, 16 * ROOM)),
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

    fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        with_builder!(self, builder => builder.len(), list => list.offsets.len() - 1, of => of.rows)
    }

    /// Adds rows that are null.
    fn append_nulls(&mut self, rows: usize) {
        if rows > 0 {
            with_builder!(
                self,
                builder => builder.append_nulls(rows),
                list => list.append_nulls(rows),
                of => of.append_nulls(rows)
            );
        }
    }

    /// Adds the value at a place that is not null.
    fn append(&mut self, at: &mut Cursor<'_>) -> Result<(), ColumnarError> {
        match self {
            Self::Text(builder) => builder.append_value(at.string()?),
            Self::Json(builder) => builder.append_value(at.value()?),
            Self::Boolean(builder) => builder.append_value(parsed(at.scalar(), "true or false")?),
            Self::Integer(builder) => builder.append_value(parsed(at.scalar(), "a whole number")?),
            Self::Number(builder) => builder.append_value(parsed(at.scalar(), "a number")?),
            Self::Decimal(builder, scale) => {
                let text = at.scalar();
                let wrong = || {
                    ColumnarError::value(format!(
                        "{text} has not at most {scale} digits after the point"
                    ))
                };
                builder.append_value(units(text, *scale).ok_or_else(wrong)?);
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
                builder.append_value((time.as_millis() / MS_PER_DAY) as i32);
            }
            Self::List(list) => list.append(at)?,
            Self::Struct(of) => of.append(at)?,
        }
        Ok(())
    }

    /// The rows so far; none are left.
    fn finish(&mut self) -> Result<ArrayRef, ColumnarError> {
        if let Self::Text(builder) = self {
            let texts = builder.finish();
            // The next rows are likely to take as much.
            let room = texts.value_data().len() / 8 * 9;
            *builder = StringBuilder::with_capacity(texts.len(), room);
            return Ok(Arc::new(texts));
        }
        Ok(with_builder!(
            self,
            builder => Arc::new(builder.finish()),
            list => Arc::new(list.finish()?),
            of => Arc::new(of.finish()?)
        ))
    }
}

fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, ColumnarError> {
    text.parse().map_err(|_| ColumnarError::value(format!("{text} is not {what}")))
}

/// The units of a decimal of which 1 has ten to the power of `scale`.
fn units(text: &str, scale: u32) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let padding = scale.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let size = whole.strip_prefix('-').unwrap_or(whole);
    if !is_digits(size) || !is_digits(fraction) {
        return None;
    }
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let fraction = fraction.checked_mul(10_i128.checked_pow(padding)?)?;
    let size: i128 = size.parse().ok()?;
    let size = size.checked_mul(10_i128.checked_pow(scale)?)?.checked_add(fraction)?;
    // More than the digits that the column has would not be read back.
    (size < 10_i128.pow(18)).then_some(if whole.starts_with('-') { -size } else { size })
}

pub(crate) struct ListColumn {
    of: FieldRef,
    entries: Column,
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
        self.offsets.push(self.entries.len() as i32);
        self.nulls.append_non_null();
        Ok(())
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
    members: Vec<Column>,
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
        self.nulls.append_non_null();
        self.rows += 1;
        Ok(())
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
        let (member, filled) = (&mut self.members[place], &mut self.filled[place]);
        if *filled > self.rows {
            return Err(ColumnarError::value("it stands twice"));
        }
        if *filled < self.rows {
            member.append_nulls(self.rows - *filled);
        }
        *filled = self.rows + 1;
        member.append(at)
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
