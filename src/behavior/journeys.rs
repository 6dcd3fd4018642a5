//! Journeys: the paths that sessions take.

use crate::event::Page;
use crate::random::{CumulativeTable, ParameterError};
use crate::scenario::Journey;

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
        let mut by_name: Vec<(&Journey, JourneyPath)> = journeys.iter().zip(paths).collect();
        by_name.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let (journeys, paths): (Vec<&Journey>, _) = by_name.into_iter().unzip();
        let weights: Vec<f64> = journeys.iter().map(|journey| journey.probability).collect();
        Ok(Self { paths, table: CumulativeTable::new(&weights)? })
    }

    /// The path that 64 random bits mean.
    #[inline]
    pub(super) fn sample(&self, bits: u64) -> &JourneyPath {
        &self.paths[self.table.sample(bits)]
    }
}

impl JourneyPath {
    /// The page at a position in the session, if the path is as long.
    #[inline]
    pub(crate) fn page(&self, position: usize) -> Option<Page> {
        self.pages.get(position).copied()
    }

    /// The place of a position on the path among the model's journey steps.
    #[inline]
    pub(crate) fn step(&self, position: usize) -> u16 {
        debug_assert!(position < self.pages.len());
        self.first_step + position as u16
    }
}
