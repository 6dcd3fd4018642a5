//! The event types that the simulator itself knows, as they stand in `event_type`.

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
