//! From shares of all events to the distributions of one session.

use crate::event::Kind;
use crate::random::{BoundedCount, CountShape, ParameterError};
use crate::scenario::{EventProbabilities, PageCountShape, Problem, Scenario, UserBehavior};

use super::journeys::reached_steps;
use super::mix::{Mix, ROUNDING, decimal};
use super::page_count::{PageCount, ReachedSteps, fewest};

/// The probability that a page before the last is left by a link, in `auto`: that of the default mix.
const AUTO_NAVIGATION: f64 = 0.25;

/// The distributions of one session by which the shares are met exactly in expectation.
///
/// With shares s, e, v, c, l of starts, ends, visits, closes and link clicks, the links that lead to
/// the next page are `l_nav = min(l, v - c, v - s)`, and b is the share of all other actions:
/// - pages per session have mean `v / s`, actions per page `b / v`;
/// - a page before the last is left by a link with probability `l_nav / (v - s)`;
/// - a page that is not, sends its `page_closed` with probability `c / (v - l_nav)`;
/// - a session sends `session_ended` with probability `e / s`.
///
/// Sessions run to their end, so by Wald's identity the shares hold however short the run.
#[derive(Clone, Debug)]
pub(crate) struct Calibration {
    pub(super) page_count: PageCount,
    pub(super) action_count: BoundedCount,
    pub(super) navigates: f64,
    pub(super) closes: f64,
    pub(super) ends: f64,
    pub(super) action_weights: Vec<(Kind, f64)>,
    pub(super) custom: Vec<(String, Kind)>,
}

impl Calibration {
    /// The calibration of a scenario's shares and ranges, or none if they do not fit. Its custom events are added
    /// to `custom`, the names of all of them.
    pub(crate) fn new(
        scenario: &Scenario,
        custom: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let behavior = &scenario.user_behavior;
        let pages = match scenario.distributions.pages_per_session {
            PageCountShape::Geometric => CountShape::Even,
            PageCountShape::HeavyTailed => CountShape::HeavyTailed,
        };
        let reached = reached_steps(&scenario.user_journeys);
        too_long(scenario, &reached, problems)?;
        match &scenario.event_probabilities {
            EventProbabilities::Auto(_) => match Self::auto(behavior, pages, &reached) {
                Ok(calibration) => Some(calibration),
                Err(error) => {
                    problems.push(Problem::error("user_behavior", error.to_string()));
                    None
                }
            },
            EventProbabilities::Shares(shares) => {
                Self::of_mix(Mix::new(shares), behavior, (pages, &reached), custom, problems)
            }
        }
    }

    /// Without a mix there is no condition on the means: counts have their shapes as they are.
    fn auto(
        behavior: &UserBehavior,
        pages: CountShape,
        reached: &[ReachedSteps],
    ) -> Result<Self, ParameterError> {
        let UserBehavior { pages_per_session_min, pages_per_session_max, .. } = *behavior;
        let UserBehavior { clicks_per_page_min, clicks_per_page_max, .. } = *behavior;
        Ok(Self {
            page_count: PageCount::of_shape(
                (pages_per_session_min, pages_per_session_max),
                pages,
                reached,
            )?,
            action_count: BoundedCount::of_shape(
                clicks_per_page_min,
                clicks_per_page_max,
                CountShape::Even,
            )?,
            navigates: AUTO_NAVIGATION,
            closes: 1.0,
            ends: 1.0,
            action_weights: vec![(Kind::BUTTON_CLICKED, 1.0), (Kind::LINK_ELSEWHERE, 0.0)],
            custom: Vec::new(),
        })
    }

