//! The check of the `experiments` section: what concerns several keys.

use super::combinations::Combinations;
use super::property_effects::target_in;
use super::specs::Experiment;
use super::target::{EffectTarget, targets};
use crate::scenario::events::EventSpec;
use crate::scenario::flow::FlowSpec;
use crate::scenario::keys::Scenario;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::shares;
use crate::scenario::spelling::nearest;
use crate::scenario::users::PERSONA;

const EXPERIMENTS: &str = "experiments";

/// The most combinations of variants in which sessions differ: each has a flow of its own.
const MOST_COMBINATIONS: usize = 64;

/// Refuses experiments that cannot be.
pub(in crate::scenario) fn check(scenario: &Scenario, visit: &mut Visit) {
    if scenario.experiments.is_empty() {
        return;
    }
    let personas = scenario.of_personas();
    let flows: Vec<&FlowSpec> =
        personas.iter().filter_map(|persona| persona.scenario.flow.as_ref()).collect();
    let mut check = ExperimentCheck { scenario, flows, visit };
    if check.flows.len() < personas.len() {
        let message =
            "experiments need a flow, for all users: what is exposed and changed are its pages";
        return check.refuse(EXPERIMENTS, message, "write a `flow`: see docs/flows.md");
    }
    for (place, experiment) in scenario.experiments.iter().enumerate() {
        check.experiment(place, experiment);
    }
    check.combinations();
}

struct ExperimentCheck<'s, 'v> {
    scenario: &'s Scenario,
    /// By persona.
    flows: Vec<&'s FlowSpec>,
    visit: &'v mut Visit,
}

impl ExperimentCheck<'_, '_> {
    fn refuse(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.visit.is_sound(path) {
            self.visit.report(Problem::error(path, message).help(help));
        }
    }

    fn experiment(&mut self, place: usize, experiment: &Experiment) {
        let at = format!("{EXPERIMENTS}[{place}]");
        let path = join(&at, "name");
        let name = &experiment.name;
        if let Some(first) =
            self.scenario.experiments[..place].iter().position(|other| other.name == *name)
        {
            let message = format!("{EXPERIMENTS}[{first}] has the same name, {name:?}");
            self.refuse(&path, message, "rename one");
        }
        if name == PERSONA && !self.scenario.users.personas.is_empty() {
            let help = "choose another name: users have their variant in an attribute of it";
            self.refuse(&path, "users have this attribute anyway", help);
        }
        let path = join(&at, "variants");
        if self.visit.is_sound(&path)
            && let Some(problem) =
                shares::named_problem(&path, "shares of the variants", &experiment.variants.0)
        {
            self.visit.report(problem);
        }
        if let Some(page) = &experiment.exposure
            && !self.flows.iter().any(|flow| flow.page(page).is_some())
        {
            let known = self.flows.iter().flat_map(|flow| flow.pages.iter()).map(|(name, _)| name);
            let help = match nearest(page, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a page of `flow.pages`".to_owned(),
            };
            self.refuse(&join(&at, "exposure"), format!("the flow has no page {page:?}"), help);
        }
        self.effects(experiment, &join(&at, "effect"));
        self.properties(experiment, &join(&at, "properties"));
    }

    fn effects(&mut self, experiment: &Experiment, at: &str) {
        for (variant, changes) in experiment.effect.iter() {
            let path = join(at, variant);
            self.variant(experiment, variant, &path);
            for (target, _) in changes.iter() {
                self.target(target, &join(&path, target));
            }
        }
        for target in experiment.targets() {
            if experiment.factor(0, target).is_none() && self.visit.is_sound(at) {
                let message = format!("{target} has -100 % in every variant, and a mean to keep");
                self.refuse(at, message, "leave one variant as it is");
            }
        }
    }

    /// Refuses a variant that there is not.
    fn variant(&mut self, experiment: &Experiment, variant: &str, path: &str) {
        if experiment.variants.get(variant).is_none() {
            let known: Vec<&str> = experiment.variants.iter().map(|(name, _)| name).collect();
            let help = match nearest(variant, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its variants are {}", known.join(", ")),
            };
            self.refuse(path, "there is no such variant", help);
        }
    }

    /// Refuses properties that no event has; what can be multiplied is known where properties are checked.
    fn properties(&mut self, experiment: &Experiment, at: &str) {
        for (variant, changes) in experiment.properties.iter() {
            let path = join(at, variant);
            self.variant(experiment, variant, &path);
            for (target, _) in changes.iter() {
                let events = &self.scenario.events;
                if target_in(events, target).is_some() {
                    continue;
                }
                let known: Vec<String> = events.iter().flat_map(property_names).collect();
                let help = match nearest(target, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `purchase.amount` for a property under `events`".to_owned(),
                };
                self.refuse(&join(&path, target), "no event has this property", help);
            }
        }
    }

    fn target(&mut self, target: &str, path: &str) {
        if self.flows.iter().any(|flow| EffectTarget::new(target, flow).is_some()) {
            return;
        }
        let known: Vec<String> = self.flows.iter().flat_map(|flow| targets(flow)).collect();
        let help = match nearest(target, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "write `/checkout.purchase` for an event on a page, `/cart -> /checkout` for a \
                     way in its `next`"
                    .to_owned()
            }
        };
        self.refuse(path, "the flow has no such event or way", help);
    }

    /// Refuses effects that make probabilities of what cannot be.
    fn combinations(&mut self) {
        if !self.visit.is_sound(EXPERIMENTS) {
            return;
        }
        let experiments = &self.scenario.experiments;
        let combinations = Combinations::new(experiments);
        let count = combinations.count();
        if count > MOST_COMBINATIONS {
            let message = format!(
                "{count} combinations of variants are more than {MOST_COMBINATIONS}: each experiment with an \
                 effect multiplies them"
            );
            return self.refuse(EXPERIMENTS, message, "leave some out");
        }
        for number in 0..count {
            for at in 0..self.flows.len() {
                let (_, refusals) = combinations.flow(self.flows[at], number, experiments);
                for refusal in refusals {
                    let place = refusal.shift.experiment;
                    let of = combinations.variants(number).into_iter().find(|(of, _)| *of == place);
                    let Some((_, variant)) = of else { continue };
                    let text = refusal.shift.text;
                    let (variant, path) = named(&experiments[place], place, variant, text);
                    let message = format!("in the variant `{variant}` {}", refusal.message);
                    let help = "the mean over all variants is what the flow says: make the effect smaller, or that";
                    self.refuse(&path, message, help);
                }
            }
        }
    }
}

/// The properties of an event, as targets are written.
fn property_names((event, spec): (&str, &EventSpec)) -> Vec<String> {
    spec.properties.iter().map(|(name, _)| format!("{event}.{name}")).collect()
}

/// The name of a variant, and the path of its effect on a target: of another's, if it has none.
fn named<'e>(
    experiment: &'e Experiment,
    place: usize,
    variant: usize,
    target: &str,
) -> (&'e str, String) {
    let name = experiment.variants.iter().nth(variant).map_or("", |(name, _)| name);
    let has = |of: &str| experiment.effect.get(of).is_some_and(|c| c.get(target).is_some());
    let other = || experiment.effect.iter().map(|(of, _)| of).find(|of| has(of));
    let of = if has(name) { name } else { other().unwrap_or(name) };
    (name, join(&join(&format!("{EXPERIMENTS}[{place}].effect"), of), target))
}
