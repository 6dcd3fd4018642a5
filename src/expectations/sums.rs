//! What the tables are made of: exact sums, which those of user shards add up to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::policy::WindowCounts;
use crate::scenario::events::ExactNumber;

use super::error::UnlikeSums;
use super::tables::{SessionRow, UserRow};

/// The sums of which the tables are a function. Those of user shards, added, are those of the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSums {
    /// By date and page.
    pub(super) pages: SumsBy<(String, String), PageSums>,
    /// By date.
    pub(super) sessions: SumsBy<String, SessionSums>,
    /// By date, page and button.
    pub(super) clicks: SumsBy<(String, String, String), u64>,
    /// By date, hour and type.
    pub(super) events: SumsBy<(String, u64, String), u64>,
    /// Sessions by journey, step and page.
    pub(super) funnels: SumsBy<(String, u64, String), u64>,
    /// Users and new users by date.
    pub(super) active: SumsBy<String, (u64, u64)>,
    /// Sessions and users by date and goal; none where it is not declared, and so the ones after it.
    pub(super) goals: Option<SumsBy<(String, String), (u64, u64)>>,
    /// Sessions by funnel, which has a number and a name, and step, which has too; also steps that no session reached.
    pub(super) flow_funnels: Option<SumsBy<StepKey, u64>>,
    pub(super) experiments: Option<ExperimentSums>,
    /// By experiment, variant, event type, property and currency.
    pub(super) changed: Option<SumsBy<ChangedKey, ChangedSums>>,
    /// By date, event type, property and currency.
    pub(super) revenue: Option<SumsBy<RevenueKey, AmountSums>>,
    /// Events and users by date, attribute and value.
    pub(super) activity: Option<SumsBy<ActivityKey, (u64, u64)>>,
    /// Users by cohort and day.
    pub(super) retention: Option<SumsBy<(String, u64), u64>>,
    /// By date, touch and currency.
    pub(super) attribution: Option<SumsBy<AttributionKey, CreditSums>>,
    /// By funnel and step of a policy; also steps that nobody reached.
    pub(super) policy_funnels: Option<SumsBy<StepKey, u64>>,
    /// By the beginning of the window; what happened in none is the first.
    pub(super) lateness: Option<SumsBy<Option<String>, WindowCounts>>,
    pub(super) user_rows: Option<Vec<UserRow>>,
    pub(super) session_rows: Option<Vec<SessionRow>>,
}

impl TableSums {
    /// The types of all events.
    pub fn event_types(&self) -> BTreeSet<&str> {
        self.events.0.keys().map(|(_, _, event_type)| event_type.as_str()).collect()
    }

    /// The pages that were visited.
    pub fn pages(&self) -> BTreeSet<&str> {
        self.pages.0.keys().map(|(_, page)| page.as_str()).collect()
    }
}

/// A funnel, by its number and name, and a step, too.
pub(super) type StepKey = (u64, String, u64, String);

/// Date, touch and currency.
pub(super) type AttributionKey = (String, TouchNames, String);

/// Date, attribute and value.
pub(super) type ActivityKey = (String, String, String);

/// Date, event type, property and currency.
pub(super) type RevenueKey = (String, String, String, String);

/// Experiment, variant, event type, property and currency.
pub(super) type ChangedKey = (String, String, String, String, String);

/// Sums by their keys, in the order of those.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(K, V)>", into = "Vec<(K, V)>")]
#[serde(bound(
    serialize = "K: Serialize + Ord + Clone, V: Serialize + Clone",
    deserialize = "K: Deserialize<'de> + Ord, V: Deserialize<'de>"
))]
pub(super) struct SumsBy<K: Ord, V>(pub(super) BTreeMap<K, V>);

