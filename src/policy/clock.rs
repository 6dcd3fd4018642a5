//! When an event happened, by the clock that is trusted.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::VirtualTime;
use crate::wire::scan::{self, ScanError};

/// The zone of times without an offset.
#[derive(Clone, Debug)]
pub(super) struct LocalZone(TimeZone);

impl LocalZone {
    /// The zone of that name; UTC if there is none, which a checked policy does not have.
    pub(super) fn new(name: &str) -> Self {
        Self(TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC))
    }

    /// The instant of a JSON string with a local time. One that is there twice is the first, one that is not there as
    /// much later as the gap is long (RFC 5545, section 3.3.5).
    pub(super) fn time(&self, raw: &[u8]) -> Result<VirtualTime, ScanError> {
        let text = scan::text(raw)?;
        let local: Option<DateTime> = text.parse().ok();
        let instant =
            local.and_then(|local| self.0.to_ambiguous_timestamp(local).compatible().ok());
        let millis = instant.and_then(|instant| u64::try_from(instant.as_millisecond()).ok());
        let time = millis.and_then(VirtualTime::from_millis);
        // The error of the text as it stands is the best that can be said.
        time.map_or_else(|| Ok(text.parse()?), Ok)
    }
}
