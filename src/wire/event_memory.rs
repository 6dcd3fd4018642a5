//! What is kept from one event to the next: the digits and the addresses of browsers, the text of the time, and long
//! texts that are percent-encoded.

use std::collections::HashMap;

use crate::time::TimeText;

use super::fit::{browser_address, browser_digits};
use super::percent::PercentPlace;

/// Browsers that are remembered; with more, all are forgotten and worked out anew.
const MOST_BROWSERS: usize = 32_768;

/// What is worked out once for several events.
#[derive(Clone, Debug, Default)]
pub(super) struct EventMemory {
    pub(super) marks: BrowserMarks,
    pub(super) time: TimeText,
    pub(super) encoded: EncodedTexts,
}

/// Texts from which on one is kept: below, encoding it takes no longer than finding it.
const LONG_TEXT: usize = 48;

/// Long texts that are kept; with more, all are forgotten.
const MOST_TEXTS: usize = 4_096;

/// Long texts as a query has them, because events have the user agents of devices again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct EncodedTexts(HashMap<Box<[u8]>, Box<[u8]>, foldhash::fast::FixedState>);

impl EncodedTexts {
    /// Appends a text, percent-encoded.
    pub(super) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if text.len() < LONG_TEXT {
            return PercentPlace::Query.push(text, out);
        }
        if let Some(encoded) = self.0.get(text) {
            return out.extend_from_slice(encoded);
        }
        if self.0.len() == MOST_TEXTS {
            self.0.clear();
        }
        let start = out.len();
        PercentPlace::Query.push(text, out);
        self.0.insert(text.into(), out[start..].into());
    }
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
