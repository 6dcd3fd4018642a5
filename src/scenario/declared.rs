//! The goals and funnels of a scenario's flow and those of its personas: they are of one site.

use super::flow::{FlowSpec, FunnelSpec, GoalSpec, Milestone};
use super::keys::Scenario;
use super::path::join;
use super::problem::Problem;
use super::section::Visit;

/// A funnel: its steps by their names, and the time in seconds within which they count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeclaredFunnel {
    pub(crate) steps: Vec<(String, Milestone)>,
    pub(crate) window: Option<f64>,
}

impl Scenario {
    /// The goals that its flow and those of its personas declare, by their names.
    pub(crate) fn declared_goals(&self) -> Vec<(String, Milestone)> {
        let goals = self.flows().flat_map(|(_, flow)| flow.goals.iter());
        sorted(goals.map(|(name, goal)| (name.to_owned(), goal.milestone())))
    }

    /// The funnels that its flow and those of its personas declare, by their names.
    pub(crate) fn declared_funnels(&self) -> Vec<(String, DeclaredFunnel)> {
        let of_flow = |(_, flow): (String, &FlowSpec)| {
            let funnels = flow.funnels.iter();
            let funnel = |(name, spec): (&str, &FunnelSpec)| (name.to_owned(), flow.funnel(spec));
            funnels.map(funnel).collect::<Vec<_>>()
        };
        sorted(self.flows().flat_map(of_flow))
    }

    /// Gives a flow, of one persona, those goals of the others that its sessions can reach.
    pub(super) fn share_goals(&self, flow: &mut FlowSpec) {
        for (name, goal) in self.flows().flat_map(|(_, other)| other.goals.iter()) {
            if flow.goals.get(name).is_none() && flow.can_reach(goal) {
                flow.goals.0.push((name.to_owned(), goal.clone()));
            }
        }
    }

    /// Its flow and those of its personas, with their paths.
    fn flows(&self) -> impl Iterator<Item = (String, &FlowSpec)> {
        let personas = self.users.personas.iter().enumerate();
        let of_personas = personas.filter_map(|(place, persona)| {
            Some((format!("users.personas[{place}].flow"), persona.flow.as_ref()?))
        });
        self.flow.iter().map(|flow| ("flow".to_owned(), flow)).chain(of_personas)
    }
}

impl FlowSpec {
    fn funnel(&self, spec: &FunnelSpec) -> DeclaredFunnel {
        let steps = spec.steps.iter().map(|step| (step.clone(), self.step(step)));
        DeclaredFunnel { steps: steps.collect(), window: spec.window }
    }

    fn can_reach(&self, goal: &GoalSpec) -> bool {
        let pages = self.pages.iter();
        let mut pages =
            pages.filter(|(name, _)| goal.page.as_deref().is_none_or(|page| page == *name));
        match &goal.event {
            None => pages.next().is_some(),
            Some(event) => pages.any(|(_, page)| page.events.get(event).is_some()),
        }
    }
}

/// Refuses goals and funnels of one name that mean different things in two flows: the pipeline sees one site.
pub(super) fn check(scenario: &Scenario, visit: &mut Visit) {
    let flows: Vec<(String, &FlowSpec)> = scenario.flows().collect();
    for (place, (at, flow)) in flows.iter().enumerate() {
        let mut refuse = |key: &str, name: &str, what: &str, first: &str| {
            let path = format!("{at}.{}", join(key, name));
            if visit.is_sound(&path) {
                let message = format!("{first} has another {what} {name:?}");
                let help = "rename one: a session reaches it, whoever's it is";
                visit.report(Problem::error(path, message).help(help));
            }
        };
        for (name, goal) in flow.goals.iter() {
            let differs = |other: &GoalSpec| other.milestone() != goal.milestone();
            let mut earlier = flows[..place].iter();
            if let Some((first, _)) =
                earlier.find(|(_, other)| other.goals.get(name).is_some_and(differs))
            {
                refuse("goals", name, "goal", first);
            }
        }
        for (name, funnel) in flow.funnels.iter() {
            let mut earlier = flows[..place].iter();
            let first = earlier.find(|(_, other)| {
                let same = other.funnels.get(name);
                same.is_some_and(|same| other.funnel(same) != flow.funnel(funnel))
            });
            if let Some((first, _)) = first {
                refuse("funnels", name, "funnel", first);
            }
        }
    }
}

/// Each once, in the order of the names.
fn sorted<T>(named: impl Iterator<Item = (String, T)>) -> Vec<(String, T)> {
    let mut all: Vec<(String, T)> = Vec::new();
    for (name, value) in named {
        if let Err(place) = all.binary_search_by(|(known, _)| known.cmp(&name)) {
            all.insert(place, (name, value));
        }
    }
    all
}
