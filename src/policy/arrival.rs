//! An arrival, as far as it can be read.

use crate::deliveries::{DELIVERY_ID, RECEIVED_AT, SENT_AT};
use crate::event::Field;
use crate::scenario::policy::TrustedClock;
use crate::time::VirtualTime;
use crate::wire::scan;
use crate::wire::{EventFields, FieldError};

use super::clock::LocalZone;

/// An event that arrived.
#[derive(Debug)]
pub(super) struct Arrival<'a> {
    /// Its own members but for the times of sending and arrival.
    pub(super) event: EventFields<'a>,
    pub(super) sent_at: Option<VirtualTime>,
    /// When it arrived; when it happened, if nothing says it.
    pub(super) received_at: VirtualTime,
}

impl<'a> Arrival<'a> {
    /// The arrival on a line: of a log of arrivals, of deliveries, or of a timeline.
    ///
    /// # Errors
    /// A line that is no event.
    pub(super) fn of_line(line: &'a [u8], zone: Option<&LocalZone>) -> Result<Self, FieldError> {
        let envelope = scan::members(line, [RECEIVED_AT, DELIVERY_ID, "body"]);
        let (line, received_at) = match envelope {
            Ok([Some(received_at), Some(_), Some(body)]) => (body, Some(received_at)),
            _ => (line, None),
        };
        let mut event = match (EventFields::of_line(line), zone) {
            (Ok(event), _) => event,
            (Err(FieldError::Field { field: Field::EventTime, .. }), Some(zone)) => {
                EventFields::of_line_at(line, |time| zone.time(time))?
            }
            (Err(error), _) => return Err(error),
        };
        if !event.props.starts_with(b"{") {
            return Err(FieldError::Props { reason: "it is another value".to_owned() });
        }
        let time = |raw: &[u8]| match (scan::time(raw), zone) {
            (Ok(time), _) => Some(time),
            (Err(_), Some(zone)) => zone.time(raw).ok(),
            (Err(_), None) => None,
        };
        let own = |name: &str| event.own_field(name).and_then(time);
        let sent_at = own(SENT_AT);
        let received_at = received_at.and_then(time).or_else(|| own(RECEIVED_AT));
        event.own.retain(|(name, _)| name != SENT_AT && name != RECEIVED_AT);
        Ok(Self { received_at: received_at.unwrap_or(event.event_time), sent_at, event })
    }

    /// When it happened, by the clock that is trusted.
    pub(super) fn happened_at(&self, clock: TrustedClock) -> VirtualTime {
        let told = self.event.event_time;
        match (clock, self.sent_at) {
            (TrustedClock::Device, _) | (TrustedClock::Corrected, None) => told,
            (TrustedClock::Received, _) => self.received_at,
            (TrustedClock::Corrected, Some(sent_at)) => {
                let received = i128::from(self.received_at.as_millis());
                let ago = i128::from(sent_at.as_millis()) - i128::from(told.as_millis());
                let millis = u64::try_from(received - ago).unwrap_or(0);
                VirtualTime::from_millis(millis).unwrap_or(VirtualTime::MAX)
            }
        }
    }
}
