//! A timeline held against a plan: whether its counts are such as a run may have.

use serde::Serialize;
use serde_json::Value;

use event_simulator::forecast::CountScale;

use super::numbers::members;
use crate::recorded::RecordedResult;

/// Standard deviations beyond which a count is no chance: of 20 counts of a right run one is in one of 800 runs.
const FAR: f64 = 4.0;

/// The counts of a timeline beside those of a plan.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PlanCheck {
    plan: String,
    stats: String,
    rows: Vec<CheckedCount>,
    /// Counts outside of the interval in which 95 % of the runs are.
    outside: usize,
    /// The names of those that are no chance.
    far: Vec<String>,
}

/// A count beside what a run may have.
#[derive(Clone, Debug, Serialize)]
struct CheckedCount {
    name: String,
    expected: f64,
    standard_deviation: f64,
    low: f64,
    high: f64,
    found: f64,
    /// The standard deviations by which it is more than expected; none if it cannot be.
    deviations: Option<f64>,
    /// How it is told: `within`, `outside` or `far`.
    place: &'static str,
}

impl PlanCheck {
    /// The check; none if the plan does not say what a run may have.
    pub(super) fn of(plan: &RecordedResult, stats: &RecordedResult) -> Option<Self> {
        let planned = plan.value.pointer("/spread/counts")?.as_array()?;
        let types = members(&stats.value["types"]);
        let mut rows: Vec<CheckedCount> =
            planned.iter().filter_map(|count| checked(count, &stats.value, &types)).collect();
        let is_planned = |name: &str| rows.iter().any(|row| row.name == name);
        let others: Vec<_> = types.iter().filter(|(name, _)| !is_planned(name)).cloned().collect();
        rows.extend(others.into_iter().map(|(name, found)| CheckedCount {
            name,
            expected: 0.0,
            standard_deviation: 0.0,
            low: 0.0,
            high: 0.0,
            found,
            deviations: None,
            place: "far",
        }));
        let far = rows.iter().filter(|row| row.place == "far").map(|row| row.name.clone());
        Some(Self {
            plan: plan.name.clone(),
            stats: stats.name.clone(),
            outside: rows.iter().filter(|row| row.place != "within").count(),
            far: far.collect(),
            rows,
        })
    }
}

/// A planned count as it is found; none of what `stats` does not count.
fn checked(planned: &Value, stats: &Value, types: &[(String, f64)]) -> Option<CheckedCount> {
    let number = |name: &str| planned[name].as_f64();
    let count = |name: &str| stats[name].as_f64().unwrap_or_default();
    let (name, found) = match planned["what"].as_str()? {
        "sessions" => ("sessions", count("completed_sessions") + count("active_sessions")),
        "events" => ("events", count("events")),
        "event_type" => {
            let name = planned["name"].as_str()?;
            let found = types.iter().find(|(known, _)| known == name);
            (name, found.map_or(0.0, |(_, found)| *found))
        }
        _ => return None,
    };
    let (expected, deviation) = (number("mean")?, number("standard_deviation")?);
    let (low, high) = (number("low")?, number("high")?);
    let scale = CountScale::new(expected, deviation, number("standard_error").unwrap_or_default());
    let deviations = scale.deviations(found);
    let place = match deviations.abs() {
        far if far > FAR => "far",
        _ if found < low.floor() || found > high.ceil() => "outside",
        _ => "within",
    };
    Some(CheckedCount {
        name: name.to_owned(),
        expected,
        standard_deviation: deviation,
        low,
        high,
        found,
        deviations: Some(deviations).filter(|deviations| deviations.is_finite()),
        place,
    })
}
