//! Properties that are ready to be drawn.

use serde_json::Value;

use crate::event::Field;
use crate::random::{Bernoulli, CountTable, CumulativeTable, QuantileTable, TruncatedGeometric};
use crate::scenario::events::{Moment, MomentForm};

/// A property: its name, and how its values are drawn.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: String,
    /// The name in quotes and a colon.
    pub(super) label: Vec<u8>,
    pub(super) hash: u64,
    pub(super) missing: Option<Bernoulli>,
    pub(super) null: Option<Bernoulli>,
    pub(super) generator: Generator,
    /// The place where its text is kept for others to refer to.
    pub(super) slot: Option<usize>,
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
    /// `start` is the quote, the prefix and `_`; `key` is the property's own.
    Id {
        start: Vec<u8>,
        key: u64,
    },
    Counter {
        start: i64,
        step: i64,
    },
    DateTime {
        from: Moment,
        to: Moment,
        form: MomentForm,
    },
    Text(Vec<TextPiece>),
    List {
        of: Box<Property>,
        count: TruncatedGeometric,
    },
    Object(Vec<Property>),
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) enum TextPiece {
    /// A text as it stands between the quotes of a JSON string.
    Text(Vec<u8>),
    /// The value that is kept in this place.
    Slot(usize),
    /// A field of the event.
    Field(Field),
}

/// A text as it stands between the quotes of a JSON string.
pub(super) fn escaped(text: &str) -> Vec<u8> {
    let quoted = Value::from(text).to_string();
    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
}
