//! How far sessions go on the paths of journeys, in closed form.

use serde::Serialize;

use crate::behavior::Browsing;
use crate::model::Names;

/// How many sessions reach each step of a journey.
#[derive(Clone, Debug, Serialize)]
pub struct JourneyForecast {
    /// The name of the journey.
    pub journey: String,
    /// Its steps in their order.
    pub steps: Vec<StepReach>,
}

/// How many sessions reach a step of a journey.
#[derive(Clone, Debug, Serialize)]
pub struct StepReach {
    /// Its number, from 1.
    pub step: u32,
    /// Its page.
    pub page_path: String,
    /// The share of all sessions that reach it.
    pub sessions: f64,
}

/// The reach of each step of the journeys of sessions that browse in these ways, each with its share of all sessions, in
/// the order of their names. Where the paths of one journey differ between personas it has a step for each page.
pub(super) fn journey_forecasts(
    browsing: &[(&Browsing, f64)],
    names: &Names,
) -> Vec<JourneyForecast> {
    let mut all: Vec<JourneyForecast> = Vec::new();
    for (browsing, share) in browsing {
        for (place, page, reach) in browsing.step_reaches() {
            let (journey, step) = &names.steps[usize::from(place)];
            let page_path = &names.pages[page.index()];
            let known = all.iter().position(|known| known.journey == *journey);
            let known = known.unwrap_or_else(|| {
                all.push(JourneyForecast { journey: journey.clone(), steps: Vec::new() });
                all.len() - 1
            });
            let steps = &mut all[known].steps;
            let sessions = share * reach;
            let is_it =
                |known: &&mut StepReach| known.step == *step && known.page_path == *page_path;
            if let Some(known) = steps.iter_mut().find(is_it) {
                known.sessions += sessions;
            } else {
                let page_path = page_path.clone();
                steps.push(StepReach { step: *step, page_path, sessions });
            }
        }
    }
    for journey in &mut all {
        journey.steps.sort_by_key(|step| step.step);
    }
    all
}
