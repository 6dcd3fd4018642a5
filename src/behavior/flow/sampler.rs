//! A flow compiled: its pages with their samplers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::behavior::pace::{EDGE_MS, LOAD_MS};
use crate::behavior::time_shape::{TimeShape, TimeShapes};
use crate::event::{BuiltIn, Kind, Page};
use crate::millis;
use crate::random::{
    Bernoulli, BoundedCount, CountShape, CountTable, NameChoice, ParameterError, name_hash,
};
use crate::scenario::flow::{DwellSpec, EXIT, FlowEventSpec, FlowPageSpec, FlowSpec, ViewCount};
use crate::scenario::{Problem, Scenario};

use super::by_name::ByName;
use super::chain::Chain;
use super::goal::Goal;
use super::view::{About, CountSampler, Dwell, FlowPage, Lead, ViewEvent, Way};

/// The names of a flow as indices of the model.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlowNames {
    pub(crate) pages: HashMap<String, u16>,
    pub(crate) buttons: HashMap<String, u16>,
    /// In their order; custom events alone.
    pub(crate) events: Vec<String>,
}

/// A flow from which sessions are planned.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// In the order of the file.
    pub(crate) pages: Vec<FlowPage>,
    pub(super) start: ByName<u32>,
    /// A way to a next page that no event leads is a link.
    pub(super) links: Bernoulli,
    /// A view that is not left by a link sends its `page_closed`.
    pub(super) closes: Bernoulli,
    /// A session sends its `session_ended`.
    pub(super) ends: Bernoulli,
    pub(crate) goals: Vec<Goal>,
    /// The most pages of a session, beyond which next to none goes.
    pub(crate) most_views: u32,
}

impl Flow {
    /// The flow of a scenario that has one; none, with problems, if sessions cannot follow it.
    pub(crate) fn new(
        scenario: &Scenario,
        names: &FlowNames,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let spec = scenario.flow.as_ref()?;
        let times = TimeShapes::new(scenario, problems)?;
        let behavior = &scenario.user_behavior;
        let default_dwell = Dwell {
            shape: times.page,
            shortest_ms: millis::ceil(behavior.time_per_page_min),
            longest_ms: millis::floor(behavior.time_per_page_max),
        };
        let compiler = FlowCompiler {
            spec,
            names,
            index: spec.pages.iter().map(|(name, _)| name).zip(0..).collect(),
            any_button: Arc::new(NameChoice::new(&scenario.buttons)),
            default_dwell: Arc::new(default_dwell),
        };
        let before = problems.len();
        let pages = compiler.pages(problems);
        if problems.len() > before {
            return None;
        }
        let flow = match compiler.flow(pages) {
            Ok(flow) => flow?,
            Err(error) => {
                problems.push(Problem::error("flow", error.to_string()));
                return None;
            }
        };
        let flow = flow.bounded(problems);
        (problems.len() == before).then_some(flow)
    }

    /// This flow with the most pages of a session; it is refused if too many have more than can be.
    fn bounded(mut self, problems: &mut Vec<Problem>) -> Self {
        let followed = self.chain().follow();
        self.most_views = followed.most_views;
        if followed.left >= Chain::NEGLIGIBLE {
            let expected: f64 = followed.views.iter().sum();
            problems.push(Problem::error("flow.pages", format!(
                "{:.3} % of the sessions have more than {} pages, with {expected:.0} expected up to there: \
                 give `exit` greater shares",
                100.0 * followed.left,
                Chain::MOST_VIEWS,
            )));
        } else if self.most_events() > MOST_EVENTS {
            problems.push(Problem::error("flow.pages", format!(
                "a session could have {} events, on {} pages; {MOST_EVENTS} are the most: lower the counts of \
                 events, or give `exit` greater shares",
                self.most_events(),
                self.most_views,
            )));
        }
        self
    }

