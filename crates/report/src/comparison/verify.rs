//! The findings of several runs of `verify`.

use serde::Serialize;
use serde_json::Value;

use super::numbers::{NumberRow, by_name, members, rows};
use super::over_time::CountsOverTime;
use crate::measures::VERIFY_SIZES;
use crate::picture::Form;
use crate::recorded::RecordedResult;

/// Several runs beside each other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct VerifyComparison {
    names: Vec<String>,
    /// What was compared.
    sizes: Vec<NumberRow>,
    /// Findings of each kind.
    kinds: Vec<NumberRow>,
    /// Findings of events of each type.
    types: Vec<NumberRow>,
    /// Each cause, and the runs that have it.
    causes: Vec<CauseRow>,
    /// Findings of all kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_time: Option<CountsOverTime>,
}

/// A cause, and whether each run has it.
#[derive(Clone, Debug, Serialize)]
struct CauseRow {
    cause: String,
    runs: Vec<bool>,
}

impl VerifyComparison {
    pub(super) fn of(results: &[&RecordedResult]) -> Self {
        let of_types = |findings: &Value| {
            let types = findings["by_type"].as_object().into_iter().flatten();
            let sum = |of: &Value| members(of).into_iter().map(|(_, count)| count).sum();
            types.map(|(name, of)| (name.clone(), sum(of))).collect()
        };
        Self {
            names: super::names(results),
            sizes: rows(results, &VERIFY_SIZES),
            kinds: by_name(results, Form::Count, |findings| {
                let kinds = members(&findings["counts"]).into_iter();
                kinds.map(|(kind, count)| (kind.replace('_', " "), count)).collect()
            }),
            types: by_name(results, Form::Count, of_types),
            causes: causes(results),
            over_time: CountsOverTime::of(results),
        }
    }
}

/// A text without its numbers, by which causes of several runs are the same.
fn without_numbers(text: &str) -> String {
    text.split(|c: char| c.is_ascii_digit() || c == ',').collect()
}

fn causes(results: &[&RecordedResult]) -> Vec<CauseRow> {
    let mut rows: Vec<CauseRow> = Vec::new();
    for (run, result) in results.iter().enumerate() {
        let causes = result.value["causes"].as_array();
        for cause in causes.into_iter().flatten().filter_map(Value::as_str) {
            let key = without_numbers(cause);
            let known = rows.iter().position(|row| without_numbers(&row.cause) == key);
            let place = known.unwrap_or_else(|| {
                let runs = vec![false; results.len()];
                rows.push(CauseRow { cause: cause.to_owned(), runs });
                rows.len() - 1
            });
            rows[place].runs[run] = true;
            // The last one says how it is now.
            cause.clone_into(&mut rows[place].cause);
        }
    }
    rows
}
