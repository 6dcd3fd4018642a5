//! From generators to JSON.

use std::ops::Range;

use crate::event::{Field, Record, ValueSink, hex};
use crate::population::People;
use crate::random::{AspectDraws, Bernoulli, EventDraws, scattered, uniform};
use crate::scenario::events::{ExactNumber, minor_digits};
use crate::time::VirtualTime;

use super::address::address;
use super::cart::{CartBuffers, keep_parts};
use super::event_properties::FieldTexts;
use super::formula;
use super::generator::{
    Cart, DIGITS, Generator, KeptMember, Property, TextPiece, ValueCondition, ValueReference,
    VariantFactors,
};
use super::json_text::member;
use super::session_history::SessionHistory;

/// The places of a property's draws. The numbers are part of the format.
const VALUE: u64 = 0;
const MISSING: u64 = 1;
const NULL: u64 = 2;
const COUNT: u64 = 3;
/// The place from which the entries of a list are numbered.
const ENTRIES: u64 = 16;

/// What the values belong to.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueCarrier {
    /// The time to which others are relative.
    pub(super) now: VirtualTime,
    /// The bits of a user, device or session; none for an event.
    pub(super) code: Option<u64>,
}

/// The writer of one event's values.
pub(super) struct ValueWriter<'a> {
    pub(super) record: &'a Record,
    pub(super) texts: &'a FieldTexts,
    /// By slot: the members of the value there that have slots too.
    pub(super) kept: &'a [Vec<KeptMember>],
    pub(super) slots: &'a mut [Range<usize>],
    /// The number of slots that are of users, devices and sessions, the first ones.
    pub(super) owner_slots: usize,
    /// The text in which values are written, or with a sink those alone to which others refer.
    pub(super) out: &'a mut Vec<u8>,
    /// What takes the values instead of the text.
    pub(super) sink: Option<&'a mut dyn ValueSink>,
    pub(super) seed_key: u64,
    pub(super) history: &'a mut dyn SessionHistory,
    pub(super) cart: &'a mut CartBuffers,
    pub(super) people: &'a People,
    pub(super) carrier: ValueCarrier,
    /// The bits of the numbers of the lists' entries that the value is in.
    pub(super) entry: u64,
}

