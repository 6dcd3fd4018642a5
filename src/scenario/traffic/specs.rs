//! The keys of the `traffic` section.

use serde::Serialize;
use serde_json::json;

use super::kinds::{FACTOR, NumbersBy, Weights};
use crate::scenario::events::{Named, OptionalGroup, PropertySpec};
use crate::scenario::flow::SharesKind;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{Decimal, ListOf, NAME, Optional, Required, SHARE, Text};
use crate::scenario::section::{Keys, Section};
use crate::time::VirtualTime;

/// The attribute of users that says their time zone, if there are several.
pub(crate) const TIME_ZONE: &str = "time_zone";

/// Hours of a site that people use at work.
const OFFICE: [f64; 24] = [
    0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.0, 2.4, 2.4, 2.2, 1.8, 2.1, 2.3, 2.2, 1.9, 1.3, 0.8,
    0.5, 0.4, 0.3, 0.2, 0.1,
];

/// Hours of a site that people use at home: most of them in the evening, fewest at four in the morning.
const EVENING: [f64; 24] = [
    0.6, 0.35, 0.22, 0.16, 0.15, 0.2, 0.4, 0.65, 0.85, 0.95, 1.0, 1.1, 1.2, 1.15, 1.1, 1.1, 1.15,
    1.3, 1.55, 1.85, 2.1, 2.05, 1.6, 1.0,
];

const HOURS: Weights = Weights {
    count: 24,
    words: &[("office", &OFFICE), ("evening", &EVENING)],
    limits: "`office`, `evening`, or 24 weights from midnight on",
};
const WEEKDAYS: Weights = Weights { count: 7, words: &[], limits: "7 weights, Monday first" };
const DAYS: NumbersBy = NumbersBy {
    number: FACTOR,
    is_name: |name| date(name).is_some(),
    wanted: "a date such as 2026-11-27",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    limits: "dates, each with its factor, 0 to 1000",
};
const RETENTION: NumbersBy = NumbersBy {
    number: SHARE,
    is_name: |name| retention_day(name).is_some(),
    wanted: "a day from `day_1` to `day_3650`",
    pattern: "^day_[1-9][0-9]{0,3}$",
    limits: "`day_1` to `day_3650`, each with its share, above 0, which fall",
};
const LOCAL_TIME: Text = Text {
    check: |text| match local_ms(text) {
        Some(_) => Ok(()),
        None => Err(format!("expected {LOCAL_TIME_FORM}, found {text:?}")),
    },
    limits: LOCAL_TIME_FORM,
    schema: || json!({ "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$" }),
};
const LOCAL_TIME_FORM: &str = "a date or a time on one, such as 2026-11-27 or 2026-11-27T18:00";
const USERS_A_DAY: Decimal = Decimal { min: 0.001, max: 1e9, unit: "" };
const SPREAD: Decimal = Decimal { min: 0.0, max: 3.0, unit: "" };

const MOST_RETENTION_DAYS: u32 = 3_650;

keys! {
    /// The `traffic` section: a clock that runs fast when many come, and slowly when few do.
    pub struct TrafficSpec {
        /// The hours of the day, by how many sessions start in each.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hours: Vec<f64> = Vec::new(), HOURS;
        /// The days of the week, in the same way.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        weekdays: Vec<f64> = Vec::new(), WEEKDAYS;
        /// Special days, such as a sale: how many times as many sessions start.
        #[serde(skip_serializing_if = "Named::is_empty")]
        days: Named<f64> = Named::default(), DAYS;
        /// Campaigns, each with its time and how many times as many sessions start in it; on a special day the factors multiply.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        campaigns: Vec<Campaign> = Vec::new(), ListOf { least: 0 };
        /// The time zone of hours and days by its IANA name, UTC unless said; or several, each with its share of the users.
        #[serde(skip_serializing_if = "Named::is_empty")]
        time_zone: Named<f64> = Named::default(), SharesKind;
        /// The users who come for the first time on an average day, until `num_users` have come; without it all come within the ramp-up.
        #[serde(skip_serializing_if = "Option::is_none")]
        new_users_per_day: Option<f64> = None, Optional(USERS_A_DAY);
        /// The share of users who have not left for good so many days after they came.
        #[serde(skip_serializing_if = "Named::is_empty")]
        retention: Named<f64> = Named::default(), RETENTION;
        /// How much users differ.
        #[serde(skip_serializing_if = "Option::is_none")]
        activity: Option<ActivitySpec> = None, OptionalGroup;
    }
}

