//! Whose the events are, and to which sessions they belong.

use std::borrow::Cow;

use foldhash::HashMap;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::scenario::ANONYMOUS_ID;
use crate::scenario::policy::{IdentityRule, PolicySpec, SessionCut, SessionRules};
use crate::time::VirtualTime;
use crate::wire::{EventFields, scan};

/// Gives events that count, in the order of their times, a person and a session.
///
/// Memory holds the anonymous ids that became known, and the last event of each person.
#[derive(Debug)]
pub struct Attribution {
    identity: IdentityRule,
    sessions: Option<SessionRules>,
    zone: TimeZone,
    /// By anonymous id: the first user that it was known by.
    known: HashMap<String, String>,
    /// By person: the last event, its day, and the session.
    open: HashMap<String, (VirtualTime, VirtualTime, u64)>,
}

impl Attribution {
    /// The attribution of a checked policy.
    pub fn new(policy: &PolicySpec) -> Self {
        let zone = policy.time_zone.as_deref();
        let zone = zone.and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok());
        Self {
            identity: policy.identity,
            sessions: policy.sessions.clone(),
            zone: zone.unwrap_or(TimeZone::UTC),
            known: HashMap::default(),
            open: HashMap::default(),
        }
    }

    /// True if all events have to be looked at before the first of them can be told whose it is.
    pub fn looks_ahead(&self) -> bool {
        self.identity == IdentityRule::Stitched
    }

    /// Looks at an event for whom its anonymous id is known by, in the order in which events count.
    pub fn look_at(&mut self, event: &EventFields<'_>) {
        let Some(anonymous) = anonymous_id(event) else { return };
        if *anonymous != *event.user_id && !self.known.contains_key(&*anonymous) {
            self.known.insert(anonymous.into_owned(), event.user_id.clone().into_owned());
        }
    }

    /// Gives an event its person and its session.
    pub fn attribute(&mut self, event: &mut EventFields<'_>) {
        if self.identity == IdentityRule::Forward {
            self.look_at(event);
        }
        if self.identity != IdentityRule::AsSent {
            let anonymous = anonymous_id(event).filter(|id| **id == *event.user_id);
            if let Some(user) = anonymous.and_then(|id| self.known.get(&*id)).cloned() {
                event.user_id = Cow::Owned(user);
            }
        }
        let Some(rules) = &self.sessions else { return };
        let time = event.event_time;
        let day = time.local(&self.zone).start_of_day();
        let gap_ms = rules.gap.millis.unsigned_abs();
        let cuts = rules.cut == SessionCut::Midnight;
        let number = match self.open.get_mut(&*event.user_id) {
            None => {
                self.open.insert(event.user_id.clone().into_owned(), (time, day, 1));
                1
            }
            Some((last, last_day, number)) => {
                if time.millis_since(*last) > gap_ms || (cuts && day != *last_day) {
                    *number += 1;
                }
                (*last, *last_day) = (time, day);
                *number
            }
        };
        event.session_id = Cow::Owned(format!("{}#{number}", event.user_id));
    }
}

fn anonymous_id<'e>(event: &'e EventFields<'_>) -> Option<Cow<'e, str>> {
    scan::text(event.own_field(ANONYMOUS_ID)?).ok()
}
