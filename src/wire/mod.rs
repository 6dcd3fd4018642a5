//! Events to bytes and back. One file or folder a format.
//!
//! | module | what it is about |
//! |---|---|
//! | `native` | the lines of a timeline: one JSON object an event |
//! | [`csv`] | the same as rows, `props` as JSON text |
//! | [`scan`] | finding a few members of a JSON line without parsing the rest |

mod codec;
pub mod csv;
mod fields;
mod native;
pub mod scan;

pub use codec::{Codec, Encode};
pub use fields::{EventFields, FieldError};
pub use native::{Encoder, JsonLines};
pub use scan::ScanError;
