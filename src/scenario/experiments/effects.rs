//! The effects of variants, as they stand in the file.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::scenario::events::Named;
use crate::scenario::key_value::{KeyValue, parse_number};
use crate::scenario::kinds::{Parsed, ScalarKind};
use crate::scenario::limits::LIST_ENTRIES;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Visit};

/// A relative change, such as +10 %.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EffectSize {
    percent: f64,
}

impl EffectSize {
    /// What a quantity is multiplied by.
    pub fn factor(self) -> f64 {
        1.0 + self.percent / 100.0
    }

    /// The change in per cent.
    pub(super) fn percent(self) -> f64 {
        self.percent
    }

    fn parse(text: &str) -> Option<Self> {
        let percent = parse_number(text.strip_suffix('%')?.trim_end())?;
        (-100.0..=MOST_PERCENT).contains(&percent).then_some(Self { percent })
    }

    fn text(self) -> String {
        format!("{:+}%", self.percent)
    }
}

impl Serialize for EffectSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.text())
    }
}

const MOST_PERCENT: f64 = 1e6;

const CHANGE: Parsed<EffectSize> = Parsed {
    wanted: "a relative change from -100% on, such as +10%",
    parse: EffectSize::parse,
    write: |change| change.text(),
};

/// By variant, what changes by how much.
#[derive(Clone, Copy, Debug)]
pub(super) struct EffectsKind;

impl EffectsKind {
    fn changes(field: &KeyValue<'_>, visit: &mut Visit) -> Named<EffectSize> {
        let mut changes = Named::default();
        for entry in visit.mapping(field).into_iter().flatten() {
            let place = KeyValue::entry(entry, &field.path);
            match CHANGE.read(&place) {
                Ok(change) => changes.0.push((entry.key.clone(), change)),
                Err(problem) => visit.report(problem),
            }
        }
        changes
    }
}

impl KeyKind<Named<Named<EffectSize>>> for EffectsKind {
    fn visit(&self, value: &mut Named<Named<EffectSize>>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() || field.node.is_none() {
            return;
        }
        let Some(entries) = visit.mapping(field) else { return };
        value.0.clear();
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            let changes = Self::changes(&place, visit);
            value.0.push((entry.key.clone(), changes));
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": { "type": "string", "pattern": "^[+-]?[0-9.]+ *%$" },
                "maxProperties": LIST_ENTRIES,
            },
        })
    }

    fn limits(&self) -> String {
        "variants with what changes in them, such as `+10%`".to_owned()
    }

    fn default(&self, _: &Named<Named<EffectSize>>) -> Option<Value> {
        None
    }
}
