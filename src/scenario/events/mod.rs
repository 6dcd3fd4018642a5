//! The `events` section: what events of each type carry beyond the fields that all have.
//!
//! ```text
//! named, values, template -> specs -> laws -> check
//! ```

mod check;
mod conditional;
mod currency;
mod laws;
mod named;
mod specs;
mod template;
mod values;

pub(super) use check::check;
pub(super) use named::NamedOf;
pub(super) use values::OptionalGroup;

pub use conditional::Conditions;
pub(crate) use currency::{is_currency_code, minor_digits};
pub use named::Named;
pub use specs::{
    BySpec, CounterSpec, DateTimeSpec, EventSpec, ExponentialSpec, GeometricSpec, ListSpec,
    LogNormalSpec, NormalSpec, PoissonSpec, PropertySpec, UniformSpec, ZipfSpec,
};
pub(crate) use template::{TemplatePart, template_parts};
pub use values::{Choices, Moment, MomentForm};
