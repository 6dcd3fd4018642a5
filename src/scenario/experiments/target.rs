//! What an effect is on.

use crate::scenario::flow::{EXIT, FlowSpec};

/// A probability of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EffectTarget<'t> {
    /// An event on a page.
    Event { page: &'t str, event: &'t str },
    /// A way from a page to the next one.
    Way { page: &'t str, next: &'t str },
}

impl<'t> EffectTarget<'t> {
    /// The target that a text means in a flow; none if the flow has no such event or way.
    pub(super) fn new(text: &'t str, flow: &FlowSpec) -> Option<Self> {
        if let Some((page, next)) = text.split_once("->") {
            let (page, next) = (page.trim(), next.trim());
            let ways = &flow.page(page)?.next;
            return ways.get(next).map(|_| Self::Way { page, next });
        }
        text.rmatch_indices('.').find_map(|(at, _)| {
            let (page, event) = (&text[..at], &text[at + 1..]);
            flow.page(page)?.events.get(event).map(|_| Self::Event { page, event })
        })
    }

    /// The page on which it is.
    pub(super) const fn page(self) -> &'t str {
        match self {
            Self::Event { page, .. } | Self::Way { page, .. } => page,
        }
    }
}

/// Every target of a flow, as it is written.
pub(super) fn targets(flow: &FlowSpec) -> Vec<String> {
    let mut all = Vec::new();
    for (page, spec) in flow.pages.iter() {
        all.extend(spec.events.iter().map(|(event, _)| format!("{page}.{event}")));
        let ways = spec.next.iter().filter(|(next, _)| *next != EXIT);
        all.extend(ways.map(|(next, _)| format!("{page} -> {next}")));
    }
    all
}
