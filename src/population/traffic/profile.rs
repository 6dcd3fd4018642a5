//! The profile of a week: how fast the clock of traffic runs in each of its hours.

/// Ticks in a millisecond of average traffic: the grain of operational time.
pub(crate) const TICKS_PER_MS: u64 = 1 << 14;

pub(super) const HOUR_MS: u64 = 3_600_000;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;
pub(super) const WEEK_MS: u64 = 7 * DAY_MS;
const HOURS: usize = 168;

/// Ticks a millisecond in each hour of a week that begins on a Monday, and their sums.
#[derive(Clone, Debug)]
pub(super) struct WeekProfile {
    ticks_per_ms: [u64; HOURS],
    /// By hour: the ticks of the week before it; then those of the whole week.
    before: [u64; HOURS + 1],
}

impl WeekProfile {
    /// The profile of weights of hours and of weekdays, none of which is an even one, times a factor. Without a factor
    /// a week has as many ticks as one of average traffic, exactly.
    pub(super) fn new(hours: &[f64], weekdays: &[f64], factor: f64) -> Self {
        let mean = |weights: &[f64]| weights.iter().sum::<f64>() / weights.len().max(1) as f64;
        let (hours_mean, weekdays_mean) = (mean(hours), mean(weekdays));
        let weight = |weights: &[f64], at: usize, mean: f64| {
            weights.get(at).map_or(1.0, |weight| weight / mean)
        };
        let rounded = |sum: f64| (sum * TICKS_PER_MS as f64 + 0.5).floor() as u64;
        // Sums are rounded and not weights, so that nothing is lost.
        let mut sum = 0.0;
        let ticks_per_ms = std::array::from_fn(|hour| {
            let before = rounded(sum);
            let of_hour = weight(hours, hour % 24, hours_mean);
            sum += factor * of_hour * weight(weekdays, hour / 24, weekdays_mean);
            rounded(sum) - before
        });
        let mut before = [0; HOURS + 1];
        for hour in 0..HOURS {
            before[hour + 1] = before[hour] + ticks_per_ms[hour] * HOUR_MS;
        }
        Self { ticks_per_ms, before }
    }

    /// The ticks of a whole week.
    pub(super) fn week(&self) -> u64 {
        self.before[HOURS]
    }

    /// The ticks from the beginning of a week to a moment that is so many milliseconds later, also in a later week.
    pub(super) fn ticks(&self, ms: u64) -> u64 {
        let (weeks, in_week) = (ms / WEEK_MS, ms % WEEK_MS);
        let hour = (in_week / HOUR_MS) as usize;
        let of_week = self.before[hour] + in_week % HOUR_MS * self.ticks_per_ms[hour];
        weeks.saturating_mul(self.week()).saturating_add(of_week)
    }

    /// The last millisecond from the beginning of a week on that has no more ticks before it; none if there are never
    /// so many.
    pub(super) fn ms(&self, ticks: u64) -> Option<u64> {
        let weeks = ticks.checked_div(self.week())?;
        let in_week = ticks % self.week();
        // Where an hour has no ticks, the next one that has begins with as many before it.
        let hour = self.before.partition_point(|before| *before <= in_week) - 1;
        let in_hour = (in_week - self.before[hour]) / self.ticks_per_ms[hour];
        weeks.checked_mul(WEEK_MS)?.checked_add(hour as u64 * HOUR_MS + in_hour)
    }
}
