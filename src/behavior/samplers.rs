//! The samplers from which a session is planned.

use crate::scenario::{Problem, Scenario};

use super::bound_events::{PlaceNames, bound_actions};
use super::browsing::Browsing;
use super::calibration::Calibration;
use super::feasibility;
use super::flow::{Flow, FlowNames};
use super::journeys::JourneyPath;
use super::pace::Pace;
use super::random_pages::RandomPages;
use super::time_shape::TimeShapes;

/// Everything from which a session is planned.
#[derive(Clone, Debug)]
pub(crate) struct Behavior {
    pub(crate) conduct: Conduct,
    pub(crate) pace: Pace,
    pub(super) times: TimeShapes,
    /// The duration that no session exceeds.
    pub(crate) longest_session_ms: u64,
}

/// What happens in a session.
#[derive(Clone, Debug)]
pub(crate) enum Conduct {
    Browsing(Box<Browsing>),
    Flow(Box<Flow>),
}

impl Behavior {
    /// The behavior of a scenario's users, or none if one of its ranges cannot be kept.
    pub(crate) fn new(
        scenario: &Scenario,
        calibration: Calibration,
        paths: Vec<JourneyPath>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let pace = Pace::new(scenario);
        feasibility::check(&calibration, &pace, problems);
        let random_pages = RandomPages::new(scenario, problems);
        let times = TimeShapes::new(scenario, problems);
        let (random_pages, times) = (random_pages?, times?);
        let longest_session_ms =
            pace.longest_session_ms(calibration.page_count.max(), calibration.most_events());
        let (custom, names) = (calibration.custom.clone(), PlaceNames::new(scenario, &paths));
        let browsing = Browsing::new(scenario, calibration, paths, random_pages);
        let browsing = browsing.and_then(|mut browsing| {
            browsing.bound = bound_actions(scenario, &custom, &names, &browsing, problems)?;
            Ok(browsing)
        });
        match browsing {
            Ok(browsing) => {
                let conduct = Conduct::Browsing(Box::new(browsing));
                Some(Self { conduct, pace, times, longest_session_ms })
            }
            Err(error) => {
                problems.push(Problem::error("event_probabilities", error.to_string()));
                None
            }
        }
    }

    /// The behavior of a scenario with a flow, or none if no session can follow it.
    pub(crate) fn of_flow(
        scenario: &Scenario,
        names: &FlowNames,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let pace = Pace::new(scenario);
        let flow = Flow::new(scenario, names, problems);
        let times = TimeShapes::new(scenario, problems);
        let (flow, times) = (flow?, times?);
        let longest_session_ms = match pace {
            Pace::Human(_) => flow.longest_ms(),
            Pace::Fixed { longest_ms, .. } => flow.most_events().saturating_mul(longest_ms),
        };
        Some(Self { conduct: Conduct::Flow(Box::new(flow)), pace, times, longest_session_ms })
    }

    /// The time from the end of a session to the user's next one, at most.
    pub(crate) fn longest_gap_ms(&self) -> u64 {
        match self.pace {
            Pace::Human(ranges) => ranges.between_sessions_ms.1,
            Pace::Fixed { longest_ms, .. } => longest_ms,
        }
    }
}