impl<K: Ord, V> Default for SumsBy<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> From<Vec<(K, V)>> for SumsBy<K, V> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<K: Ord, V> From<SumsBy<K, V>> for Vec<(K, V)> {
    fn from(sums: SumsBy<K, V>) -> Self {
        sums.0.into_iter().collect()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SumsBy<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageSums {
    pub(super) visits: u64,
    pub(super) millis: u64,
    pub(super) users: u64,
    pub(super) sessions: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionSums {
    pub(super) sessions: u64,
    pub(super) duration_millis: u64,
    pub(super) page_views: u64,
    pub(super) clicks: u64,
    pub(super) users: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AmountSums {
    pub(super) events: u64,
    pub(super) sum: ExactNumber,
}

/// What a touch is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct TouchNames {
    pub(super) channel: String,
    pub(super) source: String,
    pub(super) medium: String,
    pub(super) campaign: String,
}

/// What is attributed to a touch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CreditSums {
    /// Of a conversion.
    pub(super) millionths: u64,
    pub(super) revenue: ExactNumber,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ChangedSums {
    pub(super) amounts: AmountSums,
    /// The first variant of the experiment.
    pub(super) first: String,
    pub(super) true_lift: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ExperimentSums {
    /// In the order in which the others are by goal.
    pub(super) goals: Vec<String>,
    /// By experiment and variant.
    pub(super) variants: SumsBy<(String, String), VariantSums>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct VariantSums {
    pub(super) users: u64,
    pub(super) sessions: u64,
    /// By goal.
    pub(super) conversions: Vec<u64>,
    /// The first variant of the experiment, if the scenario is known.
    pub(super) first: Option<String>,
    /// The true rate and lift by goal.
    pub(super) truths: Vec<(Option<f64>, Option<f64>)>,
}

impl VariantSums {
    /// The exposed sessions that reached a goal.
    pub(super) fn conversions_of(&self, goal: usize) -> u64 {
        self.conversions.get(goal).copied().unwrap_or_default()
    }
}

impl TableSums {
    /// Adds those of another user shard.
    ///
    /// # Errors
    /// [`UnlikeSums`], if the two do not count the same.
    pub fn add(&mut self, other: Self) -> Result<(), UnlikeSums> {
        let steps = |sums: &Self| -> Option<Vec<_>> {
            sums.flow_funnels.as_ref().map(|sums| sums.0.keys().cloned().collect())
        };
        if steps(self) != steps(&other) {
            return Err(UnlikeSums { table: "flow_funnels" });
        }
        let goals = |sums: &Self| sums.experiments.as_ref().map(|sums| sums.goals.clone());
        if goals(self) != goals(&other) {
            return Err(UnlikeSums { table: "experiments" });
        }
        self.pages.add(other.pages);
        self.sessions.add(other.sessions);
        self.clicks.add(other.clicks);
        self.events.add(other.events);
        self.funnels.add(other.funnels);
        self.active.add(other.active);
        add_declared("goals", &mut self.goals, other.goals)?;
        add_declared("flow_funnels", &mut self.flow_funnels, other.flow_funnels)?;
        add_declared("experiments", &mut self.experiments, other.experiments)?;
        add_declared("experiment_properties", &mut self.changed, other.changed)?;
        add_declared("revenue", &mut self.revenue, other.revenue)?;
        add_declared("activity", &mut self.activity, other.activity)?;
        add_declared("retention", &mut self.retention, other.retention)?;
        add_declared("attribution", &mut self.attribution, other.attribution)?;
        add_declared("policy_funnels", &mut self.policy_funnels, other.policy_funnels)?;
        add_declared("lateness", &mut self.lateness, other.lateness)?;
        add_declared("users", &mut self.user_rows, other.user_rows)?;
        add_declared("sessions", &mut self.session_rows, other.session_rows)
    }
}

fn add_declared<S: Sum>(
    table: &'static str,
    sums: &mut Option<S>,
    others: Option<S>,
) -> Result<(), UnlikeSums> {
    match (sums, others) {
        (Some(sums), Some(others)) => sums.add(others),
        (None, None) => {}
        _ => return Err(UnlikeSums { table }),
    }
    Ok(())
}

/// What can be added up.
pub(super) trait Sum {
    fn add(&mut self, other: Self);
}

impl Sum for u64 {
    fn add(&mut self, other: Self) {
        *self += other;
    }
}

impl Sum for (u64, u64) {
    fn add(&mut self, other: Self) {
        self.0 += other.0;
        self.1 += other.1;
    }
}

impl<K: Ord, V: Sum> Sum for SumsBy<K, V> {
    fn add(&mut self, other: Self) {
        for (key, value) in other.0 {
            match self.0.get_mut(&key) {
                Some(sum) => sum.add(value),
                None => {
                    self.0.insert(key, value);
                }
            }
        }
    }
}

impl<R> Sum for Vec<R> {
    fn add(&mut self, other: Self) {
        self.extend(other);
    }
}

impl Sum for WindowCounts {
    fn add(&mut self, other: Self) {
        self.on_time += other.on_time;
        self.late_accepted += other.late_accepted;
        self.late_dropped += other.late_dropped;
        self.left_out += other.left_out;
    }
}

impl Sum for PageSums {
    fn add(&mut self, other: Self) {
        self.visits += other.visits;
        self.millis += other.millis;
        self.users += other.users;
        self.sessions += other.sessions;
    }
}

impl Sum for SessionSums {
    fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.duration_millis += other.duration_millis;
        self.page_views += other.page_views;
        self.clicks += other.clicks;
        self.users += other.users;
    }
}

impl AmountSums {
    /// Adds an amount; not one that is too much for 128 bits, which hold more than 10^22 of the greatest amounts.
    pub(super) fn add_one(&mut self, amount: ExactNumber) {
        self.add(Self { events: 1, sum: amount });
    }
}

impl Default for AmountSums {
    fn default() -> Self {
        Self { events: 0, sum: ExactNumber::ZERO }
    }
}

impl Sum for AmountSums {
    fn add(&mut self, other: Self) {
        if let Some(sum) = self.sum.add(other.sum) {
            *self = Self { events: self.events + other.events, sum };
        }
    }
}

impl Default for CreditSums {
    fn default() -> Self {
        Self { millionths: 0, revenue: ExactNumber::ZERO }
    }
}

impl Sum for CreditSums {
    fn add(&mut self, other: Self) {
        self.millionths += other.millionths;
        // What is too much for 128 bits is left out.
        self.revenue = self.revenue.add(other.revenue).unwrap_or(self.revenue);
    }
}

impl Sum for ChangedSums {
    fn add(&mut self, other: Self) {
        self.amounts.add(other.amounts);
    }
}

impl Sum for ExperimentSums {
    fn add(&mut self, other: Self) {
        self.variants.add(other.variants);
    }
}

impl Sum for VariantSums {
    fn add(&mut self, other: Self) {
        self.users += other.users;
        self.sessions += other.sessions;
        self.conversions.iter_mut().zip(other.conversions).for_each(|(sum, more)| *sum += more);
    }
}
