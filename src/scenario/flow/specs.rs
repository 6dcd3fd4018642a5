//! The keys of the `flow` section.

use serde::Serialize;

use super::kinds::{BriefNamed, DURATION, MEAN, MOST_MEAN, OfScalar, SharesKind, probability};
use crate::event::{BuiltIn, event_type};
use crate::scenario::events::{Named, NamedOf, OptionalGroup};
use crate::scenario::key_rows::keys;
use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{NAME, NameList, Optional, SHARE, Whole};
use crate::scenario::problem::Problem;
use crate::scenario::section::{Keys, Section};

const EVENTS: BriefNamed = BriefNamed {
    definition: "flow_event",
    scalar: "number",
    limits: "events, each with its keys or its probability",
    most: 1_000,
};
const GOALS: BriefNamed = BriefNamed {
    definition: "goal",
    scalar: "string",
    limits: "goals, each with its keys or the name of an event",
    most: 100,
};
/// The name that stands where a page could: the session ends.
pub const EXIT: &str = "exit";

/// Most of one event in a view.
const MOST_IN_A_VIEW: Whole<u32> = Whole(0, 1_000);

keys! {
    /// The `flow` section: a session as an absorbing Markov chain over pages.
    pub struct FlowSpec {
        /// The first pages of sessions.
        start: Named<f64> = Named::default(), SharesKind;
        /// The pages: what happens on each, and where sessions go next.
        pages: Named<FlowPageSpec> = Named::default(), NamedOf::FLOW_PAGES;
        /// What is counted as reached, once a session: an event, or a page.
        #[serde(skip_serializing_if = "Named::is_empty")]
        goals: Named<GoalSpec> = Named::default(), GOALS;
        /// Paths through pages and events, in order, whose steps are counted.
        #[serde(skip_serializing_if = "Named::is_empty")]
        funnels: Named<FunnelSpec> = Named::default(), NamedOf::FUNNELS;
        /// The share of ways to a next page that are a `link_click` with its `href`. A way that an event leads never is.
        links: f64 = 0.25, SHARE;
        /// The share of views left otherwise that send `page_closed`.
        closes: f64 = 1.0, SHARE;
        /// The share of sessions that send `session_ended`.
        ends: f64 = 1.0, SHARE;
    }
}

keys! {
    /// A page of a flow.
    pub struct FlowPageSpec {
        /// The time on the page; without it that of `user_behavior` and `distributions`.
        #[serde(skip_serializing_if = "Option::is_none")]
        dwell: Option<DwellSpec> = None, OptionalGroup;
        /// What happens on the page, by type: custom events, `button_click`, and `link_click` for links that open elsewhere.
        #[serde(skip_serializing_if = "Named::is_empty")]
        events: Named<FlowEventSpec> = Named::default(), EVENTS;
        /// The next pages, `exit` for the end of the session. Without it the session ends here.
        #[serde(skip_serializing_if = "Named::is_empty")]
        next: Named<f64> = Named::default(), SharesKind;
    }
}

keys! {
    /// The time on a page: log-normal with `median` and `p90`, else uniform from `min` to `max`.
    pub struct DwellSpec {
        /// The median, before the bounds cut.
        #[serde(skip_serializing_if = "Option::is_none")]
        median: Option<f64> = None, Optional(DURATION);
        /// The time below which nine of ten are, before the bounds cut.
        #[serde(skip_serializing_if = "Option::is_none")]
        p90: Option<f64> = None, Optional(DURATION);
        /// The shortest; 0 s unless said, and a millisecond longer than what happens takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<f64> = None, Optional(DURATION);
        /// The longest; with a median 30 minutes unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64> = None, Optional(DURATION);
    }
}

keys! {
    /// An event of a page: how often it happens in a view, and what it is about.
    pub struct FlowEventSpec {
        /// The probability that it happens in a view, once.
        #[serde(skip_serializing_if = "Option::is_none")]
        probability: Option<f64> = None, Optional(SHARE);
        /// The mean number in a view: Poisson, or with `min` and `max` as even as they allow.
        #[serde(skip_serializing_if = "Option::is_none")]
        mean: Option<f64> = None, Optional(MEAN);
        /// The fewest in a view.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<u32> = None, Optional(MOST_IN_A_VIEW);
        /// The most in a view.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<u32> = None, Optional(MOST_IN_A_VIEW);
        /// The page to which it leads right after, or `exit`; of a page's events that lead on at most one happens in a view.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String> = None, Optional(NAME);
        /// The button of a `button_click`; without it any of `buttons`.
        #[serde(skip_serializing_if = "Option::is_none")]
        button: Option<Named<f64>> = None, SharesKind;
        /// The page that a `link_click` opens elsewhere, in another tab.
        #[serde(skip_serializing_if = "Option::is_none")]
        href: Option<Named<f64>> = None, SharesKind;
    }
}

