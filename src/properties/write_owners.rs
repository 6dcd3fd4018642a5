//! What an event's user, device and session have, as JSON.

use std::ops::Range;

use crate::event::{EventPart, Record};
use crate::population::device_code;
use crate::random::Owner;
use crate::scenario::ANONYMOUS_ID;

use super::event_properties::{OwnerProperties, Properties};
use super::write::ValueWriter;

impl ValueWriter<'_> {
    /// Appends what the event's user, device and session have, and gives the part that the event says: of a user who is
    /// not known yet it says nothing.
    pub(super) fn owners(&mut self, properties: &Properties) -> Range<usize> {
        let sink = self.sink.take();
        let Record { user_code, session, .. } = *self.record;
        let device = self.people.device_of(user_code, session.code());
        let is_known = self.people.is_known(self.record);
        let is_user = |owner: &&OwnerProperties| owner.owner == Owner::User;
        for user in properties.owners.iter().filter(|owner| is_user(owner) && !is_known) {
            self.owner(user, device);
        }
        let shown_from = self.out.len();
        self.sink = sink;
        if let Some(sink) = &mut self.sink {
            sink.turn_to(EventPart::Event);
        }
        if properties.has_anonymous_id {
            let id = self.people.anonymous_id(user_code, device);
            self.label(ANONYMOUS_ID, b",\"anonymous_id\":");
            self.as_text(|values| values.quoted(&id));
        }
        for owner in properties.owners.iter().filter(|owner| is_known || !is_user(owner)) {
            self.label(owner.name, &owner.label);
            self.owner(owner, device);
        }
        self.carrier.code = None;
        shown_from..self.out.len()
    }

    fn owner(&mut self, owner: &OwnerProperties, device: u32) {
        let Record { user_code, session, .. } = *self.record;
        let (code, draws) = match owner.owner {
            Owner::User => (u64::from(user_code), self.people.user(user_code)),
            Owner::Device => {
                (device_code(user_code, device), self.people.device(user_code, device))
            }
            Owner::Session => (session.code(), self.people.session(session.code())),
        };
        self.carrier.code = Some(code);
        self.begin_object();
        for property in &owner.properties {
            self.member(property, draws.of(property.hash));
        }
        self.end_object();
    }
}
