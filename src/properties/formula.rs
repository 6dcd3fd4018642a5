//! Formulas over values that are written already.

use std::ops::Range;

use crate::scenario::events::{ExactNumber, Formula};

use super::json_text::{entries, member};

/// A value in a formula.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) place: OperandPlace,
    /// The number that it is where it is missing or null.
    pub(super) otherwise: Option<ExactNumber>,
}

/// Where a value in a formula is found.
#[derive(Clone, Debug)]
pub(super) enum OperandPlace {
    /// In the slot of that number.
    Slot(usize),
    /// In the entry that is summed, by the labels on the way from it; the entry itself without any.
    Entry(Vec<Vec<u8>>),
}

/// The number of units of the last decimal that a formula gives, whose slots have these places in a text. The check
/// of the scenario has seen to it that there is one.
pub(super) fn units(
    formula: &Formula<Operand>,
    decimals: u32,
    text: &[u8],
    slots: &[Range<usize>],
) -> Option<i64> {
    i64::try_from(number(formula, text, slots, &[])?.rounded(decimals)?).ok()
}

/// The same for the sum over the entries of a list; 0 if there are none.
pub(super) fn summed_units(
    formula: &Formula<Operand>,
    list: &[u8],
    decimals: u32,
    text: &[u8],
    slots: &[Range<usize>],
) -> Option<i64> {
    let mut sum = ExactNumber::ZERO;
    for entry in entries(list) {
        sum = sum.add(number(formula, text, slots, &list[entry])?)?;
    }
    i64::try_from(sum.rounded(decimals)?).ok()
}

fn number(
    formula: &Formula<Operand>,
    text: &[u8],
    slots: &[Range<usize>],
    entry: &[u8],
) -> Option<ExactNumber> {
    let value = |operand: &Operand| {
        let written = match &operand.place {
            OperandPlace::Slot(slot) => &text[slots[*slot].clone()],
            OperandPlace::Entry(path) => member(entry, path).map_or(&[][..], |at| &entry[at]),
        };
        ExactNumber::parse(written).or(operand.otherwise).ok_or(())
    };
    formula.evaluate(&|exact| exact, &value, &|operator, a, b| operator.apply(a, b).ok_or(())).ok()
}
