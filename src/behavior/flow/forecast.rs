//! What a flow gives, in closed form.

use crate::event::{Kind, Page, RecordContent};

use super::chain::Chain;
use super::goal::Goal;
use super::sampler::Flow;
use super::view::FlowPage;

impl Flow {
    /// The chain of the pages.
    pub(crate) fn chain(&self) -> Chain {
        let mut start = vec![0.0; self.pages.len()];
        for (page, share) in self.start.shares() {
            start[*page as usize] += share;
        }
        let (ways, exits) = self.pages.iter().map(|page| page.ways_without(None)).unzip();
        Chain { start, ways, exits }
    }

    /// The expected views of each page in a session, pages in the order of the flow.
    pub(crate) fn views(&self) -> Vec<f64> {
        self.chain().follow().views
    }

    /// The expected number of events of each kind in a session, by the expected views of each page.
    pub(crate) fn events_by_kind(&self, views: &[f64], kinds: usize) -> Vec<f64> {
        let mut by_kind = vec![0.0; kinds];
        by_kind[Kind::SESSION_CREATED.index()] = 1.0;
        by_kind[Kind::SESSION_ENDED.index()] = self.ends.probability();
        for (page, views) in self.pages.iter().zip(views) {
            by_kind[Kind::PAGE_VISITED.index()] += views;
            for event in &page.events {
                by_kind[event.kind.index()] += views * event.count.mean();
            }
            for (lead, share) in page.leads() {
                by_kind[lead.kind.index()] += views * share;
            }
            let goes_on: f64 =
                page.next.shares().filter(|(way, _)| way.is_some()).map(|(_, share)| share).sum();
            let linked = page.unled() * goes_on * self.links.probability();
            by_kind[Kind::LINK_ONWARD.index()] += views * linked;
            by_kind[Kind::PAGE_CLOSED.index()] +=
                views * (1.0 - linked) * self.closes.probability();
        }
        by_kind
    }

    /// True if an event with this content reaches a goal.
    pub(crate) fn is_reached(&self, goal: &Goal, content: RecordContent) -> bool {
        let kind = goal.event.unwrap_or(Kind::PAGE_VISITED);
        let is_there = |page: usize| content.page == Some(self.pages[page].page);
        content.kind == kind && goal.page.is_none_or(is_there)
    }

    /// The probability that a session reaches a goal: that it does not end without.
    pub(crate) fn reach(&self, goal: &Goal) -> f64 {
        (1.0 - self.without(goal).ending()).max(0.0)
    }

    /// The probability that a session views one of some pages; none are all.
    pub(crate) fn reach_pages(&self, pages: &[Page]) -> f64 {
        if pages.is_empty() {
            return 1.0;
        }
        let mut chain = self.chain();
        self.places(pages).for_each(|page| chain.remove(page));
        (1.0 - chain.ending()).max(0.0)
    }

    /// The probability that a session reaches a goal and views one of some pages, none being all, in whichever
    /// order: of `A and B` by that of `A or B`.
    pub(crate) fn reach_both(&self, goal: &Goal, pages: &[Page]) -> f64 {
        if pages.is_empty() {
            return self.reach(goal);
        }
        let mut neither = self.without(goal);
        self.places(pages).for_each(|page| neither.remove(page));
        let either = 1.0 - neither.ending();
        (self.reach(goal) + self.reach_pages(pages) - either).max(0.0)
    }

    /// The places of pages among those of the flow.
    fn places(&self, pages: &[Page]) -> impl Iterator<Item = usize> {
        let places = self.pages.iter().enumerate();
        places.filter(|(_, page)| pages.contains(&page.page)).map(|(place, _)| place)
    }

    /// The chain of sessions while they have not reached a goal.
    fn without(&self, goal: &Goal) -> Chain {
        let mut chain = self.chain();
        match (goal.event, goal.page) {
            (None, Some(page)) => chain.remove(page),
            (Some(event), page) => {
                let pages = 0..self.pages.len();
                for at in pages.filter(|at| page.is_none_or(|page| page == *at)) {
                    let (ways, exit) = self.pages[at].ways_without(Some(event));
                    chain.ways[at] = ways;
                    chain.exits[at] = exit;
                }
            }
            (None, None) => {}
        }
        chain
    }
}

impl FlowPage {
    /// The probabilities of the ways on, and of the end, after a view in which an event does not happen.
    pub(super) fn ways_without(&self, event: Option<Kind>) -> (Vec<(usize, f64)>, f64) {
        let counted = self.events.iter().filter(|other| Some(other.kind) == event);
        let none: f64 = counted.map(|event| event.count.none()).product();
        let leads = self.leads().filter(|(lead, _)| Some(lead.kind) != event);
        let unled = self.unled();
        let by_itself = self.next.shares().map(|(way, share)| (*way, unled * share));
        let (mut ways, mut exit) = (Vec::new(), 0.0);
        for (way, probability) in leads.map(|(lead, share)| (lead.next, share)).chain(by_itself) {
            match way {
                Some(page) => ways.push((page as usize, none * probability)),
                None => exit += none * probability,
            }
        }
        (ways, exit)
    }
}
