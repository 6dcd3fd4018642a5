//! The `events` section: what events of each type carry beyond the fields that all have.
//!
//! ```text
//! named, values, template, formula, cart -> specs -> laws, sources -> number_range, scopes -> formula_check -> check
//! ```

mod cart;
mod check;
mod conditional;
mod currency;
mod exact_number;
mod formula;
mod formula_check;
mod laws;
mod named;
mod number_range;
mod reference;
mod scopes;
mod sources;
mod specs;
mod template;
mod values;
mod word_or_group;

pub(super) use check::check;
pub(crate) use check::has_cart;
pub(super) use named::NamedOf;

pub use cart::CartSpec;
pub use conditional::Conditions;
pub(crate) use currency::{is_currency_code, minor_digits};
pub(crate) use exact_number::ExactNumber;
pub(crate) use formula::Formula;
pub use named::Named;
pub(crate) use reference::resolved;
pub(crate) use sources::split_at_list;
pub use specs::{
    BySpec, CounterSpec, DateTimeSpec, EventSpec, ExponentialSpec, GeometricSpec, ListSpec,
    LogNormalSpec, NormalSpec, PoissonSpec, PropertySpec, UniformSpec, ZipfSpec,
};
pub(crate) use template::{TemplatePart, template_parts};
pub use values::{Choices, Moment, MomentForm};