impl ValueWriter<'_> {
    /// Appends a property and its value, unless it is missing.
    pub(super) fn member(&mut self, property: &Property, draws: AspectDraws) {
        if !property.is_certain && !self.is_there(property, draws) {
            return self.keep(property, 0..0);
        }
        self.label(&property.name, &property.label);
        self.value(property, draws);
    }

    /// Begins a member.
    #[inline]
    pub(super) fn label(&mut self, name: &str, label: &[u8]) {
        match &mut self.sink {
            None => append_member(label, self.out),
            Some(sink) => sink.member(name),
        }
    }

    pub(super) fn is_there(&self, property: &Property, draws: AspectDraws) -> bool {
        let holds = |condition: &ValueCondition| self.is_one_of(condition.of, &condition.texts);
        !property.missing.is_some_and(|missing| missing.sample(draws.at(MISSING)))
            && property.conditions.iter().all(holds)
    }

    #[inline]
    fn value(&mut self, property: &Property, draws: AspectDraws) {
        let start = self.out.len();
        let is_null = |null: Bernoulli| null.sample(draws.at(NULL));
        if !property.is_certain && property.null.is_some_and(is_null) {
            self.null();
            return self.keep(property, 0..0);
        }
        // That to which others refer has to be there as text.
        let is_kept = property.slot.is_some();
        let sink = self.sink.take_if(|sink| is_kept || sink.wants_json());
        self.generate(&property.generator, draws);
        if let Some(sink) = sink {
            sink.json(&self.out[start..]);
            self.sink = Some(sink);
        }
        self.keep(property, start..self.out.len());
    }

    /// Keeps the place of a value, and those of its members, for others to refer to.
    #[inline]
    fn keep(&mut self, property: &Property, place: Range<usize>) {
        let Some(slot) = property.slot else { return };
        if !self.kept[slot].is_empty() {
            self.keep_members(slot, &place);
        }
        self.slots[slot] = place;
    }

    /// Keeps the places of the members of values that were written before.
    pub(super) fn keep_members_of_owners(&mut self) {
        for slot in 0..self.owner_slots {
            if !self.kept[slot].is_empty() {
                self.keep_members(slot, &self.slots[slot].clone());
            }
        }
    }

    fn keep_members(&mut self, slot: usize, place: &Range<usize>) {
        for KeptMember { path, slot } in &self.kept[slot] {
            let found = member(&self.out[place.clone()], path);
            let found = found.map(|found| place.start + found.start..place.start + found.end);
            let found = found.filter(|found| self.out[found.clone()] != *b"null");
            self.slots[*slot] = found.unwrap_or(0..0);
        }
    }

    /// The draws of the event.
    pub(super) fn draws(&self) -> EventDraws {
        EventDraws::new(self.seed_key, self.record.session.code(), self.record.number)
    }

    fn generate(&mut self, generator: &Generator, draws: AspectDraws) {
        let bits = draws.at(VALUE);
        match generator {
            Generator::Constant(value) => self.json(value),
            Generator::Choice { table, values } => self.json(&values[table.search(bits)]),
            Generator::Variant { assignment, names } => {
                self.json(&names[assignment.sample(draws)]);
            }
            Generator::Pick { table, rows } => self.json(&rows[table.search(bits)]),
            Generator::Uniform { min, span, decimals } => {
                let units = min.saturating_add_unsigned(uniform(bits, 0, *span));
                self.number(units, *decimals);
            }
            Generator::Continuous { table, decimals } => self.number(table.sample(bits), *decimals),
            Generator::Count(table) => self.number(i64::from(table.sample(bits)), 0),
            Generator::Boolean(share) => self.boolean(share.sample(bits)),
            Generator::Address(version) => {
                self.as_text(|values| address(*version, bits, values.out));
            }
            Generator::Id { start, key, owner } => self.as_text(|values| {
                values.out.extend_from_slice(start);
                values.id(*key, *owner);
            }),
            Generator::Counter { of, start, step } => {
                let number = i64::from(self.count(*of));
                self.number(start.saturating_add(step.saturating_mul(number)), 0);
            }
            Generator::DateTime { from, to, form } => self.moment(*from, *to, *form, bits),
            Generator::Text(pieces) => self.as_text(|values| values.text(pieces)),
            Generator::By { of, cases, properties } => {
                let case = &properties[self.case(*of, cases).unwrap_or(properties.len() - 1)];
                self.value(case, draws.member(case.hash));
            }
            Generator::Money { currency, by_digits } => {
                let code = str::from_utf8(self.referred(*currency)).unwrap_or_default();
                let digits = minor_digits(code.trim_matches('"'));
                let place = DIGITS.iter().position(|known| *known == digits).unwrap_or(1);
                self.generate(&by_digits[place], draws);
            }
            Generator::Formula { formula, decimals } => {
                let units = formula::units(formula, *decimals, self.out, self.slots);
                self.number_or_null(units, *decimals);
            }
            Generator::Sum { list, formula, decimals } => {
                let list = &self.out[self.slots[*list].clone()];
                let units = formula::summed_units(formula, list, *decimals, self.out, self.slots);
                self.number_or_null(units, *decimals);
            }
            Generator::Multiplied { value, decimals, by } => {
                self.as_text(|values| values.multiplied(value, *decimals, by, draws));
            }
            Generator::Cart(cart) => self.as_text(|values| values.cart(cart)),
            Generator::List { of, count } => self.list(of, count.sample(draws.at(COUNT)), draws),
            Generator::Object(members) => {
                self.begin_object();
                for member in members {
                    self.member(member, draws.member(member.hash));
                }
                self.end_object();
            }
        }
    }

    /// Appends a number times the factors of the user's variants, which is rounded once.
    fn multiplied(
        &mut self,
        value: &Generator,
        decimals: u32,
        by: &[VariantFactors],
        draws: AspectDraws,
    ) {
        let start = self.out.len();
        self.generate(value, draws);
        let mut product = None;
        for VariantFactors { of, factors } in by {
            let variant = self.referred(*of);
            let factor = factors.iter().find(|(name, _)| name == variant);
            let Some((_, factor)) = factor else { continue };
            let number = product.or_else(|| ExactNumber::parse(&self.out[start..]));
            product = number.and_then(|number| number.multiply(*factor));
        }
        if let Some(product) = product {
            self.out.truncate(start);
            let units = product.rounded(decimals).and_then(|units| i64::try_from(units).ok());
            self.number_or_null(units, decimals);
        }
    }

    /// The case that is for a value.
    fn case(&self, of: ValueReference, cases: &[(Vec<u8>, usize)]) -> Option<usize> {
        let text = self.referred(of);
        let found = cases.binary_search_by(|(known, _)| known.as_slice().cmp(text));
        found.ok().map(|at| cases[at].1)
    }

    fn list(&mut self, of: &Property, count: u32, draws: AspectDraws) {
        self.begin_list();
        let around = self.entry;
        for number in 0..count {
            self.begin_entry(number);
            self.entry = scattered(u64::from(number) + 1, around);
            self.value(of, draws.entry(ENTRIES + u64::from(number)));
        }
        self.entry = around;
        self.end_list();
    }

    /// Appends a number; nothing but null for one that the check of the scenario should have refused.
    fn number_or_null(&mut self, units: Option<i64>, decimals: u32) {
        match units {
            Some(units) => self.number(units, decimals),
            None => self.null(),
        }
    }

    /// Appends what earlier events of the session carried.
    fn cart(&mut self, cart: &Cart) {
        let CartBuffers { mut records, mut slots, mut taken } = std::mem::take(self.cart);
        cart.choose(self.history.before(self.record), &mut records);
        self.out.push(b'[');
        for (number, record) in records.iter().enumerate() {
            if number > 0 {
                self.out.push(b',');
            }
            self.out.push(b'{');
            slots.clear();
            slots.resize(cart.event.slots.len(), 0..0);
            // The session is the same, and so are its user and device.
            slots[..self.owner_slots].clone_from_slice(&self.slots[..self.owner_slots]);
            let start = self.out.len();
            let mut values = ValueWriter {
                record,
                texts: self.texts,
                kept: &cart.event.slots,
                slots: &mut slots,
                out: &mut *self.out,
                sink: None,
                seed_key: self.seed_key,
                history: &mut *self.history,
                cart: &mut *self.cart,
                owner_slots: self.owner_slots,
                people: self.people,
                carrier: ValueCarrier { now: record.time, code: None },
                entry: 0,
            };
            values.keep_members_of_owners();
            let draws = values.draws();
            taken.clear();
            for (property, is_taken) in cart.event.properties.iter().zip(&cart.takes) {
                let before = values.out.len();
                values.member(property, draws.of(property.hash));
                let comma = usize::from(values.out.get(before) == Some(&b','));
                if *is_taken && values.out.len() > before {
                    taken.push(before + comma..values.out.len());
                }
            }
            keep_parts(self.out, start, &taken);
            self.out.push(b'}');
        }
        self.out.push(b']');
        *self.cart = CartBuffers { records, slots, taken };
    }

    /// True if a value is one of some texts.
    fn is_one_of(&self, of: ValueReference, texts: &[Vec<u8>]) -> bool {
        let text = self.referred(of);
        texts.iter().any(|known| known == text)
    }

    /// The text of a value: JSON for a property, what stands between the quotes for a field; empty for none.
    fn referred(&self, of: ValueReference) -> &[u8] {
        match of {
            ValueReference::Slot(slot) => &self.out[self.slots[slot].clone()],
            ValueReference::Field(field) => name_of(self.record, self.texts, field),
        }
    }

    fn text(&mut self, pieces: &[TextPiece]) {
        self.out.push(b'"');
        for piece in pieces {
            match piece {
                TextPiece::Text(text) => self.out.extend_from_slice(text),
                TextPiece::Value(ValueReference::Slot(slot)) => {
                    let Range { start, end } = self.slots[*slot].clone();
                    // A text is escaped already; its quotes go.
                    let is_text = self.out.get(start) == Some(&b'"') && start < end;
                    let quote = usize::from(is_text);
                    self.out.extend_from_within(start + quote..end - quote);
                }
                TextPiece::Value(ValueReference::Field(field)) => self.field(*field),
            }
        }
        self.out.push(b'"');
    }

    fn field(&mut self, field: Field) {
        match field {
            Field::EventId => self.out.extend_from_slice(&self.record.event_id_text()),
            Field::EventTime => self.out.extend_from_slice(&self.record.time.text()),
            Field::UserId => match self.people.anonymous(self.record) {
                Some(id) if self.carrier.code.is_none() => self.out.extend_from_slice(&id),
                _ => {
                    self.out.extend_from_slice(b"user_");
                    self.out.extend_from_slice(&hex(self.record.user_code));
                }
            },
            Field::SessionId => self.out.extend_from_slice(&self.record.session_id_text()),
            Field::EventType | Field::PagePath | Field::ButtonId | Field::Props => {
                let text = name_of(self.record, self.texts, field);
                self.out.extend_from_slice(text);
            }
        }
    }
}

/// Appends a member with the comma before it, which the first member of an object has not.
#[inline]
pub(super) fn append_member(member: &[u8], out: &mut Vec<u8>) {
    let is_first = out.last() == Some(&b'{');
    out.extend_from_slice(member.get(usize::from(is_first)..).unwrap_or_default());
}

/// The name that a field has as its value, as it stands between the quotes; empty for other fields.
fn name_of<'t>(record: &Record, texts: &'t FieldTexts, field: Field) -> &'t [u8] {
    let names = match field {
        Field::EventType => &texts.event_types,
        Field::PagePath => &texts.pages,
        Field::ButtonId => &texts.buttons,
        _ => return &[],
    };
    record.name_index(field).map_or(&[], |name| &names[name])
}
