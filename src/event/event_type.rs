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
/// A user made an account; only with `users.identity`.
pub const SIGNED_UP: &str = "signed_up";
/// A user logged in to an account; only with `users.identity`.
pub const LOGGED_IN: &str = "logged_in";
/// A user logged out; only with `users.identity`.
pub const LOGGED_OUT: &str = "logged_out";

/// A user saw the first page in a session on which an experiment is; only with `experiments`.
pub const EXPERIMENT_VIEWED: &str = "experiment_viewed";

/// The types of the events by which users are known, or no longer.
pub(crate) const IDENTITY: [&str; 3] = [SIGNED_UP, LOGGED_IN, LOGGED_OUT];

/// The place of an event of a type among those of its moment: a session's start first, its end last.
pub fn rank(event_type: &str) -> u8 {
    match event_type {
        SESSION_CREATED => 0,
        SESSION_ENDED => 2,
        _ => 1,
    }
}
