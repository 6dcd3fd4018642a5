//! Small numbers for names that come again and again.

use foldhash::HashMap;

/// Names numbered in the order in which they first came.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    /// The number of `name`, which is a new one if it was never seen.
    pub(super) fn index(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    /// The name of a number that [`Self::index`] gave.
    pub(super) fn name(&self, number: u32) -> String {
        self.names.get(number as usize).map(ToString::to_string).unwrap_or_default()
    }
}
