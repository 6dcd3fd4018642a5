//! The values of columns as JSON.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{DataType, Field, TimeUnit};

use super::error::ColumnarError;
use super::schema::is_json;
use super::texts::{write_bytes, write_json, write_text, write_uuid};
use super::times::{write_date, write_time, write_time_of_day};

/// Writes the value of a row that is not null.
type WriteValue<'a> = Box<dyn Fn(usize, &mut Vec<u8>) + 'a>;

/// Writes the values of a column.
pub(crate) struct Values<'a> {
    nulls: Option<NullBuffer>,
    write: WriteValue<'a>,
}

impl<'a> Values<'a> {
    /// The values of an array, which is that of a field.
    ///
    /// # Errors
    /// A type that JSON has no values for.
    pub(crate) fn of(array: &'a dyn Array, field: &Field) -> Result<Self, ColumnarError> {
        let write = writer(array, field).map_err(|error| error.within(field.name()))?;
        Ok(Self { nulls: array.logical_nulls(), write })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    fn write_or_null(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) { out.extend_from_slice(b"null") } else { (self.write)(row, out) }
    }
}

/// Writes objects: the values of columns that are not null, each with its name.
pub(crate) struct Objects<'a>(Vec<(Vec<u8>, Values<'a>)>);

impl<'a> Objects<'a> {
    pub(crate) fn of(
        columns: impl Iterator<Item = (&'a dyn Array, &'a Field)>,
    ) -> Result<Self, ColumnarError> {
        let member = |(array, field): (&'a dyn Array, &'a Field)| {
            let label = format!("{}:", serde_json::Value::from(field.name().as_str()));
            Ok((label.into_bytes(), Values::of(array, field)?))
        };
        columns.map(member).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut is_first = true;
        for (label, values) in &self.0 {
            if values.is_null(row) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(label);
            (values.write)(row, out);
        }
        out.push(b'}');
    }
}

fn writer<'a>(array: &'a dyn Array, field: &Field) -> Result<WriteValue<'a>, ColumnarError> {
    use DataType as Of;
    Ok(match array.data_type() {
        Of::Null => Box::new(|_, out| out.extend_from_slice(b"null")),
        Of::Boolean => {
            let array = array.as_boolean();
            Box::new(move |row, out| {
                out.extend_from_slice(if array.value(row) { b"true" } else { b"false" });
            })
        }
        Of::Int8 => whole::<Int8Type>(array),
        Of::Int16 => whole::<Int16Type>(array),
        Of::Int32 => whole::<Int32Type>(array),
        Of::Int64 => whole::<Int64Type>(array),
        Of::UInt8 => whole::<UInt8Type>(array),
        Of::UInt16 => whole::<UInt16Type>(array),
        Of::UInt32 => whole::<UInt32Type>(array),
        Of::UInt64 => whole::<UInt64Type>(array),
        Of::Float16 => primitive::<Float16Type>(array, |x, out| write_float(x.to_f32(), out)),
        Of::Float32 => primitive::<Float32Type>(array, write_float),
        Of::Float64 => primitive::<Float64Type>(array, write_float),
        Of::Decimal32(_, scale) => decimal::<Decimal32Type>(array, *scale),
        Of::Decimal64(_, scale) => decimal::<Decimal64Type>(array, *scale),
        Of::Decimal128(_, scale) => decimal::<Decimal128Type>(array, *scale),
        Of::Decimal256(_, scale) => decimal::<Decimal256Type>(array, *scale),
        Of::Date32 | Of::Date64 | Of::Timestamp(..) | Of::Time32(_) | Of::Time64(_) => {
            return time(array);
        }
        Of::Utf8 => {
            let array = array.as_string::<i32>();
            texts(field, move |row| array.value(row))
        }
        Of::LargeUtf8 => {
            let array = array.as_string::<i64>();
            texts(field, move |row| array.value(row))
        }
        Of::Utf8View => {
            let array = array.as_string_view();
            texts(field, move |row| array.value(row))
        }
        Of::Binary => {
            let array = array.as_binary::<i32>();
            Box::new(move |row, out| write_bytes(array.value(row), out))
        }
        Of::LargeBinary => {
            let array = array.as_binary::<i64>();
            Box::new(move |row, out| write_bytes(array.value(row), out))
        }
        Of::BinaryView => {
            let array = array.as_binary_view();
            Box::new(move |row, out| write_bytes(array.value(row), out))
        }
        Of::FixedSizeBinary(size) => {
            let (array, is_uuid) = (array.as_fixed_size_binary(), *size == 16);
            Box::new(move |row, out| match array.value(row) {
                bytes if is_uuid => write_uuid(bytes, out),
                bytes => write_bytes(bytes, out),
            })
        }
        _ => return nested(array, field),
    })
}