    fn of_mix(
        mix: Mix,
        behavior: &UserBehavior,
        (pages, reached): (CountShape, &[ReachedSteps]),
        custom: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let Mix { start, end, visit, close, button, link, .. } = mix;
        let navigating = snap(link.min(visit - close).min(visit - start).max(0.0));
        let opening_elsewhere = snap(link - navigating);
        let custom_sum: f64 = mix.custom.iter().map(|(_, share)| share).sum();
        let acting = button + opening_elsewhere + custom_sum;

        let page_count = PageCount::with_mean(
            (behavior.pages_per_session_min, behavior.pages_per_session_max),
            visit / start,
            pages,
            reached,
        );
        if page_count.is_err() {
            problems.push(Problem::error(
                "event_probabilities",
                pages_out_of_range(&mix, behavior, reached),
            ));
        }
        let action_count = BoundedCount::with_mean(
            behavior.clicks_per_page_min,
            behavior.clicks_per_page_max,
            if acting > 0.0 { acting / visit } else { 0.0 },
            CountShape::Even,
        );
        if action_count.is_err() {
            problems.push(Problem::error(
                "event_probabilities",
                actions_out_of_range(acting, &mix, behavior),
            ));
        }

        let mut action_weights =
            vec![(Kind::BUTTON_CLICKED, button), (Kind::LINK_ELSEWHERE, opening_elsewhere)];
        let mut named = Vec::with_capacity(mix.custom.len());
        for (name, weight) in mix.custom {
            let known = custom.iter().position(|known| *known == name);
            let index = known.unwrap_or(custom.len());
            let kind = Kind::custom(index as u16);
            if known.is_none() {
                custom.push(name.clone());
            }
            named.push((name, kind));
            action_weights.push((kind, weight));
        }
        Some(Self {
            page_count: page_count.ok()?,
            action_count: action_count.ok()?,
            navigates: ratio(navigating, visit - start),
            closes: ratio(close, visit - navigating),
            ends: ratio(end, start),
            action_weights,
            custom: named,
        })
    }

    /// The most events that one session can have: its start and end, and for each page its visit, its
    /// actions and how it is left.
    pub(super) fn most_events(&self) -> u64 {
        let per_page = u64::from(self.action_count.max()) + 2;
        u64::from(self.page_count.max()) * per_page + 2
    }
}

/// Refuses paths that go on beyond the most pages of a session.
fn too_long(
    scenario: &Scenario,
    reached: &[ReachedSteps],
    problems: &mut Vec<Problem>,
) -> Option<()> {
    let most = scenario.user_behavior.pages_per_session_max;
    let longest = reached.iter().map(|(steps, _)| *steps).max().unwrap_or_default();
    if longest <= most {
        return Some(());
    }
    let message = format!(
        "with its `continue` a journey goes on to {longest} pages, above pages_per_session_max, {most}: raise that, \
         or shorten the path"
    );
    problems.push(Problem::error("user_journeys", message));
    None
}

fn pages_out_of_range(mix: &Mix, behavior: &UserBehavior, reached: &[ReachedSteps]) -> String {
    let (min, mean) = (behavior.pages_per_session_min, mix.visit / mix.start);
    let least = fewest(min, reached);
    if least > mean && mean >= f64::from(min) {
        return format!(
            "page_visit {} / session_start {} is {} pages a session, and the journeys with `continue` have {} on \
             average at least: raise page_visit, or lower `continue`",
            mix.visit,
            mix.start,
            decimal(mean),
            decimal(least),
        );
    }
    format!(
        "page_visit {} / session_start {} is {} pages a session, outside of pages_per_session {} to {}: \
         move the shares or the range, or write `event_probabilities: auto`",
        mix.visit,
        mix.start,
        decimal(mix.visit / mix.start),
        behavior.pages_per_session_min,
        behavior.pages_per_session_max,
    )
}

fn actions_out_of_range(acting: f64, mix: &Mix, behavior: &UserBehavior) -> String {
    format!(
        "actions {} (buttons, custom events, links that open elsewhere) / page_visit {} is {} actions a page, \
         outside of clicks_per_page {} to {}: move the shares or the range, or write `event_probabilities: auto`",
        decimal(acting),
        mix.visit,
        decimal(acting / mix.visit),
        behavior.clicks_per_page_min,
        behavior.clicks_per_page_max,
    )
}

fn snap(share: f64) -> f64 {
    if share < ROUNDING { 0.0 } else { share }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}
