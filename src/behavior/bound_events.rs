//! Custom events that happen on certain pages or journey steps alone.

use std::collections::HashMap;

use crate::event::{Kind, Page};
use crate::random::ParameterError;
use crate::scenario::{Problem, Scenario};

use super::actions::Actions;
use super::bound_actions::BoundActions;
use super::browsing::Browsing;
use super::expected_views::ExpectedViews;
use super::journeys::JourneyPath;
use super::mix::decimal;

/// The names of pages and journey steps, as indices.
#[derive(Debug)]
pub(super) struct PlaceNames {
    pages: HashMap<String, Page>,
    /// Each step, as `shopping.2`, with its place among those of the model and its page.
    steps: HashMap<String, (u16, Page)>,
}

/// A custom event that is bound.
#[derive(Debug)]
struct BoundEvent {
    kind: Kind,
    name: String,
    pages: Vec<Page>,
    steps: Vec<(u16, Page)>,
    /// The probability that an action there is this event.
    probability: f64,
    /// The views there in a session.
    views: f64,
}

/// The distance that a sum may have from its bound: decimals have no exact binary form.
const ROUNDING: f64 = 1e-9;

impl PlaceNames {
    pub(super) fn new(scenario: &Scenario, paths: &[JourneyPath]) -> Self {
        let random = scenario.pages.iter().zip(0..).map(|(name, at)| (name.clone(), Page::new(at)));
        let mut names = Self { pages: random.collect(), steps: HashMap::new() };
        for (journey, path) in scenario.user_journeys.iter().zip(paths) {
            for (position, name) in journey.path.iter().enumerate() {
                let Some(page) = path.page(position) else { continue };
                names.pages.entry(name.clone()).or_insert(page);
                let step = format!("{}.{}", journey.name, position + 1);
                names.steps.insert(step, (path.step(position), page));
            }
        }
        names
    }
}

/// The choices of a scenario whose custom events have these kinds; none if none is bound, or one cannot be where it is bound.
///
/// With `P` the expected pages of a session and `V` those of them to which an event with the share `b` of all actions
/// is bound, an action there is that event with the probability `b P / V`; so its share of all events is the one of the
/// mix. All others keep their proportions to one another.
pub(super) fn bound_actions(
    scenario: &Scenario,
    custom: &[(String, Kind)],
    names: &PlaceNames,
    browsing: &Browsing,
    problems: &mut Vec<Problem>,
) -> Result<Option<BoundActions>, ParameterError> {
    let before = problems.len();
    let mut bound = Vec::new();
    for (name, kind) in custom {
        let on = scenario.events.get(name).map_or(&[][..], |event| &event.on);
        if !on.is_empty() {
            bound.extend(BoundEvent::new((name, *kind), on, names, problems));
        }
    }
    if bound.is_empty() {
        return Ok(None);
    }
    let is_free = |kind: Kind| !bound.iter().any(|event: &BoundEvent| event.kind == kind);
    let mut all = browsing.actions.shares().filter(|(_, share)| *share > 0.0);
    if browsing.action_count.mean() > 0.0 && !all.any(|(kind, _)| is_free(kind)) {
        let message =
            "every action of the mix is bound to a place by `on`, and pages have actions elsewhere";
        let help = "give button_click or another event a share";
        problems.push(Problem::error("event_probabilities", message).help(help));
    }
    let views = ExpectedViews::new(browsing);
    for event in &mut bound {
        event.calibrate(browsing, &views, problems);
    }
    let choice = |here: &[&BoundEvent]| choice(browsing, &bound, here);
    let mut places =
        BoundActions { elsewhere: choice(&[])?, by_page: HashMap::new(), by_step: HashMap::new() };
    for page in bound.iter().flat_map(|event| &event.pages) {
        let here: Vec<&BoundEvent> =
            bound.iter().filter(|event| event.pages.contains(page)).collect();
        check_room(&here, browsing, problems);
        places.by_page.insert(page.index(), choice(&here)?);
    }
    for step in bound.iter().flat_map(|event| &event.steps) {
        let is_here =
            |event: &&BoundEvent| event.pages.contains(&step.1) || event.steps.contains(step);
        let here: Vec<&BoundEvent> = bound.iter().filter(is_here).collect();
        check_room(&here, browsing, problems);
        places.by_step.insert(step.0, choice(&here)?);
    }
    Ok((problems.len() == before).then_some(places))
}