    /// The most events that one session can have: its start and end, and for each page its visit, its actions and
    /// how it is left.
    pub(crate) fn most_events(&self) -> u64 {
        let most_actions = self.pages.iter().map(FlowPage::most_actions).max().unwrap_or(0);
        u64::from(self.most_views) * (most_actions + 2) + 2
    }

    /// The duration that no session exceeds at a human pace.
    pub(crate) fn longest_ms(&self) -> u64 {
        let longest = self.pages.iter().map(|page| page.dwell.longest_ms).max().unwrap_or(0);
        u64::from(self.most_views) * (longest + LOAD_MS.1) + 2 * EDGE_MS
    }
}

/// The most events that one session may have; it is planned in one go.
const MOST_EVENTS: u64 = 10_000_000;

/// What the samplers of a flow are made from.
struct FlowCompiler<'a> {
    spec: &'a FlowSpec,
    names: &'a FlowNames,
    /// By name: the place of a page among those of the flow.
    index: HashMap<&'a str, u32>,
    any_button: Arc<NameChoice>,
    default_dwell: Arc<Dwell>,
}

impl FlowCompiler<'_> {
    fn flow(&self, pages: Vec<FlowPage>) -> Result<Option<Flow>, ParameterError> {
        let spec = self.spec;
        let starts = spec
            .start
            .iter()
            .filter_map(|(name, share)| self.way(name).map(|page| (name, *share, page)));
        let Some(start) = ByName::new(starts) else { return Ok(None) };
        let goals = spec.goals.iter().map(|(name, goal)| Goal {
            name: name.to_owned(),
            event: goal.event.as_deref().and_then(|event| self.kind(event)),
            page: goal.page.as_deref().and_then(|page| self.way(page)).map(|page| page as usize),
        });
        Ok(Some(Flow {
            start,
            links: Bernoulli::new(spec.links)?,
            closes: Bernoulli::new(spec.closes)?,
            ends: Bernoulli::new(spec.ends)?,
            goals: goals.collect(),
            most_views: 1,
            pages,
        }))
    }

    /// The pages, those without problems.
    fn pages(&self, problems: &mut Vec<Problem>) -> Vec<FlowPage> {
        let mut dwells: Vec<(&DwellSpec, Arc<Dwell>)> = Vec::new();
        let mut pages = Vec::with_capacity(self.spec.pages.0.len());
        for (name, spec) in self.spec.pages.iter() {
            let dwell = match &spec.dwell {
                None => Ok(Arc::clone(&self.default_dwell)),
                // Pages that are alike share a table.
                Some(spec) => match dwells.iter().find(|(known, _)| *known == spec) {
                    Some((_, dwell)) => Ok(Arc::clone(dwell)),
                    None => dwell(spec).map(Arc::new).inspect(|dwell| {
                        dwells.push((spec, Arc::clone(dwell)));
                    }),
                },
            };
            let path = format!("flow.pages.{name}");
            let page = dwell.and_then(|dwell| {
                let page = self.page(name, spec, dwell).map_err(|error| error.to_string())?;
                page.ok_or_else(|| "no share is above 0".to_owned())
            });
            match page {
                Ok(page) if page.dwell.longest_ms > page.most_actions() => pages.push(page),
                Ok(page) => problems.push(Problem::error(
                    format!("{path}.dwell"),
                    format!(
                        "{} s is too short for {} actions a millisecond apart",
                        page.dwell.longest_ms as f64 / 1_000.0,
                        page.most_actions(),
                    ),
                )),
                Err(message) => problems.push(Problem::error(path, message)),
            }
        }
        pages
    }

    fn page(
        &self,
        name: &str,
        spec: &FlowPageSpec,
        dwell: Arc<Dwell>,
    ) -> Result<Option<FlowPage>, ParameterError> {
        let (mut events, mut leads, mut led) = (Vec::new(), Vec::new(), 0.0);
        for (name, event) in spec.events.iter() {
            let (Some(kind), Some(about)) = (self.kind(name), self.about(name, event)) else {
                continue;
            };
            let hash = name_hash(name);
            if let Some((probability, next)) = event.lead() {
                led += probability;
                leads.push((
                    name,
                    probability,
                    Some(Lead { hash, kind, about, next: self.way(next) }),
                ));
            } else if let Some(count) = event.count() {
                events.push(ViewEvent { hash, kind, count: sampled(count)?, about });
            }
        }
        // No event has an empty name.
        leads.push(("", (1.0 - led).max(0.0), None));
        let next = if spec.next.is_empty() {
            ByName::new([(EXIT, 1.0, None)])
        } else {
            ByName::new(spec.next.iter().map(|(name, share)| (name, *share, self.way(name))))
        };
        let page = Page::new(self.names.pages.get(name).copied().unwrap_or_default());
        let lead = if led > 0.0 { ByName::new(leads) } else { None };
        Ok(next.map(|next| FlowPage { page, dwell, events, lead, next }))
    }

    /// A page by its place, or none for the exit.
    fn way(&self, name: &str) -> Way {
        self.index.get(name).copied()
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        match BuiltIn::of_key(name) {
            Some(BuiltIn::ButtonClicked) => Some(Kind::BUTTON_CLICKED),
            Some(BuiltIn::LinkClick) => Some(Kind::LINK_ELSEWHERE),
            Some(_) => None,
            None => {
                let place = self.names.events.iter().position(|known| known == name)?;
                Some(Kind::custom(place as u16))
            }
        }
    }

    fn about(&self, name: &str, event: &FlowEventSpec) -> Option<About> {
        let buttons = |name: &str| self.names.buttons.get(name).copied();
        let pages = |name: &str| self.names.pages.get(name).copied().map(Page::new);
        match (BuiltIn::of_key(name), &event.button, &event.href) {
            (Some(BuiltIn::ButtonClicked), None, _) => {
                Some(About::AnyButton(Arc::clone(&self.any_button)))
            }
            (Some(BuiltIn::ButtonClicked), Some(shares), _) => {
                let known = shares.iter().filter_map(|(name, p)| Some((name, *p, buttons(name)?)));
                ByName::new(known).map(About::Button)
            }
            (Some(BuiltIn::LinkClick), _, Some(shares)) => {
                let known = shares.iter().filter_map(|(name, p)| Some((name, *p, pages(name)?)));
                ByName::new(known).map(About::Elsewhere)
            }
            _ => Some(About::Nothing),
        }
    }
}

