//! From an event to what arrives of it.

use std::sync::Arc;

use crate::event::{Kind, Record, UuidV7};
use crate::faults::{FaultAction, Faults, IdentityForm};
use crate::model::Model;
use crate::population::Ids;
use crate::random::{RngStreams, redrawn, uniform};
use crate::scenario::faults::{CopyKind, MALFORMED_FORMS, VALUE_FORMS};
use crate::time::VirtualTime;

use super::additions::{Addition, prefetch, twin};
use super::body::{Body, Change, quoted};
use super::clock::{ClockError, DeviceClock, Telling, ToldTime};
use super::damage::{PADDING_BYTES, breaking_value, damage};
use super::delivery::{ChangedBody, Content, Delivery};
use super::edits::{is_identifying, poison_id, schema_change};
use super::hits::{FORM, Fortune, Hits, SPAN};
use super::ledger::{Ledger, LedgerEvent, LedgerNote};

/// Plans what arrives of each event, and writes the ledger.
#[derive(Debug)]
pub(super) struct Planner {
    model: Model,
    faults: Arc<Faults>,
    ids: Ids,
    fortune: Fortune,
    pub(super) ledger: Ledger,
    notes: Vec<LedgerNote>,
}

/// An event on its way.
struct Journey<'r> {
    record: &'r Record,
    hits: Hits,
    body: Body,
    clock: DeviceClock,
    sent_at: VirtualTime,
    received_at: VirtualTime,
}

