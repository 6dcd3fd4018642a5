//! The kinds of values that only the keys of a flow have.

use serde_json::{Value, json};

use crate::quantity::parse_duration;
use crate::scenario::events::Named;
use crate::scenario::key_value::{KeyValue, parse_number};
use crate::scenario::kinds::{Decimal, Parsed, SHARE, ScalarKind};
use crate::scenario::limits::{LIST_ENTRIES, check_name};
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Keys, Visit};
use crate::scenario::yaml::Content;

/// A time: a number of seconds, or a duration such as `2m`.
pub(super) const DURATION: Parsed<f64> = Parsed {
    wanted: "a duration such as 20s or 2m, up to 30 days",
    parse: |text| {
        let seconds = parse_number(text).or_else(|| Some(parse_duration(text).ok()?.as_secs_f64()));
        seconds.filter(|seconds| (0.0..=MOST_SECONDS).contains(seconds))
    },
    write: |seconds| format!("{seconds}s"),
};

const MOST_SECONDS: f64 = 30.0 * 86_400.0;

/// Names with shares, which sum to 1; a name alone has all.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct SharesKind;

impl SharesKind {
    fn visit_all(value: &mut Named<f64>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(node) = field.node else {
            for (name, share) in &value.0 {
                let place = KeyValue::absent(join(&field.path, name), None);
                for wrong in [check_name(name), SHARE.check(share)] {
                    wrong.unwrap_or_else(|message| visit.report(place.problem(message)));
                }
            }
            return;
        };
        match &node.content {
            Content::Map(entries) => {
                visit.report_duplicates(entries, &field.path);
                value.0.clear();
                for entry in entries {
                    let place = KeyValue::entry(entry, &field.path);
                    if let Err(message) = check_name(&entry.key) {
                        visit.report(Problem::error(&*place.path, message).at(entry.position));
                    }
                    match SHARE.read(&place) {
                        Ok(share) => value.0.push((entry.key.clone(), share)),
                        Err(problem) => visit.report(problem),
                    }
                }
            }
            Content::Scalar(_) => match field.text().map(|text| (text, check_name(text))) {
                Ok((text, Ok(()))) => value.0 = vec![(text.to_owned(), 1.0)],
                Ok((_, Err(message))) => visit.report(field.problem(message)),
                Err(problem) => visit.report(problem),
            },
            Content::List(_) => {
                let problem = field.expected("names with their shares, or one name");
                visit.report(problem.help("such as `{ /cart: 0.2, exit: 0.8 }`"));
            }
        }
        if value.0.len() > LIST_ENTRIES {
            let message = format!("at most {LIST_ENTRIES} are allowed, found {}", value.0.len());
            visit.report(field.problem(message));
        }
    }

    fn mapping_schema() -> Value {
        json!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            {
                "type": "object",
                "additionalProperties": ScalarKind::schema(&SHARE),
                "minProperties": 1,
                "maxProperties": LIST_ENTRIES,
            },
        ] })
    }
}

const SHARES_LIMITS: &str = "names with shares that sum to 1, or one name";

impl KeyKind<Named<f64>> for SharesKind {
    fn visit(&self, value: &mut Named<f64>, field: &KeyValue<'_>, visit: &mut Visit) {
        Self::visit_all(value, field, visit);
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        Self::mapping_schema()
    }

    fn limits(&self) -> String {
        SHARES_LIMITS.to_owned()
    }

    fn default(&self, _: &Named<f64>) -> Option<Value> {
        None
    }
}

