//! The kinds of values that only the keys of traffic have.

use serde_json::{Value, json};

use crate::scenario::events::Named;
use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{Decimal, ScalarKind};
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Visit};
use crate::scenario::spelling::nearest;
use crate::scenario::yaml::Content;

/// How much more, or less, than on average.
pub(super) const FACTOR: Decimal = Decimal { min: 0.0, max: 1_000.0, unit: "" };

/// Weights of the parts of a whole, or a word that stands for some.
#[derive(Debug)]
pub(super) struct Weights {
    /// The number of parts.
    pub(super) count: usize,
    pub(super) words: &'static [(&'static str, &'static [f64])],
    pub(super) limits: &'static str,
}

impl Weights {
    fn of_word(&self, field: &KeyValue<'_>) -> Result<Vec<f64>, Problem> {
        let text = field.scalar().map_or("", |scalar| &scalar.text);
        if let Some((_, weights)) = self.words.iter().find(|(word, _)| *word == text) {
            return Ok(weights.to_vec());
        }
        let problem = field.expected(self.limits);
        Err(match nearest(text, self.words.iter().map(|(word, _)| *word)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        })
    }
}

impl KeyKind<Vec<f64>> for Weights {
    fn visit(&self, value: &mut Vec<f64>, field: &KeyValue<'_>, visit: &mut Visit) {
        let wrong_count = |found| {
            let message = format!("expected {} weights, found {found}", self.count);
            field.problem(message)
        };
        match field.node.map(|node| &node.content) {
            None if value.is_empty() => {}
            None if value.len() != self.count => visit.report(wrong_count(value.len())),
            None => {
                for (index, weight) in value.iter().enumerate() {
                    if let Err(message) = FACTOR.check(weight) {
                        visit.report(field.item(index, None).problem(message));
                    }
                }
            }
            Some(Content::List(nodes)) if nodes.len() == self.count => {
                value.clear();
                for (index, node) in nodes.iter().enumerate() {
                    match FACTOR.read(&field.item(index, Some(node))) {
                        Ok(weight) => value.push(weight),
                        Err(problem) => visit.report(problem),
                    }
                }
            }
            Some(Content::List(nodes)) => visit.report(wrong_count(nodes.len())),
            Some(Content::Scalar(_) | Content::Map(_)) => match self.of_word(field) {
                Ok(weights) => *value = weights,
                Err(problem) => visit.report(problem),
            },
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        let list = json!({
            "type": "array",
            "items": ScalarKind::schema(&FACTOR),
            "minItems": self.count,
            "maxItems": self.count,
        });
        let words: Vec<&str> = self.words.iter().map(|(word, _)| *word).collect();
        if words.is_empty() { list } else { json!({ "anyOf": [{ "enum": words }, list] }) }
    }

    fn limits(&self) -> String {
        self.limits.to_owned()
    }

    fn default(&self, _: &Vec<f64>) -> Option<Value> {
        None
    }
}

/// Numbers by names of one form.
#[derive(Debug)]
pub(super) struct NumbersBy {
    pub(super) number: Decimal,
    /// True for a name of that form.
    pub(super) is_name: fn(&str) -> bool,
    /// The form, as it stands after "expected".
    pub(super) wanted: &'static str,
    pub(super) pattern: &'static str,
    pub(super) limits: &'static str,
}

impl NumbersBy {
    const MOST: usize = 1_000;

    fn check(&self, name: &str, place: &KeyValue<'_>, visit: &mut Visit) {
        if !(self.is_name)(name) {
            visit.report(place.problem(format!("expected {}, found {name:?}", self.wanted)));
        }
    }
}

impl KeyKind<Named<f64>> for NumbersBy {
    fn visit(&self, value: &mut Named<f64>, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.node.is_none() {
            for (name, number) in value.iter() {
                let place = KeyValue::absent(join(&field.path, name), None);
                self.check(name, &place, visit);
                if let Err(message) = self.number.check(number) {
                    visit.report(place.problem(message));
                }
            }
            return;
        }
        let Some(entries) = visit.mapping(field) else { return };
        if entries.len() > Self::MOST {
            let message = format!("at most {} are allowed, found {}", Self::MOST, entries.len());
            return visit.report(field.problem(message));
        }
        value.0.clear();
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            self.check(&entry.key, &place, visit);
            match self.number.read(&place) {
                Ok(number) => value.0.push((entry.key.clone(), number)),
                Err(problem) => visit.report(problem),
            }
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({
            "type": "object",
            "propertyNames": { "pattern": self.pattern },
            "additionalProperties": ScalarKind::schema(&self.number),
            "maxProperties": Self::MOST,
        })
    }

    fn limits(&self) -> String {
        self.limits.to_owned()
    }

    fn default(&self, _: &Named<f64>) -> Option<Value> {
        None
    }
}
