//! What is kept from one event to the next: the digits and the addresses of browsers, and the text of the time.

use std::collections::HashMap;

use crate::time::TimeText;

use super::fit::{browser_address, browser_digits};

/// Browsers that are remembered; with more, all are forgotten and worked out anew.
const MOST_BROWSERS: usize = 32_768;

/// What is worked out once for several events.
#[derive(Clone, Debug, Default)]
pub(super) struct EventMemory {
    pub(super) marks: BrowserMarks,
    pub(super) time: TimeText,
}

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
