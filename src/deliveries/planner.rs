//! From an event to what arrives of it.

use std::sync::Arc;

use crate::event::{Record, UuidV7};
use crate::faults::{FaultAction, Faults, IdentityForm};
use crate::model::Model;
use crate::population::Ids;
use crate::random::{RngStreams, redrawn, uniform};
use crate::scenario::faults::{MALFORMED_FORMS, PropertyChange, VALUE_FORMS};
use crate::time::VirtualTime;
use crate::wire::quoted;

use super::body::{Body, MemberChange};
use super::clock::{ClockError, DeviceClock, Telling, ToldTime};
use super::damage::{PADDING_BYTES, breaking_value, damage};
use super::delivery::{ChangedBody, Delivery, DeliveryContent};
use super::edits::{is_identifying, odd_agent, poison_id, schema_change, touch};
use super::hits::{FORM, Fortune, Hits, SPAN, touch_form};
use super::ledger::{Ledger, LedgerEvent, LedgerNote};

/// Plans what arrives of each event, and writes the ledger.
#[derive(Debug)]
pub(super) struct DeliveryPlanner {
    pub(super) model: Model,
    pub(super) faults: Arc<Faults>,
    ids: Ids,
    pub(super) fortune: Fortune,
    pub(super) ledger: Ledger,
    notes: Vec<LedgerNote>,
}

/// An event on its way.
pub(super) struct Passage<'r> {
    pub(super) record: &'r Record,
    pub(super) hits: Hits,
    /// It says what it says in truth: it needs no body.
    pub(super) is_true: bool,
    pub(super) body: Body<'r>,
    pub(super) clock: DeviceClock,
    pub(super) sent_at: VirtualTime,
    pub(super) received_at: VirtualTime,
}

impl DeliveryPlanner {
    pub(super) fn new(model: &Model, keeps_ledger: bool) -> Self {
        let faults = Arc::clone(model.faults());
        Self {
            ids: Ids::new(&RngStreams::new(model.seed())),
            fortune: Fortune::new(model),
            ledger: Ledger::new(&faults, keeps_ledger),
            model: model.clone(),
            faults,
            notes: Vec::new(),
        }
    }

    /// Hands what arrives of an event to `deliver`.
    #[inline]
    pub(super) fn plan(&mut self, record: &Record, deliver: &mut impl FnMut(Delivery)) {
        let hits = self.fortune.hits(record);
        if hits.is_empty() {
            let content = DeliveryContent::True(*record, record.time);
            return deliver(delivery(record, record.event_id(), 0, record.time, content));
        }
        self.plan_passage(record, hits, deliver);
    }

    #[cold]
    fn plan_passage(&mut self, record: &Record, hits: Hits, deliver: &mut impl FnMut(Delivery)) {
        let event = ledger_event(record, record.event_id(), record.time);
        let is_lost = |place: &usize| matches!(self.faults.at(*place).action, FaultAction::Lost);
        if let Some(place) = hits.places().find(is_lost) {
            let note = self.ledger.note(place, "lost");
            let note = note.with_bytes("event", self.fortune.line(record));
            return self.ledger.write(&self.faults, event, note);
        }
        let is_true = hits.places().all(|place| self.faults.at(place).action.leaves_content());
        let truth = if is_true { Vec::new() } else { self.fortune.line(record).to_vec() };
        let mut passage = Passage {
            record,
            hits,
            is_true,
            body: if is_true { Body::default() } else { Body::of_object(&truth) },
            clock: self.clock(record, hits),
            sent_at: record.time,
            received_at: record.time,
        };
        self.notes.clear();
        self.tell_time(&mut passage);
        self.change_content(&mut passage);
        self.travel(&mut passage);
        let sent_at = passage.told_sent(self.model.start());
        let received_at = passage.received_at;
        let damaged = self.arrive(&passage, &sent_at, deliver);
        for note in std::mem::take(&mut self.notes) {
            let note = note.with_times(&sent_at, received_at);
            self.ledger.write(&self.faults, event, note);
        }
        for note in damaged {
            self.ledger.write(&self.faults, event, note.with_times(&sent_at, received_at));
        }
        self.copies(&passage, event, deliver);
        self.additions(&passage, &truth, deliver);
    }

