//! Faults compiled: what becomes of events between what happened and what arrives.
//!
//! Whether an event, session or device has a fault is a function of the seed, the fault's name and which it is: a
//! fault that is added, removed or changed moves no other, and none moves what happened.
//!
//! ```text
//! spread -> fault -> compile
//! ```

mod compile;
mod fault;
mod spread;

pub(crate) use fault::{BotForm, Fault, FaultAction, IdentityForm, TouchForm};

/// The faults of a scenario, in its order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    all: Vec<Fault>,
}

impl Faults {
    /// True if everything arrives as it happened.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.all.iter()
    }

    /// The fault at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> &Fault {
        &self.all[place]
    }
}
