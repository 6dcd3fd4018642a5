//! What events carry beyond the fields that all have: typed generators, compiled from the scenario's `events`.
//!
//! A value is a pure function of the seed, the event's session, its number there, and the names on the way to the
//! value: nothing is stored, and a property that is added, removed or renamed moves no other. Values are drawn when
//! a line is written, and written as JSON right away; what refers to an earlier value copies its text.
//!
//! ```text
//! json_text -> formula -> generator -> compile -> event_properties -> write -> write_values -> scalars, write_owners -> property_writer
//!                          \-> cart                 \-> mean, schema, value_types  session_history, owner_cache -/
//! ```

mod address;
mod cart;
mod choice;
mod compile;
mod compile_numbers;
mod event_properties;
mod formula;
mod generator;
mod json_text;
mod mean;
mod number_text;
mod owner_cache;
mod property_writer;
mod scalars;
mod schema;
mod session_history;
mod told_times;
mod value_types;
mod write;
mod write_owners;
mod write_values;

pub(crate) use event_properties::Properties;
pub use mean::PropertyMean;
pub(crate) use mean::ValueMoments;
pub(crate) use property_writer::PropertyWriter;
pub(crate) use schema::MemberSchemas;
pub(crate) use session_history::SessionHistory;
