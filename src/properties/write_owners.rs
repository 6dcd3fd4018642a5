//! What an event's user, device and session have, as JSON.

use std::ops::Range;

use crate::event::{EventPart, Record};
use crate::population::device_code;
use crate::random::{EventDraws, Owner};
use crate::scenario::ANONYMOUS_ID;

use super::event_properties::{OwnerProperties, Properties};
use super::generator::Property;
use super::owner_cache::{OwnerCache, OwnerKey, ShownOwners};
use super::write::ValueWriter;

impl ValueWriter<'_> {
    /// Appends what the event's user, device and session have, and gives the part that the event says: of a user who is
    /// not known yet it says nothing. It is taken from `cache` if an event of the session had it before.
    pub(super) fn owners(
        &mut self,
        properties: &Properties,
        cache: &mut OwnerCache,
    ) -> Range<usize> {
        debug_assert!(self.out.is_empty(), "places are counted from the begin of the text");
        let key = OwnerKey::of(self.record, self.people, self.sink.is_some());
        let kept = cache.place(key);
        if kept.is_of(key) {
            self.out.extend_from_slice(&kept.text);
            self.slots[..self.owner_slots].clone_from_slice(&kept.slots);
            self.keep_members_of_owners();
            self.give_owners(properties, key.is_known, &kept.shown);
        } else {
            let shown = self.draw_owners(properties, key.is_known);
            kept.keep(key, self.out, &self.slots[..self.owner_slots], shown);
        }
        kept.shown.all.clone()
    }

    fn draw_owners(&mut self, properties: &Properties, is_known: bool) -> ShownOwners {
        let sink = self.sink.take();
        let Record { user_code, session, .. } = *self.record;
        let device = self.people.device_of(user_code, session.code());
        for user in properties.hidden_owners(is_known) {
            self.owner(user, device);
        }
        let start = self.out.len();
        self.sink = sink;
        if let Some(sink) = &mut self.sink {
            sink.turn_to(EventPart::Event);
        }
        let mut anonymous_id = start..start;
        if properties.has_anonymous_id {
            let id = self.people.anonymous_id(user_code, device);
            self.label(ANONYMOUS_ID, b",\"anonymous_id\":");
            anonymous_id.start = self.out.len();
            self.as_text(|values| values.quoted(&id));
            anonymous_id.end = self.out.len();
        }
        for owner in properties.shown_owners(is_known) {
            self.label(owner.name, &owner.label);
            self.owner(owner, device);
        }
        self.carrier.code = None;
        ShownOwners { anonymous_id, all: start..self.out.len() }
    }

    fn owner(&mut self, owner: &OwnerProperties, device: u32) {
        let (code, draws) = self.owner_draws(owner, device);
        self.carrier.code = Some(code);
        self.begin_object();
        for property in &owner.properties {
            self.member(property, draws.of(property.hash));
        }
        self.end_object();
    }

    /// The bits of an owner, and the draws of its values.
    fn owner_draws(&self, owner: &OwnerProperties, device: u32) -> (u64, EventDraws) {
        let Record { user_code, session, .. } = *self.record;
        match owner.owner {
            Owner::User => (u64::from(user_code), self.people.user(user_code)),
            Owner::Device => {
                (device_code(user_code, device), self.people.device(user_code, device))
            }
            Owner::Session => (session.code(), self.people.session(session.code())),
        }
    }

    /// Gives to the sink, if there is one, what stands in the text.
    fn give_owners(&mut self, properties: &Properties, is_known: bool, shown: &ShownOwners) {
        let Some(sink) = self.sink.take() else { return };
        sink.turn_to(EventPart::Event);
        if properties.has_anonymous_id {
            sink.member(ANONYMOUS_ID);
            sink.json(&self.out[shown.anonymous_id.clone()]);
        }
        for owner in properties.shown_owners(is_known) {
            sink.member(owner.name);
            sink.begin_object();
            for property in &owner.properties {
                debug_assert!(property.slot.is_some(), "others may refer to any attribute");
                let place = property.slot.map_or(0..0, |slot| self.slots[slot].clone());
                if !place.is_empty() {
                    sink.member(&property.name);
                    sink.json(&self.out[place]);
                } else if self.is_null(owner, property) {
                    sink.member(&property.name);
                    sink.null();
                }
            }
            sink.end_object();
        }
        self.sink = Some(sink);
    }

    /// True if an attribute without a value is null, false if it is missing.
    fn is_null(&self, owner: &OwnerProperties, property: &Property) -> bool {
        let Record { user_code, session, .. } = *self.record;
        let device = self.people.device_of(user_code, session.code());
        let (_, draws) = self.owner_draws(owner, device);
        property.is_certain || self.is_there(property, draws.of(property.hash))
    }
}
