//! From generators to JSON.

use std::ops::Range;

use crate::event::{Detail, Field, Record, RecordContent, UuidV7, hex};
use crate::population::People;
use crate::random::{AspectDraws, scattered, uniform};
use crate::scenario::events::{Moment, MomentForm, minor_digits};
use crate::time::VirtualTime;

use super::address::address;
use super::event_properties::FieldTexts;
use super::generator::{DIGITS, Generator, Property, TextPiece, ValueCondition, ValueReference};
use super::number_text::{write_units, write_whole};

/// The places of a property's draws. The numbers are part of the format.
const VALUE: u64 = 0;
const MISSING: u64 = 1;
const NULL: u64 = 2;
const COUNT: u64 = 3;
/// The place from which the entries of a list are numbered.
const ENTRIES: u64 = 16;

/// Where the text of a value is.
#[derive(Clone, Debug, Default)]
pub(super) struct ValuePlace {
    is_aside: bool,
    range: Range<usize>,
}

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
    pub(super) people: &'a People,
    pub(super) texts: &'a FieldTexts,
    pub(super) slots: &'a mut [ValuePlace],
    pub(super) out: &'a mut Vec<u8>,
    /// The buffer that is not written to now.
    pub(super) other: &'a mut Vec<u8>,
    pub(super) is_aside: bool,
    pub(super) seed_key: u64,
    pub(super) carrier: ValueCarrier,
    /// The bits of the numbers of the lists' entries that the value is in.
    pub(super) entry: u64,
}

