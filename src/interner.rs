//! Small numbers for names that come again and again.

use std::hash::Hash;

use foldhash::fast::RandomState;
use indexmap::IndexSet;

/// Names numbered in the order in which they first came.
#[derive(Debug)]
pub struct Interner<T: ?Sized>(IndexSet<Box<T>, RandomState>);

impl<T: ?Sized + Hash + Eq> Default for Interner<T> {
    fn default() -> Self {
        Self(IndexSet::default())
    }
}

impl<T: ?Sized + Hash + Eq> Interner<T>
where
    for<'t> Box<T>: From<&'t T>,
{
    /// The number of `name`, which is a new one if it was never seen.
    pub fn number(&mut self, name: &T) -> u32 {
        let known = self.0.get_index_of(name);
        known.unwrap_or_else(|| self.0.insert_full(name.into()).0) as u32
    }

    /// The name of a number that [`Self::number`] gave.
    pub fn name(&self, number: u32) -> &T {
        &self.0[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_names_and_stand_for_them() {
        let mut names = Interner::<str>::default();
        assert_eq!(["a", "", "a", "b"].map(|name| names.number(name)), [0, 1, 0, 2]);
        assert_eq!((names.name(0), names.name(1), names.name(2)), ("a", "", "b"));
    }
}
