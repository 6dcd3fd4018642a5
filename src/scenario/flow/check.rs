//! The check of the `flow` section: what concerns several keys.

use super::graph::FlowGraph;
use super::specs::{
    DwellSpec, EXIT, FlowEventSpec, FlowPageSpec, FlowSpec, FunnelSpec, GoalSpec, ViewCount,
};
use crate::event::BuiltIn;
use crate::scenario::event_probabilities::check_key;
use crate::scenario::events::Named;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::shares;
use crate::scenario::spelling::nearest;

/// Most steps of a funnel.
const MOST_STEPS: usize = 100;

/// The distance that probabilities may have from their bound: decimals have no exact binary form.
const ROUNDING: f64 = 1e-12;

/// Refuses a flow that no session can follow, which stands at a path.
pub(in crate::scenario) fn check(flow: &FlowSpec, at: &str, visit: &mut Visit) {
    let mut check = FlowCheck { flow, at, visit };
    check.start();
    for (name, page) in flow.pages.iter() {
        check.page(page, name);
    }
    check.ways();
    for (name, goal) in flow.goals.iter() {
        check.goal(goal, &format!("{at}.{}", join("goals", name)));
    }
    for (name, funnel) in flow.funnels.iter() {
        check.funnel(funnel, &format!("{at}.{}", join("funnels", name)));
    }
}

struct FlowCheck<'a> {
    flow: &'a FlowSpec,
    at: &'a str,
    visit: &'a mut Visit,
}

