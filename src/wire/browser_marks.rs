//! The digits and the addresses of browsers, worked out once for each.

use std::collections::HashMap;

use super::fit::{browser_address, browser_digits};

/// Browsers that are remembered; with more, all are forgotten and worked out anew.
const MOST_BROWSERS: usize = 32_768;

/// What browsers are known by.
#[derive(Clone, Debug, Default)]
pub(super) struct BrowserMarks(HashMap<Box<[u8]>, BrowserMark, foldhash::fast::FixedState>);

/// What a browser is known by.
#[derive(Clone, Debug)]
pub(super) struct BrowserMark {
    pub(super) digits: [u8; 16],
    pub(super) address: Box<str>,
}

impl BrowserMarks {
    /// The mark of the browser of an id.
    pub(super) fn of(&mut self, id: &[u8]) -> &BrowserMark {
        if !self.0.contains_key(id) {
            if self.0.len() == MOST_BROWSERS {
                self.0.clear();
            }
            let mark =
                BrowserMark { digits: browser_digits(id), address: browser_address(id).into() };
            self.0.insert(id.into(), mark);
        }
        &self.0[id]
    }
}