impl BoundEvent {
    fn new(
        (name, kind): (&str, Kind),
        on: &[String],
        names: &PlaceNames,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let (mut pages, mut steps) = (Vec::new(), Vec::new());
        for (index, place) in on.iter().enumerate() {
            match (names.pages.get(place), names.steps.get(place)) {
                (Some(page), _) => pages.push(*page),
                (None, Some(step)) => steps.push(*step),
                (None, None) => {
                    let message = format!("there is no page or journey step {place:?}");
                    let help = "name a page of `pages` or of a journey's path, or a step as `shopping_flow.2`";
                    let path = format!("events.{name}.on[{index}]");
                    problems.push(Problem::error(path, message).help(help));
                    return None;
                }
            }
        }
        let name = name.to_owned();
        Some(Self { kind, name, pages, steps, probability: 0.0, views: 0.0 })
    }

    /// The probability by which its share of the mix is met.
    fn calibrate(
        &mut self,
        browsing: &Browsing,
        views: &ExpectedViews,
        problems: &mut Vec<Problem>,
    ) {
        let of_page = |page: &Page| views.of_pages.get(page.index()).copied().unwrap_or_default();
        let of_step =
            |step: u16| views.of_steps.get(usize::from(step)).copied().unwrap_or_default();
        let steps = self.steps.iter().filter(|(_, page)| !self.pages.contains(page));
        self.views = self.pages.iter().map(of_page).sum::<f64>()
            + steps.map(|(step, _)| of_step(*step)).sum::<f64>();
        let share = share_of(browsing, self.kind);
        let wanted = share * browsing.page_count.mean();
        if self.views > 0.0 {
            self.probability = wanted / self.views;
        } else if share > 0.0 {
            let path = format!("events.{}.on", self.name);
            problems.push(Problem::error(
                path,
                "no session comes there, and the event has a share of the mix",
            ));
        }
    }
}

fn share_of(browsing: &Browsing, kind: Kind) -> f64 {
    browsing.actions.shares().filter(|(known, _)| *known == kind).map(|(_, share)| share).sum()
}

/// The choice where these events are bound.
fn choice(
    browsing: &Browsing,
    bound: &[BoundEvent],
    here: &[&BoundEvent],
) -> Result<Actions, ParameterError> {
    let is_free = |kind: Kind| !bound.iter().any(|event| event.kind == kind);
    let free: f64 =
        browsing.actions.shares().filter(|(kind, _)| is_free(*kind)).map(|(_, share)| share).sum();
    let taken: f64 = here.iter().map(|event| event.probability).sum();
    let left = (1.0 - taken).max(0.0);
    let weights = browsing.actions.shares().map(|(kind, share)| {
        let weight = match here.iter().find(|event| event.kind == kind) {
            Some(event) => event.probability,
            None if is_free(kind) && free > 0.0 => left * share / free,
            None => 0.0,
        };
        (kind, weight)
    });
    Actions::new(&weights.collect::<Vec<_>>())
}

/// Refuses more events than there are actions on a page, and actions of which none is left to be.
fn check_room(here: &[&BoundEvent], browsing: &Browsing, problems: &mut Vec<Problem>) {
    let taken: f64 = here.iter().map(|event| event.probability).sum();
    let Some(greatest) = here
        .iter()
        .max_by(|a, b| a.probability.total_cmp(&b.probability))
        .filter(|_| taken > 1.0 + ROUNDING)
    else {
        return;
    };
    let path = format!("events.{}.on", greatest.name);
    let per_view = browsing.action_count.mean();
    let message = format!(
        "its share of the mix is {} a session, where the {} views a session of {} actions each have room for {}{}",
        decimal(greatest.probability * greatest.views * per_view),
        decimal(greatest.views),
        decimal(per_view),
        decimal(greatest.views * per_view / taken * greatest.probability),
        if here.len() > 1 { ", beside the other events there" } else { "" },
    );
    let problem = Problem::error(path, message)
        .help("lower its share, raise that of the actions, or bind it to more pages");
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}
