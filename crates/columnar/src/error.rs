//! The errors of tables.

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// A table could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnarError {
    /// A line does not fit the columns.
    #[error("{column}: {reason}")]
    Value {
        /// The column, with the members on the way to the value.
        column: String,
        /// The reason.
        reason: String,
    },
    /// A column of a type that is not read or written.
    #[error(
        "the column {column} has the type {of_type}, which is not read: write the table without it, or as text"
    )]
    Type {
        /// The column.
        column: String,
        /// Its type.
        of_type: String,
    },
    /// The file is damaged, or is no such file.
    #[error("this {form} is damaged or cut off, or of a kind that is not read: {reason}")]
    Damaged {
        /// The form that it should have.
        form: &'static str,
        /// The reason.
        reason: String,
    },
    /// The library refused what it should write.
    #[error("Arrow: {0}")]
    Arrow(#[from] ArrowError),
    /// The same for Parquet.
    #[error("Parquet: {0}")]
    Parquet(#[from] ParquetError),
}

impl ColumnarError {
    pub(crate) fn value(reason: impl Into<String>) -> Self {
        Self::Value { column: String::new(), reason: reason.into() }
    }

    /// The same error of a value within a column.
    pub(crate) fn within(self, name: &str) -> Self {
        match self {
            Self::Value { column, reason } => Self::Value { column: joined(name, &column), reason },
            Self::Type { column, of_type } => Self::Type { column: joined(name, &column), of_type },
            other => other,
        }
    }
}

fn joined(name: &str, rest: &str) -> String {
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") }
}

impl From<ColumnarError> for std::io::Error {
    fn from(error: ColumnarError) -> Self {
        let kind = match &error {
            ColumnarError::Damaged { .. } => std::io::ErrorKind::InvalidData,
            _ => std::io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
