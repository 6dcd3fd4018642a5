//! The `events` section: what events of each type carry beyond the fields that all have.
//!
//! ```text
//! named, values, template, formula, cart -> specs -> laws, sources -> number_range, scopes -> formula_check,
//! carrier, event_types -> check
//! ```

mod carrier;
mod cart;
pub(super) mod cart_items;
pub(super) mod check;
mod conditional;
mod currency;
mod event_types;
mod exact_number;
mod formula;
mod formula_check;
mod ids;
mod laws;
mod multiplied;
mod named;
mod number_range;
mod pick;
mod reference;
mod scopes;
mod sources;
mod specs;
mod table_file;
mod template;
mod values;
mod word_or_group;

pub(super) use conditional::ConditionsKind;
pub(super) use named::NamedOf;
pub(super) use values::{AnyValue, ChoicesKind, OptionalGroup};

pub use cart::CartSpec;
pub use conditional::Conditions;
pub(crate) use currency::{is_currency_code, minor_digits};
pub(crate) use exact_number::ExactNumber;
pub(crate) use formula::Formula;
pub use ids::{CountedThing, CounterSpec, IdOwner, IdSpec};
pub use named::Named;
pub use pick::PickSpec;
pub(crate) use reference::resolved;
pub(crate) use sources::{has_cart, split_at_list};
pub use specs::{
    BySpec, DateTimeSpec, EventSpec, ExponentialSpec, GeometricSpec, ListSpec, MedianSpec,
    NormalSpec, PoissonSpec, PropertySpec, UniformSpec, ZipfSpec,
};
pub(crate) use template::{TemplatePart, template_parts};
pub use values::{Choices, IpVersion, Moment, MomentForm};
