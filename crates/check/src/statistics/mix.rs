//! The test of a timeline's mix of events against its scenario's.

use std::borrow::Cow;

use event_simulator::model::SessionUsers;
use event_simulator::time::VirtualTime;
use event_simulator::wire::EventFields;
use foldhash::HashMap;

use super::chi_square;
use super::mix_outcome::MixOutcome;
use super::mix_unit::MixUnit;
use super::open_sessions::OpenSessions;
use super::quadratic_form::quadratic_form;

/// A chi-square test of the mix in which sessions or users, not events, are the independent unit.
///
/// Events of one session depend on each other, so Pearson's statistic over events would be wrong.
/// With the counts `x` of a unit, its total `n` and the expected shares `p`, `z = x - n p` has
/// mean 0 and units are independent; so `Z' S^-1 Z`, with `Z` the sum of all `z` and `S` the sum
/// of all `z z'`, is asymptotically chi-square with as many degrees of freedom as `S` has ranks
/// (Rao, Scott, "The analysis of categorical data from complex sample surveys", JASA 76, 1981).
#[derive(Clone, Debug)]
pub struct MixTest {
    expected: Vec<f64>,
    index: HashMap<Box<str>, usize>,
    names: Vec<String>,
    unit: MixUnit,
    /// The counts of each open session, or of each user.
    open: OpenSessions<Vec<u32>>,
    /// Whose sessions are, where no other id of an event says it.
    users: Option<SessionUsers>,
    /// The session with the greatest number among its user's, and that.
    farthest: Option<(u32, String)>,
    observed: u64,
    /// Sessions that start from here on are left out.
    until: Option<VirtualTime>,
    totals: Vec<u64>,
    sum: Vec<f64>,
    /// The sum of `z z'`, row by row.
    products: Vec<f64>,
    /// By type: the units that have it.
    having: Vec<u64>,
    units: u64,
    unexpected: u64,
}

/// Types that fewer units have are tested together: of so few the sums are far from normal.
const FEWEST_UNITS: u64 = 50;

impl MixTest {
    /// A test against these shares, which sum to 1. Memory is that of the open sessions, or of all users.
    pub fn new(unit: MixUnit, expected: &[(String, f64)]) -> Self {
        let count = expected.len();
        Self {
            expected: expected.iter().map(|&(_, share)| share).collect(),
            index: (0..).zip(expected).map(|(i, (name, _))| (name.as_str().into(), i)).collect(),
            names: expected.iter().map(|(name, _)| name.clone()).collect(),
            unit,
            open: OpenSessions::default(),
            users: None,
            farthest: None,
            observed: 0,
            until: None,
            totals: vec![0; count],
            sum: vec![0.0; count],
            products: vec![0.0; count * count],
            having: vec![0; count],
            units: 0,
            unexpected: 0,
        }
    }

    /// This test, of what belongs to sessions alone that start before a moment: later ones may not be whole.
    #[must_use]
    pub fn until(self, until: Option<VirtualTime>) -> Self {
        Self { until, ..self }
    }

    /// This test, of users with accounts: who they are, is known by their sessions.
    #[must_use]
    pub fn of_sessions(self, users: SessionUsers) -> Self {
        Self { users: Some(users), ..self }
    }

    /// A session that is of none of those users: whose number among its user's is above that of all events, as none is in a
    /// whole run.
    pub fn stranger(&self) -> Option<&str> {
        let (number, session) = self.farthest.as_ref()?;
        (u64::from(*number) >= self.observed).then_some(session)
    }

    /// Counts one event; events come in order within each user.
    pub fn observe(&mut self, event: &EventFields<'_>) {
        let Some(&index) = self.index.get(&*event.event_type) else {
            self.unexpected += 1;
            return;
        };
        let width = self.expected.len();
        self.observed += 1;
        let starts_whole = self.until.is_none_or(|until| event.event_time < until);
        let part = match self.unit {
            MixUnit::Session => &*event.session_id,
            MixUnit::User => "",
        };
        let Some(user) = self.user_of(event) else { return };
        let over = self.open.observe(&user, part, |counts| {
            if starts_whole {
                counts.resize(width, 0);
            }
            if let Some(count) = counts.get_mut(index) {
                *count += 1;
            }
        });
        if let Some(counts) = over {
            self.add_unit(&counts);
        }
    }

