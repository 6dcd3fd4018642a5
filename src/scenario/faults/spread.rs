//! Times that are drawn.

use serde::Serialize;
use serde_json::{Value, json};

use super::spans::{SPAN, TimeSpan};
use crate::random::{Continuous, ParameterError, Truncated};
use crate::scenario::key_rows::keys;
use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{Optional, ScalarKind};
use crate::scenario::scenario_key::{ScenarioKey, object_schema};
use crate::scenario::section::{KeyKind, Keys, Section, Visit};

keys! {
    /// A time that is drawn: always the same, or of a distribution.
    pub struct SpreadSpec {
        /// The median of a log-normal distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        median: Option<TimeSpan> = None, Optional(SPAN);
        /// Its 90 % quantile.
        #[serde(skip_serializing_if = "Option::is_none")]
        p90: Option<TimeSpan> = None, Optional(SPAN);
        /// Its 99 % quantile, if `p90` is not given.
        #[serde(skip_serializing_if = "Option::is_none")]
        p99: Option<TimeSpan> = None, Optional(SPAN);
        /// The mean of an exponential distribution, or with `sd` of a normal one.
        #[serde(skip_serializing_if = "Option::is_none")]
        mean: Option<TimeSpan> = None, Optional(SPAN);
        /// The standard deviation of a normal distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        sd: Option<TimeSpan> = None, Optional(SPAN);
        /// The least; with `max` alone, all from the one to the other are as frequent.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<TimeSpan> = None, Optional(SPAN);
        /// The most.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<TimeSpan> = None, Optional(SPAN);
    }
}

/// How the times of a fault are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SpreadLaw {
    /// Whole milliseconds from the one to the other.
    Uniform(i64, i64),
    /// By a law in milliseconds.
    Law(Truncated),
}

impl SpreadSpec {
    /// What always takes the same time.
    pub(super) fn always(span: TimeSpan) -> Self {
        Self { min: Some(span), max: Some(span), ..Self::default() }
    }

    /// The distribution.
    ///
    /// # Errors
    /// Why there is none, in words that follow the key.
    pub(crate) fn law(&self) -> Result<SpreadLaw, String> {
        let millis = |span: Option<TimeSpan>| span.map(|span| span.millis as f64);
        let (min, max) = (millis(self.min), millis(self.max));
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            return Err("the least is above the most".to_owned());
        }
        let quantile =
            millis(self.p90).map(|at| (0.9, at)).or(millis(self.p99).map(|at| (0.99, at)));
        let law = match (millis(self.median), quantile, millis(self.mean), millis(self.sd)) {
            (Some(median), Some((p, at)), None, None) => Continuous::log_normal(median, p, at),
            (None, None, mean, Some(sd)) => {
                Ok(Continuous::Normal { mean: mean.unwrap_or_default(), sd })
            }
            (None, None, Some(mean), None) => Ok(Continuous::Exponential { mean }),
            (None, None, None, None) => match (self.min, self.max) {
                (Some(min), Some(max)) => return Ok(SpreadLaw::Uniform(min.millis, max.millis)),
                _ => return Err(Self::WANTED.to_owned()),
            },
            _ => return Err(Self::WANTED.to_owned()),
        };
        let law = law.and_then(|law| Truncated::new(law, min, max));
        law.map(SpreadLaw::Law).map_err(|error: ParameterError| error.to_string())
    }

    const WANTED: &'static str = "expected a time, or one of `median` with `p90` or `p99`, `mean`, `sd` with or without \
                                  `mean`, or `min` with `max`";

    /// True if it can be below 0.
    pub(super) fn can_be_negative(&self) -> bool {
        let is_below = |span: Option<TimeSpan>| span.is_some_and(|span| span.millis < 0);
        is_below(self.min) || (self.sd.is_some() && self.min.is_none_or(|min| min.millis < 0))
    }
}

/// A time, or the keys of a distribution; it may be left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpreadKind;

impl KeyKind<Option<SpreadSpec>> for SpreadKind {
    fn visit(&self, value: &mut Option<SpreadSpec>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return visit.section(field, |section| SpreadSpec::default().visit(section));
        }
        if field.scalar().is_some() {
            match SPAN.read(field) {
                Ok(span) => *value = Some(SpreadSpec::always(span)),
                Err(problem) => return visit.report(problem),
            }
            return;
        }
        if field.node.is_some() {
            *value = Some(SpreadSpec::default());
        }
        let Some(value) = value else { return };
        visit.section(field, |section| value.visit(section));
        if visit.is_sound(&field.path)
            && let Err(message) = value.law()
        {
            visit.report(field.problem(message).help("such as `{ median: 20s, p90: 5m }`"));
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        json!({ "anyOf": [ScalarKind::schema(&SPAN), object_schema(keys)] })
    }

    fn limits(&self) -> String {
        "a time, or keys of a distribution".to_owned()
    }

    fn default(&self, _: &Option<SpreadSpec>) -> Option<Value> {
        None
    }
}
