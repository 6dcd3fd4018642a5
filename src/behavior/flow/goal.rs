//! The goals of a flow.

use crate::event::Kind;

/// A goal: an event, a page, or an event on a page.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) name: String,
    pub(super) event: Option<Kind>,
    /// A page by its place among those of the flow.
    pub(super) page: Option<usize>,
}
