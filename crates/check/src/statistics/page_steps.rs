//! Where sessions go, page by page.

use std::collections::BTreeMap;

use foldhash::HashMap;
use serde::{Serialize, Serializer};

/// Steps of a session that are followed.
const MOST_STEPS: u8 = 5;

/// Pages that are told apart while counting, and in the result at each step.
const MOST_PAGES: usize = 200;
const MOST_SHOWN: usize = 7;

/// The page of those beyond these.
const OTHERS: &str = "(other pages)";

/// What follows on the last page of a session.
const END: &str = "(end)";

/// A page, or the end of a session.
pub(super) type PageNumber = u16;

/// Counts of the ways from a page to the next, by the step of the session.
#[derive(Clone, Debug, Default)]
pub struct PageSteps {
    numbers: HashMap<Box<str>, PageNumber>,
    names: Vec<Box<str>>,
    counts: BTreeMap<(u8, PageNumber, Option<PageNumber>), u64>,
}

#[derive(Serialize)]
struct PageWay<'a> {
    step: u8,
    from: &'a str,
    to: &'a str,
    count: u64,
}

impl PageSteps {
    /// The number of a page.
    pub(super) fn page(&mut self, path: &str) -> PageNumber {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        let path = if self.names.len() < MOST_PAGES { path } else { OTHERS };
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        let number = self.names.len() as PageNumber;
        self.names.push(path.into());
        self.numbers.insert(path.into(), number);
        number
    }

    /// Counts that a session went on from its page at a step, counted from 1.
    pub(super) fn add(&mut self, step: u8, from: PageNumber, to: Option<PageNumber>) {
        if step <= MOST_STEPS {
            *self.counts.entry((step, from, to)).or_default() += 1;
        }
    }

    fn name(&self, page: PageNumber) -> &str {
        self.names.get(usize::from(page)).map_or(OTHERS, |name| name)
    }

    /// The most visited pages at each step, from 1 to one after the last.
    fn shown(&self) -> Vec<Vec<&str>> {
        let mut views: Vec<BTreeMap<&str, u64>> =
            vec![BTreeMap::new(); usize::from(MOST_STEPS) + 2];
        for (&(step, from, to), count) in &self.counts {
            if step == 1 {
                *views[1].entry(self.name(from)).or_default() += count;
            }
            if let Some(to) = to {
                *views[usize::from(step) + 1].entry(self.name(to)).or_default() += count;
            }
        }
        views.into_iter().map(most_viewed).collect()
    }
}

/// The pages with the most views.
fn most_viewed(views: BTreeMap<&str, u64>) -> Vec<&str> {
    let mut pages: Vec<_> = views.into_iter().collect();
    pages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    pages.into_iter().take(MOST_SHOWN).map(|(page, _)| page).collect()
}

impl Serialize for PageSteps {
    /// Rows of `step`, `from`, `to` and `count`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.shown();
        let name = |step: u8, page: PageNumber| {
            let name = self.name(page);
            if shown[usize::from(step)].contains(&name) { name } else { OTHERS }
        };
        let mut ways: BTreeMap<(u8, &str, &str), u64> = BTreeMap::new();
        for (&(step, from, to), count) in &self.counts {
            let to = to.map_or(END, |to| name(step + 1, to));
            *ways.entry((step, name(step, from), to)).or_default() += count;
        }
        serializer.collect_seq(ways.into_iter().map(|((step, from, to), count)| PageWay {
            step,
            from,
            to,
            count,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_are_bounded_and_lose_no_session() {
        let mut steps = PageSteps::default();
        for session in 0..1_000_u32 {
            let from = steps.page(&format!("/{}", session % 300));
            let to = steps.page(&format!("/{}", session % 7));
            steps.add(1, from, Some(to));
            steps.add(2, to, None);
        }
        let json = serde_json::to_value(&steps).unwrap();
        let sum = |step: u64| -> u64 {
            let rows = json.as_array().unwrap().iter().filter(|row| row["step"] == step);
            rows.map(|row| row["count"].as_u64().unwrap()).sum()
        };
        assert_eq!([sum(1), sum(2), sum(3)], [1_000, 1_000, 0]);
        assert!(json.as_array().unwrap().len() <= (MOST_SHOWN + 1) * (MOST_SHOWN + 2));
    }
}
