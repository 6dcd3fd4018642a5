//! Where sessions go, page by page: the ways of their first steps, bounded for a picture.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Steps of a session that are followed.
pub const MOST_STEPS: u8 = 5;

/// The page of those that are not shown apart.
pub const OTHER_PAGES: &str = "(other pages)";

/// What follows on the last page of a session.
pub const END_OF_SESSION: &str = "(end)";

/// Pages that are told apart at each step.
const MOST_SHOWN: usize = 7;

/// A way from a page to the next, with what takes it: sessions, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageWay<'n, V> {
    /// The step at which a session is on the first page, from 1.
    pub step: u8,
    /// The page.
    pub from: &'n str,
    /// The next one; none at the end of a session.
    pub to: Option<&'n str>,
    /// What takes the way.
    pub value: V,
}

impl<'n, V: Copy + Default + AddAssign + PartialOrd> PageWay<'n, V> {
    /// The ways between the most viewed pages of each step, those of the others taken together, in the order of steps
    /// and names. Every way has a target: [`END_OF_SESSION`] where a session has no next page.
    pub fn bounded(ways: &[Self]) -> Vec<Self> {
        let shown = most_viewed(ways);
        let name = |step: u8, page: &'n str| {
            if shown[usize::from(step)].contains(&page) { page } else { OTHER_PAGES }
        };
        let mut together: BTreeMap<(u8, &str, &str), V> = BTreeMap::new();
        for &Self { step, from, to, value } in ways {
            let to = to.map_or(END_OF_SESSION, |to| name(step + 1, to));
            *together.entry((step, name(step, from), to)).or_default() += value;
        }
        let way = |((step, from, to), value)| Self { step, from, to: Some(to), value };
        together.into_iter().map(way).collect()
    }
}

/// The most viewed pages at each step, from 1 to one after the last.
fn most_viewed<'n, V>(ways: &[PageWay<'n, V>]) -> Vec<Vec<&'n str>>
where
    V: Copy + Default + AddAssign + PartialOrd,
{
    let last = ways.iter().map(|way| way.step).max().unwrap_or_default();
    let mut views: Vec<BTreeMap<&str, V>> = vec![BTreeMap::new(); usize::from(last) + 2];
    for way in ways {
        if way.step == 1 {
            *views[1].entry(way.from).or_default() += way.value;
        }
        if let Some(to) = way.to {
            *views[usize::from(way.step) + 1].entry(to).or_default() += way.value;
        }
    }
    let most = |views: BTreeMap<&'n str, V>| {
        let mut pages: Vec<_> = views.into_iter().collect();
        // Stable, so that pages viewed alike stand by name.
        pages.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap_or(std::cmp::Ordering::Equal));
        pages.into_iter().take(MOST_SHOWN).map(|(page, _)| page).collect()
    };
    views.into_iter().map(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_are_bounded_and_lose_nothing() {
        let names: Vec<String> = (0..300).map(|page| format!("/{page}")).collect();
        let mut ways = Vec::new();
        for (page, name) in names.iter().enumerate() {
            let to = &*names[page % 9];
            ways.push(PageWay { step: 1, from: name, to: Some(to), value: 1_u64 });
            ways.push(PageWay { step: 2, from: to, to: None, value: 1 });
        }
        let bounded = PageWay::bounded(&ways);
        let sum = |step: u8| -> u64 {
            bounded.iter().filter(|way| way.step == step).map(|way| way.value).sum()
        };
        assert_eq!([sum(1), sum(2), sum(3)], [300, 300, 0]);
        assert!(bounded.len() <= (MOST_SHOWN + 1) * (MOST_SHOWN + 2), "{}", bounded.len());
        let ends = bounded.iter().filter(|way| way.to == Some(END_OF_SESSION));
        assert!(ends.clone().all(|way| way.step == 2) && ends.count() == MOST_SHOWN + 1);
    }
}
