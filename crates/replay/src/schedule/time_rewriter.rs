//! Rewriting what the time field says, for targets that refuse old events.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use event_simulator::time::VirtualTime;

use crate::config::EventTime;
use crate::source::{SourceEvent, Span, time_field};

/// Gives events another time, if they are to have one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeRewriter {
    event_time: EventTime,
    /// Milliseconds that all events are moved by; the first event decides.
    shift_millis: Option<i64>,
}

impl TimeRewriter {
    /// A rewriter, with the shift that an earlier run has decided on.
    pub(crate) fn new(event_time: EventTime, shift_millis: Option<i64>) -> Self {
        Self { event_time, shift_millis }
    }

    /// Lets `event` decide on the shift, and gives the shift if it is new.
    pub(crate) fn decide_shift(&mut self, event: &SourceEvent) -> Option<i64> {
        if self.event_time != EventTime::Shift || self.shift_millis.is_some() {
            return None;
        }
        self.shift_millis = event.time.map(shift_to_now);
        self.shift_millis
    }

    /// The body to be sent now instead of the event's own; the error is a time that cannot be written
    /// in the form that the event has.
    pub(crate) fn body(&self, event: &SourceEvent) -> Result<Option<Bytes>, String> {
        let time = match self.event_time {
            EventTime::Original => return Ok(None),
            EventTime::Now => Some(wall_time()),
            EventTime::Shift => {
                let Some((time, shift)) = event.time.zip(self.shift_millis) else {
                    return Ok(None);
                };
                let shifted = time.as_millis().checked_add_signed(shift);
                shifted.and_then(VirtualTime::from_millis)
            }
        };
        let time = time.ok_or("its new time would lie outside of the years 1970 to 9999")?;
        rewritten(event, time)
    }
}

/// Milliseconds from `time` to now.
fn shift_to_now(time: VirtualTime) -> i64 {
    wall_time().as_millis().cast_signed() - time.as_millis().cast_signed()
}

/// The time by the machine's clock.
pub(crate) fn wall_time() -> VirtualTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since_epoch.as_millis()).ok();
    millis.and_then(VirtualTime::from_millis).unwrap_or(VirtualTime::MAX)
}

/// The event's body with its time field saying `time`. All other bytes stay as they are.
fn rewritten(event: &SourceEvent, time: VirtualTime) -> Result<Option<Bytes>, String> {
    let body = &event.body;
    let Some(range) = event.time_value.map(Span::range) else { return Ok(None) };
    let new = time_field::in_form_of(&body[range.clone()], time)?;
    Ok(Some(Bytes::from([&body[..range.start], new.as_bytes(), &body[range.end..]].concat())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::wire::scan;

    fn event(line: &[u8]) -> SourceEvent {
        let part = scan::members(line, ["t"]).unwrap()[0].unwrap();
        let time = time_field::read(part).ok();
        let mut event = SourceEvent::new(1, time, None, Bytes::copy_from_slice(line));
        event.time_value = Some(Span::of(part, line));
        event
    }

    #[test]
    fn only_the_time_changes() {
        let line = r#"{ "t" : 1577836800.5 , "x":"t"}"#;
        let time = VirtualTime::from_millis(1_767_268_800_250).unwrap();
        let expected = line.replacen("1577836800.5", "1767268800.250", 1);
        assert_eq!(rewritten(&event(line.as_bytes()), time), Ok(Some(Bytes::from(expected))));
    }

    #[test]
    fn the_first_event_decides_on_the_shift_unless_an_earlier_run_has() {
        let first = event(br#"{"t":1577836800}"#);
        let later = event(br#"{"t":1577836900}"#);
        let mut rewriter = TimeRewriter::new(EventTime::Shift, None);
        let shift = rewriter.decide_shift(&first);
        assert!(shift.is_some_and(|shift| shift > 0));
        assert_eq!(rewriter.decide_shift(&later), None);
        let mut resumed = TimeRewriter::new(EventTime::Shift, Some(5_000));
        assert_eq!(resumed.decide_shift(&first), None);
        assert_eq!(resumed.body(&later), Ok(Some(Bytes::from(r#"{"t":1577836905}"#))));
        let mut original = TimeRewriter::new(EventTime::Original, None);
        assert_eq!((original.decide_shift(&first), original.body(&first)), (None, Ok(None)));
        let last = event(br#"{"t":"9999-12-31T23:59:59.000Z"}"#);
        assert!(resumed.body(&last).unwrap_err().contains("9999"));
    }
}
