//! Ids, counts and moments.

use crate::event::{Record, hex};
use crate::random::{scattered, uniform};
use crate::scenario::events::{CountedThing, IdOwner, Moment, MomentForm};
use crate::time::VirtualTime;

use super::write::ValueWriter;

impl ValueWriter<'_> {
    /// The number of what is counted, from 0.
    pub(super) fn count(&mut self, counted: CountedThing) -> u32 {
        match counted {
            CountedThing::Events => self.record.number,
            CountedThing::EventsOfType => {
                let types = &self.texts.event_types;
                let event_type = |event: &Record| &types[event.content.kind.index()];
                let own = event_type(self.record);
                let before = self.history.before(self.record).iter();
                before.filter(|event| event_type(event) == own).count() as u32
            }
            CountedThing::Sessions => self.history.session_number(self.record),
        }
    }

    /// The digits of an id, which nothing else has: what it belongs to, scattered by a bijection.
    pub(super) fn id(&mut self, key: u64, owner: IdOwner) {
        const NUMBER_BITS: u32 = 16;
        let Record { session, number, user_code, .. } = *self.record;
        let low = number & ((1 << NUMBER_BITS) - 1);
        let (owned, key) = match owner {
            IdOwner::Event => {
                let event = session.code() << NUMBER_BITS | u64::from(low);
                (event, self.seed_key ^ scattered(self.entry, key))
            }
            IdOwner::Session => (session.code(), self.seed_key ^ key),
            IdOwner::User => (user_code.into(), self.seed_key ^ key),
        };
        let (owned, key) = match self.carrier.code {
            None => (owned, key),
            Some(code) => (code, self.seed_key ^ scattered(self.entry, key)),
        };
        let bits = scattered(owned, key);
        let mut digits = [0; 16];
        digits[..8].copy_from_slice(&hex((bits >> 32) as u32));
        digits[8..].copy_from_slice(&hex(bits as u32));
        self.out.extend_from_slice(&digits);
        if number != low && owner == IdOwner::Event && self.carrier.code.is_none() {
            self.out.extend_from_slice(format!("{:x}", number >> NUMBER_BITS).as_bytes());
        }
        self.out.push(b'"');
    }

    /// Appends a moment between two.
    pub(super) fn moment(&mut self, from: Moment, to: Moment, form: MomentForm, bits: u64) {
        const DATE: usize = 10;
        let now = self.carrier.now.as_millis();
        let millis = |moment| match moment {
            Moment::At(time) => time.as_millis(),
            Moment::After(millis) => {
                now.saturating_add_signed(millis).min(VirtualTime::MAX.as_millis())
            }
        };
        let millis = uniform(bits, millis(from), millis(to));
        let time = VirtualTime::from_millis(millis).unwrap_or(VirtualTime::MAX);
        match (form, &mut self.sink) {
            (MomentForm::DateTime, Some(sink)) => sink.time(time),
            (MomentForm::Date, Some(sink)) => sink.date(time),
            (MomentForm::DateTime, None) => self.quoted(&time.text()),
            (MomentForm::Date, None) => self.quoted(&time.text()[..DATE]),
            (MomentForm::UnixSeconds, _) => self.number((millis / 1_000) as i64, 0),
            (MomentForm::UnixMillis, _) => self.number(millis as i64, 0),
        }
    }

    pub(super) fn quoted(&mut self, text: &[u8]) {
        self.out.push(b'"');
        self.out.extend_from_slice(text);
        self.out.push(b'"');
    }
}
