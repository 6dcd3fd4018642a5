//! Persons and sessions that no policy gives: those of pipelines that put events together otherwise.

use std::borrow::Cow;
use std::collections::HashMap;

use event_simulator::policy::{CountedPlace, Sessionizer};
use event_simulator::scenario::ANONYMOUS_ID;
use event_simulator::scenario::policy::{IdentityRule, PolicySpec};
use event_simulator::wire::{EventFields, scan};

use super::recomputed::SEPARATOR;
use super::source_timeline::SourceTimeline;

/// A user that an anonymous id is known by, and the place of the event that says so.
type KnownUser = (usize, String);

/// The user, of those that an anonymous id is known by, whose an event at a place is that says none.
type UserChoice = fn(&[KnownUser], usize) -> Option<&KnownUser>;

const CHOICES: [(&str, UserChoice); 4] = [
    (
        "events without a user are of the last user that their anonymous_id is known by, not of the \
         first (`identity`)",
        |known, _| known.last(),
    ),
    (
        "events without a user are of the user that their anonymous_id is known by at that time, not of \
         the first, and else of the first (`identity`)",
        |known, at| before(known, at).or(known.first()),
    ),
    (
        "events without a user are of the user that their anonymous_id is known by at that time, not of \
         the first, and else of nobody (`identity`)",
        before,
    ),
    (
        "events without a user are of the user that their anonymous_id is known by next, and else of \
         the last (`identity`)",
        |known, at| known.iter().find(|(place, _)| *place > at).or(known.last()),
    ),
];

fn before(known: &[KnownUser], at: usize) -> Option<&KnownUser> {
    known.iter().rev().find(|(place, _)| *place < at)
}

