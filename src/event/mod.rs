//! The event: one line of a timeline, its ids, and the compact form in which the simulation moves it.

mod built_in;
pub mod event_type;
mod field;
mod id;
mod record;

use serde::{Deserialize, Serialize};

use crate::time::VirtualTime;

pub use built_in::BuiltIn;
pub use field::{Field, FieldKind};
pub use id::UuidV7;
pub(crate) use id::{SessionBits, hex, session_id, user_id};
pub use record::Record;
pub(crate) use record::{Content, Detail, Kind, Page};

/// One thing that a simulated user did, as it stands on one line of a timeline.
///
/// The fields are in the order in which they are written. A field that does not apply is absent;
/// `props` is always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// A version 7 UUID ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)) of the virtual time.
    pub event_id: String,
    /// The virtual time at which it happened.
    pub event_time: VirtualTime,
    /// The kind of thing that happened: `page_visited`, `button_clicked`, a custom name, ...
    pub event_type: String,
    /// The user who did it: `user_` and 8 hexadecimal digits.
    pub user_id: String,
    /// The visit in which it happened: `session_` and 12 hexadecimal digits.
    pub session_id: String,
    /// The page on which it happened; absent for `session_created` and `session_ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_path: Option<String>,
    /// The button that was clicked; only for `button_clicked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button_id: Option<String>,
    /// Further properties: `href` and `target` of a link, `journey` and `step` of a page.
    #[serde(default)]
    pub props: serde_json::Map<String, serde_json::Value>,
}
