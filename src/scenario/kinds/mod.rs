//! The kinds of values that keys have: reader, limits and description of each.

mod composite;
mod event_shares;
mod list;
mod number;
mod parsed;
mod scalar;
mod text;

pub(super) use composite::{Group, Owned, Required};
pub(super) use event_shares::EventShares;
pub(super) use list::{ListOf, NameOrList, ShareList};
pub(super) use number::{SECONDS_ABOVE_0, SHARE};
pub(super) use text::{FILE_NAME, NAME, Timestamp};

pub use composite::Optional;
pub use list::NameList;
pub use number::{Decimal, Flag, SECONDS, Whole};
pub use parsed::{OneOf, Parsed};
pub use scalar::ScalarKind;
pub use text::{HEADER_VALUE, HTTP_URL, Text};
