//! The choice among actions by where they happen.

use std::collections::HashMap;

use crate::event::Page;

use super::actions::Actions;

/// The choice among actions on each page, where some custom events are bound to pages or journey steps.
#[derive(Clone, Debug)]
pub(crate) struct BoundActions {
    pub(super) elsewhere: Actions,
    /// By the index of the page.
    pub(super) by_page: HashMap<usize, Actions>,
    /// By the place of the step.
    pub(super) by_step: HashMap<u16, Actions>,
}

impl BoundActions {
    /// The choice on a page, which may be a journey's step.
    #[inline]
    pub(super) fn on(&self, page: Page, step: Option<u16>) -> &Actions {
        let of_step = step.and_then(|step| self.by_step.get(&step));
        of_step.or_else(|| self.by_page.get(&page.index())).unwrap_or(&self.elsewhere)
    }
}
