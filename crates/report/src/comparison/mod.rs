//! Results of a kind beside each other: what differs from the first to the last, as data of its own.

mod expect;
mod gauntlet;
mod numbers;
mod over_time;
mod plan_check;
mod stats;
mod verify;

use serde::Serialize;

use crate::recorded::{RecordedResult, ResultKind};

use expect::ExpectComparison;
use gauntlet::GauntletComparison;
use numbers::NumberComparison;
use plan_check::PlanCheck;
use stats::StatsComparison;
use verify::VerifyComparison;

/// What results say together; nothing of kinds of which there is but one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResultComparison {
    #[serde(skip_serializing_if = "Option::is_none")]
    gauntlet: Option<GauntletComparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<VerifyComparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<NumberComparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<StatsComparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<NumberComparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<ExpectComparison>,
    /// Each timeline held against the first plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stats_by_plan: Vec<PlanCheck>,
}

impl ResultComparison {
    /// The comparison of results, in their order.
    pub fn of(results: &[RecordedResult]) -> Self {
        let of = |kind| -> Vec<&RecordedResult> {
            results.iter().filter(|result| result.kind == kind).collect()
        };
        let several = |kind| Some(of(kind)).filter(|of| of.len() > 1);
        let plan = of(ResultKind::Plan).into_iter().next();
        let check = |stats: &&RecordedResult| PlanCheck::of(plan?, stats);
        Self {
            gauntlet: several(ResultKind::Gauntlet).map(|of| GauntletComparison::of(&of)),
            verify: several(ResultKind::Verify).map(|of| VerifyComparison::of(&of)),
            replay: several(ResultKind::Replay).map(|of| NumberComparison::of_replays(&of)),
            stats: several(ResultKind::Stats).map(|of| StatsComparison::of(&of)),
            plan: several(ResultKind::Plan).map(|of| NumberComparison::of_plans(&of)),
            expect: several(ResultKind::Expect).map(|of| ExpectComparison::of(&of)),
            stats_by_plan: of(ResultKind::Stats).iter().filter_map(check).collect(),
        }
    }

    /// True if there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        serde_json::to_value(self)
            .is_ok_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
    }
}

/// The names of results.
fn names(results: &[&RecordedResult]) -> Vec<String> {
    results.iter().map(|result| result.name.clone()).collect()
}
