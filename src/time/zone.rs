//! Local times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::virtual_time::VirtualTime;

impl VirtualTime {
    /// The local time of a zone, as if it were UTC.
    pub(crate) fn local(self, zone: &TimeZone) -> Self {
        let millis = self.as_millis();
        let instant = Timestamp::from_millisecond(millis.cast_signed());
        let offset = zone.to_offset(instant.unwrap_or(Timestamp::UNIX_EPOCH));
        let offset_ms = i64::from(offset.seconds()) * 1_000;
        Self::from_millis(millis.saturating_add_signed(offset_ms)).unwrap_or(self)
    }
}