impl KeyKind<Option<Named<f64>>> for SharesKind {
    fn visit(&self, value: &mut Option<Named<f64>>, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.node.is_some() || value.is_some() {
            Self::visit_all(value.get_or_insert_default(), field, visit);
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        Self::mapping_schema()
    }

    fn limits(&self) -> String {
        SHARES_LIMITS.to_owned()
    }

    fn default(&self, _: &Option<Named<f64>>) -> Option<Value> {
        None
    }
}

/// Keys that a scalar can stand for.
pub(super) trait OfScalar {
    /// Reads the scalar.
    fn of_scalar(field: &KeyValue<'_>) -> Result<Self, Problem>
    where
        Self: Sized;
}

/// A probability, as what stands for an event.
pub(super) fn probability(field: &KeyValue<'_>) -> Result<f64, Problem> {
    SHARE.read(field)
}

/// A mapping with names of the user's own, whose values have keys, or are a scalar that stands for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct BriefNamed {
    /// The definition of the values in the JSON Schema.
    pub(super) definition: &'static str,
    /// The types of JSON that stand for one.
    pub(super) scalar: &'static str,
    pub(super) limits: &'static str,
    pub(super) most: usize,
}

impl<T: Keys + Default + OfScalar> KeyKind<Named<T>> for BriefNamed {
    fn visit(&self, value: &mut Named<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return;
        }
        if field.node.is_none() {
            for (name, value) in &mut value.0 {
                let place = KeyValue::absent(join(&field.path, name), None);
                if let Err(message) = check_name(name) {
                    visit.report(place.problem(message));
                }
                visit.section(&place, |section| value.visit(section));
            }
            return;
        }
        let Some(entries) = visit.mapping(field) else { return };
        if entries.len() > self.most {
            let message = format!("at most {} are allowed, found {}", self.most, entries.len());
            return visit.report(field.problem(message));
        }
        value.0.clear();
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            if let Err(message) = check_name(&entry.key) {
                visit.report(Problem::error(&*place.path, message).at(entry.position));
            }
            let mut read = T::default();
            match entry.value.content {
                Content::Scalar(_) => match T::of_scalar(&place) {
                    Ok(brief) => read = brief,
                    Err(problem) => visit.report(problem),
                },
                Content::Map(_) | Content::List(_) => {
                    visit.section(&place, |section| read.visit(section));
                }
            }
            // Of two with the same name, which is reported, one is enough.
            if !value.iter().any(|(name, _)| name == entry.key) {
                value.0.push((entry.key.clone(), read));
            }
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        let definition = format!("#/definitions/{}", self.definition);
        json!({
            "type": "object",
            "additionalProperties": { "anyOf": [{ "type": self.scalar }, { "$ref": definition }] },
            "maxProperties": self.most,
        })
    }

    fn limits(&self) -> String {
        self.limits.to_owned()
    }

    fn default(&self, _: &Named<T>) -> Option<Value> {
        None
    }
}

/// A section that may be left out, and whose keys stand on a page of their own.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct OwnPage {
    /// Its definition in the JSON Schema.
    definition: &'static str,
    limits: &'static str,
}

impl OwnPage {
    pub(in crate::scenario) const FLOW: Self =
        Self { definition: "flow", limits: "keys of docs/flows.md" };
    pub(in crate::scenario) const POLICY: Self =
        Self { definition: "policy", limits: "keys of docs/policies.md" };
    pub(in crate::scenario) const TRAFFIC: Self =
        Self { definition: "traffic", limits: "keys of docs/traffic.md" };
}

impl<T: Keys + Default> KeyKind<Option<T>> for OwnPage {
    fn visit(&self, value: &mut Option<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return;
        }
        if field.node.is_some() {
            *value = Some(T::default());
        }
        if let Some(value) = value {
            visit.section(field, |section| value.visit(section));
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "$ref": format!("#/definitions/{}", self.definition) })
    }

    fn limits(&self) -> String {
        self.limits.to_owned()
    }

    fn default(&self, _: &Option<T>) -> Option<Value> {
        None
    }
}

/// The most that an event may be expected a view.
pub(super) const MEAN: Decimal = Decimal { min: 0.0, max: MOST_MEAN, unit: "" };

pub(super) const MOST_MEAN: f64 = 100.0;
