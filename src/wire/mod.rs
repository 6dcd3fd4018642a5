//! Events to bytes and back. One file or folder a format.
//!
//! | module | what it is about |
//! |---|---|
//! | `native` | the lines of a timeline: one JSON object an event |
//! | [`csv`] | the same as rows, `props` as JSON text |
//! | `formats` | the wire formats of others, one file each and one line in [`FORMATS`]: form of events, envelope, limits, answers |
//! | `field_map` | a form of one's own: fields renamed, nested, flattened, dropped |
//! | `form` | the form of an event as a constant tree, from which `format_encoder` and `format_decoder` both follow |
//! | `event_split` | a line of our own taken apart in one pass, and the shape that it has |
//! | `form_compiler`, `form_program` | from the tree to the texts and places of one shape of events, and written from there |
//! | [`RecordFormEncoder`] | records straight to such a form, where events of the same content differ in ids and times alone |
//! | `cuts` | what of a scenario's events a vendor does not keep whole |
//! | `decoded_event` | what has been read of an event in such a form, and the line that it becomes |
//! | [`Reception`], `request_check` | what a receiver takes and answers beside the batches that are sent to it, and what it asks of a request |
//! | `arrival_fields` | what an event says of its way, when it is something that arrived |
//! | [`TableForm`] | the forms of a timeline that are tables with typed columns |
//! | [`RecordValues`] | what is filled into such columns, value by value, from records |
//! | `packed` | the fields of an event, kept and taken up again without reading a line anew |
//! | [`scan`] | finding a few members of a JSON line without parsing the rest |
//!
//! A format of others is data: a row of what stands around events, and for each kind of event a tree that says where
//! each of its values stands. Encoding and decoding follow the same tree, so that what one writes the other reads. What
//! has no place of its own goes where the vendor has properties; where a name there is taken, an underscore is put behind.

mod answers;
mod arrival_fields;
mod codec;
pub mod csv;
mod cuts;
mod decoded_event;
mod envelope;
mod event_memory;
mod event_split;
mod field_map;
mod fields;
mod fit;
mod form;
mod form_compiler;
mod form_program;
mod format_decoder;
mod format_encoder;
mod format_error;
mod format_settings;
mod formats;
mod json_text;
mod message;
mod native;
mod notation;
mod packed;
mod percent;
mod quoting;
mod reception;
mod record_forms;
mod record_values;
mod request_check;
pub mod scan;
mod scanner;
mod table_form;
mod wire_format;

pub use answers::Answers;
pub use arrival_fields::{RECEIVED_AT, SENT_AT};
pub use codec::{Codec, Encode};
pub use field_map::{FieldMap, FieldRule};
pub use fields::{EventFields, FieldError};
pub use format_encoder::FormatEncoder;
pub use format_error::FormatError;
pub use format_settings::FormatSettings;
pub use formats::FORMATS;
pub use json_text::push_compacted;
pub(crate) use json_text::quoted;
pub use message::EventMessage;
pub use native::{Encoder, JsonLines};
pub use notation::{base64_decoded, object_of_query};
pub use reception::{Reception, RequestOrigin};
pub use record_forms::RecordFormEncoder;
pub use record_values::RecordValues;
pub use request_check::RequestError;
pub use scan::ScanError;
pub use table_form::TableForm;
pub use wire_format::{
    Envelope, EnvelopePiece, FormatLimits, KeptLimits, KeyPlace, WireFormat, site_and_token,
};
