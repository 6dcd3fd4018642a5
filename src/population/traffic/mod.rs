//! Traffic: when users come, by the clock of their time zone, and when they leave for good.
//!
//! A user's starts are counted in ticks of operational time, in which nothing depends on hours or days; a
//! [`TrafficClock`] says which moment a tick is. What happens in a session knows nothing of it.

mod activity;
mod clock;
mod profile;
mod survival;

use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::random::{CumulativeTable, EventDraws, ParameterError, name_hash};
use crate::scenario::traffic::{TIME_ZONE, TrafficSpec};
use crate::time::VirtualTime;

use activity::ActivityTable;
use clock::{Rhythm, TrafficClock};
use profile::DAY_MS;

pub(crate) use activity::Pacing;
pub(crate) use profile::TICKS_PER_MS;
pub(crate) use survival::Survival;

/// The draws of a user that are no attribute's, by numbers that no name has as its hash.
const PACE: u64 = 5;
const SURVIVAL: u64 = 6;

/// The traffic of a run.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    /// By time zone.
    clocks: Arc<[TrafficClock]>,
    zones: CumulativeTable,
    /// The hash of the attribute that says the time zone.
    zone_hash: u64,
    activity: Option<ActivityTable>,
    survival: Option<Survival>,
    /// The ticks from one user's coming to the next one's, if they come over the run.
    arrival_ticks: Option<u64>,
}

/// The traffic of one user.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserTraffic<'t> {
    pub(super) clock: &'t TrafficClock,
    pub(super) pacing: Pacing,
}

impl Traffic {
    /// The traffic of a scenario, right until `end` at least.
    pub(super) fn new(
        traffic: &TrafficSpec,
        start: VirtualTime,
        end: VirtualTime,
    ) -> Result<Self, ParameterError> {
        let rhythm = Rhythm {
            hours: &traffic.hours,
            weekdays: &traffic.weekdays,
            special: traffic.special_times(),
        };
        let zones = &traffic.time_zone;
        let shares: Vec<f64> = zones.iter().map(|(_, share)| *share).collect();
        let database = TimeZoneDatabase::bundled();
        let clock = |zone: &TimeZone| TrafficClock::new(&rhythm, zone, start, end);
        // Names that there are not have been refused.
        let of_name = |name| clock(&database.get(name).unwrap_or(TimeZone::UTC));
        let mut clocks: Vec<TrafficClock> = zones.iter().map(|(name, _)| of_name(name)).collect();
        if clocks.is_empty() {
            clocks.push(clock(&TimeZone::UTC));
        }
        let ticks_per_day = (DAY_MS * TICKS_PER_MS) as f64;
        Ok(Self {
            clocks: clocks.into(),
            zones: CumulativeTable::new(if shares.is_empty() { &[1.0] } else { &shares })?,
            zone_hash: name_hash(TIME_ZONE),
            activity: traffic.activity.as_ref().map(|activity| ActivityTable::new(activity.spread)),
            survival: Survival::new(&traffic.retention_points()),
            arrival_ticks: traffic
                .new_users_per_day
                .map(|users| ((ticks_per_day / users) as u64).max(1)),
        })
    }

    /// The traffic of the user whose draws these are.
    pub(super) fn of_user(&self, draws: EventDraws) -> UserTraffic<'_> {
        let zone = match &*self.clocks {
            [_] => 0,
            _ => self.zones.search(draws.of(self.zone_hash).at(0)),
        };
        let pacing = self
            .activity
            .as_ref()
            .map_or(Pacing::AVERAGE, |activity| activity.pace(draws.of(PACE).at(0)));
        UserTraffic { clock: &self.clocks[zone], pacing }
    }

    /// The age at which the user whose draws these are leaves for good, in ticks.
    pub(super) fn leaves_at(&self, draws: EventDraws) -> u64 {
        let survival = self.survival.as_ref();
        survival.map_or(u64::MAX, |survival| survival.leaves_at(draws.of(SURVIVAL).at(0)))
    }

    /// The ticks between which a user comes, if users come over the run.
    pub(super) fn arrival(&self, user: u32) -> Option<(u64, u64)> {
        let ticks = self.arrival_ticks?;
        let from = ticks.saturating_mul(u64::from(user));
        Some((from, from.saturating_add(ticks - 1)))
    }

    /// The moment before which neither this user nor a later one comes: of the first of the time zones. None if they
    /// never come, or if users do not come over the run.
    pub(crate) fn no_arrival_before(&self, user: u32) -> Option<VirtualTime> {
        let (from, _) = self.arrival(user)?;
        self.clocks.iter().filter_map(|clock| clock.time(from)).min()
    }

    /// True if users come over the run.
    pub(crate) fn has_arrivals(&self) -> bool {
        self.arrival_ticks.is_some()
    }

    /// The clocks, each with its share of the users.
    pub(crate) fn clocks(&self) -> impl Iterator<Item = (&TrafficClock, f64)> {
        self.clocks.iter().zip(self.zones.probabilities())
    }

    /// The paces of users, of which each has the same share.
    pub(crate) fn pacings(&self) -> Vec<Pacing> {
        match &self.activity {
            Some(activity) => activity.paces().collect(),
            None => vec![Pacing::AVERAGE],
        }
    }

    /// How long users stay, if they leave.
    pub(crate) fn survival(&self) -> Option<&Survival> {
        self.survival.as_ref()
    }

    /// The milliseconds of average traffic from one user's coming to the next one's, if users come over the run.
    pub(crate) fn arrival_ms(&self) -> Option<f64> {
        self.arrival_ticks.map(|ticks| ticks as f64 / TICKS_PER_MS as f64)
    }
}
