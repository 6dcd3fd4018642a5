//! Journeys: the paths that sessions take.

use crate::event::Page;
use crate::random::{AspectDraws, Bernoulli, CumulativeTable, ParameterError};
use crate::scenario::Journey;

use super::page_count::ReachedSteps;

/// The choice among journeys.
#[derive(Clone, Debug)]
pub(crate) struct Journeys {
    /// In the order of their names, so that their order in the file does not matter.
    paths: Vec<JourneyPath>,
    table: CumulativeTable,
}

/// A journey with its names as indices.
#[derive(Clone, Debug)]
pub(crate) struct JourneyPath {
    pub(crate) pages: Vec<Page>,
    /// The buttons that most clicks on its pages go to.
    pub(crate) likely_clicks: Vec<u16>,
    /// At each step but the last: the session goes on to the next one. Without it none leaves the path.
    goes_on: Vec<Bernoulli>,
    /// The place of its first page among the model's journey steps.
    pub(crate) first_step: u16,
}

impl Journeys {
    /// The choice among the paths of some journeys in proportion to their probabilities.
    pub(super) fn new(
        journeys: &[Journey],
        paths: Vec<JourneyPath>,
    ) -> Result<Self, ParameterError> {
        debug_assert_eq!(paths.len(), journeys.len());
        let mut by_name = Vec::with_capacity(paths.len());
        for (journey, mut path) in journeys.iter().zip(paths) {
            let shares = journey.r#continue.iter().map(|share| Bernoulli::new(*share));
            path.goes_on = shares.collect::<Result<_, _>>()?;
            by_name.push((journey, path));
        }
        by_name.sort_by(|(a, _): &(&Journey, _), (b, _)| a.name.cmp(&b.name));
        let (journeys, paths): (Vec<&Journey>, _) = by_name.into_iter().unzip();
        let weights: Vec<f64> = journeys.iter().map(|journey| journey.probability).collect();
        Ok(Self { paths, table: CumulativeTable::new(&weights)? })
    }

    /// The paths with their shares.
    pub(super) fn shares(&self) -> impl Iterator<Item = (&JourneyPath, f64)> {
        self.paths.iter().zip(self.table.probabilities())
    }

    /// The path that 64 random bits mean.
    #[inline]
    pub(super) fn sample(&self, bits: u64) -> &JourneyPath {
        &self.paths[self.table.sample(bits)]
    }
}

impl JourneyPath {
    /// A path of the model's journeys, which no session leaves before its end.
    pub(crate) fn new(pages: Vec<Page>, likely_clicks: Vec<u16>, first_step: u16) -> Self {
        Self { pages, likely_clicks, goes_on: Vec::new(), first_step }
    }

    /// The number of steps that a session reaches if it has as many pages.
    #[inline]
    pub(super) fn reached(&self, draws: AspectDraws) -> usize {
        if self.goes_on.is_empty() {
            return self.pages.len();
        }
        let stays = |(place, share): &(u64, &Bernoulli)| share.sample(draws.at(*place));
        1 + (0..).zip(&self.goes_on).take_while(stays).count()
    }

    /// The numbers of steps that sessions reach if they have as many pages, each with its share.
    pub(super) fn reaches(&self) -> Vec<(usize, f64)> {
        let mut left = 1.0;
        let mut all = Vec::with_capacity(self.goes_on.len() + 1);
        for (steps, goes_on) in (1..).zip(&self.goes_on) {
            all.push((steps, left * (1.0 - goes_on.probability())));
            left *= goes_on.probability();
        }
        all.push((self.pages.len(), left));
        all
    }

    /// The number of pages that a session has at least which reaches so many steps.
    #[inline]
    pub(super) fn least_pages(&self, reached: usize) -> u32 {
        if self.goes_on.is_empty() { 0 } else { reached as u32 }
    }

    /// The page at a position in the session, if the path is as long.
    #[inline]
    pub(super) fn page(&self, position: usize) -> Option<Page> {
        self.pages.get(position).copied()
    }

    /// The place of a position on the path among the model's journey steps.
    #[inline]
    pub(crate) fn step(&self, position: usize) -> u16 {
        debug_assert!(position < self.pages.len());
        self.first_step + position as u16
    }
}

/// The numbers of pages that sessions have at least by the journeys that say where they are left, with their shares.
pub(super) fn reached_steps(journeys: &[Journey]) -> Vec<ReachedSteps> {
    let sum: f64 = journeys.iter().map(|journey| journey.probability).sum();
    let mut all: Vec<ReachedSteps> = Vec::new();
    let mut add = |steps: u32, share: f64| match all.iter_mut().find(|(known, _)| *known == steps) {
        Some((_, known)) => *known += share,
        None => all.push((steps, share)),
    };
    for journey in journeys {
        let mut share = journey.probability / sum;
        if journey.r#continue.is_empty() {
            add(0, share);
            continue;
        }
        for (steps, goes_on) in (1..).zip(&journey.r#continue) {
            add(steps, share * (1.0 - goes_on));
            share *= goes_on;
        }
        add(journey.path.len() as u32, share);
    }
    all.retain(|(_, share)| *share > 0.0);
    all
}
