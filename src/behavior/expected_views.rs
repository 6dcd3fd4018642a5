//! The expected views of each page in a session of the mix, in closed form.

use crate::event::Page;

use super::browsing::Browsing;

/// The expected views in a session, by page and by journey step.
#[derive(Debug)]
pub(super) struct ExpectedViews {
    /// By the index of a page; views on journeys' steps included.
    pub(super) of_pages: Vec<f64>,
    /// By the place of a step among those of the model.
    pub(super) of_steps: Vec<f64>,
}

/// Sessions that leave their paths, by position: how many browse on from which page, none being from nowhere.
type Leaving = Vec<Vec<(Option<usize>, f64)>>;

/// Sessions fewer than that are left out.
const NEGLIGIBLE: f64 = 1e-15;

impl ExpectedViews {
    /// The views of sessions that begin with journeys and browse on at random, position by position: sessions are of
    /// so many pages or more with a probability that depends on the steps that they reach alone.
    pub(super) fn new(browsing: &Browsing) -> Self {
        let mut views = Self { of_pages: Vec::new(), of_steps: Vec::new() };
        let mut leaving: Vec<(u32, Leaving)> = Vec::new();
        for (path, share) in browsing.journeys.shares() {
            for (reached, of_path) in path.reaches() {
                let (least, weight) = (path.least_pages(reached), share * of_path);
                let alive = browsing.page_count.beyond(least);
                for (position, alive) in alive.iter().enumerate().take(reached) {
                    let Some(page) = path.page(position) else { break };
                    add(&mut views.of_pages, page.index(), weight * alive);
                    add(&mut views.of_steps, path.step(position).into(), weight * alive);
                }
                let place = leaving.iter().position(|(known, _)| *known == least);
                let place = place.unwrap_or_else(|| {
                    leaving.push((least, Vec::new()));
                    leaving.len() - 1
                });
                let positions = &mut leaving[place].1;
                if positions.len() <= reached {
                    positions.resize(reached + 1, Vec::new());
                }
                let last = reached.checked_sub(1).and_then(|last| path.page(last));
                positions[reached].push((last.map(Page::index), weight));
            }
        }
        for (least, positions) in &leaving {
            views.browse(browsing, &browsing.page_count.beyond(*least), positions);
        }
        views
    }

    /// Adds the views of sessions from where they leave their paths on.
    fn browse(&mut self, browsing: &Browsing, alive: &[f64], leaving: &Leaving) {
        let pages = &browsing.random_pages;
        let mut here: Vec<f64> = Vec::new();
        for (position, alive) in alive.iter().enumerate() {
            if *alive < NEGLIGIBLE {
                break;
            }
            here = pages.after(&here);
            for (last, weight) in leaving.get(position).into_iter().flatten() {
                let next = match last {
                    Some(page) => {
                        let mut at = vec![0.0; page + 1];
                        at[*page] = 1.0;
                        pages.after(&at)
                    }
                    None => pages.shares.clone(),
                };
                for (page, share) in next.iter().enumerate() {
                    add(&mut here, page, weight * share);
                }
            }
            for (page, share) in here.iter().enumerate() {
                add(&mut self.of_pages, page, alive * share);
            }
        }
    }
}

fn add(counts: &mut Vec<f64>, place: usize, count: f64) {
    if counts.len() <= place {
        counts.resize(place + 1, 0.0);
    }
    counts[place] += count;
}