fn nested<'a>(array: &'a dyn Array, field: &Field) -> Result<WriteValue<'a>, ColumnarError> {
    use DataType as Of;
    Ok(match array.data_type() {
        Of::Struct(fields) => {
            let array = array.as_struct();
            // The fields of the array itself: they live as long as it does.
            let fields_of_array = match array.data_type() {
                Of::Struct(fields) => fields,
                _ => fields,
            };
            let columns = array.columns().iter().map(AsRef::as_ref);
            let members = columns.zip(fields_of_array.iter().map(AsRef::as_ref));
            let objects = Objects::of(members)?;
            Box::new(move |row, out| objects.write(row, out))
        }
        Of::List(of) => list::<i32>(array, of)?,
        Of::LargeList(of) => list::<i64>(array, of)?,
        Of::FixedSizeList(of, size) => {
            let (array, size) = (array.as_fixed_size_list(), size.as_usize());
            let entries = Values::of(array.values().as_ref(), of)?;
            Box::new(move |row, out| {
                let start = array.value_offset_at(row);
                write_list(&entries, start..start + size, out);
            })
        }
        Of::Map(of, _) => map(array, of)?,
        Of::Dictionary(..) => {
            let array = array.as_any_dictionary();
            if array.values().is_empty() {
                return Ok(Box::new(|_, out| out.extend_from_slice(b"null")));
            }
            let (keys, values) = (array.normalized_keys(), array.values());
            let of = Field::new(field.name(), values.data_type().clone(), true)
                .with_metadata(field.metadata().clone());
            let values = Values::of(values.as_ref(), &of)?;
            Box::new(move |row, out| values.write_or_null(keys[row], out))
        }
        other => {
            return Err(ColumnarError::Type { column: String::new(), of_type: other.to_string() });
        }
    })
}

fn primitive<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    write: impl Fn(T::Native, &mut Vec<u8>) + 'a,
) -> WriteValue<'a> {
    let array = array.as_primitive::<T>();
    Box::new(move |row, out| write(array.value(row), out))
}

fn whole<T: ArrowPrimitiveType<Native: itoa::Integer>>(array: &dyn Array) -> WriteValue<'_> {
    primitive::<T>(array, |number, out| {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    })
}

/// Writes a number with the fewest digits that say it; what is no number is none.
fn write_float(number: impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = serde_json::to_writer(out, &number);
}

fn decimal<T: ArrowPrimitiveType<Native: std::fmt::Display>>(
    array: &dyn Array,
    scale: i8,
) -> WriteValue<'_> {
    primitive::<T>(array, move |units, out| write_decimal(&units.to_string(), scale, out))
}

