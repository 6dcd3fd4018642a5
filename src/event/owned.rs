//! The event as a value of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::time::VirtualTime;

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
    pub props: Map<String, Value>,
    /// Fields that only some scenarios give their events: `anonymous_id`, `user`, `device`, `session`, and
    /// properties with a field of their own.
    #[serde(flatten)]
    pub own: Map<String, Value>,
}
