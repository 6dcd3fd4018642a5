//! The wire formats of others: one file each, and a line in the table.

mod amplitude;
mod cloudevents;
mod ga4;
mod matomo;
mod mixpanel;
mod plausible;
mod posthog;
mod rudderstack;
mod segment;
mod snowplow;
mod umami;

use super::wire_format::WireFormat;

/// Every wire format of others.
pub const FORMATS: &[&WireFormat] = &[
    &segment::SEGMENT,
    &rudderstack::RUDDERSTACK,
    &posthog::POSTHOG,
    &amplitude::AMPLITUDE,
    &mixpanel::MIXPANEL,
    &cloudevents::CLOUDEVENTS,
    &cloudevents::STRUCTURED,
    &cloudevents::BINARY,
    &snowplow::SNOWPLOW,
    &ga4::GA4,
    &umami::UMAMI,
    &matomo::MATOMO,
    &plausible::PLAUSIBLE,
];

impl WireFormat {
    /// The format of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }
}
