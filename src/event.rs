//! The event: one line of a timeline.

mod built_in;
mod field;

use serde::{Deserialize, Serialize};

use crate::time::VirtualTime;

pub use built_in::BuiltIn;
pub use field::{Field, FieldKind};

/// One thing that a simulated user did, as it stands on one line of a timeline.
///
/// The fields are in the order in which they are written. A field that does not apply is absent;
/// `props` is always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// A version 7 UUID ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)) of the virtual time.
    pub event_id: String,
    /// When it happened, in virtual time.
    pub event_time: VirtualTime,
    /// What happened: `page_visited`, `button_clicked`, a custom name, ...
    pub event_type: String,
    /// Who did it: `user_` and 8 hexadecimal digits.
    pub user_id: String,
    /// In which visit: `session_` and 12 hexadecimal digits.
    pub session_id: String,
    /// On which page; absent for `session_created` and `session_ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_path: Option<String>,
    /// Which button; only for `button_clicked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button_id: Option<String>,
    /// What else there is to say: `href` and `target` of a link, `journey` and `step` of a page.
    #[serde(default)]
    pub props: serde_json::Map<String, serde_json::Value>,
}

/// The event types that the simulator itself knows, as they stand in `event_type`.
pub mod event_type {
    /// A user came.
    pub const SESSION_CREATED: &str = "session_created";
    /// A user left.
    pub const SESSION_ENDED: &str = "session_ended";
    /// A page was opened.
    pub const PAGE_VISITED: &str = "page_visited";
    /// A page was closed.
    pub const PAGE_CLOSED: &str = "page_closed";
    /// A button was clicked.
    pub const BUTTON_CLICKED: &str = "button_clicked";
    /// A link was clicked: it leads to the next page, or opens elsewhere (`props.target` `_blank`).
    pub const LINK_CLICK: &str = "link_click";
}