keys! {
    /// A goal: an event, a page, or an event on a page.
    pub struct GoalSpec {
        /// The event that reaches it.
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<String> = None, Optional(NAME);
        /// The page that reaches it when visited; with an event, the page on which that happens.
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<String> = None, Optional(NAME);
    }
}

keys! {
    /// A funnel: steps that a session takes in this order, whatever lies in between.
    pub struct FunnelSpec {
        /// The steps: pages and events of the flow.
        steps: Vec<String> = Vec::new(), NameList { item: NAME, least: 2, is_unique: false };
        /// The time from the first step within which a later one counts; any time in the session unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<f64> = None, Optional(DURATION);
    }
}

impl OfScalar for FlowEventSpec {
    fn of_scalar(field: &KeyValue<'_>) -> Result<Self, Problem> {
        Ok(Self { probability: Some(probability(field)?), ..Self::default() })
    }
}

impl OfScalar for GoalSpec {
    fn of_scalar(field: &KeyValue<'_>) -> Result<Self, Problem> {
        Ok(Self { event: Some(field.text()?.to_owned()), ..Self::default() })
    }
}

/// The number of an event in a view of its page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ViewCount {
    /// Once with a probability, else not at all.
    Bernoulli(f64),
    /// Poisson with a mean.
    Poisson(f64),
    /// Within bounds, with a mean if there is one.
    Bounded {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// The mean.
        mean: Option<f64>,
    },
}

/// What reaches a goal or a step: an event of a type, on whichever page or on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The text in `event_type`.
    pub event_type: String,
    /// The page, if it has to be that one.
    pub page: Option<String>,
}

impl Milestone {
    fn new(event: Option<&str>, page: Option<&str>) -> Self {
        let event_type = match event {
            None => event_type::PAGE_VISITED,
            Some(name) => BuiltIn::of_key(name).map_or(name, |event| event.event_type()),
        };
        Self { event_type: event_type.to_owned(), page: page.map(str::to_owned) }
    }
}

impl GoalSpec {
    /// What reaches it.
    pub fn milestone(&self) -> Milestone {
        Milestone::new(self.event.as_deref(), self.page.as_deref())
    }
}

impl DwellSpec {
    /// The longest, in seconds, of one that does not say: what is longer is two sessions to most pipelines.
    pub const MOST: f64 = 1_800.0;
}

impl FlowEventSpec {
    /// The greatest mean in a view.
    pub const MOST_MEAN: f64 = MOST_MEAN;

    /// The number in a view, if the keys say it in one way.
    pub fn count(&self) -> Option<ViewCount> {
        match *self {
            Self { probability: Some(p), mean: None, min: None, max: None, .. } => {
                Some(ViewCount::Bernoulli(p))
            }
            Self { probability: None, mean: Some(mean), min: None, max: None, .. } => {
                Some(ViewCount::Poisson(mean))
            }
            Self { probability: None, mean, min, max: Some(max), .. } => {
                Some(ViewCount::Bounded { min: min.unwrap_or(0), max, mean })
            }
            _ => None,
        }
    }

    /// The probability and the page of an event that leads on.
    pub fn lead(&self) -> Option<(f64, &str)> {
        Some((self.probability?, self.next.as_deref()?))
    }
}

impl FlowSpec {
    /// The page called `name`.
    pub fn page(&self, name: &str) -> Option<&FlowPageSpec> {
        self.pages.iter().find(|(known, _)| *known == name).map(|(_, page)| page)
    }

    /// What a step of a funnel is: a page if there is one of that name, or else an event.
    pub fn step(&self, name: &str) -> Milestone {
        match self.page(name) {
            Some(_) => Milestone::new(None, Some(name)),
            None => Milestone::new(Some(name), None),
        }
    }

    /// The names of its events, as they stand under `events`, each once and in alphabetical order.
    pub fn event_names(&self) -> Vec<&str> {
        let all = self.pages.iter().flat_map(|(_, page)| page.events.iter());
        let mut names: Vec<&str> = all.map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Those of them that are not built in.
    pub fn custom_event_names(&self) -> Vec<&str> {
        let mut names = self.event_names();
        names.retain(|name| BuiltIn::of_key(name).is_none());
        names
    }
}