keys! {
    /// One entry of `traffic.campaigns`.
    pub struct Campaign {
        /// The name, unique.
        name: String = String::new(), Required { kind: NAME, example: "newsletter" };
        /// When it begins, in local time: a date, which means midnight, or a time on one.
        from: String = String::new(), Required { kind: LOCAL_TIME, example: "2026-11-27T18:00" };
        /// When it is over, in the same form.
        to: String = String::new(), Required { kind: LOCAL_TIME, example: "2026-11-30" };
        /// How many times as many sessions start.
        factor: f64 = 2.0, FACTOR;
    }
}

keys! {
    /// The `activity` group.
    pub struct ActivitySpec {
        /// The coefficient of variation of the rates at which users come; 0 is all alike.
        spread: f64 = 1.0, SPREAD;
    }
}

/// The day after the first that a key of `retention` means.
pub(super) fn retention_day(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("day_")?;
    let day: u32 = digits.parse().ok()?;
    let is_day = (1..=MOST_RETENTION_DAYS).contains(&day) && !digits.starts_with(['0', '+']);
    is_day.then_some(day)
}

/// Midnight of a date, as if it were UTC.
fn date(text: &str) -> Option<VirtualTime> {
    VirtualTime::from_text(format!("{text}T00:00:00.000Z").as_bytes())
}

/// A date's midnight or a time on a date, as if it were UTC, in milliseconds.
fn local_ms(text: &str) -> Option<u64> {
    let time = || VirtualTime::from_text(format!("{text}:00.000Z").as_bytes());
    date(text).or_else(time).map(VirtualTime::as_millis)
}

/// A part of local time, as if it were UTC, in milliseconds, in which so many times as many sessions start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SpecialTime {
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) factor: f64,
}

impl Campaign {
    /// Its time; empty for one that has been refused.
    pub(super) fn time(&self) -> SpecialTime {
        let ms = |text: &str| local_ms(text).unwrap_or_default();
        SpecialTime { from_ms: ms(&self.from), to_ms: ms(&self.to), factor: self.factor }
    }
}

impl TrafficSpec {
    /// The attributes that users have by their time zones, if there are several.
    pub(in crate::scenario) fn of_time_zones(&self) -> Named<PropertySpec> {
        let zones = self.time_zone.iter().map(|(name, share)| (name, *share));
        match self.time_zone.0.len() {
            0 | 1 => Named::default(),
            _ => Named(vec![(TIME_ZONE.to_owned(), PropertySpec::choice(zones))]),
        }
    }

    /// The share of users who stay, by days after the first, in the order of the days.
    pub fn retention_points(&self) -> Vec<(u32, f64)> {
        let points = self.retention.iter();
        let mut points: Vec<(u32, f64)> =
            points.filter_map(|(name, share)| Some((retention_day(name)?, *share))).collect();
        points.sort_by_key(|(day, _)| *day);
        points
    }

    /// The times of special days and campaigns, in order and none within another: where several meet, their factors
    /// multiply.
    pub(crate) fn special_times(&self) -> Vec<SpecialTime> {
        const DAY_MS: u64 = 24 * 3_600_000;
        let days = self.days.iter().filter_map(|(name, factor)| {
            let from_ms = date(name)?.as_millis();
            Some(SpecialTime { from_ms, to_ms: from_ms + DAY_MS, factor: *factor })
        });
        let given: Vec<SpecialTime> =
            days.chain(self.campaigns.iter().map(Campaign::time)).collect();
        let mut ends: Vec<u64> = given.iter().flat_map(|time| [time.from_ms, time.to_ms]).collect();
        ends.sort_unstable();
        ends.dedup();
        let between = |pair: &[u64]| {
            let [from_ms, to_ms] = [pair[0], pair[1]];
            let mut there =
                given.iter().filter(|time| time.from_ms <= from_ms && to_ms <= time.to_ms);
            let first = there.next()?.factor;
            let factor = there.fold(first, |product, time| product * time.factor);
            Some(SpecialTime { from_ms, to_ms, factor })
        };
        ends.windows(2).filter_map(between).collect()
    }
}
