//! Properties that are ready to be drawn.

use std::sync::Arc;

use serde_json::Value;

use crate::event::Field;
use crate::random::{
    Assignment, Bernoulli, BoundedCount, CountTable, CumulativeTable, QuantileTable,
};
use crate::scenario::events::{
    CountedThing, ExactNumber, Formula, IdOwner, IpVersion, Moment, MomentForm,
};

use super::formula::Operand;

/// The properties of one type of event.
#[derive(Clone, Debug)]
pub(super) struct EventProperties {
    pub(super) event_type: String,
    pub(super) properties: Vec<Property>,
    /// By place where a value is kept for others to refer to: the members of the value that are kept too.
    pub(super) slots: Vec<Vec<KeptMember>>,
    /// Some of them are fields of their own.
    pub(super) has_fields: bool,
}

/// A member of a value that is kept for others to refer to.
#[derive(Clone, Debug)]
pub(super) struct KeptMember {
    /// The labels on the way to it.
    pub(super) path: Vec<Vec<u8>>,
    pub(super) slot: usize,
}

/// A property: its name, and how its values are drawn.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: String,
    /// The name in quotes and a colon.
    pub(super) label: Vec<u8>,
    pub(super) hash: u64,
    pub(super) missing: Option<Bernoulli>,
    pub(super) null: Option<Bernoulli>,
    /// Unless all of them hold the property is missing.
    pub(super) conditions: Vec<ValueCondition>,
    pub(super) generator: Generator,
    /// The place where its text is kept for others to refer to.
    pub(super) slot: Option<usize>,
    /// It is a field of its own, beside `props`.
    pub(super) is_field: bool,
    /// It is an amount in a currency.
    pub(super) is_money: bool,
}

/// What a property's values are.
#[derive(Clone, Debug)]
pub(super) enum Generator {
    /// JSON.
    Constant(Vec<u8>),
    Choice {
        table: CumulativeTable,
        values: Vec<Vec<u8>>,
    },
    /// The variant to which a user is assigned; JSON of the names.
    Variant {
        assignment: Assignment,
        names: Vec<Vec<u8>>,
    },
    /// JSON of the rows.
    Pick {
        table: CumulativeTable,
        rows: Vec<Vec<u8>>,
    },
    /// A number of units from `min` to `min + span`.
    Uniform {
        min: i64,
        span: u64,
        decimals: u32,
    },
    Continuous {
        table: QuantileTable,
        decimals: u32,
    },
    Count(CountTable),
    Boolean(Bernoulli),
    /// `start` is the quote, the prefix and `_`; `key` is the property's own, but that of the prefix if the id is
    /// not the event's.
    Id {
        start: Vec<u8>,
        key: u64,
        owner: IdOwner,
    },
    Address(IpVersion),
    Counter {
        of: CountedThing,
        start: i64,
        step: i64,
    },
    DateTime {
        from: Moment,
        to: Moment,
        form: MomentForm,
    },
    Text(Vec<TextPiece>),
    /// `cases` are sorted by the text of the value that they are for; the last property is for any other.
    By {
        of: ValueReference,
        cases: Vec<(Vec<u8>, usize)>,
        properties: Vec<Property>,
    },
    /// An amount, by the number of digits of its currency: those of `DIGITS`.
    Money {
        currency: ValueReference,
        by_digits: Vec<Self>,
    },
    Formula {
        formula: Formula<Operand>,
        decimals: u32,
    },
    /// The sum of a formula over the entries of the list in a slot.
    Sum {
        list: usize,
        formula: Formula<Operand>,
        decimals: u32,
    },
    /// A number, times the factors of the variants that the user has.
    Multiplied {
        value: Box<Self>,
        decimals: u32,
        by: Vec<VariantFactors>,
    },
    Cart(Box<Cart>),
    List {
        of: Box<Property>,
        count: BoundedCount,
    },
    Object(Vec<Property>),
}

/// By what the variants of an experiment multiply a number.
#[derive(Clone, Debug)]
pub(super) struct VariantFactors {
    /// The variant that the user has.
    pub(super) of: ValueReference,
    /// By the text of a variant; those that change nothing are left out.
    pub(super) factors: Vec<(Vec<u8>, ExactNumber)>,
}

/// A cart.
#[derive(Clone, Debug)]
pub(super) struct Cart {
    /// What its events carry.
    pub(super) event: Arc<EventProperties>,
    /// By property of the events: whether it is taken.
    pub(super) takes: Vec<bool>,
    /// By kind of event: whether its events go into the cart.
    pub(super) adds: Vec<bool>,
    /// By kind of event: whether it empties the cart.
    pub(super) empties: Vec<bool>,
    pub(super) most: u32,
}

/// The digits that amounts can have after the point.
pub(super) const DIGITS: [u32; 4] = [0, 2, 3, 4];

impl Property {
    /// What is always null.
    pub(super) fn null() -> Self {
        Self {
            name: String::new(),
            label: Vec::new(),
            hash: 0,
            missing: None,
            null: None,
            conditions: Vec::new(),
            generator: Generator::Constant(b"null".to_vec()),
            slot: None,
            is_field: false,
            is_money: false,
        }
    }
}

/// A value of the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueReference {
    /// The value that is kept in this place.
    Slot(usize),
    /// A field of the event.
    Field(Field),
}

/// A value that has to be one of some.
#[derive(Clone, Debug)]
pub(super) struct ValueCondition {
    pub(super) of: ValueReference,
    /// Their texts, as a writer has that of `of`.
    pub(super) texts: Vec<Vec<u8>>,
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) enum TextPiece {
    /// A text as it stands between the quotes of a JSON string.
    Text(Vec<u8>),
    Value(ValueReference),
}

/// A text as it stands between the quotes of a JSON string.
pub(super) fn escaped(text: &str) -> Vec<u8> {
    let quoted = Value::from(text).to_string();
    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
}
