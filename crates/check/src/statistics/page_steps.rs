//! Where sessions go, page by page.

use std::collections::BTreeMap;

use foldhash::HashMap;
use serde::{Serialize, Serializer};

use event_simulator::page_ways::{END_OF_SESSION, MOST_STEPS, OTHER_PAGES, PageWay};

/// Pages that are told apart while counting.
const MOST_PAGES: usize = 200;

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
struct PageStep<'a> {
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
        let path = if self.names.len() < MOST_PAGES { path } else { OTHER_PAGES };
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
        self.names.get(usize::from(page)).map_or(OTHER_PAGES, |name| name)
    }
}

impl Serialize for PageSteps {
    /// Rows of `step`, `from`, `to` and `count`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ways: Vec<PageWay<'_, u64>> = self
            .counts
            .iter()
            .map(|(&(step, from, to), &value)| PageWay {
                step,
                from: self.name(from),
                to: to.map(|to| self.name(to)),
                value,
            })
            .collect();
        let bounded = PageWay::bounded(&ways).into_iter();
        serializer.collect_seq(bounded.map(|PageWay { step, from, to, value }| PageStep {
            step,
            from,
            to: to.unwrap_or(END_OF_SESSION),
            count: value,
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
    }
}
