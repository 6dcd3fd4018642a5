//! What a scenario declares, by which more can be counted than in every timeline.

use crate::scenario::Scenario;

use super::activity::Attributes;
use super::experiment_properties::ChangedProperties;
use super::experiments::TrueEffect;
use super::goals::Goals;
use super::revenue::Amounts;

/// What is counted beyond the tables of every timeline: goals and funnels of a flow, amounts of money, attributes of
/// users, devices and sessions, retention.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    pub(super) goals: Option<Goals>,
    pub(super) amounts: Option<Amounts>,
    pub(super) attributes: Option<Attributes>,
    pub(super) changed: Option<ChangedProperties>,
    pub(super) retention: bool,
}

impl Declared {
    /// What a scenario declares.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            goals: Goals::new(scenario),
            amounts: Amounts::new(scenario),
            attributes: Attributes::new(scenario),
            changed: ChangedProperties::new(scenario),
            retention: scenario
                .traffic
                .as_ref()
                .is_some_and(|traffic| !traffic.retention.is_empty()),
        }
    }

    /// The same with the true effects of the experiments, which stand beside what is counted of them.
    #[must_use]
    pub fn with_effects(self, effects: Vec<TrueEffect>) -> Self {
        Self { goals: self.goals.map(|goals| goals.with_effects(effects)), ..self }
    }

    /// True if there is nothing more to be counted.
    pub fn is_empty(&self) -> bool {
        self.goals.is_none()
            && self.amounts.is_none()
            && self.attributes.is_none()
            && self.changed.is_none()
            && !self.retention
    }
}
