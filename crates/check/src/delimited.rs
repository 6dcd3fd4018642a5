//! Tables of text with a header, as others write them: comma, tab, semicolon or bar between the cells.

use std::io::{BufRead, Cursor, Read};

const DELIMITERS: [u8; 4] = [b'|', b';', b'\t', b','];

/// Cells without a value, as databases, Python and R write them.
const NULLS: [&str; 12] =
    ["", "\\N", "NULL", "null", "None", "nan", "NaN", "NaT", "<NA>", "N/A", "n/a", "NA"];

/// True for a cell without a value.
pub(crate) fn is_null(cell: &str) -> bool {
    NULLS.contains(&cell.trim())
}

/// Rows with the names of their columns, in lower case and without a byte order mark.
pub(crate) struct Delimited {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: csv::Reader<Box<dyn BufRead + Send>>,
}

impl Delimited {
    /// Reads the header, which also tells the delimiter: the one that it has most of.
    pub(crate) fn open(mut input: Box<dyn BufRead + Send>) -> csv::Result<Self> {
        let mut header = Vec::new();
        input.read_until(b'\n', &mut header)?;
        let count = |delimiter: u8| memchr::memchr_iter(delimiter, &header).count();
        let delimiter = DELIMITERS.into_iter().max_by_key(|&byte| count(byte)).unwrap_or(b',');
        let whole: Box<dyn BufRead + Send> = Box::new(Cursor::new(header).chain(input));
        let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(whole);
        let name = |name: &str| name.trim_start_matches('\u{feff}').trim().to_lowercase();
        let columns = rows.headers()?.iter().map(name).collect();
        Ok(Self { columns, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_read_in_every_form() {
        for cell in ["", " ", "NULL", "\\N", "NaN", "None", "<NA>", "NaT", "NA"] {
            assert!(is_null(cell), "{cell}");
        }
        for cell in ["0", "none_btn", "/na", "Nan Goldin"] {
            assert!(!is_null(cell), "{cell}");
        }
    }
}
