//! Timelines as tables: Parquet and Arrow, from lines of JSON to typed columns and back.
//!
//! ```text
//! error -> schema, cursor -> columns -> encoder
//!                         \-> texts -> times -> values -> lines
//! ```

mod columns;
mod cursor;
mod encoder;
mod error;
mod lines;
mod schema;
mod texts;
mod times;
mod values;

pub use encoder::TableEncoder;
pub use error::ColumnarError;
pub use lines::{arrow_lines, arrow_schema, parquet_lines, parquet_schema};
pub use schema::schema;
