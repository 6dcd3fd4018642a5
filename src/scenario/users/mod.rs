//! The `users` and `sessions` sections: who the users are, on what devices, and from where sessions come.
//!
//! ```text
//! inherited -> specs -> channels -> device_profiles
//! ```

mod channels;
mod device_profiles;
mod inherited;
mod specs;

pub use specs::{Channels, DeviceKinds, Devices, Identity, Persona, Sessions, Users};
pub(crate) use specs::{MOST_DEVICES, PERSONA};

/// The names by which attributes are referred to, and under which events have them.
pub(crate) const OWNERS: [&str; 3] = ["user", "device", "session"];
/// The field with the id of the browser, which is known before the user is.
pub const ANONYMOUS_ID: &str = "anonymous_id";
