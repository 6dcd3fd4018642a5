//! Timelines as tables: Parquet and Arrow, from records or lines of JSON to typed columns, and back to lines.
//!
//! ```text
//! error -> schema, cursor, text_column, decimals -> columns -> column_sink -> record_columns -> record_table
//!                                                          \-> line_table           encoder -/
//!      \-> key_chunk -> parquet_writer -> encoder
//!      \-> texts -> times -> values -> lines
//! ```

mod bit_packing;
mod column_sink;
mod columns;
mod cursor;
mod decimals;
mod encoder;
mod error;
mod key_chunk;
mod line_table;
mod lines;
mod parquet_writer;
mod record_columns;
mod record_table;
mod schema;
mod text_column;
mod texts;
mod times;
mod values;

pub use error::ColumnarError;
pub use line_table::LineTable;
pub use lines::{arrow_lines, arrow_schema, parquet_lines, parquet_schema};
pub use record_table::RecordTable;
pub use schema::schema;
