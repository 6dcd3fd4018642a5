//! The wire formats of others: one file each, and a line in the table.

mod amplitude;
mod cloudevents;
mod mixpanel;
mod posthog;
mod rudderstack;
mod segment;

use super::wire_format::WireFormat;

/// Every wire format of others.
pub const FORMATS: &[&WireFormat] = &[
    &segment::SEGMENT,
    &rudderstack::RUDDERSTACK,
    &posthog::POSTHOG,
    &amplitude::AMPLITUDE,
    &mixpanel::MIXPANEL,
    &cloudevents::CLOUDEVENTS,
];

impl WireFormat {
    /// The format of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }
}