/// By what sessions are told apart: of an event as it was sent, and its person.
type SessionKey = fn(&EventFields<'_>, &str) -> String;

const SESSION_KEYS: [(&str, SessionKey); 3] = [
    (
        "sessions are told by the users that events say, before `identity` is followed (`sessions`)",
        |event, _| event.user_id.to_string(),
    ),
    (
        "sessions are those of a device (anonymous_id), not of a person on all devices (`sessions`)",
        |event, _| anonymous_id(event).unwrap_or_else(|| event.user_id.to_string()),
    ),
    ("another session_id begins another session, too (`sessions`)", |event, person| {
        format!("{person}{SEPARATOR}{}", event.session_id)
    }),
];

/// The events that count as they were sent, and whose they are.
pub(super) struct OtherPersons {
    policy: PolicySpec,
    /// With the users and the sessions that they say.
    sent: SourceTimeline,
    persons: Vec<String>,
    /// By anonymous id, in order of time.
    known: HashMap<String, Vec<KnownUser>>,
}

impl OtherPersons {
    /// What counts under a policy, with the users and sessions that it says, and with the right ones.
    pub(super) fn of(policy: &PolicySpec, sent: SourceTimeline, right: SourceTimeline) -> Self {
        let persons = right.events.into_iter().map(|event| event.user_id.into_owned()).collect();
        let mut known: HashMap<String, Vec<KnownUser>> = HashMap::new();
        for (place, event) in sent.events.iter().enumerate() {
            let Some(id) = anonymous_id(event).filter(|id| *id != event.user_id) else { continue };
            known.entry(id).or_default().push((place, event.user_id.to_string()));
        }
        Self { policy: policy.clone(), sent, persons, known }
    }

    /// What counts with other persons and sessions, each with what a pipeline does that says so.
    pub(super) fn into_timelines(self) -> impl Iterator<Item = (String, SourceTimeline)> {
        let has_persons = self.policy.identity != IdentityRule::AsSent;
        let has_sessions = self.policy.sessions.is_some();
        let choices = CHOICES.into_iter().filter(move |_| has_persons).map(Regrouping::Choice);
        let merged = [Regrouping::Device, Regrouping::Devices];
        let merged = merged.into_iter().filter(move |_| has_persons);
        let keys = SESSION_KEYS.into_iter().filter(move |_| has_sessions).map(Regrouping::Sessions);
        choices.chain(merged).chain(keys).map(move |regrouping| self.regrouped(regrouping))
    }

    fn regrouped(&self, regrouping: Regrouping) -> (String, SourceTimeline) {
        let of_person = |_: &EventFields<'_>, person: &str| person.to_owned();
        let (reason, persons, key): (_, Cow<'_, [String]>, SessionKey) = match regrouping {
            Regrouping::Choice((reason, choice)) => {
                (reason, Cow::Owned(self.chosen(choice)), of_person)
            }
            Regrouping::Device => {
                let reason = "events of a device are all of the user that is known first on it, also \
                              those of others: people who share one are merged (`identity`)";
                (reason, Cow::Owned(self.by_device()), of_person)
            }
            Regrouping::Devices => {
                let reason = "people who share a device are one, on all their devices (`identity`)";
                (reason, Cow::Owned(self.merged()), of_person)
            }
            Regrouping::Sessions((reason, key)) => (reason, Cow::Borrowed(&*self.persons), key),
        };
        (reason.to_owned(), self.timeline(&persons, key))
    }

    /// The persons, if events without a user are of the one that is chosen.
    fn chosen(&self, choice: UserChoice) -> Vec<String> {
        self.each_person(|at, event, anonymous| {
            let says_none = anonymous.is_some_and(|id| *id == event.user_id);
            let known = anonymous.filter(|_| says_none).and_then(|id| self.known.get(id));
            Some(&choice(known?, at)?.1)
        })
    }

    /// The persons, if each is the user that is known first on a device.
    fn by_device(&self) -> Vec<String> {
        self.each_person(|_, _, anonymous| Some(&self.known.get(anonymous?)?.first()?.1))
    }

    /// The persons, if the users of a device are one, and those of their other devices.
    fn merged(&self) -> Vec<String> {
        let mut merged: HashMap<&str, &str> = HashMap::new();
        for users in self.known.values() {
            for (_, user) in &users[1..] {
                let (one, other) = (root(&merged, &users[0].1), root(&merged, user));
                if one != other {
                    merged.insert(one.max(other), one.min(other));
                }
            }
        }
        let of_device = |id: &String| Some(&self.known.get(id)?.first()?.1);
        let persons = self.each_person(|_, _, anonymous| of_device(anonymous?));
        persons.iter().map(|person| root(&merged, person).to_owned()).collect()
    }

    /// A person for each event: by `person`, which is given its place and its anonymous id, or else the user that it says.
    fn each_person<'s>(
        &'s self,
        person: impl Fn(usize, &EventFields<'_>, Option<&String>) -> Option<&'s String>,
    ) -> Vec<String> {
        let of_event = |(at, event): (usize, &EventFields<'_>)| {
            let anonymous = anonymous_id(event);
            person(at, event, anonymous.as_ref())
                .map_or_else(|| event.user_id.to_string(), String::clone)
        };
        self.sent.events.iter().enumerate().map(of_event).collect()
    }

    /// What counts with these persons, and with sessions that are told by `key`.
    fn timeline(&self, persons: &[String], key: SessionKey) -> SourceTimeline {
        let of_key = PolicySpec {
            identity: IdentityRule::AsSent,
            nobody: Vec::new(),
            ..self.policy.clone()
        };
        let mut sessionizer = Sessionizer::new(&of_key);
        let of_event = |(event, person): (&EventFields<'static>, &String)| {
            let mut event = event.clone();
            event.user_id = Cow::Owned(key(&event, person));
            sessionizer.assign(CountedPlace::new(&event, 0), &mut event);
            event.user_id = Cow::Owned(person.clone());
            event
        };
        let events = self.sent.events.iter().zip(persons).map(of_event).collect();
        let lateness = self.sent.lateness.clone();
        SourceTimeline { events, policy: Some(self.policy.clone()), lateness }
    }
}

/// How events are put together.
#[derive(Clone, Copy)]
enum Regrouping {
    /// Those without a user are of another one that is known.
    Choice((&'static str, UserChoice)),
    /// All are of a device's user.
    Device,
    /// All are of the users of devices that have one in common.
    Devices,
    /// Sessions are told by something else.
    Sessions((&'static str, SessionKey)),
}

fn anonymous_id(event: &EventFields<'_>) -> Option<String> {
    scan::text(event.own_field(ANONYMOUS_ID)?).ok().map(Cow::into_owned)
}

/// The least user with whom one is merged.
fn root<'u>(merged: &HashMap<&'u str, &'u str>, user: &'u str) -> &'u str {
    let mut user = user;
    while let Some(with) = merged.get(user) {
        user = with;
    }
    user
}