    /// What tells the event's user from others; none if nobody of the scenario is that.
    fn user_of<'e>(&mut self, event: &'e EventFields<'_>) -> Option<Cow<'e, str>> {
        let Some(users) = &self.users else { return Some(Cow::Borrowed(&*event.user_id)) };
        let numbers = users.numbers_of(&event.session_id);
        let number = numbers.map_or(u32::MAX, |(_, number)| number);
        if self.farthest.as_ref().is_none_or(|(farthest, _)| *farthest < number) {
            self.farthest = Some((number, event.session_id.clone().into_owned()));
        }
        numbers.map(|(user, _)| Cow::Owned(user.to_string()))
    }

    fn add_unit(&mut self, counts: &[u32]) {
        if counts.is_empty() {
            return;
        }
        for (total, count) in self.totals.iter_mut().zip(counts) {
            *total += u64::from(*count);
        }
        for (having, count) in self.having.iter_mut().zip(counts) {
            *having += u64::from(*count > 0);
        }
        let total: u32 = counts.iter().sum();
        let z: Vec<f64> = counts
            .iter()
            .zip(&self.expected)
            .map(|(&count, share)| f64::from(count) - f64::from(total) * share)
            .collect();
        for (sum, z) in self.sum.iter_mut().zip(&z) {
            *sum += z;
        }
        let pairs = z.iter().flat_map(|a| z.iter().map(move |b| a * b));
        for (product, pair) in self.products.iter_mut().zip(pairs) {
            *product += pair;
        }
        self.units += 1;
    }

    /// The sums of `z z'` and of `z`, with types that few units have taken together.
    fn with_rare_types_together(&self) -> (Vec<f64>, Vec<f64>) {
        let width = self.sum.len();
        let is_rare = |place: usize| self.having[place] < FEWEST_UNITS;
        let Some(first) = (0..width).find(|place| is_rare(*place)) else {
            return (self.products.clone(), self.sum.clone());
        };
        let place_of = |place: usize| if is_rare(place) { first } else { place };
        let (mut products, mut sum) = (vec![0.0; width * width], vec![0.0; width]);
        for row in 0..width {
            sum[place_of(row)] += self.sum[row];
            for column in 0..width {
                products[place_of(row) * width + place_of(column)] +=
                    self.products[row * width + column];
            }
        }
        (products, sum)
    }

