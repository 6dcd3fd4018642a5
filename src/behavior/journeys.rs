//! Journeys: the paths that sessions take.

use crate::event::Page;
use crate::random::{AliasTable, ParameterError, Rng};

/// The choice among journeys.
#[derive(Clone, Debug)]
pub(crate) struct Journeys {
    paths: Vec<JourneyPath>,
    table: AliasTable,
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
    /// The choice among paths in proportion to their weights.
    pub(super) fn new(paths: Vec<JourneyPath>, weights: &[f64]) -> Result<Self, ParameterError> {
        debug_assert_eq!(paths.len(), weights.len());
        Ok(Self { paths, table: AliasTable::new(weights)? })
    }

    /// Draws a path.
    #[inline]
    pub(super) fn sample(&self, rng: &mut Rng) -> &JourneyPath {
        &self.paths[self.table.sample(rng)]
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
