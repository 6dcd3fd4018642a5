//! The ways between the pages of a flow, as far as any session takes them.

use std::collections::HashMap;

use super::specs::{EXIT, FlowPageSpec, FlowSpec};

/// The pages of a flow as nodes, in the order of the file.
pub(super) struct FlowGraph<'a> {
    names: Vec<&'a str>,
    starts: Vec<usize>,
    next: Vec<Vec<usize>>,
    exits: Vec<bool>,
}

/// Where a page leads with a probability above 0.
fn ways(page: &FlowPageSpec) -> Vec<&str> {
    let leads = page.events.iter().filter_map(|(_, event)| event.lead());
    let leads: Vec<(f64, &str)> = leads.filter(|(probability, _)| *probability > 0.0).collect();
    let led: f64 = leads.iter().map(|(probability, _)| probability).sum();
    let mut ways: Vec<&str> = leads.into_iter().map(|(_, next)| next).collect();
    if led < 1.0 {
        ways.extend(page.next.iter().filter(|(_, share)| **share > 0.0).map(|(name, _)| name));
        if page.next.is_empty() {
            ways.push(EXIT);
        }
    }
    ways
}

impl<'a> FlowGraph<'a> {
    /// The graph of a flow; ways to pages that there are not are left out.
    pub(super) fn new(flow: &'a FlowSpec) -> Self {
        let names: Vec<&str> = flow.pages.iter().map(|(name, _)| name).collect();
        let index: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let known = |ways: &[&str]| -> Vec<usize> {
            ways.iter().filter_map(|name| index.get(name).copied()).collect()
        };
        let all: Vec<Vec<&str>> = flow.pages.iter().map(|(_, page)| ways(page)).collect();
        let starts: Vec<&str> =
            flow.start.iter().filter(|(_, share)| **share > 0.0).map(|(name, _)| name).collect();
        Self {
            starts: known(&starts),
            next: all.iter().map(|ways| known(ways)).collect(),
            exits: all.iter().map(|ways| ways.contains(&EXIT)).collect(),
            names,
        }
    }

    /// The pages that no session reaches.
    pub(super) fn unreached(&self) -> Vec<&'a str> {
        let reached = self.reached();
        self.names.iter().zip(&reached).filter(|(_, is)| !**is).map(|(name, _)| *name).collect()
    }

    /// Circles that sessions reach and never leave.
    pub(super) fn traps(&self) -> Vec<Vec<&'a str>> {
        let (reached, leaves) = (self.reached(), self.leaves());
        let is_trapped = |page: usize| reached[page] && !leaves[page];
        let mut seen = vec![false; self.names.len()];
        let mut circles = Vec::new();
        for start in (0..self.names.len()).filter(|page| is_trapped(*page)) {
            let mut way = Vec::new();
            let mut page = start;
            while !seen[page] {
                seen[page] = true;
                way.push(page);
                // A page without a way out has a way on, or it leads to what there is not.
                let Some(next) = self.next[page].first() else { break };
                page = *next;
            }
            if let Some(at) = way.iter().position(|known| *known == page)
                && !self.next[page].is_empty()
            {
                let circle = way[at..].iter().chain([&page]);
                circles.push(circle.map(|page| self.names[*page]).collect());
            }
        }
        circles
    }

    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.names.len()];
        let mut waiting = self.starts.clone();
        while let Some(page) = waiting.pop() {
            if !std::mem::replace(&mut reached[page], true) {
                waiting.extend(&self.next[page]);
            }
        }
        reached
    }

    /// By page: whether some way leads from it to the exit.
    fn leaves(&self) -> Vec<bool> {
        let mut before = vec![Vec::new(); self.names.len()];
        for (page, next) in self.next.iter().enumerate() {
            for other in next {
                before[*other].push(page);
            }
        }
        let mut leaves = vec![false; self.names.len()];
        let mut waiting: Vec<usize> =
            (0..self.names.len()).filter(|page| self.exits[*page]).collect();
        while let Some(page) = waiting.pop() {
            if !std::mem::replace(&mut leaves[page], true) {
                waiting.extend(&before[page]);
            }
        }
        leaves
    }
}
