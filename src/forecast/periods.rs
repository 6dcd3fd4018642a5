//! How far the sessions and events of a day or an hour of a single run may be from the means.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::Model;
use crate::time::VirtualTime;

use super::persona::PersonaPart;
use super::run_interval::RunInterval;
use super::sampled_sums::{ExpectedSum, SampledSums};
use super::traffic::{MS_PER_DAY, MS_PER_HOUR, TrafficForecast};
use super::user_sample::{SampledEvent, UserSample};

/// What a single run may have in a day or an hour.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodSpread {
    /// The date of the day, or the start of the hour.
    pub start: String,
    /// Sessions that start.
    pub sessions: RunInterval,
    /// Events of these sessions; none where sessions may be cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<RunInterval>,
}

/// A sum over the sessions that start in a day or an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PeriodSum {
    is_of_events: bool,
    length_ms: u64,
    /// The number of the day or hour.
    number: u64,
}

/// What is expected of a period.
struct ExpectedPeriod {
    start: String,
    start_ms: u64,
    length_ms: u64,
    sessions: f64,
    events: f64,
    /// The events of a session, squared.
    squared_events: f64,
}

impl Model {
    /// What a single run may have in each day and hour; the means are known with a relative standard error.
    pub(super) fn period_spreads(
        &self,
        sample: &UserSample<'_>,
        personas: &[PersonaPart<'_>],
        traffic: &TrafficForecast,
        error: f64,
    ) -> [Vec<PeriodSpread>; 2] {
        let sums = sampled(sample);
        let spread = |period: ExpectedPeriod| self.period_spread(sample, &sums, &period, error);
        let expected =
            |(start, time): (String, VirtualTime), length_ms, [sessions, events]: [f64; 2]| {
                let start_ms = time.as_millis();
                let squared_events = self.squared_events(personas, start_ms, length_ms, events);
                ExpectedPeriod { start, start_ms, length_ms, sessions, events, squared_events }
            };
        let days = traffic.days.iter().filter_map(|day| {
            let start = VirtualTime::from_text(format!("{}T00:00:00.000Z", day.date).as_bytes())?;
            Some(spread(expected(
                (day.date.clone(), start),
                MS_PER_DAY,
                [day.sessions, day.events],
            )))
        });
        let hours = traffic.hours.iter().map(|hour| {
            let start = (hour.hour.to_string(), hour.hour);
            spread(expected(start, MS_PER_HOUR, [hour.sessions, hour.events]))
        });
        [days.collect(), hours.collect()]
    }

    fn period_spread(
        &self,
        sample: &UserSample<'_>,
        sums: &SampledSums<PeriodSum>,
        period: &ExpectedPeriod,
        error: f64,
    ) -> PeriodSpread {
        let ExpectedPeriod { start_ms, length_ms, sessions, events, squared_events, .. } = *period;
        let users = f64::from(self.users());
        let deviation = |is_of_events, expected| {
            let key = PeriodSum { is_of_events, length_ms, number: start_ms / length_ms };
            libm::sqrt(sums.variance(sample, key, expected, users))
        };
        let expected = |sum, squares| ExpectedSum { sessions, sum, squares, own_variance: 0.0 };
        let of_sessions = deviation(false, expected(sessions, sessions));
        let of_events = deviation(true, expected(events, squared_events));
        let is_whole =
            self.cut_sessions_from().is_none_or(|from| start_ms + length_ms <= from.as_millis());
        let events = RunInterval::of_count(events, of_events, error * events);
        PeriodSpread {
            start: period.start.clone(),
            sessions: RunInterval::of_count(sessions, of_sessions, error * sessions),
            events: is_whole.then_some(events.with_nothing_if_few(sessions)),
        }
    }

    /// The squares of the events of each session that starts in a period, in all.
    fn squared_events(
        &self,
        personas: &[PersonaPart<'_>],
        start_ms: u64,
        length_ms: u64,
        events: f64,
    ) -> f64 {
        let from_ms = start_ms.saturating_sub(self.start().as_millis());
        let to_ms = (start_ms + length_ms).saturating_sub(self.start().as_millis());
        let to_ms = to_ms.min(self.population().duration_ms.unwrap_or(to_ms));
        let (mut planned, mut squared) = (0.0, 0.0);
        for persona in personas {
            let Some(starts) = &persona.starts else { continue };
            let sessions = persona.share * (starts.by(to_ms) - starts.by(from_ms));
            planned += sessions * persona.means.events();
            squared += sessions * persona.squared_events;
        }
        // Those by which users become known come on top.
        let factor = if planned > 0.0 { events / planned } else { 1.0 };
        squared * factor * factor
    }
}

/// The sessions and events of sampled users in each day and hour.
fn sampled(sample: &UserSample<'_>) -> SampledSums<PeriodSum> {
    let mut sums = SampledSums::new();
    let mut started: HashMap<usize, (u32, u64)> = HashMap::new();
    sample.each_event(|SampledEvent { row, session, record, .. }| {
        let is_of_session = |(of, _): &&(u32, u64)| *of == session;
        let known = started.get(&row).filter(is_of_session).map(|(_, start_ms)| *start_ms);
        let start_ms = known.unwrap_or_else(|| {
            let start_ms = record.time.as_millis();
            started.insert(row, (session, start_ms));
            start_ms
        });
        for length_ms in [MS_PER_DAY, MS_PER_HOUR] {
            let number = start_ms / length_ms;
            let key = |is_of_events| PeriodSum { is_of_events, length_ms, number };
            sums.add(key(true), row, session, 1.0);
            if known.is_none() {
                sums.add(key(false), row, session, 1.0);
            }
        }
    });
    sums
}
