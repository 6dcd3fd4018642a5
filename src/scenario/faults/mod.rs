//! The `faults` section: what arrives is not what happened.
//!
//! ```text
//! kinds, spans -> spread -> specs -> check
//! ```

pub(super) mod check;
mod kinds;
mod spans;
mod specs;
mod spread;

pub(crate) use kinds::{
    BOT_FORMS, IDENTITY_FORMS, MALFORMED_FORMS, MOST_FAULTS, RARE_VALUE_FORMS, TOO_LARGE,
    TOUCH_FORMS, VALUE_FORMS,
};
pub use kinds::{ClockPrecision, CopyKind, FaultKind, FaultUnit, PropertyChange};
pub(super) use spans::SPAN;
pub use spans::{RunMoment, TimeSpan};
pub use specs::FaultSpec;
pub(crate) use spread::SpreadLaw;
pub use spread::SpreadSpec;
