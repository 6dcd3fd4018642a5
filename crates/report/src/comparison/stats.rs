//! The statistics of several timelines.

use serde::Serialize;
use serde_json::Value;

use super::numbers::{NumberRow, by_name, members, rows};
use super::over_time::CountsOverTime;
use crate::measures::STATS;
use crate::picture::Form;
use crate::recorded::RecordedResult;

/// Several timelines beside each other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StatsComparison {
    names: Vec<String>,
    numbers: Vec<NumberRow>,
    /// Events of each type.
    types: Vec<NumberRow>,
    /// The share of each type in all events.
    shares: Vec<NumberRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_time: Option<CountsOverTime>,
    /// By timeline: the lengths of its sessions.
    session_seconds: Vec<Vec<SizeShare>>,
    /// By timeline: the events of its sessions.
    session_events: Vec<Vec<SizeShare>>,
}

/// The share of what is between two sizes.
#[derive(Clone, Debug, Serialize)]
struct SizeShare {
    from: u64,
    /// None of the last, which has no end.
    to: Option<u64>,
    share: f64,
}

impl StatsComparison {
    pub(super) fn of(results: &[&RecordedResult]) -> Self {
        let sizes = |path: &str| results.iter().map(|result| sizes(&result.value[path])).collect();
        Self {
            names: super::names(results),
            numbers: rows(results, &STATS),
            types: by_name(results, Form::Count, |stats| members(&stats["types"])),
            shares: by_name(results, Form::Share, |stats| {
                let all = stats["events"].as_f64().unwrap_or_default().max(1.0);
                let types = members(&stats["types"]).into_iter();
                types.map(|(name, count)| (name, count / all)).collect()
            }),
            over_time: CountsOverTime::of(results),
            session_seconds: sizes("session_seconds"),
            session_events: sizes("session_events"),
        }
    }
}

fn sizes(rows: &Value) -> Vec<SizeShare> {
    let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
    let count = |row: &Value| row["count"].as_f64().unwrap_or_default();
    let all: f64 = rows.iter().map(count).sum();
    let row = |row: &Value| {
        let (from, share) = (row["from"].as_u64()?, count(row) / all.max(1.0));
        Some(SizeShare { from, to: row["to"].as_u64(), share })
    };
    rows.iter().filter_map(row).collect()
}
