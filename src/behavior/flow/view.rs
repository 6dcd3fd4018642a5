//! A view of a page of a flow: how long it is, what happens in it, and where it leads.

use std::sync::Arc;

use crate::behavior::time_shape::TimeShape;
use crate::event::{Detail, Kind, Page, RecordContent};
use crate::random::{Bernoulli, BoundedCount, CountTable, NameChoice};

use super::by_name::ByName;

/// A page of a flow.
#[derive(Clone, Debug)]
pub(crate) struct FlowPage {
    pub(crate) page: Page,
    pub(super) dwell: Arc<Dwell>,
    pub(super) events: Vec<ViewEvent>,
    /// The event that leads on, or none; without it no event does.
    pub(super) lead: Option<ByName<Option<Lead>>>,
    /// Where sessions go if no event leads on.
    pub(super) next: ByName<Way>,
}

/// A page by its place among those of the flow, or none where the session ends.
pub(super) type Way = Option<u32>;

/// The time on a page.
#[derive(Clone, Debug)]
pub(super) struct Dwell {
    pub(super) shape: TimeShape,
    pub(super) shortest_ms: u64,
    pub(super) longest_ms: u64,
}

/// An event that happens in views of a page, any number of times.
#[derive(Clone, Debug)]
pub(super) struct ViewEvent {
    /// The hash of its name, by which its draws are told from those of others.
    pub(super) hash: u64,
    pub(super) kind: Kind,
    pub(super) count: CountSampler,
    pub(super) about: About,
}

/// An event after which the session goes to a certain page.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) hash: u64,
    pub(super) kind: Kind,
    pub(super) about: About,
    pub(super) next: Way,
}

/// What an event is about, beside its page.
#[derive(Clone, Debug)]
pub(super) enum About {
    Nothing,
    AnyButton(Arc<NameChoice>),
    Button(ByName<u16>),
    Elsewhere(ByName<Page>),
}

/// The number of an event in a view.
#[derive(Clone, Debug)]
pub(super) enum CountSampler {
    Once(Bernoulli),
    Poisson(CountTable),
    Bounded(BoundedCount),
}

impl FlowPage {
    /// The events that lead on, each with its probability in a view.
    pub(super) fn leads(&self) -> impl Iterator<Item = (&Lead, f64)> {
        let leads = self.lead.iter().flat_map(ByName::shares);
        leads.filter_map(|(lead, share)| Some((lead.as_ref()?, share)))
    }

    /// The probability of a view in which no event leads on.
    pub(super) fn unled(&self) -> f64 {
        match &self.lead {
            None => 1.0,
            Some(lead) => lead.shares().filter(|(lead, _)| lead.is_none()).map(|(_, p)| p).sum(),
        }
    }

    /// The most actions in a view.
    pub(super) fn most_actions(&self) -> u64 {
        let counted: u64 = self.events.iter().map(|event| u64::from(event.count.max())).sum();
        counted + u64::from(self.lead.is_some())
    }
}

impl About {
    /// The content of an event about this, by 64 random bits.
    #[inline]
    pub(super) fn content(
        &self,
        kind: Kind,
        page: Page,
        bits: impl FnOnce() -> u64,
    ) -> RecordContent {
        let detail = match self {
            Self::Nothing => Detail::None,
            Self::AnyButton(buttons) => Detail::Button(buttons.sample(bits())),
            Self::Button(buttons) => Detail::Button(*buttons.sample(bits())),
            Self::Elsewhere(pages) => Detail::Elsewhere(*pages.sample(bits())),
        };
        RecordContent { kind, page: Some(page), detail }
    }
}

impl CountSampler {
    /// The number that 64 random bits mean.
    #[inline]
    pub(super) fn sample(&self, bits: u64) -> u32 {
        match self {
            Self::Once(once) => u32::from(once.sample(bits)),
            Self::Poisson(table) => table.sample(bits),
            Self::Bounded(count) => count.sample(bits),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        match self {
            Self::Once(once) => once.probability(),
            Self::Poisson(table) => table.mean(),
            Self::Bounded(count) => count.mean(),
        }
    }

    /// The probability that it does not happen.
    pub(super) fn none(&self) -> f64 {
        match self {
            Self::Once(once) => 1.0 - once.probability(),
            Self::Poisson(table) => table.none(),
            Self::Bounded(count) => {
                count.probabilities().filter(|(number, _)| *number == 0).map(|(_, p)| p).sum()
            }
        }
    }

    fn max(&self) -> u32 {
        match self {
            Self::Once(_) => 1,
            Self::Poisson(table) => table.max(),
            Self::Bounded(count) => count.max(),
        }
    }
}
