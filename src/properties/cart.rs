//! Carts: what a session's own earlier events carried.

use std::ops::Range;

use crate::event::Record;

use super::generator::Cart;

/// The buffers of a writer of carts.
#[derive(Clone, Debug, Default)]
pub(super) struct CartBuffers {
    pub(super) records: Vec<Record>,
    pub(super) slots: Vec<Range<usize>>,
    pub(super) taken: Vec<Range<usize>>,
}

impl Cart {
    /// Those of a session's events, in their order, that are in the cart after them.
    pub(super) fn choose(&self, events: &[Record], chosen: &mut Vec<Record>) {
        chosen.clear();
        for event in events {
            let kind = event.content.kind.index();
            if self.empties[kind] {
                chosen.clear();
            }
            if self.adds[kind] {
                chosen.push(*event);
            }
        }
        chosen.truncate(self.most as usize);
    }
}

/// Keeps some parts of a text, in their order, of what follows `start`, with a comma between two.
pub(super) fn keep_parts(text: &mut Vec<u8>, start: usize, parts: &[Range<usize>]) {
    let mut end = start;
    for part in parts {
        if end > start {
            text[end] = b',';
            end += 1;
        }
        text.copy_within(part.clone(), end);
        end += part.len();
    }
    text.truncate(end);
}
