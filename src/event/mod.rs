//! The event: one line of a timeline, its ids, and the compact form in which the simulation moves it.

mod built_in;
pub mod event_type;
mod field;
mod id;
mod owned;
mod record;
mod value_sink;
mod value_type;

pub use built_in::BuiltIn;
pub(crate) use built_in::OwnProperty;
pub use field::{Field, FieldKind};
pub use id::UuidV7;
pub(crate) use id::{
    SESSION_PREFIX, SessionBits, hex, session_code, session_id, user_id, uuid_bits,
};
pub use owned::Event;
pub use record::Record;
pub(crate) use record::{Detail, Kind, Page, RecordContent};
pub use value_sink::{EventPart, ValueSink};
pub use value_type::ValueType;
pub(crate) use value_type::add_member;
