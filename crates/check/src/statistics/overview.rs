//! What happens in a timeline, for pictures: over time, in a week, and in sessions.

use foldhash::HashMap;
use serde::Serialize;
use smol_str::SmolStr;

use event_simulator::event_type;
use event_simulator::time::{Buckets, NamedCounts, TimeBuckets, VirtualTime};
use event_simulator::wire::EventFields;

use super::page_steps::{PageNumber, PageSteps};
use super::size_counts::{EVENTS, SECONDS, SizeCounts};

/// Buckets of time that are kept.
const MOST_BUCKETS: usize = 400;

/// Users whose sessions are kept, sessions of each, and events of each session.
const LANES: usize = 6;
const LANE_SESSIONS: usize = 2;
const LANE_EVENTS: usize = 100;

const MILLIS_PER_DAY: u64 = 86_400_000;

/// What happens in a timeline. Memory grows with the number of users, not of events.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Events of each type.
    over_time: TimeBuckets<NamedCounts>,
    /// Events in each hour (UTC) of each weekday, from Monday on.
    weekday_hours: [[u64; 24]; 7],
    /// Seconds from a view of a page to the next, or to the end of the session.
    dwell_seconds: SizeCounts,
    /// Seconds from the first event of a session to its last.
    session_seconds: SizeCounts,
    /// Events of a session.
    session_events: SizeCounts,
    /// The ways from page to page, by the step of the session.
    page_steps: PageSteps,
    /// The first sessions of a few users.
    lanes: Vec<UserLane>,
    #[serde(skip)]
    visits: HashMap<SmolStr, OpenVisit>,
}

/// The first sessions of a user.
#[derive(Clone, Debug, Serialize)]
struct UserLane {
    user_id: String,
    sessions: Vec<LaneSession>,
}

/// A session of a lane.
#[derive(Clone, Debug, Serialize)]
struct LaneSession {
    session_id: String,
    /// Times and types.
    events: Vec<(VirtualTime, String)>,
}

/// A user's open session.
#[derive(Clone, Debug)]
struct OpenVisit {
    session_id: SmolStr,
    first: VirtualTime,
    last: VirtualTime,
    events: u64,
    /// The page on which the user is, and since when.
    page: Option<(PageNumber, VirtualTime)>,
    step: u8,
}

impl Default for Overview {
    fn default() -> Self {
        Self {
            over_time: TimeBuckets(Buckets::new(MOST_BUCKETS)),
            weekday_hours: [[0; 24]; 7],
            dwell_seconds: SizeCounts::new(SECONDS),
            session_seconds: SizeCounts::new(SECONDS),
            session_events: SizeCounts::new(EVENTS),
            page_steps: PageSteps::default(),
            lanes: Vec::new(),
            visits: HashMap::default(),
        }
    }
}

impl Overview {
    /// Takes in the next event of a timeline.
    pub fn observe(&mut self, event: &EventFields<'_>) {
        let EventFields { event_type, session_id, event_time, page_path, .. } = event;
        let time = *event_time;
        self.over_time.at(time, |counts| counts.add(event_type, 1));
        // The first day of 1970 was a Thursday.
        let weekday = (time.as_millis() / MILLIS_PER_DAY + 3) % 7;
        self.weekday_hours[weekday as usize][usize::from(time.hour())] += 1;
        let visitor = event.visitor_id();
        self.observe_lane(&visitor, session_id, time, event_type);
        let is_end = *event_type == event_type::SESSION_ENDED;
        match self.visits.get_mut(&*visitor) {
            Some(visit) if visit.session_id == **session_id => {}
            Some(visit) => {
                let over = std::mem::replace(visit, OpenVisit::new(session_id, time));
                self.end(&over);
            }
            None => {
                self.visits.insert((&*visitor).into(), OpenVisit::new(session_id, time));
            }
        }
        let Some(visit) = self.visits.get_mut(&*visitor) else { return };
        visit.events += 1;
        visit.last = visit.last.max(time);
        if *event_type == event_type::PAGE_VISITED {
            let page = self.page_steps.page(page_path.as_deref().unwrap_or_default());
            if let Some((from, since)) = visit.page.replace((page, time)) {
                self.dwell_seconds.add(time.millis_since(since) / 1_000);
                self.page_steps.add(visit.step, from, Some(page));
            }
            visit.step = visit.step.saturating_add(1);
        }
        if is_end && let Some(visit) = self.visits.remove(&*visitor) {
            self.end(&visit);
        }
    }

    /// Ends the sessions that are open, and gives all.
    #[must_use]
    pub fn finish(mut self) -> Self {
        for visit in std::mem::take(&mut self.visits).into_values() {
            self.end(&visit);
        }
        self
    }

    fn end(&mut self, visit: &OpenVisit) {
        self.session_events.add(visit.events);
        self.session_seconds.add(visit.last.millis_since(visit.first) / 1_000);
        if let Some((page, since)) = visit.page {
            self.dwell_seconds.add(visit.last.millis_since(since) / 1_000);
            self.page_steps.add(visit.step, page, None);
        }
    }

    fn observe_lane(&mut self, user: &str, session: &str, time: VirtualTime, event_type: &str) {
        let lane = match self.lanes.iter().position(|lane| lane.user_id == *user) {
            Some(place) => &mut self.lanes[place],
            None if self.lanes.len() < LANES => {
                self.lanes.push(UserLane { user_id: user.into(), sessions: Vec::new() });
                let last = self.lanes.len() - 1;
                &mut self.lanes[last]
            }
            None => return,
        };
        let session = match lane.sessions.iter().position(|kept| kept.session_id == *session) {
            Some(place) => &mut lane.sessions[place],
            None if lane.sessions.len() < LANE_SESSIONS => {
                lane.sessions.push(LaneSession { session_id: session.into(), events: Vec::new() });
                let last = lane.sessions.len() - 1;
                &mut lane.sessions[last]
            }
            None => return,
        };
        if session.events.len() < LANE_EVENTS {
            session.events.push((time, event_type.into()));
        }
    }
}

impl OpenVisit {
    fn new(session_id: &str, first: VirtualTime) -> Self {
        Self { session_id: session_id.into(), first, last: first, events: 0, page: None, step: 0 }
    }
}
