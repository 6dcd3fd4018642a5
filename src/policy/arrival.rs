//! An arrival, as far as it can be read.

use crate::deliveries::DELIVERY_ID;
use crate::event::Field;
use crate::scenario::policy::{PolicySpec, TrustedClock};
use crate::time::{TEXT_LEN, VirtualTime};
use crate::wire::scan;
use crate::wire::{EventFields, FieldError, RECEIVED_AT, SENT_AT};

use super::clock::LocalZone;
use super::renames::Renames;
use super::retypes::Retypes;

/// The member of a delivery that is sent.
const BODY: &str = "body";

/// Reads arrivals as a policy has them: at the times of the clock that it trusts, and with the names and types that it knows.
#[derive(Debug)]
pub struct ArrivalReader {
    clock: TrustedClock,
    local_zone: Option<LocalZone>,
    renames: Renames,
    retypes: Retypes,
}

impl ArrivalReader {
    /// The reader of a checked policy.
    pub fn new(policy: &PolicySpec) -> Self {
        Self {
            clock: policy.clock,
            local_zone: policy.local_times.as_deref().map(LocalZone::new),
            renames: Renames::new(&policy.renamed),
            retypes: Retypes::new(policy),
        }
    }

    /// The event on a line, and when it arrived.
    ///
    /// # Errors
    /// A line that is no event.
    pub fn read<'a>(&self, line: &'a [u8]) -> Result<(EventFields<'a>, VirtualTime), FieldError> {
        let arrival = Arrival::of_line(line, self.local_zone.as_ref())?;
        let happened_at = arrival.happened_at(self.clock);
        let Arrival { mut event, received_at, .. } = arrival;
        event.event_time = happened_at;
        self.renames.undo(&mut event);
        self.retypes.undo(&mut event);
        Ok((event, received_at))
    }
}

/// An event that arrived.
#[derive(Debug)]
struct Arrival<'a> {
    /// Its own members but for the times of sending and arrival.
    event: EventFields<'a>,
    sent_at: Option<VirtualTime>,
    /// When it arrived; when it happened, if nothing says it.
    received_at: VirtualTime,
}

impl<'a> Arrival<'a> {
    /// The arrival on a line: of a log of arrivals, of deliveries, or of a timeline.
    ///
    /// # Errors
    /// A line that is no event.
    fn of_line(line: &'a [u8], zone: Option<&LocalZone>) -> Result<Self, FieldError> {
        let (mut event, received_at) = match own_delivery(line) {
            Some((event, received_at)) => (event, Some(received_at)),
            None => Self::event_of(line, zone)?,
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

    /// The event on a line, and what the line says around it of the time of arrival.
    fn event_of(
        line: &'a [u8],
        zone: Option<&LocalZone>,
    ) -> Result<(EventFields<'a>, Option<&'a [u8]>), FieldError> {
        let whole = EventFields::of_line(line);
        let (line, received_at) = match &whole {
            Ok(event) if event.own_field(DELIVERY_ID).is_none() => (line, None),
            _ => match scan::members(line, [RECEIVED_AT, DELIVERY_ID, BODY]) {
                Ok([Some(received_at), Some(_), Some(body)]) => (body, Some(received_at)),
                _ => (line, None),
            },
        };
        let event = match received_at {
            None => whole,
            Some(_) => EventFields::of_line(line),
        };
        let event = match (event, zone) {
            (Err(FieldError::Field { field: Field::EventTime, .. }), Some(zone)) => {
                EventFields::of_line_at(line, |time| zone.time(time))
            }
            (event, _) => event,
        };
        event.map(|event| (event, received_at))
    }

    /// When it happened, by the clock that is trusted.
    fn happened_at(&self, clock: TrustedClock) -> VirtualTime {
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

/// The event and the time of arrival of a delivery as this program writes it; `None` sends any other line the long way.
fn own_delivery(line: &[u8]) -> Option<(EventFields<'_>, &[u8])> {
    let rest = line.strip_prefix(b"{\"received_at\":")?;
    let (received_at, rest) = rest.split_at_checked(TEXT_LEN + 2)?;
    scan::time(received_at).ok()?;
    let rest = rest.strip_prefix(b",\"delivery_id\":\"")?;
    let rest = &rest[memchr::memchr2(b'"', b'\\', rest)?..];
    let rest = rest.strip_prefix(b"\",\"user_id\":\"")?;
    let rest = &rest[memchr::memchr2(b'"', b'\\', rest)?..];
    let body = rest.strip_prefix(b"\",\"body\":")?.strip_suffix(b"}")?;
    // Only one object reads as an event, so the body ends where the line does.
    Some((EventFields::of_line(body).ok()?, received_at))
}