    /// The clock of the device from which an event comes.
    fn clock(&self, record: &Record, hits: Hits) -> DeviceClock {
        let telling = |place: usize| {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, record);
            let telling = match &fault.action {
                FaultAction::Skew(skew) => Telling::Wrong(ClockError {
                    offset_ms: skew.offset.as_ref().map_or(0, |span| span.sample(draws.at(SPAN))),
                    drift: skew.drift,
                    jump: self.fortune.jump(fault, place, record),
                }),
                FaultAction::Ties { grain_ms } => Telling::Coarse(*grain_ms),
                FaultAction::Zone(zone) => Telling::Local(zone.clone()),
                _ => return None,
            };
            Some((place, telling))
        };
        DeviceClock { tellings: hits.places().filter_map(telling).collect() }
    }

    /// Lets the device tell when it happened.
    fn tell_time(&mut self, passage: &mut Passage<'_>) {
        let (start, truth) = (self.model.start(), passage.record.time);
        let mut told = ToldTime::right(truth);
        for place in passage.hits.places() {
            let fault = self.faults.at(place);
            let telling = passage.clock.tellings.iter().find(|(of, _)| *of == place);
            let effect = match (&fault.action, telling) {
                (FaultAction::Future(offset), _) => {
                    let draws = self.fortune.draws(fault, passage.record);
                    told = told.ahead(offset.sample_delay(draws.at(SPAN)));
                    "changed"
                }
                (_, Some((_, telling))) => {
                    told = told.told(telling, start, truth);
                    "told"
                }
                _ => continue,
            };
            let change = passage.body.set(&["event_time"], Some(told.to_json()));
            if change.is_some() || effect == "told" {
                let changes: Vec<MemberChange> = change.into_iter().collect();
                self.notes.push(self.ledger.note(place, effect).with_changes(&changes));
            }
        }
    }

    /// Changes what the event says.
    fn change_content(&mut self, passage: &mut Passage<'_>) {
        for place in passage.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, passage.record);
            let mut form = None;
            let body = &mut passage.body;
            let changes: Vec<MemberChange> = match &fault.action {
                FaultAction::Value { property, forms } => {
                    let chosen = forms[uniform(draws.at(FORM), 0, forms.len() as u64 - 1) as usize];
                    form = Some(VALUE_FORMS[chosen]);
                    let value = breaking_value(chosen, draws);
                    body.set(&["props", property], Some(value)).into_iter().collect()
                }
                FaultAction::Schema { property, change, .. }
                    if *change != PropertyChange::Add && !body.may_have(property) =>
                {
                    continue;
                }
                FaultAction::Schema { property, change, new_name, value } => {
                    schema_change(body, property, *change, new_name, value)
                }
                FaultAction::OddAgent => odd_agent(body, draws),
                FaultAction::Touch { forms } => {
                    let chosen = touch_form(forms, draws);
                    form = Some(chosen.word());
                    touch(body, chosen, draws)
                }
                FaultAction::Identity { forms, .. } => match identity_form(forms, draws.at(FORM)) {
                    IdentityForm::PoisonId => poison_id(body, draws).into_iter().collect(),
                    IdentityForm::SharedDevice => {
                        let id = self.neighbours_browser(passage.record);
                        share_device(body, &id)
                    }
                    IdentityForm::LateIdentify | IdentityForm::DoubleIdentify => continue,
                },
                _ => continue,
            };
            if !changes.is_empty() {
                let note = self.ledger.note(place, "changed").with_changes(&changes);
                self.notes.push(match form {
                    Some(form) => note.with("form", form),
                    None => note,
                });
            }
        }
    }

    /// The id of a browser of the next user's.
    fn neighbours_browser(&self, record: &Record) -> String {
        let (user, _) = self.ids.numbers(record.session);
        let users = self.model.users();
        let neighbour = (user + 1) % users.max(1);
        let id = self.model.people().anonymous_id(self.ids.user(neighbour), 0);
        String::from_utf8_lossy(&id).into_owned()
    }

    /// Draws when it is sent and when it arrives.
    fn travel(&mut self, passage: &mut Passage<'_>) {
        let later =
            |time: VirtualTime, millis| time.checked_add_millis(millis).unwrap_or(VirtualTime::MAX);
        for place in passage.hits.places() {
            if !matches!(self.faults.at(place).action, FaultAction::Offline(_)) {
                continue;
            }
            let online = self.fortune.online_at(place, passage.record);
            let online = online.and_then(VirtualTime::from_millis).unwrap_or(VirtualTime::MAX);
            let delay = online.millis_since(passage.sent_at);
            passage.sent_at = passage.sent_at.max(online);
            passage.received_at = passage.sent_at;
            self.notes.push(self.ledger.note(place, "delayed").with("delay_ms", delay));
        }
        for place in passage.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, passage.record);
            let before = passage.received_at;
            match &fault.action {
                FaultAction::Late(delay) => {
                    passage.received_at = later(before, delay.sample_delay(draws.at(SPAN)));
                }
                FaultAction::Held { at_ms } => {
                    let moment = VirtualTime::from_millis(*at_ms).unwrap_or(VirtualTime::MAX);
                    passage.received_at = before.max(moment);
                }
                FaultAction::OutOfOrder => {
                    let next = self.fortune.next_in_session(passage.record);
                    let next = next.filter(|next| self.model.population().acts_at(next.time));
                    if let Some(next) = next {
                        let behind = later(next.time, uniform(draws.at(SPAN), 1, 1_000));
                        passage.received_at = before.max(behind);
                    }
                }
                FaultAction::Identity { forms, delay } => {
                    let form = identity_form(forms, self.form_bits(place, passage.record));
                    if form == IdentityForm::LateIdentify && is_identifying(&passage.body) {
                        let bits =
                            redrawn(draws.at(SPAN).wrapping_add(passage.record.session.code()));
                        passage.received_at = later(before, delay.sample_delay(bits));
                    }
                }
                _ => continue,
            }
            let delay = passage.received_at.millis_since(before);
            if delay > 0 {
                self.notes.push(self.ledger.note(place, "delayed").with("delay_ms", delay));
            }
        }
    }

    fn form_bits(&self, place: usize, record: &Record) -> u64 {
        self.fortune.draws(self.faults.at(place), record).at(FORM)
    }

    /// Delivers the event itself, and gives the notes of how it was damaged.
    fn arrive(
        &self,
        passage: &Passage<'_>,
        sent_at: &[u8],
        deliver: &mut impl FnMut(Delivery),
    ) -> Vec<LedgerNote> {
        let (record, copy, received_at) = (passage.record, 0, passage.received_at);
        let is_damaging =
            |place: &usize| matches!(self.faults.at(*place).action, FaultAction::Malformed { .. });
        let damaging = passage.hits.places().find(is_damaging);
        if damaging.is_none() && passage.says_the_truth() {
            let content = DeliveryContent::True(*record, passage.sent_at);
            deliver(delivery(record, record.event_id(), copy, received_at, content));
            return Vec::new();
        }
        let mut notes = Vec::new();
        let mut arrived =
            ChangedBody { bytes: passage.body.to_bytes_with("sent_at", sent_at), is_object: true };
        if let Some(place) = damaging
            && let FaultAction::Malformed { forms } = &self.faults.at(place).action
        {
            let mut body = passage.body.clone();
            body.set(&["sent_at"], Some(sent_at.to_vec()));
            let draws = self.fortune.draws(self.faults.at(place), passage.record);
            let form = forms[uniform(draws.at(FORM), 0, forms.len() as u64 - 1) as usize];
            let note = self.ledger.note(place, "damaged").with("form", MALFORMED_FORMS[form]);
            let note = note.with_bytes("event", &passage.body.to_bytes());
            let damaged = damage(form, &body, draws);
            notes.push(if damaged.bytes.len() > PADDING_BYTES {
                note.with("padding_bytes", PADDING_BYTES)
            } else {
                note.with_bytes("body", &damaged.bytes)
            });
            arrived = ChangedBody { bytes: damaged.bytes, is_object: damaged.is_object };
        }
        let content = DeliveryContent::Body(Box::new(arrived));
        deliver(delivery(record, record.event_id(), copy, received_at, content));
        notes
    }
}