/// Writes a number of units without zeros at the end but for one behind the point.
fn write_decimal(units: &str, scale: i8, out: &mut Vec<u8>) {
    let digits = units.strip_prefix('-').unwrap_or(units);
    if digits.len() < units.len() {
        out.push(b'-');
    }
    let Ok(scale) = usize::try_from(scale).map(|scale| scale.min(1_000)) else {
        out.extend_from_slice(digits.as_bytes());
        let zeros = if digits == "0" { 0 } else { scale.unsigned_abs() };
        return out.extend(std::iter::repeat_n(b'0', zeros.into()));
    };
    if scale == 0 {
        return out.extend_from_slice(digits.as_bytes());
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let kept = fraction.trim_end_matches('0');
    out.extend_from_slice(whole.as_bytes());
    out.push(b'.');
    out.extend_from_slice(if kept.is_empty() { b"0" } else { kept.as_bytes() });
}

fn time(array: &dyn Array) -> Result<WriteValue<'_>, ColumnarError> {
    use DataType as Of;
    const DAY: i64 = 86_400;
    Ok(match array.data_type() {
        Of::Date32 => primitive::<Date32Type>(array, |days, out| write_date(days.into(), out)),
        Of::Date64 => primitive::<Date64Type>(array, |millis, out| {
            write_date(millis.div_euclid(DAY * 1_000), out);
        }),
        Of::Timestamp(TimeUnit::Second, _) => {
            primitive::<TimestampSecondType>(array, |at, out| write_time(at, 1, out))
        }
        Of::Timestamp(TimeUnit::Millisecond, _) => {
            primitive::<TimestampMillisecondType>(array, |at, out| write_time(at, 1_000, out))
        }
        Of::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(array, |at, out| write_time(at, 1_000_000, out))
        }
        Of::Timestamp(TimeUnit::Nanosecond, _) => {
            primitive::<TimestampNanosecondType>(array, |at, out| {
                write_time(at, 1_000_000_000, out);
            })
        }
        Of::Time32(TimeUnit::Second) => primitive::<Time32SecondType>(array, |at, out| {
            write_time_of_day(at.into(), 1, out);
        }),
        Of::Time32(_) => primitive::<Time32MillisecondType>(array, |at, out| {
            write_time_of_day(at.into(), 1_000, out);
        }),
        Of::Time64(TimeUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(array, |at, out| {
                write_time_of_day(at, 1_000_000, out);
            })
        }
        Of::Time64(_) => primitive::<Time64NanosecondType>(array, |at, out| {
            write_time_of_day(at, 1_000_000_000, out);
        }),
        other => {
            return Err(ColumnarError::Type { column: String::new(), of_type: other.to_string() });
        }
    })
}

fn texts<'a>(field: &Field, text: impl Fn(usize) -> &'a str + 'a) -> WriteValue<'a> {
    if is_json(field) {
        Box::new(move |row, out| write_json(text(row), out))
    } else {
        Box::new(move |row, out| write_text(text(row), out))
    }
}

fn list<'a, O: OffsetSizeTrait>(
    array: &'a dyn Array,
    of: &Field,
) -> Result<WriteValue<'a>, ColumnarError> {
    let array = array.as_list::<O>();
    let entries = Values::of(array.values().as_ref(), of)?;
    let offsets = array.value_offsets();
    Ok(Box::new(move |row, out| {
        write_list(&entries, offsets[row].as_usize()..offsets[row + 1].as_usize(), out);
    }))
}

fn write_list(entries: &Values<'_>, of: std::ops::Range<usize>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (number, entry) in of.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        entries.write_or_null(entry, out);
    }
    out.push(b']');
}

/// A map as an object, whose names are the keys as text.
fn map<'a>(array: &'a dyn Array, of: &Field) -> Result<WriteValue<'a>, ColumnarError> {
    let array = array.as_map();
    let DataType::Struct(fields) = of.data_type() else {
        return Err(ColumnarError::Type { column: String::new(), of_type: of.to_string() });
    };
    let (Some(key), Some(value)) = (fields.first(), fields.get(1)) else {
        return Err(ColumnarError::Type { column: String::new(), of_type: of.to_string() });
    };
    let keys = Values::of(array.keys().as_ref(), key)?;
    let values = Values::of(array.values().as_ref(), value)?;
    let offsets = array.value_offsets();
    Ok(Box::new(move |row, out| {
        out.push(b'{');
        let entries = offsets[row].as_usize()..offsets[row + 1].as_usize();
        for (number, entry) in entries.enumerate() {
            if number > 0 {
                out.push(b',');
            }
            let start = out.len();
            keys.write_or_null(entry, out);
            if out.get(start) != Some(&b'"') {
                let key = String::from_utf8_lossy(&out.split_off(start)).into_owned();
                write_text(&key, out);
            }
            out.push(b':');
            values.write_or_null(entry, out);
        }
        out.push(b'}');
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_exactly() {
        for (units, scale, text) in [
            ("1999", 2, "19.99"),
            ("-5", 2, "-0.05"),
            ("2000", 2, "20.0"),
            ("0", 3, "0.0"),
            ("7", 0, "7"),
            ("7", -2, "700"),
            ("0", -2, "0"),
        ] {
            let mut out = Vec::new();
            write_decimal(units, scale, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
