//! The events by which users are exposed to experiments.

use crate::behavior::Step;
use crate::event::{Detail, Kind, Page, RecordContent};
use crate::scenario::{PersonaScenario, PropertyEffect, Scenario};

use super::names::Names;

/// How users are exposed: in each session by the first view of a page where an experiment is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exposures {
    /// By experiment.
    all: Vec<Exposure>,
    kind: Option<Kind>,
}

/// How users are exposed to one experiment.
#[derive(Clone, Debug)]
pub(crate) struct Exposure {
    pub(crate) name: String,
    pub(crate) variants: Vec<String>,
    /// The share of each variant among the users.
    pub(crate) shares: Vec<f64>,
    /// What it changes in what events carry.
    pub(crate) effects: Vec<PropertyEffect>,
    /// The pages where it is; none are all.
    pub(crate) pages: Vec<Page>,
    /// The place of the first variant among the names of all.
    first_variant: u16,
}

/// A page view that exposes a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExposingView {
    /// The place of the experiment.
    pub(crate) experiment: usize,
    /// The time from the session's start, at which the session has no other event.
    pub(crate) offset_ms: u64,
    page: Option<Page>,
}

impl Exposures {
    pub(super) fn new(scenario: &Scenario, personas: &[PersonaScenario], names: &Names) -> Self {
        let mut first_variant = 0;
        let mut all = Vec::with_capacity(scenario.experiments.len());
        for experiment in &scenario.experiments {
            let flows = personas.iter().filter_map(|persona| persona.scenario.flow.as_ref());
            let mut pages: Vec<Page> = Vec::new();
            for page in flows.flat_map(|flow| experiment.pages(flow)) {
                let place = names.pages.iter().position(|known| known == page);
                let page = place.map(|place| Page::new(place as u16));
                pages.extend(page.filter(|page| !pages.contains(page)));
            }
            let (variants, shares): (Vec<String>, Vec<f64>) =
                experiment.variants.iter().map(|(name, share)| (name.to_owned(), *share)).unzip();
            let count = variants.len() as u16;
            all.push(Exposure {
                name: experiment.name.clone(),
                variants,
                shares,
                effects: experiment.property_effects(&scenario.events),
                pages,
                first_variant,
            });
            first_variant += count;
        }
        Self { all, kind: names.exposure_kind() }
    }

    /// True without experiments.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each experiment in its place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Exposure> {
        self.all.iter()
    }

    /// The kind of the events; none without experiments.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The first exposing view of each experiment in a session with these steps, which lasts so long. Others of its
    /// events happen at the times that are `taken`.
    pub(crate) fn in_session(
        &self,
        steps: &[Step],
        duration_ms: u64,
        mut taken: Vec<u64>,
    ) -> Vec<ExposingView> {
        let mut views = Vec::with_capacity(self.all.len());
        for (experiment, exposure) in self.all.iter().enumerate() {
            let Some(step) = steps.iter().position(|step| exposure.is_at(step)) else { continue };
            let mut offset_ms = steps[step].offset_ms + 1;
            let mut later = steps[step + 1..].iter().map(|step| step.offset_ms).peekable();
            while later.next_if_eq(&offset_ms).is_some() || taken.contains(&offset_ms) {
                offset_ms += 1;
            }
            // A session of a few milliseconds may have no time left.
            if offset_ms < duration_ms {
                taken.push(offset_ms);
                views.push(ExposingView { experiment, offset_ms, page: steps[step].content.page });
            }
        }
        views
    }

    /// The content of an exposing event, by the variant of the user.
    pub(crate) fn content(&self, view: ExposingView, variant: usize) -> Option<RecordContent> {
        let first = self.all.get(view.experiment)?.first_variant;
        let detail = Detail::Variant(first + variant as u16);
        Some(RecordContent { kind: self.kind?, page: view.page, detail })
    }
}

impl Exposure {
    fn is_at(&self, step: &Step) -> bool {
        let RecordContent { kind, page, .. } = step.content;
        kind == Kind::PAGE_VISITED
            && (self.pages.is_empty() || page.is_some_and(|page| self.pages.contains(&page)))
    }
}