impl Passage<'_> {
    /// True if what is sent is what the event and the time of sending are in truth.
    fn says_the_truth(&self) -> bool {
        self.is_true || !self.body.is_changed() && self.clock.tellings.is_empty()
    }

    /// When the device says that it was sent.
    fn told_sent(&self, start: VirtualTime) -> Vec<u8> {
        self.clock.tell(start, self.sent_at).to_json()
    }
}

pub(super) fn identity_form(forms: &[IdentityForm], bits: u64) -> IdentityForm {
    forms[uniform(bits, 0, forms.len() as u64 - 1) as usize]
}

fn share_device(body: &mut Body<'_>, browser: &str) -> Vec<MemberChange> {
    let mut changes = Vec::new();
    let Some(own) = body.get(&["anonymous_id"]).map(<[u8]>::to_vec) else { return changes };
    let browser = quoted(browser).into_bytes();
    // Whoever is not known has it as the user's too.
    if body.get(&["user_id"]) == Some(&own) {
        changes.extend(body.set(&["user_id"], Some(browser.clone())));
    }
    changes.extend(body.set(&["anonymous_id"], Some(browser)));
    changes
}

pub(super) fn ledger_event(record: &Record, id: UuidV7, time: VirtualTime) -> LedgerEvent {
    LedgerEvent { id, time, user_code: record.user_code }
}

pub(super) fn delivery(
    record: &Record,
    id: UuidV7,
    copy: u16,
    received_at: VirtualTime,
    content: DeliveryContent,
) -> Delivery {
    Delivery { received_at, id, copy, user_code: record.user_code, content }
}
