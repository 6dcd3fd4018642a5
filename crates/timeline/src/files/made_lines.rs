//! An input whose lines are made as they are read.

use std::io::{self, Read};

/// Gives what a function makes, which appends lines and says whether there were any.
pub(super) struct MadeLines<F> {
    make: F,
    made: Vec<u8>,
    read: usize,
}

impl<F: FnMut(&mut Vec<u8>) -> io::Result<bool>> MadeLines<F> {
    /// The lines that `make` makes, until there are none.
    pub(super) fn new(make: F) -> Self {
        Self { make, made: Vec::new(), read: 0 }
    }
}

impl<F: FnMut(&mut Vec<u8>) -> io::Result<bool>> Read for MadeLines<F> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.read == self.made.len() {
            self.made.clear();
            self.read = 0;
            if !(self.make)(&mut self.made)? {
                return Ok(0);
            }
        }
        let length = (&self.made[self.read..]).read(target)?;
        self.read += length;
        Ok(length)
    }
}
