//! Which faults an event has.

use std::sync::Arc;

use serde_json::Value;

use crate::event::{Kind, Record};
use crate::faults::{Fault, FaultAction, Faults, TouchForm};
use crate::model::{Model, SessionReplay};
use crate::population::People;
use crate::random::{AspectDraws, Bernoulli, EventDraws, Owner, uniform};
use crate::scenario::faults::{FaultUnit, MOST_FAULTS};
use crate::wire::{Encode, Encoder};

use super::marks::SessionMarks;

/// The faults of an event: one bit each, by place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits(u64);

const _: () = assert!(MOST_FAULTS <= u64::BITS as usize);

impl Hits {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn add(&mut self, place: usize) {
        self.0 |= 1 << place;
    }

    fn remove(&mut self, place: usize) {
        self.0 &= !(1 << place);
    }

    /// The places, in order.
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let place = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (place < u64::BITS).then_some(place as usize)
        })
    }
}

/// Whether an event has a fault.
#[derive(Clone, Copy, Debug)]
struct FaultChance {
    hash: u64,
    share: Bernoulli,
    from_ms: u64,
    to_ms: u64,
}

/// Says which faults events have, in the order in which they happen.
#[derive(Debug)]
pub(super) struct Fortune {
    faults: Arc<Faults>,
    /// What is asked of every event, by the place of the fault: of those whose share is of events, and of others.
    by_event: Vec<(usize, FaultChance)>,
    by_others: Vec<(usize, FaultUnit, FaultChance)>,
    /// What sessions and their devices have that had events lately: by session, with the user.
    owners: Vec<(u64, u32, Hits)>,
    people: People,
    seed_key: u64,
    longest_session_ms: u64,
    sessions: SessionReplay,
    marks: SessionMarks,
    encoder: Encoder,
    /// The line of an event, without its end.
    line: Vec<u8>,
}

/// The places of draws: whether there is a fault; the time that it takes; its form; the moment of a session.
pub(super) const SHARE: u64 = 0;
pub(super) const FORM: u64 = 1;
pub(super) const SPAN: u64 = 16;
pub(super) const JUMP: u64 = 17;
const MOMENT: u64 = 18;

/// So many bits tell the sessions apart whose faults are known.
const OWNER_BITS: u32 = 12;

impl Fortune {
    pub(super) fn new(model: &Model) -> Self {
        let (mut by_event, mut by_others) = (Vec::new(), Vec::new());
        for (place, fault) in model.faults().iter().enumerate() {
            let Fault { hash, share, from_ms, to_ms, .. } = *fault;
            let chance = FaultChance { hash, share, from_ms, to_ms };
            match fault.kind.unit() {
                FaultUnit::Event => by_event.push((place, chance)),
                unit @ (FaultUnit::Session | FaultUnit::Device) => {
                    by_others.push((place, unit, chance));
                }
                FaultUnit::None => {}
            }
        }
        Self {
            faults: Arc::clone(model.faults()),
            by_event,
            owners: vec![(u64::MAX, u32::MAX, Hits::default()); 1 << OWNER_BITS],
            by_others,
            people: model.people().clone(),
            seed_key: model.event_key(),
            longest_session_ms: model.longest_session_ms(),
            sessions: model.session_replay(true),
            marks: SessionMarks::default(),
            encoder: Encoder::new(model),
            line: Vec::new(),
        }
    }

    /// The draws of a fault for the event, session or device that a record is of.
    pub(super) fn draws(&self, fault: &Fault, record: &Record) -> AspectDraws {
        let Record { session, user_code, number, .. } = *record;
        let draws = match fault.kind.unit() {
            FaultUnit::Event | FaultUnit::None => {
                EventDraws::new(self.seed_key, session.code(), number)
            }
            FaultUnit::Session => {
                EventDraws::of_owner(self.seed_key, Owner::Session, session.code())
            }
            FaultUnit::Device => {
                let device = self.people.device_of(user_code, session.code());
                self.people.device(user_code, device)
            }
        };
        draws.of(fault.hash)
    }

    /// The faults of an event.
    #[inline]
    pub(super) fn hits(&mut self, record: &Record) -> Hits {
        let time_ms = record.time.as_millis();
        let of_event = EventDraws::new(self.seed_key, record.session.code(), record.number);
        let mut hits = Hits::default();
        for (place, fault) in &self.by_event {
            let is_within = (fault.from_ms..fault.to_ms).contains(&time_ms);
            if is_within && fault.share.sample(of_event.of(fault.hash).at(SHARE)) {
                hits.add(*place);
            }
        }
        if !self.by_others.is_empty() {
            for place in self.of_owners(record).places() {
                let fault = self.faults.at(place);
                if (fault.from_ms..fault.to_ms).contains(&time_ms) {
                    hits.add(place);
                }
            }
        }
        if hits.is_empty() { hits } else { self.looked_at(record, hits) }
    }

