//! What arrives of an event beside itself: copies, twins, pages loaded ahead.

use crate::event::{Kind, Record, UuidV7};
use crate::faults::{FaultAction, IdentityForm};
use crate::random::{redrawn, uniform};
use crate::scenario::faults::CopyKind;
use crate::time::VirtualTime;
use crate::wire::quoted;

use super::additions::{Addition, prefetch, returned, twin};
use super::body::{Body, MemberChange};
use super::delivery::{ChangedBody, Delivery, DeliveryContent};
use super::edits::is_identifying;
use super::hits::{FORM, SPAN};
use super::ledger::LedgerEvent;
use super::planner::{DeliveryPlanner, Passage, delivery, identity_form, ledger_event};

impl DeliveryPlanner {
    /// Delivers the event again.
    pub(super) fn copies(
        &mut self,
        passage: &Passage<'_>,
        event: LedgerEvent,
        deliver: &mut impl FnMut(Delivery),
    ) {
        let start = self.model.start();
        let mut copy = 0;
        for place in passage.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, passage.record);
            let (kind, delay_ms) = match &fault.action {
                FaultAction::Duplicate { copy, delay } => {
                    (*copy, delay.sample_delay(draws.at(SPAN)))
                }
                FaultAction::Backfill { at_ms } => {
                    (CopyKind::Natural, at_ms.saturating_sub(passage.received_at.as_millis()))
                }
                FaultAction::Identity { forms, delay } => {
                    let form = identity_form(forms, draws.at(FORM));
                    if form != IdentityForm::DoubleIdentify || !is_identifying(&passage.body) {
                        continue;
                    }
                    let bits = redrawn(draws.at(SPAN).wrapping_add(passage.record.session.code()));
                    (CopyKind::Reidentified, delay.sample_delay(bits))
                }
                _ => continue,
            };
            copy += 1;
            let later =
                |time: VirtualTime| time.checked_add_millis(delay_ms).unwrap_or(VirtualTime::MAX);
            let (sent, received_at) = (later(passage.sent_at), later(passage.received_at));
            let sent_at = passage.clock.tell(start, sent).to_json();
            let mut body = passage.body.clone();
            let changes = match kind {
                CopyKind::Natural => Vec::new(),
                CopyKind::Synthetic => self.synthetic(&mut body, passage.record, draws.at(FORM)),
                CopyKind::Reidentified => {
                    let (time_ms, bits) = (passage.record.time.as_millis(), draws.at(FORM));
                    let id = UuidV7::new(time_ms, bits as u32, redrawn(bits)).to_string();
                    let id = quoted(&id).into_bytes();
                    body.set(&["event_id"], Some(id)).into_iter().collect()
                }
            };
            let content = if passage.is_true {
                DeliveryContent::True(*passage.record, sent)
            } else {
                body.set(&["sent_at"], Some(sent_at.clone()));
                changed(&body)
            };
            let id = passage.record.event_id();
            deliver(delivery(passage.record, id, copy, received_at, content));
            let note = self.ledger.note(place, "copied").with("copy", copy);
            let note = note.with("delay_ms", delay_ms).with_changes(&changes);
            self.ledger.write(&self.faults, event, note.with_times(&sent_at, received_at));
        }
    }

    /// Makes of a copy another event with the same id: on another page, or of another button.
    fn synthetic(&self, body: &mut Body<'_>, record: &Record, bits: u64) -> Vec<MemberChange> {
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
    pub(super) fn additions(
        &mut self,
        passage: &Passage<'_>,
        truth: &[u8],
        deliver: &mut impl FnMut(Delivery),
    ) {
        for place in passage.hits.places() {
            let fault = self.faults.at(place);
            let draws = self.fortune.draws(fault, passage.record);
            let added: Addition = match &fault.action {
                FaultAction::Twin(delay) => {
                    let delay_ms = delay.sample_delay(draws.at(SPAN)).max(1);
                    twin(passage.record, truth, delay_ms)
                }
                FaultAction::Return { event_type, delay } => {
                    let delay_ms = delay.sample_delay(draws.at(SPAN)).max(1);
                    returned(passage.record, truth, event_type, delay_ms)
                }
                FaultAction::ReturnAt { event_type, at_ms } => {
                    let delay_ms = at_ms.saturating_sub(passage.record.time.as_millis());
                    returned(passage.record, truth, event_type, delay_ms)
                }
                FaultAction::Prefetch if passage.record.content.kind == Kind::PAGE_VISITED => {
                    prefetch(passage.record, truth, &self.model.names().pages, draws.at(FORM))
                }
                _ => continue,
            };
            let Addition { time, id, event: happened } = added;
            let told = passage.clock.tell(self.model.start(), time).to_json();
            let mut body = Body::of_object(&happened);
            let change = body.set(&["event_time"], Some(told.clone()));
            body.set(&["sent_at"], Some(told.clone()));
            deliver(delivery(passage.record, id, 0, time, changed(&body)));
            let changes: Vec<MemberChange> = change.into_iter().collect();
            let note = self.ledger.note(place, "added").with_bytes("event", &happened);
            let note = note.with_changes(&changes).with_times(&told, time);
            let event = ledger_event(passage.record, id, time);
            self.ledger.write(&self.faults, event, note);
        }
    }
}

/// A body that faults have changed, and that is still an object.
fn changed(body: &Body<'_>) -> DeliveryContent {
    DeliveryContent::Body(Box::new(ChangedBody { bytes: body.to_bytes(), is_object: true }))
}