impl Planner {
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
            return deliver(Delivery {
                received_at: record.time,
                id: record.event_id(),
                copy: 0,
                user_code: record.user_code,
                content: Content::True(*record, record.time),
            });
        }
        self.plan_journey(record, hits, deliver);
    }

    #[cold]
    fn plan_journey(&mut self, record: &Record, hits: Hits, deliver: &mut impl FnMut(Delivery)) {
        let event = ledger_event(record, record.event_id(), record.time);
        let truth = self.fortune.line().to_vec();
        let is_lost = |place: &usize| matches!(self.faults.at(*place).action, FaultAction::Lost);
        if let Some(place) = hits.places().find(is_lost) {
            let note = LedgerNote::new(place, "lost").with_bytes("event", &truth);
            return self.ledger.write(&self.faults, event, note);
        }
        let mut journey = Journey {
            record,
            hits,
            body: Body::of_object(&truth),
            clock: self.clock(record, hits),
            sent_at: record.time,
            received_at: record.time,
        };
        self.notes.clear();
        self.tell_time(&mut journey);
        self.change_content(&mut journey);
        self.travel(&mut journey);
        let sent_at = journey.told_sent(self.model.start());
        let received_at = journey.received_at;
        let damaged = self.arrive(&journey, &sent_at, deliver);
        for note in std::mem::take(&mut self.notes) {
            let note = note.with_times(&sent_at, received_at);
            self.ledger.write(&self.faults, event, note);
        }
        for note in damaged {
            self.ledger.write(&self.faults, event, note.with_times(&sent_at, received_at));
        }
        self.copies(&journey, event, deliver);
        self.additions(&journey, &truth, deliver);
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
    fn tell_time(&mut self, journey: &mut Journey<'_>) {
        let (start, truth) = (self.model.start(), journey.record.time);
        let mut told = ToldTime::right(truth);
        for place in journey.hits.places() {
            let fault = self.faults.at(place);
            let telling = journey.clock.tellings.iter().find(|(of, _)| *of == place);
            let effect = match (&fault.action, telling) {
                (FaultAction::Future(offset), _) => {
                    let draws = self.fortune.draws(fault, journey.record);
                    told = told.ahead(offset.sample_delay(draws.at(SPAN)));
                    "changed"
                }
                (_, Some((_, telling))) => {
                    told = told.told(telling, start, truth);
                    "told"
                }
                _ => continue,
            };
            let change = journey.body.set(&["event_time"], Some(told.to_json()));
            if change.is_some() || effect == "told" {
                let changes: Vec<Change> = change.into_iter().collect();
                self.notes.push(LedgerNote::new(place, effect).with_changes(&changes));
            }
        }
    }

    /// Changes what the event says.
    fn change_content(&mut self, journey: &mut Journey<'_>) {
        for place in journey.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, journey.record);
            let mut form = None;
            let body = &mut journey.body;
            let changes: Vec<Change> = match &fault.action {
                FaultAction::Value { property, forms } => {
                    let chosen = forms[uniform(draws.at(FORM), 0, forms.len() as u64 - 1) as usize];
                    form = Some(VALUE_FORMS[chosen]);
                    let value = breaking_value(chosen, draws);
                    body.set(&["props", property], Some(value)).into_iter().collect()
                }
                FaultAction::Schema { property, change, new_name, value } => {
                    schema_change(body, property, *change, new_name, value)
                }
                FaultAction::Identity { forms, .. } => match identity_form(forms, draws.at(FORM)) {
                    IdentityForm::PoisonId => poison_id(body, draws).into_iter().collect(),
                    IdentityForm::SharedDevice => {
                        let id = self.neighbours_browser(journey.record);
                        share_device(body, &id)
                    }
                    IdentityForm::LateIdentify | IdentityForm::DoubleIdentify => continue,
                },
                _ => continue,
            };
            if !changes.is_empty() {
                let note = LedgerNote::new(place, "changed").with_changes(&changes);
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
    fn travel(&mut self, journey: &mut Journey<'_>) {
        let later =
            |time: VirtualTime, millis| time.checked_add_millis(millis).unwrap_or(VirtualTime::MAX);
        for place in journey.hits.places() {
            if !matches!(self.faults.at(place).action, FaultAction::Offline(_)) {
                continue;
            }
            let online = self.fortune.online_at(place, journey.record);
            let online = online.and_then(VirtualTime::from_millis).unwrap_or(VirtualTime::MAX);
            let delay = online.millis_since(journey.sent_at);
            journey.sent_at = journey.sent_at.max(online);
            journey.received_at = journey.sent_at;
            self.notes.push(LedgerNote::new(place, "delayed").with("delay_ms", delay));
        }
        for place in journey.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, journey.record);
            let before = journey.received_at;
            match &fault.action {
                FaultAction::Late(delay) => {
                    journey.received_at = later(before, delay.sample_delay(draws.at(SPAN)));
                }
                FaultAction::OutOfOrder => {
                    let next = self.fortune.next_in_session(journey.record);
                    let next = next.filter(|next| self.model.population().acts_at(next.time));
                    if let Some(next) = next {
                        let behind = later(next.time, uniform(draws.at(SPAN), 1, 1_000));
                        journey.received_at = before.max(behind);
                    }
                }
                FaultAction::Identity { forms, delay } => {
                    let form = identity_form(forms, self.form_bits(place, journey.record));
                    if form == IdentityForm::LateIdentify && is_identifying(&journey.body) {
                        let bits =
                            redrawn(draws.at(SPAN).wrapping_add(journey.record.session.code()));
                        journey.received_at = later(before, delay.sample_delay(bits));
                    }
                }
                _ => continue,
            }
            let delay = journey.received_at.millis_since(before);
            if delay > 0 {
                self.notes.push(LedgerNote::new(place, "delayed").with("delay_ms", delay));
            }
        }
    }

    fn form_bits(&self, place: usize, record: &Record) -> u64 {
        self.fortune.draws(self.faults.at(place), record).at(FORM)
    }

    /// Delivers the event itself, and gives the notes of how it was damaged.
    fn arrive(
        &self,
        journey: &Journey<'_>,
        sent_at: &[u8],
        deliver: &mut impl FnMut(Delivery),
    ) -> Vec<LedgerNote> {
        let mut body = journey.body.clone();
        body.set(&["sent_at"], Some(sent_at.to_vec()));
        let mut notes = Vec::new();
        let mut arrived = ChangedBody { bytes: body.to_bytes(), is_object: true };
        let is_damaging =
            |place: &usize| matches!(self.faults.at(*place).action, FaultAction::Malformed { .. });
        if let Some(place) = journey.hits.places().find(is_damaging)
            && let FaultAction::Malformed { forms } = &self.faults.at(place).action
        {
            let draws = self.fortune.draws(self.faults.at(place), journey.record);
            let form = forms[uniform(draws.at(FORM), 0, forms.len() as u64 - 1) as usize];
            let note = LedgerNote::new(place, "damaged").with("form", MALFORMED_FORMS[form]);
            let note = note.with_bytes("event", &journey.body.to_bytes());
            let damaged = damage(form, &body, draws);
            notes.push(if damaged.bytes.len() > PADDING_BYTES {
                note.with("padding_bytes", PADDING_BYTES)
            } else {
                note.with_bytes("body", &damaged.bytes)
            });
            arrived = ChangedBody { bytes: damaged.bytes, is_object: damaged.is_object };
        }
        let (record, copy) = (journey.record, 0);
        deliver(delivery(record, record.event_id(), copy, journey.received_at, arrived));
        notes
    }

    /// Delivers the event again.
    fn copies(
        &mut self,
        journey: &Journey<'_>,
        event: LedgerEvent,
        deliver: &mut impl FnMut(Delivery),
    ) {
        let start = self.model.start();
        let mut copy = 0;
        for place in journey.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, journey.record);
            let (kind, delay_ms) = match &fault.action {
                FaultAction::Duplicate { copy, delay } => {
                    (*copy, delay.sample_delay(draws.at(SPAN)))
                }
                FaultAction::Backfill { at_ms } => {
                    (CopyKind::Natural, at_ms.saturating_sub(journey.received_at.as_millis()))
                }
                FaultAction::Identity { forms, delay } => {
                    let form = identity_form(forms, draws.at(FORM));
                    if form != IdentityForm::DoubleIdentify || !is_identifying(&journey.body) {
                        continue;
                    }
                    let bits = redrawn(draws.at(SPAN).wrapping_add(journey.record.session.code()));
                    (CopyKind::Reidentified, delay.sample_delay(bits))
                }
                _ => continue,
            };
            copy += 1;
            let later =
                |time: VirtualTime| time.checked_add_millis(delay_ms).unwrap_or(VirtualTime::MAX);
            let (sent, received_at) = (later(journey.sent_at), later(journey.received_at));
            let sent_at = journey.clock.tell(start, sent).to_json();
            let mut body = journey.body.clone();
            let changes = match kind {
                CopyKind::Natural => Vec::new(),
                CopyKind::Synthetic => self.synthetic(&mut body, journey.record, draws.at(FORM)),
                CopyKind::Reidentified => {
                    let (time_ms, bits) = (journey.record.time.as_millis(), draws.at(FORM));
                    let id = UuidV7::new(time_ms, bits as u32, redrawn(bits)).to_string();
                    let id = quoted(&id).into_bytes();
                    body.set(&["event_id"], Some(id)).into_iter().collect()
                }
            };
            body.set(&["sent_at"], Some(sent_at.clone()));
            let arrived = ChangedBody { bytes: body.to_bytes(), is_object: true };
            let id = journey.record.event_id();
            deliver(delivery(journey.record, id, copy, received_at, arrived));
            let note = LedgerNote::new(place, "copied").with("copy", copy);
            let note = note.with("delay_ms", delay_ms).with_changes(&changes);
            self.ledger.write(&self.faults, event, note.with_times(&sent_at, received_at));
        }
    }

    /// Makes of a copy another event with the same id: on another page, or of another button.
    fn synthetic(&self, body: &mut Body, record: &Record, bits: u64) -> Vec<Change> {
        let names = self.model.names();
        let mut changes = Vec::new();
        if let Some(page) = record.content.page {
            let pages = &names.pages;
            let other = 1 + uniform(bits, 0, (pages.len() as u64).saturating_sub(2)) as usize;
            let other = &pages[(page.index() + other) % pages.len()];
            changes.extend(body.set(&["page_path"], Some(quoted(other).into_bytes())));
        }
        changes.extend(body.set(&["props", "copy"], Some(b"true".to_vec())));
        changes
    }

    /// Delivers what was done beside the event.
    fn additions(
        &mut self,
        journey: &Journey<'_>,
        truth: &[u8],
        deliver: &mut impl FnMut(Delivery),
    ) {
        for place in journey.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, journey.record);
            let added: Addition = match &fault.action {
                FaultAction::Twin(delay) => {
                    let delay_ms = delay.sample_delay(draws.at(SPAN)).max(1);
                    twin(journey.record, truth, delay_ms)
                }
                FaultAction::Prefetch if journey.record.content.kind == Kind::PAGE_VISITED => {
                    prefetch(journey.record, truth, &self.model.names().pages, draws.at(FORM))
                }
                _ => continue,
            };
            let Addition { time, id, event: happened } = added;
            let told = journey.clock.tell(self.model.start(), time).to_json();
            let mut body = Body::of_object(&happened);
            let change = body.set(&["event_time"], Some(told.clone()));
            body.set(&["sent_at"], Some(told.clone()));
            let arrived = ChangedBody { bytes: body.to_bytes(), is_object: true };
            deliver(delivery(journey.record, id, 0, time, arrived));
            let changes: Vec<Change> = change.into_iter().collect();
            let note = LedgerNote::new(place, "added").with_bytes("event", &happened);
            let note = note.with_changes(&changes).with_times(&told, time);
            let event = ledger_event(journey.record, id, time);
            self.ledger.write(&self.faults, event, note);
        }
    }
}

impl Journey<'_> {
    /// When the device says that it was sent.
    fn told_sent(&self, start: VirtualTime) -> Vec<u8> {
        self.clock.tell(start, self.sent_at).to_json()
    }
}

fn identity_form(forms: &[IdentityForm], bits: u64) -> IdentityForm {
    forms[uniform(bits, 0, forms.len() as u64 - 1) as usize]
}

fn share_device(body: &mut Body, browser: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(own) = body.get(&["anonymous_id"]) else { return changes };
    let browser = quoted(browser).into_bytes();
    // Whoever is not known has it as the user's too.
    if body.get(&["user_id"]).as_ref() == Some(&own) {
        changes.extend(body.set(&["user_id"], Some(browser.clone())));
    }
    changes.extend(body.set(&["anonymous_id"], Some(browser)));
    changes
}

fn ledger_event(record: &Record, id: UuidV7, time: VirtualTime) -> LedgerEvent {
    LedgerEvent { id, time, user_code: record.user_code }
}

fn delivery(
    record: &Record,
    id: UuidV7,
    copy: u16,
    received_at: VirtualTime,
    body: ChangedBody,
) -> Delivery {
    let content = Content::Body(Box::new(body));
    Delivery { received_at, id, copy, user_code: record.user_code, content }
}
