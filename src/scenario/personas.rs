//! Personas: the scenario as it is for each kind of user.

use super::experiments::Combinations;
use super::key_value::KeyValue;
use super::keys::Scenario;
use super::path::join;
use super::problem::Problem;
use super::section::{Keys, Visit};
use super::shares;
use super::users::Persona;
use super::yaml::{Content, Node};

const PERSONAS: &str = "users.personas";

/// A scenario as it is for the users of one persona.
#[derive(Clone, Debug)]
pub(crate) struct PersonaScenario {
    pub(crate) scenario: Scenario,
    /// The path of the persona.
    path: String,
    /// The sections that it has of its own.
    own: Vec<&'static str>,
}

impl PersonaScenario {
    /// The path of what concerns a key of the scenario for this persona.
    pub(crate) fn path(&self, path: &str) -> String {
        let is_own = |section: &&str| {
            let rest = path.strip_prefix(section);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if self.own.iter().any(is_own) { format!("{}.{path}", self.path) } else { path.to_owned() }
    }

    /// A problem of this scenario, at the path of what it concerns.
    pub(crate) fn place(&self, problem: Problem) -> Problem {
        let path = self.path(&problem.path);
        Problem { path, ..problem }
    }
}

impl Scenario {
    /// The scenario as it is for each persona; for all users where there are none.
    pub(crate) fn of_personas(&self) -> Vec<PersonaScenario> {
        let personas = &self.users.personas;
        if personas.is_empty() {
            let (path, own) = (String::new(), Vec::new());
            return vec![PersonaScenario { scenario: self.clone(), path, own }];
        }
        let of_persona = |(index, persona): (usize, &Persona)| PersonaScenario {
            scenario: persona.over(self),
            path: format!("{PERSONAS}[{index}]"),
            own: persona.own_sections(),
        };
        personas.iter().enumerate().map(of_persona).collect()
    }

    /// The scenario as it is for each persona in each combination of variants; those of a persona follow one another.
    pub(crate) fn of_behaviors(&self) -> Vec<PersonaScenario> {
        let combinations = Combinations::new(&self.experiments);
        let mut all = Vec::new();
        for mut persona in self.of_personas() {
            if let Some(flow) = &mut persona.scenario.flow {
                self.share_goals(flow);
            }
            for number in 0..combinations.count() {
                let mut shifted = persona.clone();
                if let Some(flow) = &mut shifted.scenario.flow {
                    *flow = combinations.shifted(flow, number, &self.experiments);
                }
                all.push(shifted);
            }
        }
        all
    }
}

impl Persona {
    fn own_sections(&self) -> Vec<&'static str> {
        let sections = [
            ("user_behavior", self.user_behavior.is_some()),
            ("event_probabilities", self.event_probabilities.is_some()),
            ("user_journeys", self.user_journeys.is_some()),
            ("distributions", self.distributions.is_some()),
            ("flow", self.flow.is_some()),
        ];
        sections.into_iter().filter(|(_, is_own)| *is_own).map(|(section, _)| section).collect()
    }

    /// A scenario with what this persona has of its own.
    fn over(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        if let Some(behavior) = &self.user_behavior {
            scenario.user_behavior = behavior.clone();
        }
        if let Some(mix) = &self.event_probabilities {
            scenario.event_probabilities = mix.clone();
        }
        if let Some(journeys) = &self.user_journeys {
            scenario.user_journeys.clone_from(journeys);
        }
        // A mix or journeys of its own stand for the scenario's flow, and the other way round.
        if self.flow.is_some() || self.event_probabilities.is_some() || self.user_journeys.is_some()
        {
            scenario.flow.clone_from(&self.flow);
        }
        if let Some(distributions) = &self.distributions {
            scenario.distributions = distributions.clone();
        }
        scenario
    }
}

/// Reads what personas have of their own key by key, over what the scenario says.
pub(super) fn inherit_sections(
    scenario: &mut Scenario,
    document: Option<&Node>,
    visit: &mut Visit,
) {
    let (behavior, distributions) =
        (scenario.user_behavior.clone(), scenario.distributions.clone());
    for (index, persona) in scenario.users.personas.iter_mut().enumerate() {
        let path = format!("{PERSONAS}[{index}]");
        let node = document.and_then(|document| document.at(&path));
        inherit("user_behavior", &path, node, &behavior, &mut persona.user_behavior, visit);
        inherit("distributions", &path, node, &distributions, &mut persona.distributions, visit);
    }
}

fn inherit<T: Keys + Clone>(
    key: &'static str,
    path: &str,
    persona: Option<&Node>,
    inherited: &T,
    value: &mut Option<T>,
    visit: &mut Visit,
) {
    let entry = match persona.map(|node| &node.content) {
        Some(Content::Map(entries)) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    };
    if let Some(entry) = entry {
        let mut read = inherited.clone();
        visit.section(&KeyValue::entry(entry, path), |section| read.visit(section));
        *value = Some(read);
    } else if let Some(value) = value {
        let place = KeyValue::absent(join(path, key), None);
        visit.section(&place, |section| value.visit(section));
    }
}

/// Refuses personas whose shares miss 1, and names that stand twice.
pub(super) fn check(personas: &[Persona], visit: &mut Visit) {
    if personas.is_empty() || !visit.is_sound(PERSONAS) {
        return;
    }
    let shares: Vec<f64> = personas.iter().map(|persona| persona.share).collect();
    if let Some(problem) = shares::list_problem(PERSONAS, "shares of the personas", &shares) {
        visit.report(problem);
    }
    for (index, persona) in personas.iter().enumerate() {
        if let Some(first) = personas[..index].iter().position(|known| known.name == persona.name) {
            let message = format!("{PERSONAS}[{first}] has the same name, {:?}", persona.name);
            visit.report(Problem::error(format!("{PERSONAS}[{index}].name"), message));
        }
    }
}
