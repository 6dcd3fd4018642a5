//! The keys of carts: what a session's own earlier events carried.

use serde::Serialize;

use super::word_or_group::OfWord;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{NAME, NameList, Optional, Required, Whole};
use crate::scenario::section::{Keys, Section};

keys! {
    /// What earlier events of the same session carried.
    pub struct CartSpec {
        /// The type of the events whose properties are the entries.
        of: String = String::new(), Required { kind: NAME, example: "add_to_cart" };
        /// The names of the properties that are taken; without it all are.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        take: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
        /// The type of the event that empties the cart; by default that of the event that carries it.
        #[serde(skip_serializing_if = "Option::is_none")]
        emptied_by: Option<String> = None, Optional(NAME);
        /// The most entries: the first so many.
        most: u32 = 100, Whole(1, 1_000);
    }
}

impl CartSpec {
    /// True if the entries have this property of the events.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.take.is_empty() || self.take.iter().any(|taken| taken == name)
    }
}

impl OfWord for CartSpec {
    fn of_word(of: String) -> Self {
        Self { of, ..Self::default() }
    }
}
