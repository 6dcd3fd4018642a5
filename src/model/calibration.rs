//! From shares of all events to what one session does.

use crate::scenario::{EventProbabilities, UserBehavior};

use super::count::BoundedCount;
use super::error::Refusals;

/// Shares closer together than this are the same; decimals have no exact binary form.
const ROUNDING: f64 = 1e-12;

/// In `auto`, the probability that a page before the last is left by a link: that of the default mix.
const AUTO_NAVIGATION: f64 = 0.25;

/// Each event's share of all events.
#[derive(Clone, Debug, Default)]
struct Shares {
    start: f64,
    end: f64,
    visit: f64,
    close: f64,
    button: f64,
    link: f64,
    custom: Vec<(String, f64)>,
}

/// What one session does, so that the shares are met exactly in expectation.
///
/// With shares s, e, v, c, l of starts, ends, visits, closes and link clicks, the links that lead to
/// the next page are `l_nav = min(l, v - c, v - s)`, and b is the share of all other actions:
/// - pages per session have mean `v / s`, actions per page `b / v`;
/// - a page before the last is left by a link with probability `l_nav / (v - s)`;
/// - a page that is not, sends its `page_closed` with probability `c / (v - l_nav)`;
/// - a session sends `session_ended` with probability `e / s`.
///
/// Sessions run to their end, so by Wald's identity the shares hold however short the run.
#[derive(Clone, Debug)]
pub(crate) struct Calibration {
    pub(crate) pages: BoundedCount,
    pub(crate) actions: BoundedCount,
    pub(crate) navigates: f64,
    pub(crate) closes: f64,
    pub(crate) ends: f64,
    /// Weights of the actions: buttons, links that open elsewhere, then each custom event.
    pub(crate) action_weights: Vec<f64>,
    pub(crate) custom_names: Vec<String>,
}

impl Calibration {
    pub(crate) fn new(
        probabilities: &EventProbabilities,
        behavior: &UserBehavior,
        refusals: &mut Refusals,
    ) -> Option<Self> {
        match probabilities {
            EventProbabilities::Auto(_) => Some(Self::auto(behavior)),
            EventProbabilities::Shares(named) => {
                let mut shares = Shares::default();
                for (name, &share) in named {
                    shares.set(name, share);
                }
                shares.calibrate(behavior, refusals)
            }
        }
    }

    /// Without a mix there is no condition on the means: every count is as likely as another.
    fn auto(behavior: &UserBehavior) -> Self {
        let UserBehavior { pages_per_session_min, pages_per_session_max, .. } = *behavior;
        let UserBehavior { clicks_per_page_min, clicks_per_page_max, .. } = *behavior;
        Self {
            pages: BoundedCount::uniform(pages_per_session_min, pages_per_session_max),
            actions: BoundedCount::uniform(clicks_per_page_min, clicks_per_page_max),
            navigates: AUTO_NAVIGATION,
            closes: 1.0,
            ends: 1.0,
            action_weights: vec![1.0, 0.0],
            custom_names: Vec::new(),
        }
    }
}

impl Shares {
    fn set(&mut self, name: &str, share: f64) {
        match name {
            "session_start" => self.start = share,
            "session_end" => self.end = share,
            "page_visit" => self.visit = share,
            "page_close" => self.close = share,
            "button_click" => self.button = share,
            "link_click" => self.link = share,
            custom => self.custom.push((custom.to_owned(), share)),
        }
    }

    fn calibrate(self, behavior: &UserBehavior, refusals: &mut Refusals) -> Option<Calibration> {
        let Self { start, end, visit, close, button, link, .. } = self;
        let navigating = snap(link.min(visit - close).min(visit - start).max(0.0));
        let opening_elsewhere = snap(link - navigating);
        let custom_sum: f64 = self.custom.iter().map(|(_, share)| share).sum();
        let acting = button + opening_elsewhere + custom_sum;

        let pages = BoundedCount::with_mean(
            behavior.pages_per_session_min,
            behavior.pages_per_session_max,
            visit / start,
        );
        if pages.is_none() {
            refusals.add("event_probabilities", self.pages_out_of_range(behavior));
        }
        let actions = BoundedCount::with_mean(
            behavior.clicks_per_page_min,
            behavior.clicks_per_page_max,
            if acting > 0.0 { acting / visit } else { 0.0 },
        );
        if actions.is_none() {
            refusals.add("event_probabilities", self.actions_out_of_range(acting, behavior));
        }

        let (custom_names, custom_weights): (Vec<String>, Vec<f64>) =
            self.custom.into_iter().unzip();
        let mut action_weights = vec![button, opening_elsewhere];
        action_weights.extend(custom_weights);
        Some(Calibration {
            pages: pages?,
            actions: actions?,
            navigates: ratio(navigating, visit - start),
            closes: ratio(close, visit - navigating),
            ends: ratio(end, start),
            action_weights,
            custom_names,
        })
    }

    fn pages_out_of_range(&self, behavior: &UserBehavior) -> String {
        format!(
            "page_visit {} / session_start {} is {} pages a session, outside of pages_per_session {} to {}: \
             move the shares or the range, or write `event_probabilities: auto`",
            self.visit,
            self.start,
            decimal(self.visit / self.start),
            behavior.pages_per_session_min,
            behavior.pages_per_session_max,
        )
    }

    fn actions_out_of_range(&self, acting: f64, behavior: &UserBehavior) -> String {
        format!(
            "actions {} (buttons, custom events, links that open elsewhere) / page_visit {} is {} actions a page, \
             outside of clicks_per_page {} to {}: move the shares or the range, or write `event_probabilities: auto`",
            decimal(acting),
            self.visit,
            decimal(acting / self.visit),
            behavior.clicks_per_page_min,
            behavior.clicks_per_page_max,
        )
    }
}

fn snap(share: f64) -> f64 {
    if share < ROUNDING { 0.0 } else { share }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}

/// A number with at most six decimals, as a person would write it.
fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    trimmed.to_owned()
}
