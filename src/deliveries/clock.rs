//! The clock of a device.

use jiff::tz::TimeZone;

use crate::time::{TEXT_LEN, VirtualTime};

/// By how much a clock is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockError {
    pub(super) offset_ms: i64,
    /// Seconds a day, from the start of the run on.
    pub(super) drift: f64,
    /// From a moment on, in milliseconds, it is set by so many.
    pub(super) jump: Option<(u64, i64)>,
}

/// How a device tells the time.
#[derive(Clone, Debug)]
pub(super) enum Telling {
    Wrong(ClockError),
    /// Cut to whole grains, in milliseconds.
    Coarse(u64),
    /// As local time, without an offset.
    Local(TimeZone),
}

/// A clock: what is wrong with it, one thing after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct DeviceClock {
    /// Each with the place of its fault.
    pub(super) tellings: Vec<(usize, Telling)>,
}

/// A time as a device tells it.
#[derive(Clone, Debug)]
pub(super) struct ToldTime {
    pub(super) time: VirtualTime,
    zone: Option<TimeZone>,
}

impl ToldTime {
    pub(super) fn right(time: VirtualTime) -> Self {
        Self { time, zone: None }
    }

    /// The same, told a while later.
    pub(super) fn ahead(self, millis: u64) -> Self {
        let time = self.time.checked_add_millis(millis).unwrap_or(VirtualTime::MAX);
        Self { time, ..self }
    }

    /// Tells it in one more way.
    pub(super) fn told(self, telling: &Telling, start: VirtualTime, truth: VirtualTime) -> Self {
        match telling {
            Telling::Wrong(error) => {
                let millis = self.time.as_millis().saturating_add_signed(error.at(start, truth));
                let time = VirtualTime::from_millis(millis).unwrap_or(VirtualTime::MAX);
                Self { time, ..self }
            }
            Telling::Coarse(grain_ms) => {
                let millis = self.time.as_millis() / grain_ms * grain_ms;
                Self { time: VirtualTime::from_millis(millis).unwrap_or(self.time), ..self }
            }
            Telling::Local(zone) => Self { zone: Some(zone.clone()), ..self },
        }
    }

    /// This as a JSON string.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(TEXT_LEN + 2);
        text.push(b'"');
        match &self.zone {
            None => text.extend_from_slice(&self.time.text()),
            Some(zone) => {
                // Without the `Z`: nothing says how local time relates to UTC.
                let [local @ .., _] = &self.time.local(zone).text();
                text.extend_from_slice(local);
            }
        }
        text.push(b'"');
        text
    }
}

impl ClockError {
    /// The milliseconds by which it is ahead at a time.
    fn at(&self, start: VirtualTime, time: VirtualTime) -> i64 {
        const DAY_MS: f64 = 86_400_000.0;
        let drift_ms = time.millis_since(start) as f64 * (self.drift * 1_000.0) / DAY_MS;
        let jump_ms = match self.jump {
            Some((at_ms, by_ms)) if time.as_millis() >= at_ms => by_ms,
            _ => 0,
        };
        self.offset_ms.saturating_add((drift_ms + 0.5).floor() as i64).saturating_add(jump_ms)
    }
}

impl DeviceClock {
    /// A time as this clock tells it.
    pub(super) fn tell(&self, start: VirtualTime, truth: VirtualTime) -> ToldTime {
        let right = ToldTime::right(truth);
        self.tellings.iter().fold(right, |told, (_, telling)| told.told(telling, start, truth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> VirtualTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_is_ahead_by_offset_drift_and_jump() {
        let start = time("2026-01-01T00:00:00Z");
        let jump = Some((time("2026-01-02T00:00:00Z").as_millis(), -60_000));
        let error = ClockError { offset_ms: 5_000, drift: 86.4, jump };
        assert_eq!(error.at(start, start), 5_000);
        assert_eq!(error.at(start, time("2026-01-01T00:00:01Z")), 5_001);
        assert_eq!(error.at(start, time("2026-01-02T00:00:00Z")), 5_000 + 86_400 - 60_000);
        assert_eq!(error.at(time("2027-01-01T00:00:00Z"), start), 5_000);
    }

    #[test]
    fn local_times_have_no_offset_and_stand_twice_in_autumn() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let clock = DeviceClock { tellings: vec![(0, Telling::Local(zone))] };
        let told = |text| String::from_utf8(clock.tell(VirtualTime::MIN, time(text)).to_json());
        assert_eq!(told("2026-10-25T00:30:00.007Z").unwrap(), "\"2026-10-25T02:30:00.007\"");
        assert_eq!(told("2026-10-25T01:30:00.007Z").unwrap(), "\"2026-10-25T02:30:00.007\"");
    }

    #[test]
    fn coarse_times_are_cut_and_none_leaves_virtual_time() {
        let coarse = ToldTime::right(time("2026-01-01T00:59:59.999Z"));
        let coarse = coarse.told(&Telling::Coarse(3_600_000), VirtualTime::MIN, VirtualTime::MIN);
        assert_eq!(coarse.to_json(), b"\"2026-01-01T00:00:00.000Z\"");
        assert_eq!(coarse.ahead(u64::MAX).time, VirtualTime::MAX);
        let behind = ClockError { offset_ms: i64::MIN, drift: 0.0, jump: None };
        let told = ToldTime::right(VirtualTime::MIN);
        let told = told.told(&Telling::Wrong(behind), VirtualTime::MIN, VirtualTime::MIN);
        assert_eq!(told.time, VirtualTime::MIN);
    }
}