impl FlowCheck<'_> {
    fn refuse(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.visit.is_sound(path) {
            self.visit.report(Problem::error(path, message).help(help));
        }
    }

    fn start(&mut self) {
        let path = join(self.at, "start");
        if self.flow.start.is_empty() {
            return self.refuse(&path, "missing", "add `start: { /: 1 }`");
        }
        self.shares(&self.flow.start, &path, "shares of the first pages");
        for (name, _) in self.flow.start.iter() {
            let path = join(&path, name);
            if name == EXIT {
                self.refuse(&path, "a session starts on a page", "name a page");
            } else {
                self.target(name, &path);
            }
        }
    }

    /// Refuses shares that do not sum to 1.
    fn shares(&mut self, shares: &Named<f64>, path: &str, what: &str) {
        if self.visit.is_sound(path)
            && let Some(problem) = shares::named_problem(path, what, &shares.0)
        {
            self.visit.report(problem);
        }
    }

    /// Refuses the name of a page that the flow does not have.
    fn target(&mut self, name: &str, path: &str) {
        if name == EXIT || self.flow.page(name).is_some() {
            return;
        }
        let known = self.flow.pages.iter().map(|(name, _)| name).chain([EXIT]);
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "add `{name}: {{}}` to `flow.pages`: a page without `next` is where sessions end"
            ),
        };
        self.refuse(path, format!("the flow has no page {name:?}"), help);
    }

    fn page(&mut self, page: &FlowPageSpec, name: &str) {
        let path = format!("{}.{}", self.at, join("pages", name));
        if name == EXIT {
            self.refuse(&path, "`exit` is the end of a session, not a page", "name it otherwise");
        }
        if let Some(dwell) = &page.dwell {
            self.dwell(dwell, &join(&path, "dwell"));
        }
        let events = join(&path, "events");
        for (name, event) in page.events.iter() {
            self.event(name, event, &join(&events, name));
        }
        let led: f64 =
            page.events.iter().filter_map(|(_, event)| event.lead()).map(|(p, _)| p).sum();
        if led > 1.0 + ROUNDING {
            let message = format!(
                "its events that lead on have probabilities of {} together, and at most one happens in a view",
                shares::rounded(led, 7),
            );
            self.refuse(&events, message, "lower them to 1 at most");
        }
        if !page.next.is_empty() {
            let path = join(&path, "next");
            self.shares(&page.next, &path, "shares of the next pages");
            for (name, _) in page.next.iter() {
                self.target(name, &join(&path, name));
            }
        }
    }

    fn dwell(&mut self, dwell: &DwellSpec, path: &str) {
        const LEAST: f64 = 0.001;
        let (min, max) = (dwell.min.unwrap_or(0.0), dwell.max.unwrap_or(DwellSpec::MOST));
        match (dwell.median, dwell.p90) {
            (Some(_), None) => self.refuse(path, "a median needs a p90 beside it", "add `p90: 2m`"),
            (None, Some(_)) => self.refuse(path, "a p90 needs a median", "add `median: 20s`"),
            (None, None) if dwell.max.is_none() => {
                let help = "add `max: 2m`, or `median: 20s` and `p90: 2m`";
                self.refuse(path, "nothing says how long it is", help);
            }
            (Some(median), Some(p90)) if median < LEAST || p90 <= median => {
                let message = format!("the p90, {p90} s, must be above the median, {median} s");
                self.refuse(path, message, "and the median a millisecond at least");
            }
            _ => {}
        }
        if min > max {
            self.refuse(
                path,
                format!("the least, {min} s, is above the most, {max} s"),
                "swap them",
            );
        } else if max < LEAST {
            self.refuse(path, "the most is below a millisecond", "raise `max`");
        }
    }

    fn event(&mut self, name: &str, event: &FlowEventSpec, path: &str) {
        const HAPPENS: [BuiltIn; 2] = [BuiltIn::ButtonClicked, BuiltIn::LinkClick];
        let built_in = BuiltIn::of_key(name);
        if built_in.is_some_and(|event| !HAPPENS.contains(&event)) {
            let help = "events of pages are button_click, link_click and custom ones";
            self.refuse(path, "it comes of itself, with every session or page", help);
        } else if let Some(problem) = check_key(name, path) {
            self.visit.report(problem);
        }
        self.count(event, path);
        if let Some(next) = &event.next {
            let path = join(path, "next");
            self.target(next, &path);
            if built_in == Some(BuiltIn::LinkClick) {
                let help = "remove it: `links` makes link clicks of the ways in `next`";
                self.refuse(&path, "a link that opens elsewhere leads nowhere", help);
            }
            if !matches!(event.count(), Some(ViewCount::Bernoulli(_)) | None) {
                let help = "write `probability` in place of `mean`, `min` and `max`";
                self.refuse(&path, "what leads on happens once, with a probability", help);
            }
        }
        let clicks = [
            ("button", &event.button, BuiltIn::ButtonClicked, "shares of the buttons"),
            ("href", &event.href, BuiltIn::LinkClick, "shares of the pages"),
        ];
        for (key, shares, of, what) in clicks {
            let path = join(path, key);
            match shares {
                Some(_) if built_in != Some(of) => {
                    let message = format!("only a {} has it", of.scenario_key());
                    self.refuse(&path, message, "remove it");
                }
                Some(shares) => self.shares(shares, &path, what),
                None if built_in == Some(of) && of == BuiltIn::LinkClick => {
                    let help = "add `href: /help`: it opens elsewhere, and the session stays";
                    self.refuse(&path, "missing", help);
                }
                None => {}
            }
        }
    }

    fn count(&mut self, event: &FlowEventSpec, path: &str) {
        if self.visit.has_unknown_keys(path) {
            return;
        }
        match event.count() {
            None => self.refuse(
                path,
                "expected one way to say how often it happens in a view",
                "give `probability: 0.3`, `mean: 0.4`, or `min` and `max`",
            ),
            Some(ViewCount::Bounded { min, max, .. }) if min > max => {
                self.refuse(
                    path,
                    format!("the least, {min}, is above the most, {max}"),
                    "swap them",
                );
            }
            Some(ViewCount::Bounded { min, max, mean: Some(mean) })
                if !(f64::from(min)..=f64::from(max)).contains(&mean) =>
            {
                let message = format!("the mean, {mean}, is not within {min} to {max}");
                self.refuse(path, message, "move the mean or the bounds");
            }
            Some(_) => {}
        }
    }

    /// Refuses circles without a way out, and warns of pages that no way leads to.
    fn ways(&mut self) {
        if !self.visit.is_sound(self.at) {
            return;
        }
        let graph = FlowGraph::new(self.flow);
        for circle in graph.traps() {
            let path = format!("{}.{}", self.at, join("pages", circle[0]));
            let message = format!("no session leaves it: {}", circle.join(" -> "));
            self.refuse(&path, message, "give one of its pages a way to `exit`");
        }
        for name in graph.unreached() {
            let path = format!("{}.{}", self.at, join("pages", name));
            let message = "no session reaches this page";
            let help = "add it to `start`, or to the `next` of another page";
            self.visit.report(Problem::warning(path, message).help(help));
        }
    }

    fn goal(&mut self, goal: &GoalSpec, path: &str) {
        if let Some(page) = &goal.page
            && self.flow.page(page).is_none()
        {
            let known = self.flow.pages.iter().map(|(name, _)| name);
            let help = match nearest(page, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a page of `flow.pages`".to_owned(),
            };
            self.refuse(path, format!("the flow has no page {page:?}"), help);
        }
        let Some(event) = &goal.event else {
            if goal.page.is_none() {
                let help = "give `event: purchase`, or `page: /cart`";
                self.refuse(path, "nothing says what reaches it", help);
            }
            return;
        };
        let path = if goal.page.is_some() { join(path, "event") } else { path.to_owned() };
        self.reached(event, goal.page.as_deref(), &path);
    }

    /// Refuses an event that does not happen, on any page or on one.
    fn reached(&mut self, event: &str, page: Option<&str>, path: &str) {
        if BuiltIn::of_key(event) == Some(BuiltIn::LinkClick) {
            let help = "name a page, a custom event or button_click";
            return self.refuse(path, "links to the next page are link clicks too", help);
        }
        let has = |page: &FlowPageSpec| page.events.iter().any(|(name, _)| name == event);
        let is_there = match page.and_then(|page| self.flow.page(page)) {
            Some(page) => has(page),
            None => self.flow.pages.iter().any(|(_, page)| has(page)),
        };
        if is_there {
            return;
        }
        let known = self.flow.event_names();
        let help = match nearest(event, known.iter().copied()) {
            _ if self.flow.page(event).is_some() => format!("write `{{ page: {event} }}`"),
            Some(near) if near != event => format!("did you mean `{near}`?"),
            _ => format!("its events are {}", known.join(", ")),
        };
        let place = page.map_or_else(|| "no page of the flow".to_owned(), |p| format!("{p} never"));
        self.refuse(path, format!("{place} has the event {event:?}"), help);
    }

    fn funnel(&mut self, funnel: &FunnelSpec, path: &str) {
        let steps = join(path, "steps");
        if funnel.steps.len() > MOST_STEPS {
            let message = format!("{} steps are more than {MOST_STEPS}", funnel.steps.len());
            return self.refuse(&steps, message, "name fewer");
        }
        if funnel.steps.is_empty() {
            return self.refuse(&steps, "missing", "add `steps: [/cart, /checkout, purchase]`");
        }
        for (index, step) in funnel.steps.iter().enumerate() {
            let path = format!("{steps}[{index}]");
            let is_event = self.flow.event_names().contains(&step.as_str());
            match self.flow.page(step) {
                Some(_) if is_event => {
                    self.refuse(&path, "both a page and an event have this name", "rename one");
                }
                Some(_) => {}
                None => self.reached(step, None, &path),
            }
        }
    }
}