impl ValueWriter<'_> {
    /// Writes beside `props`.
    pub(super) fn aside(&mut self, write: impl FnOnce(&mut Self)) {
        std::mem::swap(&mut self.out, &mut self.other);
        self.is_aside = true;
        write(self);
        self.is_aside = false;
        std::mem::swap(&mut self.out, &mut self.other);
    }

    /// Appends a property and its value, unless it is missing.
    pub(super) fn member(&mut self, property: &Property, draws: AspectDraws) {
        let holds = |condition: &ValueCondition| self.is_one_of(condition.of, &condition.texts);
        if property.missing.is_some_and(|missing| missing.sample(draws.at(MISSING)))
            || !property.conditions.iter().all(holds)
        {
            if let Some(slot) = property.slot {
                self.slots[slot] = ValuePlace::default();
            }
            return;
        }
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        self.out.extend_from_slice(&property.label);
        self.value(property, draws);
    }

    fn value(&mut self, property: &Property, draws: AspectDraws) {
        let start = self.out.len();
        let is_null = property.null.is_some_and(|null| null.sample(draws.at(NULL)));
        if is_null {
            self.out.extend_from_slice(b"null");
        } else {
            self.generate(&property.generator, draws);
        }
        if let Some(slot) = property.slot {
            let range = if is_null { 0..0 } else { start..self.out.len() };
            self.slots[slot] = ValuePlace { is_aside: self.is_aside, range };
        }
    }

    fn generate(&mut self, generator: &Generator, draws: AspectDraws) {
        let bits = draws.at(VALUE);
        let out = &mut *self.out;
        match generator {
            Generator::Constant(value) => out.extend_from_slice(value),
            Generator::Choice { table, values } => {
                out.extend_from_slice(&values[table.search(bits)]);
            }
            Generator::Uniform { min, span, decimals } => {
                let units = min.saturating_add_unsigned(uniform(bits, 0, *span));
                write_units(units, *decimals, out);
            }
            Generator::Continuous { table, decimals } => {
                write_units(table.sample(bits), *decimals, out);
            }
            Generator::Count(table) => write_whole(i64::from(table.sample(bits)), out),
            Generator::Boolean(share) => {
                let text: &[u8] = if share.sample(bits) { b"true" } else { b"false" };
                out.extend_from_slice(text);
            }
            Generator::Id { start, key } => {
                out.extend_from_slice(start);
                self.id(*key);
            }
            Generator::Address(version) => address(*version, bits, out),
            Generator::Counter { start, step } => {
                let number = i64::from(self.record.number);
                write_whole(start.saturating_add(step.saturating_mul(number)), out);
            }
            Generator::DateTime { from, to, form } => self.moment(*from, *to, *form, bits),
            Generator::Text(pieces) => self.text(pieces),
            Generator::By { of, cases, properties } => {
                let text = self.referred(*of);
                let found = cases.binary_search_by(|(known, _)| known.as_slice().cmp(text));
                let other = properties.len() - 1;
                let case = &properties[found.map_or(other, |at| cases[at].1)];
                self.value(case, draws.member(case.hash));
            }
            Generator::Money { currency, by_digits } => {
                let code = str::from_utf8(self.referred(*currency)).unwrap_or_default();
                let digits = minor_digits(code.trim_matches('"'));
                let place = DIGITS.iter().position(|known| *known == digits).unwrap_or(1);
                self.generate(&by_digits[place], draws);
            }
            Generator::List { of, count } => {
                out.push(b'[');
                let around = self.entry;
                for number in 0..count.sample(draws.at(COUNT)) {
                    if number > 0 {
                        self.out.push(b',');
                    }
                    self.entry = scattered(u64::from(number) + 1, around);
                    self.value(of, draws.entry(ENTRIES + u64::from(number)));
                }
                self.entry = around;
                self.out.push(b']');
            }
            Generator::Object(members) => {
                out.push(b'{');
                for member in members {
                    self.member(member, draws.member(member.hash));
                }
                self.out.push(b'}');
            }
        }
    }

    /// True if a value is one of some texts.
    fn is_one_of(&self, of: ValueReference, texts: &[Vec<u8>]) -> bool {
        let text = self.referred(of);
        texts.iter().any(|known| known == text)
    }

    /// The text of a value: JSON for a property, what stands between the quotes for a field; empty for none.
    fn referred(&self, of: ValueReference) -> &[u8] {
        match of {
            ValueReference::Slot(slot) => {
                let ValuePlace { is_aside, range } = &self.slots[slot];
                if *is_aside == self.is_aside {
                    &self.out[range.clone()]
                } else {
                    &self.other[range.clone()]
                }
            }
            ValueReference::Field(field) => name_of(self.record, self.texts, field),
        }
    }

    /// The digits of an id, which no other event has: session and number, scattered by a bijection.
    fn id(&mut self, key: u64) {
        const NUMBER_BITS: u32 = 16;
        let Record { session, number, .. } = *self.record;
        let (code, number) = match self.carrier.code {
            None => (session.code(), number),
            Some(code) => (code, 0),
        };
        let low = number & ((1 << NUMBER_BITS) - 1);
        let key = self.seed_key ^ scattered(self.entry, key);
        let bits = scattered(code << NUMBER_BITS | u64::from(low), key);
        self.out.extend_from_slice(&hex((bits >> 32) as u32));
        self.out.extend_from_slice(&hex(bits as u32));
        if number != low {
            self.out.extend_from_slice(format!("{:x}", number >> NUMBER_BITS).as_bytes());
        }
        self.out.push(b'"');
    }

    fn moment(&mut self, from: Moment, to: Moment, form: MomentForm, bits: u64) {
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
        let text = time.text();
        match form {
            MomentForm::DateTime => self.quoted(&text),
            MomentForm::Date => self.quoted(&text[..DATE]),
            MomentForm::UnixSeconds => write_whole((millis / 1_000) as i64, self.out),
            MomentForm::UnixMillis => write_whole(millis as i64, self.out),
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        self.out.push(b'"');
        self.out.extend_from_slice(text);
        self.out.push(b'"');
    }

    fn text(&mut self, pieces: &[TextPiece]) {
        self.out.push(b'"');
        for piece in pieces {
            match piece {
                TextPiece::Text(text) => self.out.extend_from_slice(text),
                TextPiece::Value(ValueReference::Slot(slot)) => {
                    let ValuePlace { is_aside, range } = self.slots[*slot].clone();
                    let is_here = is_aside == self.is_aside;
                    let text: &[u8] = if is_here { self.out } else { self.other };
                    // A text is escaped already; its quotes go.
                    let is_text = text.get(range.start) == Some(&b'"') && !range.is_empty();
                    let quote = usize::from(is_text);
                    let inner = range.start + quote..range.end - quote;
                    if is_here {
                        self.out.extend_from_within(inner);
                    } else {
                        self.out.extend_from_slice(&self.other[inner]);
                    }
                }
                TextPiece::Value(ValueReference::Field(field)) => self.field(*field),
            }
        }
        self.out.push(b'"');
    }

    fn field(&mut self, field: Field) {
        match field {
            Field::EventId => {
                let mut text = UuidV7::ZERO;
                self.record.event_id().overwrite(&mut text);
                self.out.extend_from_slice(&text);
            }
            Field::EventTime => self.out.extend_from_slice(&self.record.time.text()),
            Field::UserId => match self.people.anonymous(self.record) {
                Some(id) if self.carrier.code.is_none() => self.out.extend_from_slice(&id),
                _ => {
                    self.out.extend_from_slice(b"user_");
                    self.out.extend_from_slice(&hex(self.record.user_code));
                }
            },
            Field::SessionId => {
                self.out.extend_from_slice(b"session_");
                self.out.extend_from_slice(&self.record.event_id().last_group());
            }
            Field::EventType | Field::PagePath | Field::ButtonId | Field::Props => {
                let text = name_of(self.record, self.texts, field);
                self.out.extend_from_slice(text);
            }
        }
    }
}

/// The name that a field has as its value, as it stands between the quotes; empty for other fields.
fn name_of<'t>(record: &Record, texts: &'t FieldTexts, field: Field) -> &'t [u8] {
    let RecordContent { kind, page, detail } = record.content;
    match (field, page, detail) {
        (Field::EventType, ..) => &texts.event_types[kind.index()],
        (Field::PagePath, Some(page), _) => &texts.pages[page.index()],
        (Field::ButtonId, _, Detail::Button(button)) => &texts.buttons[usize::from(button)],
        _ => &[],
    }
}
