//! Whose the events are, and to which sessions they belong.

use std::borrow::Cow;
use std::fmt::Write;

use foldhash::HashMap;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use smol_str::SmolStr;

use crate::scenario::ANONYMOUS_ID;
use crate::scenario::policy::{IdentityRule, PolicySpec, SessionCut, SessionRules};
use crate::time::VirtualTime;
use crate::wire::{EventFields, scan};

use super::place::CountedPlace;

/// Gives events that count, in the order of their times, a person and a session.
///
/// Memory holds the anonymous ids that became known, and for each person the number and the last time of a session.
#[derive(Debug)]
pub struct Sessionizer {
    identity: IdentityRule,
    nobody: Vec<String>,
    sessions: Option<SessionRules>,
    zone: TimeZone,
    /// By anonymous id: the first user that it was known by, and since which event.
    known: HashMap<SmolStr, (CountedPlace, SmolStr)>,
    /// By person: the last session.
    sessions_of: HashMap<SmolStr, LastSession>,
}

/// What the number of a session takes in its id, as a rule.
const NUMBER_CHARS: usize = 8;

#[derive(Debug)]
struct LastSession {
    number: u64,
    last: VirtualTime,
    /// The day of the last event; the least time, if sessions are not cut at midnight.
    day: VirtualTime,
}

impl Sessionizer {
    /// The sessionizer of a checked policy.
    pub fn new(policy: &PolicySpec) -> Self {
        let zone = policy.time_zone.as_deref();
        let zone = zone.and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok());
        Self {
            identity: policy.identity,
            nobody: policy.nobody.clone(),
            sessions: policy.sessions.clone(),
            zone: zone.unwrap_or(TimeZone::UTC),
            known: HashMap::default(),
            sessions_of: HashMap::default(),
        }
    }

    /// Looks at an event that counts for whom its anonymous id is known by. With `stitched` all events have to be looked at,
    /// in any order, before the first of them is assigned; otherwise this does nothing.
    pub fn look_ahead(&mut self, place: CountedPlace, event: &EventFields<'_>) {
        if self.identity == IdentityRule::Stitched {
            self.look_at(place, event);
        }
    }

    fn look_at(&mut self, place: CountedPlace, event: &EventFields<'_>) {
        let Some(anonymous) = anonymous_id(event) else { return };
        if *anonymous == *event.user_id || self.is_nobody(event) {
            return;
        }
        match self.known.get_mut(&*anonymous) {
            None => {
                let user = SmolStr::new(&event.user_id);
                self.known.insert(SmolStr::new(anonymous), (place, user));
            }
            Some(known) if place < known.0 => *known = (place, SmolStr::new(&event.user_id)),
            Some(_) => {}
        }
    }

    fn is_nobody(&self, event: &EventFields<'_>) -> bool {
        self.nobody.iter().any(|id| *id == event.user_id)
    }

    /// Gives an event its person and its session.
    pub fn assign(&mut self, place: CountedPlace, event: &mut EventFields<'_>) {
        if self.identity == IdentityRule::Forward {
            self.look_at(place, event);
        }
        if self.is_nobody(event)
            && let Some(anonymous) = anonymous_id(event).map(Cow::into_owned)
        {
            event.user_id = Cow::Owned(anonymous);
        }
        if self.identity != IdentityRule::AsSent && !self.known.is_empty() {
            let anonymous = anonymous_id(event).filter(|id| **id == *event.user_id);
            if let Some((_, user)) = anonymous.and_then(|id| self.known.get(&*id)) {
                event.user_id = Cow::Owned(user.to_string());
            }
        }
        let Some(rules) = &self.sessions else { return };
        let time = event.event_time;
        let day = match rules.cut {
            SessionCut::Never => VirtualTime::MIN,
            SessionCut::Midnight => time.local(&self.zone).start_of_day(),
        };
        let gap_ms = rules.gap.millis.unsigned_abs();
        let number = match self.sessions_of.get_mut(&*event.user_id) {
            None => {
                let first = LastSession { number: 1, last: time, day };
                self.sessions_of.insert(SmolStr::new(&event.user_id), first);
                1
            }
            Some(session) => {
                if time.millis_since(session.last) > gap_ms || day != session.day {
                    session.number += 1;
                }
                (session.last, session.day) = (time, day);
                session.number
            }
        };
        let mut id = String::with_capacity(event.user_id.len() + NUMBER_CHARS);
        id.push_str(&event.user_id);
        // Writing to a text does not fail.
        let _ = write!(id, "#{number}");
        event.session_id = Cow::Owned(id);
    }
}

fn anonymous_id<'e>(event: &'e EventFields<'_>) -> Option<Cow<'e, str>> {
    scan::text(event.own_field(ANONYMOUS_ID)?).ok()
}
