//! Sampled users, from their first session to their last. Users are independent of each other, so that the variance of a run
//! is the sum of theirs.

use crate::event::Record;
use crate::model::Model;
use crate::population::{Ids, Traffic};
use crate::random::RngStreams;
use crate::simulation::Shard;

/// The seed of the sample, whatever the scenario's is.
const SAMPLE_SEED: u64 = 0x5ca7_7e12;
/// Events that are simulated for the sample, about.
const EVENTS: f64 = 1_000_000.0;
/// Events above which there is no sample: a few users have that many.
const MOST_EVENTS: f64 = 4_000_000.0;
const LEAST_USERS: f64 = 64.0;
const MOST_USERS: f64 = 4_096.0;

/// Every n-th user of a run, or those of several runs.
pub(super) struct UserSample<'m> {
    model: &'m Model,
    every: u32,
    runs: u32,
    /// The rows of a run; those of the sample are those of one run after the other.
    users_of_run: usize,
}

/// An event of a sampled user.
pub(super) struct SampledEvent<'s> {
    /// The user's place in the sample.
    pub(super) row: usize,
    /// The number of the session among those of the user.
    pub(super) session: u32,
    pub(super) record: &'s Record,
    /// The model, with the seed of the sample.
    pub(super) model: &'s Model,
}

impl<'m> UserSample<'m> {
    /// The sample of a run with so many expected events; none where a few users have millions of them.
    pub(super) fn new(model: &'m Model, events: f64) -> Option<Self> {
        let users = model.users().max(1);
        let per_user = (events / f64::from(users)).max(1.0);
        let wanted = (EVENTS / per_user).clamp(LEAST_USERS, MOST_USERS);
        if wanted * per_user > MOST_EVENTS {
            return None;
        }
        let wanted = wanted as u32;
        let every = (users / wanted).max(1);
        let runs = if every > 1 { 1 } else { wanted.div_ceil(users) };
        Some(Self { model, every, runs, users_of_run: users.div_ceil(every) as usize })
    }

    /// The number of users in it.
    pub(super) fn users(&self) -> usize {
        self.users_of_run * self.runs as usize
    }

    /// Gives every event, those of a run in order of time.
    pub(super) fn each_event(&self, mut each: impl FnMut(SampledEvent<'_>)) {
        let shard = Shard::new(0, self.every).unwrap_or(Shard::WHOLE);
        for run in 0..self.runs {
            let seed = SAMPLE_SEED + u64::from(run);
            let ids = Ids::new(&RngStreams::new(seed));
            let mut simulation = self.model.simulate_shard(seed, shard);
            let from = run as usize * self.users_of_run;
            while let Some(record) = simulation.next_record() {
                let (user, session) = ids.numbers(record.session);
                let in_run = (user / self.every) as usize;
                if in_run < self.users_of_run {
                    let model = simulation.model();
                    each(SampledEvent { row: from + in_run, session, record: &record, model });
                }
            }
        }
    }

    /// The mean over users of the variance of a value that each of them has.
    pub(super) fn variance(&self, values: &[f64]) -> f64 {
        if self.are_in_order() {
            // Whoever comes later has less time, which is no chance.
            let square = values.iter().map(|value| value * value).sum::<f64>();
            return (square / values.len().max(1) as f64 - self.products(values)).max(0.0);
        }
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        squares / (values.len() as f64 - 1.0).max(1.0)
    }

    /// The mean over users of the squared mean of a value that each of them has, `mean` on average.
    pub(super) fn squared_mean(&self, values: &[f64], mean: f64) -> f64 {
        if self.are_in_order() { self.products(values) } else { mean * mean }
    }

    /// The mean product of the values of two users who come at about the same time, which are independent and have the same
    /// mean: of the same one in each two runs, or of one and the next.
    fn products(&self, values: &[f64]) -> f64 {
        if self.runs == 1 {
            let products: f64 = values.windows(2).map(|pair| pair[0] * pair[1]).sum();
            return products / (values.len() as f64 - 1.0).max(1.0);
        }
        let runs = f64::from(self.runs);
        let of_user = |user: usize| {
            let of_runs = values.iter().skip(user).step_by(self.users_of_run);
            let (sum, squares) = of_runs
                .fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value));
            (sum * sum - squares) / (runs * (runs - 1.0))
        };
        let products: f64 = (0..self.users_of_run).map(of_user).sum();
        products / self.users_of_run.max(1) as f64
    }

    /// True if users with numbers that are near come at times that are near.
    fn are_in_order(&self) -> bool {
        let has_arrivals = self.model.population().traffic().is_some_and(Traffic::has_arrivals);
        has_arrivals && self.users() > 1
    }
}