    /// The faults that the session and the device of an event have, at any time.
    #[inline]
    fn of_owners(&mut self, record: &Record) -> Hits {
        let Record { session, user_code, .. } = *record;
        let code = session.code();
        // The golden ratio spreads codes that follow each other (Knuth, The Art of Computer Programming 3, 6.4).
        let place = (code.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - OWNER_BITS)) as usize;
        let (known_code, known_user, known) = self.owners[place];
        if (known_code, known_user) == (code, user_code) {
            return known;
        }
        let device = self.people.device_of(user_code, code);
        let of_device = self.people.device(user_code, device);
        let of_session = EventDraws::of_owner(self.seed_key, Owner::Session, code);
        let mut hits = Hits::default();
        for (place, unit, fault) in &self.by_others {
            let draws = if *unit == FaultUnit::Device { of_device } else { of_session };
            if fault.share.sample(draws.of(fault.hash).at(SHARE)) {
                hits.add(*place);
            }
        }
        self.owners[place] = (code, user_code, hits);
        hits
    }

    /// Those faults of an event whose conditions hold, and which go on.
    #[cold]
    fn looked_at(&mut self, record: &Record, mut hits: Hits) -> Hits {
        let faults = Arc::clone(&self.faults);
        let mut event: Option<Value> = None;
        for place in hits.places() {
            let fault = faults.at(place);
            if !fault.conditions.is_empty() {
                let event = event.get_or_insert_with(|| {
                    serde_json::from_slice(self.line(record)).unwrap_or_default()
                });
                let holds = fault.conditions.iter().all(|condition| {
                    let value = event.pointer(&condition.pointer).unwrap_or(&Value::Null);
                    condition.values.contains(value)
                });
                if !holds {
                    hits.remove(place);
                    continue;
                }
            }
            if !self.goes_on(fault, place, record) {
                hits.remove(place);
            }
        }
        hits
    }

    /// For a fault with a moment in the session: chooses it where the session begins. False if the fault is over, or is
    /// none.
    fn goes_on(&mut self, fault: &Fault, place: usize, record: &Record) -> bool {
        let (session, time_ms) = (record.session.code(), record.time.as_millis());
        let is_start = record.content.kind == Kind::SESSION_CREATED;
        let ends = (time_ms, time_ms.saturating_add(self.longest_session_ms));
        match &fault.action {
            FaultAction::Offline(delay) => {
                if is_start {
                    let delay_ms = delay.sample_delay(self.draws(fault, record).at(SPAN));
                    let moment_ms = time_ms.saturating_add(delay_ms);
                    self.marks.mark(session, place, moment_ms, ends);
                }
                self.marks.of(session, place).is_some_and(|moment_ms| time_ms < moment_ms)
            }
            FaultAction::Skew(skew) if skew.jump.is_some() => {
                if is_start {
                    let moment_ms = self.moment_within(fault, record);
                    self.marks.mark(session, place, moment_ms, ends);
                }
                true
            }
            FaultAction::Touch { forms } => {
                if touch_form(forms, self.draws(fault, record)) == TouchForm::ClickId {
                    return true;
                }
                if is_start {
                    let moment_ms = self.moment_within(fault, record);
                    self.marks.mark(session, place, moment_ms, ends);
                }
                self.marks.of(session, place).is_some_and(|moment_ms| time_ms >= moment_ms)
            }
            FaultAction::Return { .. } => is_start,
            FaultAction::ReturnAt { at_ms, .. } => is_start && time_ms < *at_ms,
            _ => true,
        }
    }

    /// The time of an event in the midst of the session that begins with a record, in milliseconds.
    fn moment_within(&mut self, fault: &Fault, record: &Record) -> u64 {
        let bits = self.session_draws(fault, record.session.code()).at(MOMENT);
        let events = self.sessions.session(record);
        let last = events.len().saturating_sub(1).max(1) as u64;
        let chosen = events.get(uniform(bits, 1, last) as usize);
        chosen.map_or(u64::MAX, |event| event.time.as_millis())
    }

    fn session_draws(&self, fault: &Fault, session: u64) -> AspectDraws {
        EventDraws::of_owner(self.seed_key, Owner::Session, session).of(fault.hash)
    }

    /// The moment in a session that a fault has chosen, and by how much a clock jumps there: in milliseconds.
    pub(super) fn jump(&self, fault: &Fault, place: usize, record: &Record) -> Option<(u64, i64)> {
        let FaultAction::Skew(skew) = &fault.action else { return None };
        let session = record.session.code();
        let by_ms = skew.jump.as_ref()?.sample(self.session_draws(fault, session).at(JUMP));
        Some((self.marks.of(session, place)?, by_ms))
    }

    /// Until when a session is offline.
    pub(super) fn online_at(&self, place: usize, record: &Record) -> Option<u64> {
        self.marks.of(record.session.code(), place)
    }

    /// The planned event after one in its session.
    pub(super) fn next_in_session(&mut self, record: &Record) -> Option<Record> {
        let number = record.number as usize;
        let events = self.sessions.session(record);
        // What comes of accounts and experiments has numbers behind those of the plan.
        let own = events.get(number).filter(|event| event.time == record.time)?;
        events.get(own.number as usize + 1).copied()
    }

    /// The line of an event, without its end.
    pub(super) fn line(&mut self, record: &Record) -> &[u8] {
        self.line.clear();
        self.encoder.encode(record, &mut self.line);
        self.line.pop();
        &self.line
    }
}

/// How it changes from where a session comes, by the draws of the session.
pub(super) fn touch_form(forms: &[TouchForm], draws: AspectDraws) -> TouchForm {
    forms[uniform(draws.at(FORM), 0, forms.len() as u64 - 1) as usize]
}