    /// The outcome over all events so far.
    #[must_use]
    pub fn finish(mut self) -> MixOutcome {
        for counts in std::mem::take(&mut self.open).into_values() {
            self.add_unit(&counts);
        }
        let events: u64 = self.totals.iter().sum();
        let (products, sum) = self.with_rare_types_together();
        let (chi_square, degrees) = quadratic_form(&products, &sum);
        // Where nothing was tested, nothing is known to be in accord.
        let p_value = if self.unexpected > 0 || self.units == 0 {
            0.0
        } else {
            chi_square::survival(chi_square, degrees)
        };
        let found = |&total: &u64| total as f64 / events.max(1) as f64;
        MixOutcome {
            shares: self
                .names
                .into_iter()
                .zip(self.expected)
                .zip(self.totals.iter().map(found))
                .map(|((name, expected), found)| (name, expected, found))
                .collect(),
            unit: self.unit,
            units: self.units,
            unexpected: self.unexpected,
            chi_square,
            degrees,
            p_value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::scenario::{AtEnd, Scenario, shipped};

    fn test_of(scenario: &Scenario, expected: &[(String, f64)], seed: u64) -> MixOutcome {
        let mut test = MixTest::new(MixUnit::Session, expected);
        for event in scenario.compile().unwrap().simulate(seed) {
            test.observe(&(&event).into());
        }
        test.finish()
    }

    fn crowd() -> Scenario {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = 2_000;
        scenario
    }

    /// Under the scenario's own mix the p-value is uniform: of 40 fixed seeds, the number below 0.1
    /// is binomial(40, 0.1), which exceeds 13 once in 10,000.
    #[test]
    fn the_true_mix_is_not_suspected() {
        let mut scenario = crowd();
        scenario.simulation.num_users = 300;
        let expected = scenario.compile().unwrap().forecast().mix;
        let p_values: Vec<f64> =
            (0..40).map(|seed| test_of(&scenario, &expected, seed).p_value).collect();
        let low = p_values.iter().filter(|&&p| p < 0.1).count();
        assert!(low <= 13, "{low} of 40 p-values are below 0.1: {p_values:?}");
        assert!(p_values.iter().any(|&p| p < 0.5) && p_values.iter().any(|&p| p > 0.5));
    }

    /// Personas differ from each other, and the users of each persona among themselves do not: of 20 seeds, the number of
    /// p-values below 0.1 exceeds 8 once in 16,000.
    #[test]
    fn the_true_mix_of_users_who_differ_is_not_suspected() {
        let shipped = shipped::find("saas").unwrap();
        let mut scenario = shipped.load().unwrap().scenario;
        scenario.simulation.num_users = 1_500;
        let model = scenario.compile().unwrap();
        let (unit, expected) = MixUnit::of_run(&model);
        assert_eq!(unit, MixUnit::User);
        let outcome = |expected: &[(String, f64)], seed| {
            let mut test = MixTest::new(unit, expected).of_sessions(SessionUsers::new(seed));
            model.simulate(seed).for_each(|event| test.observe(&(&event).into()));
            assert_eq!(test.stranger(), None);
            test.finish()
        };
        let p_values: Vec<f64> = (0..20).map(|seed| outcome(&expected, seed).p_value).collect();
        let low = p_values.iter().filter(|&&p| p < 0.1).count();
        assert!(low <= 8, "{low} of 20 p-values are below 0.1: {p_values:?}");
        let mut with_other_seed = MixTest::new(unit, &expected).of_sessions(SessionUsers::new(1));
        model.simulate(0).for_each(|event| with_other_seed.observe(&(&event).into()));
        assert!(with_other_seed.stranger().is_some());
        let mut other = expected.clone();
        other[2].1 += 0.02;
        other[3].1 -= 0.02;
        assert!(outcome(&other, 0).p_value < 1e-6);
    }

    #[test]
    fn a_slightly_different_mix_is_found() {
        let scenario = crowd();
        let mut expected = scenario.compile().unwrap().forecast().mix;
        expected[2].1 += 0.01;
        expected[4].1 -= 0.01;
        assert!(test_of(&scenario, &expected, 0).p_value < 1e-6);
    }

    #[test]
    fn a_type_that_should_not_be_there_is_found() {
        let (scenario, expected) = (crowd(), [("a".to_owned(), 1.0)]);
        assert!(test_of(&scenario, &expected, 0).p_value < f64::MIN_POSITIVE);
    }

    /// Of a run that is cut, only sessions that are whole have the scenario's mix.
    #[test]
    fn cut_sessions_are_left_out() {
        let mut scenario = crowd();
        scenario.simulation.duration_seconds = 1_200.0;
        scenario.simulation.at_end = AtEnd::Cut;
        let model = scenario.compile().unwrap();
        let test = |until| {
            let mut test =
                MixTest::new(MixUnit::Session, &model.session_mix().unwrap()).until(until);
            model.simulate(1).for_each(|event| test.observe(&(&event).into()));
            test.finish()
        };
        assert!(test(model.cut_sessions_from()).is_in_accord());
        assert!(!test(None).is_in_accord());
        let nothing = test(Some(model.start()));
        assert!(nothing.units == 0 && !nothing.is_in_accord());
    }
}
