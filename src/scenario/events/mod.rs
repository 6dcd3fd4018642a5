//! The `events` section: what events of each type carry beyond the fields that all have.
//!
//! ```text
//! named, values, template -> specs -> laws -> check
//! ```

mod check;
mod laws;
mod named;
mod specs;
mod template;
mod values;

pub(super) use check::check;
pub(super) use named::NamedOf;

pub use named::Named;
pub use specs::{
    CounterSpec, DateTimeSpec, EventSpec, ExponentialSpec, GeometricSpec, ListSpec, LogNormalSpec,
    NormalSpec, PoissonSpec, PropertySpec, UniformSpec, ZipfSpec,
};
pub(crate) use template::{TemplatePart, template_parts};
pub use values::{Choices, Moment, MomentForm};
