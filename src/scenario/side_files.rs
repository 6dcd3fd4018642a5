//! The files that a scenario names.

use std::fmt;
use std::rc::Rc;

type SideFileReader = dyn Fn(&str) -> Result<Vec<u8>, String>;

/// The way to the files that stand beside a scenario. The simulator itself opens none: whoever reads the scenario
/// gives it a function that does.
#[derive(Clone)]
pub struct SideFiles(Rc<SideFileReader>);

impl SideFiles {
    /// Files by the names that a scenario has for them: the bytes, or why there are none.
    pub fn new(read: impl Fn(&str) -> Result<Vec<u8>, String> + 'static) -> Self {
        Self(Rc::new(read))
    }

    /// The bytes of a file.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        (self.0)(name)
    }
}

/// No files at all.
impl Default for SideFiles {
    fn default() -> Self {
        Self::new(|_| Err("a scenario that is not read from a file has none beside it".to_owned()))
    }
}

impl fmt::Debug for SideFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SideFiles")
    }
}
