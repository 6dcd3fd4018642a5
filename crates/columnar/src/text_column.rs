//! A column of texts.

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};

use super::error::ColumnarError;

/// Texts one after the other, and where each ends.
pub(crate) struct TextColumn {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl TextColumn {
    pub(crate) fn new() -> Self {
        Self::with_room(0, 0)
    }

    /// A column with room for so many rows, and so many bytes of them.
    pub(crate) fn with_room(rows: usize, bytes: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(bytes), ends, nulls: NullBufferBuilder::new(rows) }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// The bytes of all texts.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a text.
    #[inline]
    pub(crate) fn append(&mut self, text: &[u8]) {
        self.append_with(|bytes| bytes.extend_from_slice(text));
    }

    /// Adds the text that a function appends.
    #[inline]
    pub(crate) fn append_with(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        append(&mut self.bytes);
        // Whether all ends fit is seen in the end.
        self.ends.push(self.bytes.len() as i32);
        self.nulls.append_non_null();
    }

    pub(crate) fn append_nulls(&mut self, rows: usize) {
        self.ends.extend(std::iter::repeat_n(self.bytes.len() as i32, rows));
        self.nulls.append_n_nulls(rows);
    }

    /// The rows so far; none are left.
    pub(crate) fn finish(&mut self) -> Result<StringArray, ColumnarError> {
        // The next rows are likely to take as much.
        let next = Self::with_room(self.len(), self.bytes.len() / 8 * 9);
        std::mem::replace(self, next).into_array()
    }

    pub(crate) fn into_array(self) -> Result<StringArray, ColumnarError> {
        let Self { bytes, ends, mut nulls } = self;
        if i32::try_from(bytes.len()).is_err() {
            return Err(ColumnarError::value("the texts of one batch are larger than 2 GiB"));
        }
        let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
        Ok(StringArray::try_new(ends, Buffer::from_vec(bytes), nulls.finish())?)
    }
}
