//! How far the values of a file have types.

/// What a file's values tell of their types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Typing {
    /// Each value has its own, as in JSON.
    Values,
    /// Those of a column have one, as in Parquet: that a number is whole is not seen among others with fractions.
    Columns,
    /// None, as in CSV: all is text.
    Texts,
}
