//! The things among which some were found wrong: events that were sent, rows that were expected.

use super::attribute::Attribute;

/// So many things, each with a value in every column.
#[derive(Debug, Default)]
pub(super) struct FactTable {
    pub(super) size: usize,
    pub(super) columns: Vec<FactColumn>,
    /// The time of each thing as text, to say where a run of them lies; empty where they have none.
    pub(super) places: Places,
}

/// One attribute of all things.
#[derive(Debug)]
pub(super) struct FactColumn {
    pub(super) attribute: Attribute,
    /// Of each thing, the index of its label, or an amount.
    pub(super) values: Vec<u32>,
    pub(super) scale: Scale,
}

/// The meaning of a column's values.
#[derive(Debug)]
pub(super) enum Scale {
    /// Indices of these labels.
    Labels(Vec<String>),
    /// Amounts.
    Amounts,
}

/// Where a thing stands among the others, for people.
#[derive(Debug, Default)]
pub(super) struct Places(pub(super) Vec<u64>);

impl Places {
    /// The time of the thing at `index` if it has one, and its number otherwise.
    pub(super) fn at(&self, index: usize) -> String {
        let time = self.0.get(index).filter(|&&millis| millis > 0);
        match time.and_then(|&millis| event_simulator::VirtualTime::from_millis(millis)) {
            Some(time) => time.to_string(),
            None => format!("number {}", index + 1),
        }
    }
}

/// Texts as indices of labels, in the order of their coming.
#[derive(Debug, Default)]
pub(super) struct LabelTable {
    indices: foldhash::HashMap<String, u32>,
    labels: Vec<String>,
}

impl LabelTable {
    pub(super) fn index(&mut self, text: &str) -> u32 {
        if let Some(index) = self.indices.get(text) {
            return *index;
        }
        let index = self.labels.len() as u32;
        self.indices.insert(text.to_owned(), index);
        self.labels.push(text.to_owned());
        index
    }

    pub(super) fn known(&self, text: &str) -> bool {
        self.indices.contains_key(text)
    }

    pub(super) fn into_labels(self) -> Vec<String> {
        self.labels
    }
}

impl FactTable {
    pub(super) fn labels(&self, column: usize) -> &[String] {
        match &self.columns[column].scale {
            Scale::Labels(labels) => labels,
            Scale::Amounts => &[],
        }
    }

    pub(super) fn position(&self, attribute: &Attribute) -> Option<usize> {
        self.columns.iter().position(|column| column.attribute == *attribute)
    }
}
