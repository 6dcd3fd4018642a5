//! The keys of a funnel that a policy declares.

use serde::Serialize;

use super::words::{EdgeRule, FunnelScope, RepeatRule, StepOrder};
use crate::event::event_type;
use crate::scenario::faults::{SPAN, TimeSpan};
use crate::scenario::flow::Milestone;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{NAME, NameList, OneOf, Optional};
use crate::scenario::section::{Keys, Section};

/// The most steps of a funnel: one bit each says which of them happened at one time.
const MOST_STEPS: usize = 64;

const _: () = assert!(MOST_STEPS <= u64::BITS as usize);

keys! {
    /// A funnel: which steps count as one way to a goal.
    pub struct FunnelRules {
        /// The steps: pages, which begin with `/`, and types of events.
        steps: Vec<String> = Vec::new(), NameList { item: NAME, least: 2, is_unique: true };
        /// The order in which they count.
        order: StepOrder = StepOrder::Ordered, OneOf(StepOrder::WORDS);
        /// Whose steps belong together.
        per: FunnelScope = FunnelScope::Session, OneOf(FunnelScope::WORDS);
        /// The time from the first step to a later one within which that counts; any time, without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<TimeSpan> = None, Optional(SPAN);
        /// Whether a step counts that happens exactly at the window's end.
        window_end: EdgeRule = EdgeRule::Included, OneOf(EdgeRule::WORDS);
        /// Whether a step that happens again may begin or lead on a way, or only the first time of each counts.
        repeats: RepeatRule = RepeatRule::Counted, OneOf(RepeatRule::WORDS);
        /// Whether a step counts as after one of the same time, `>=`, or has to be later, `>`; with `any` both are the same.
        ties: EdgeRule = EdgeRule::Included, OneOf(EdgeRule::WORDS);
    }
}

impl FunnelRules {
    /// What reaches each step.
    pub fn milestones(&self) -> Vec<Milestone> {
        let milestone = |step: &String| {
            if step.starts_with('/') {
                let event_type = event_type::PAGE_VISITED.to_owned();
                Milestone { event_type, page: Some(step.clone()) }
            } else {
                Milestone { event_type: step.clone(), page: None }
            }
        };
        self.steps.iter().map(milestone).collect()
    }

    /// What cannot be, with what to do: the key, the problem, the help.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        if self.steps.len() > MOST_STEPS {
            let message = format!("at most {MOST_STEPS} are allowed, found {}", self.steps.len());
            return Some(("steps", message, "leave some out"));
        }
        let has_page = self.steps.iter().any(|step| step.starts_with('/'));
        if has_page && self.steps.iter().any(|step| *step == *event_type::PAGE_VISITED) {
            let message = "one `page_visited` could be two steps: its page, and any page";
            return Some(("steps", message.to_owned(), "name the pages"));
        }
        if self.window.is_some_and(|window| window.millis < 0) {
            let message = "a time that passes is not below 0";
            return Some(("window", message.to_owned(), "make it 0 or more"));
        }
        None
    }
}