fn sampled(count: ViewCount) -> Result<CountSampler, ParameterError> {
    Ok(match count {
        ViewCount::Bernoulli(probability) => CountSampler::Once(Bernoulli::new(probability)?),
        ViewCount::Poisson(mean) => CountSampler::Poisson(CountTable::poisson(mean)?),
        ViewCount::Bounded { min, max, mean: Some(mean) } => {
            CountSampler::Bounded(BoundedCount::with_mean(min, max, mean, CountShape::Even)?)
        }
        ViewCount::Bounded { min, max, mean: None } => {
            CountSampler::Bounded(BoundedCount::of_shape(min, max, CountShape::Even)?)
        }
    })
}

fn dwell(spec: &DwellSpec) -> Result<Dwell, String> {
    let (min, max) = (spec.min.unwrap_or(0.0), spec.max.unwrap_or(DwellSpec::MOST));
    let shape = match (spec.median, spec.p90) {
        (Some(median), Some(p90)) => TimeShape::log_normal((median, p90), (min, max))?,
        _ => TimeShape::Uniform,
    };
    let (shortest_ms, longest_ms) = (millis::ceil(min), millis::floor(max));
    if shortest_ms > longest_ms {
        return Err("no whole millisecond lies between the bounds of its dwell".to_owned());
    }
    Ok(Dwell { shape, shortest_ms, longest_ms })
}
