//! The keys that a flow replaces.

use super::behavior_keys::{Distributions, UserBehavior};
use super::event_probabilities::EventProbabilities;
use super::keys::Scenario;
use super::problem::Problem;
use super::section::Visit;
use crate::event::BuiltIn;

/// Refuses what has no meaning beside a flow, and clicks of buttons that there are not.
pub(super) fn check(scenario: &Scenario, visit: &mut Visit) {
    let Some(flow) = &scenario.flow else { return };
    for (path, what) in replaced(scenario) {
        if visit.is_sound(path) {
            let message = format!("it does not apply to a flow, where {what} it");
            visit.report(Problem::error(path, message).help("leave it out, or the flow"));
        }
    }
    let mut events = flow.pages.iter().flat_map(|(_, page)| page.events.iter());
    let clicks_any = events.any(|(name, event)| {
        BuiltIn::of_key(name) == Some(BuiltIn::ButtonClicked) && event.button.is_none()
    });
    if clicks_any && scenario.buttons.is_empty() && visit.is_sound("buttons") {
        let message = "expected one button at least, since the flow has clicks that name none";
        visit.report(Problem::error("buttons", message));
    }
}

/// The keys that are not as they are by default, and what stands for them in a flow.
fn replaced(scenario: &Scenario) -> Vec<(&'static str, &'static str)> {
    const EVENTS: &str = "the events of its pages say";
    const DWELL: &str = "the dwells of its pages say";
    const NEXT: &str = "`start` and `next` say";
    let (given, even) = (&scenario.user_behavior, UserBehavior::default());
    let (shapes, plain) = (&scenario.distributions, Distributions::default());
    let differs = |given: f64, default: f64| given.total_cmp(&default).is_ne();
    let all = [
        (
            "event_probabilities",
            scenario.event_probabilities != EventProbabilities::default(),
            EVENTS,
        ),
        ("user_journeys", scenario.user_journeys != Scenario::default().user_journeys, NEXT),
        (
            "user_behavior.session_duration_min",
            differs(given.session_duration_min, even.session_duration_min),
            DWELL,
        ),
        (
            "user_behavior.session_duration_max",
            differs(given.session_duration_max, even.session_duration_max),
            DWELL,
        ),
        (
            "user_behavior.pages_per_session_min",
            given.pages_per_session_min != even.pages_per_session_min,
            NEXT,
        ),
        (
            "user_behavior.pages_per_session_max",
            given.pages_per_session_max != even.pages_per_session_max,
            NEXT,
        ),
        (
            "user_behavior.clicks_per_page_min",
            given.clicks_per_page_min != even.clicks_per_page_min,
            EVENTS,
        ),
        (
            "user_behavior.clicks_per_page_max",
            given.clicks_per_page_max != even.clicks_per_page_max,
            EVENTS,
        ),
        (
            "distributions.pages_per_session",
            shapes.pages_per_session != plain.pages_per_session,
            NEXT,
        ),
        (
            "distributions.page_popularity",
            differs(shapes.page_popularity, plain.page_popularity),
            NEXT,
        ),
    ];
    all.into_iter()
        .filter(|(_, is_given, _)| *is_given)
        .map(|(path, _, what)| (path, what))
        .collect()
}
