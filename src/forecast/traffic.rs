//! The forecast of traffic: what a run gives by day and hour.

use serde::Serialize;

use crate::model::Model;
use crate::time::VirtualTime;

use super::persona::PersonaPart;
use super::starts::UsersBy;

/// Days of which the hours are said.
const MOST_DAYS_OF_HOURS: u64 = 400;
/// Days after which the share of users who have stayed is said.
const RETENTION_DAYS: [u32; 3] = [1, 7, 30];
pub(super) const MS_PER_HOUR: u64 = 3_600_000;
pub(super) const MS_PER_DAY: u64 = HOURS_PER_DAY * MS_PER_HOUR;
const HOURS_PER_DAY: u64 = 24;

/// What a run with traffic gives by day and hour, in UTC; nothing by day and hour for one without an end.
#[derive(Clone, Debug, Serialize)]
pub struct TrafficForecast {
    /// By day.
    pub days: Vec<TrafficDay>,
    /// By hour, for the first 400 days.
    pub hours: Vec<TrafficHour>,
    /// The share of users who have not left for good, by days since they came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retention: Vec<RetentionShare>,
}

/// What is expected of a day.
#[derive(Clone, Debug, Serialize)]
pub struct TrafficDay {
    /// The date.
    pub date: String,
    /// Users who come for the first time.
    pub new_users: f64,
    /// Users who have come and not left for good, at its end.
    pub users: f64,
    /// Sessions that start.
    pub sessions: f64,
    /// Events of these sessions.
    pub events: f64,
}

/// What is expected of an hour.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TrafficHour {
    /// Its start.
    pub hour: VirtualTime,
    /// Sessions that start.
    pub sessions: f64,
    /// Events of these sessions.
    pub events: f64,
}

/// How many users have stayed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RetentionShare {
    /// Days since they came.
    pub day: u32,
    /// The share of users.
    pub share: f64,
}

/// What is expected until a moment.
#[derive(Clone, Copy)]
struct Until {
    sessions: f64,
    events: f64,
}

impl Model {
    /// The forecast of traffic; none if all hours are alike. A session has so many events by which its user becomes known, or
    /// is not any more.
    pub(super) fn traffic_forecast(
        &self,
        personas: &[PersonaPart<'_>],
        identity_events: f64,
    ) -> Option<TrafficForecast> {
        let traffic = self.population().traffic()?;
        let duration_ms = self.population().duration_ms.unwrap_or_default();
        let until = |ms: u64| {
            let mut until = Until { sessions: 0.0, events: 0.0 };
            for persona in personas {
                let starts = persona.starts.as_ref().map_or(0.0, |starts| starts.by(ms));
                until.sessions += persona.share * starts;
                let events = persona.means.events() + identity_events;
                until.events += persona.share * starts * events;
            }
            until
        };
        // Personas come and leave alike.
        let starts = personas.iter().find_map(|persona| persona.starts.as_ref());
        let users = |ms: u64| starts.map_or(UsersBy::default(), |starts| starts.users_by(ms));
        let cuts = |length_ms: u64| self.cuts(duration_ms, length_ms);
        let days = cuts(MS_PER_DAY).map(|(start, from_ms, to_ms)| {
            let (before, after) = (until(from_ms), until(to_ms));
            TrafficDay {
                date: start.date(),
                new_users: users(to_ms).come - users(from_ms).come,
                users: users(to_ms).present,
                sessions: after.sessions - before.sessions,
                events: after.events - before.events,
            }
        });
        let hours = cuts(MS_PER_HOUR).map(|(hour, from_ms, to_ms)| {
            let (before, after) = (until(from_ms), until(to_ms));
            let sessions = after.sessions - before.sessions;
            TrafficHour { hour, sessions, events: after.events - before.events }
        });
        let retention = traffic.survival().map(|survival| {
            let share = |day| RetentionShare { day, share: survival.share_at(f64::from(day)) };
            RETENTION_DAYS.map(share).to_vec()
        });
        Some(TrafficForecast {
            days: days.collect(),
            hours: hours.take((MOST_DAYS_OF_HOURS * HOURS_PER_DAY) as usize).collect(),
            retention: retention.unwrap_or_default(),
        })
    }

    /// The run cut at whole hours or days of UTC: the start of each, and the part of the run in it, in milliseconds.
    fn cuts(
        &self,
        duration_ms: u64,
        length_ms: u64,
    ) -> impl Iterator<Item = (VirtualTime, u64, u64)> {
        let start_ms = self.start().as_millis();
        let first = start_ms / length_ms;
        let last = (start_ms + duration_ms).div_ceil(length_ms);
        let of = move |number: u64| {
            let from_ms = number * length_ms;
            let to_ms = (from_ms + length_ms - start_ms).min(duration_ms);
            Some((VirtualTime::from_millis(from_ms)?, from_ms.saturating_sub(start_ms), to_ms))
        };
        (first..last).filter(move |_| duration_ms > 0).filter_map(of)
    }
}
