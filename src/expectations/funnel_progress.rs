//! How far somebody has come in a funnel.

use crate::scenario::policy::{EdgeRule, RepeatRule, StepOrder};
use crate::time::VirtualTime;

/// What counts as a way through a funnel.
#[derive(Clone, Copy, Debug)]
pub(super) struct WayRules {
    pub(super) steps: usize,
    pub(super) order: StepOrder,
    pub(super) window_ms: Option<u64>,
    pub(super) window_end: EdgeRule,
    pub(super) ties: EdgeRule,
    pub(super) repeats: RepeatRule,
}

/// The way of a session, or of a person.
#[derive(Debug)]
pub(super) struct FunnelProgress {
    /// The steps that are reached, from the first on.
    reached: usize,
    /// The steps that have happened, a bit each.
    happened: u64,
    way: TakenWay,
}

#[derive(Debug)]
enum TakenWay {
    Ordered(OrderedWay),
    /// The last step of those that came directly one after the other, when the first of them was, and when the last.
    Strict(Option<(usize, VirtualTime, VirtualTime)>),
    /// When each step was last.
    Any(Vec<Option<VirtualTime>>),
}

/// By step: the latest first step from which it was reached.
#[derive(Debug)]
struct OrderedWay {
    begun: Vec<Option<VirtualTime>>,
    /// The same before the time of the last step.
    before: Vec<Option<VirtualTime>>,
    now: VirtualTime,
    /// The steps of that time, a bit each.
    of_now: u64,
}

impl WayRules {
    /// True if a step counts that is a while after the first one.
    fn is_within(&self, first: VirtualTime, time: VirtualTime) -> bool {
        let passed = time.millis_since(first);
        self.window_ms.is_none_or(|window| match self.window_end {
            EdgeRule::Included => passed <= window,
            EdgeRule::Excluded => passed < window,
        })
    }
}

impl FunnelProgress {
    pub(super) fn new(rules: &WayRules) -> Self {
        let none = || vec![None; rules.steps];
        let way = match rules.order {
            StepOrder::Ordered => TakenWay::Ordered(OrderedWay {
                begun: none(),
                before: none(),
                now: VirtualTime::MIN,
                of_now: 0,
            }),
            StepOrder::Strict => TakenWay::Strict(None),
            StepOrder::Any => TakenWay::Any(none()),
        };
        Self { reached: 0, happened: 0, way }
    }

    /// A step happens, or with none something else of a type that a step has. Gives the number of steps that are newly
    /// reached.
    pub(super) fn happens(
        &mut self,
        step: Option<usize>,
        time: VirtualTime,
        rules: &WayRules,
    ) -> std::ops::Range<usize> {
        let before = self.reached;
        let is_first = |step: &usize| self.happened & (1 << *step) == 0;
        let step = step.filter(|step| rules.repeats == RepeatRule::Counted || is_first(step));
        self.happened |= step.map_or(0, |step| 1 << step);
        let until = match (&mut self.way, step) {
            (TakenWay::Strict(last), step) => {
                *last = next_in_row(*last, step, time, rules);
                last.map_or(0, |(step, ..)| step + 1)
            }
            (_, None) => 0,
            (TakenWay::Ordered(way), Some(step)) => way.reach(step, time, rules),
            (TakenWay::Any(latest), Some(step)) => {
                latest[step] = Some(time);
                within(latest, time, rules)
            }
        };
        self.reached = before.max(until);
        before..self.reached
    }
}

impl OrderedWay {
    /// The number of steps that are reached with one more.
    fn reach(&mut self, step: usize, time: VirtualTime, rules: &WayRules) -> usize {
        if time != self.now {
            self.before.clone_from(&self.begun);
            (self.now, self.of_now) = (time, 0);
        }
        self.of_now |= 1 << step;
        // What came at this time in another order counts as well, where equal times do.
        for step in step..rules.steps {
            if self.of_now & (1 << step) == 0 {
                continue;
            }
            let begun = match (step.checked_sub(1), rules.ties) {
                (None, _) => Some(time),
                (Some(last), EdgeRule::Included) => self.begun[last],
                (Some(last), EdgeRule::Excluded) => self.before[last],
            };
            let begun = begun.filter(|begun| step == 0 || rules.is_within(*begun, time));
            self.begun[step] = self.begun[step].max(begun);
        }
        self.begun.iter().take_while(|begun| begun.is_some()).count()
    }
}

/// The last step in a row after one more event of a type that a step has.
fn next_in_row(
    last: Option<(usize, VirtualTime, VirtualTime)>,
    step: Option<usize>,
    time: VirtualTime,
    rules: &WayRules,
) -> Option<(usize, VirtualTime, VirtualTime)> {
    match (step?, last) {
        (0, _) => Some((0, time, time)),
        (step, Some((last, first, at))) if step == last + 1 => {
            let is_after = rules.ties == EdgeRule::Included || time > at;
            (is_after && rules.is_within(first, time)).then_some((step, first, time))
        }
        _ => None,
    }
}

/// The number of first steps that all happened within the window before a time.
fn within(latest: &[Option<VirtualTime>], time: VirtualTime, rules: &WayRules) -> usize {
    let is_near =
        |latest: &&Option<VirtualTime>| latest.is_some_and(|latest| rules.is_within(latest, time));
    let near = latest.iter().take_while(is_near).count();
    // The first step alone needs no time.
    near.max(usize::from(latest[0] == Some(time)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use EdgeRule::{Excluded, Included};
    use RepeatRule::{Counted, Ignored};
    use StepOrder::{Any, Ordered, Strict};

    /// The steps that are reached by events, `a` to `c` or another one, each with its time.
    fn reached(
        events: &[(char, u64)],
        (order, window_end, ties, repeats): (StepOrder, EdgeRule, EdgeRule, RepeatRule),
    ) -> usize {
        let rules = WayRules { steps: 3, order, window_ms: Some(10), window_end, ties, repeats };
        let mut progress = FunnelProgress::new(&rules);
        for (event, millis) in events {
            let step = "abc".find(*event);
            progress.happens(step, VirtualTime::from_millis(*millis).unwrap(), &rules);
        }
        progress.reached
    }

    #[test]
    fn ways_are_told_by_order_window_and_ties() {
        let in_order = (Ordered, Included, Included, Counted);
        let until = (Ordered, Excluded, Included, Counted);
        let later = (Ordered, Included, Excluded, Counted);
        let once = (Ordered, Included, Included, Ignored);
        let strict = (Strict, Included, Included, Counted);
        let strict_later = (Strict, Included, Excluded, Counted);
        let any = (Any, Included, Included, Counted);
        for (events, rules, expected) in [
            (&[('a', 0), ('x', 1), ('b', 2), ('a', 3), ('c', 4)][..], in_order, 3),
            (&[('a', 0), ('x', 1), ('b', 2)], strict, 1),
            (&[('a', 0), ('b', 2), ('c', 3)], strict, 3),
            (&[('a', 0), ('a', 1), ('b', 2)], strict, 2),
            (&[('a', 1), ('b', 1), ('c', 1)], strict_later, 1),
            // Skipped, and in reverse.
            (&[('a', 0), ('c', 4)], in_order, 1),
            (&[('c', 0), ('b', 1), ('a', 2)], in_order, 1),
            (&[('c', 0), ('b', 1), ('a', 2)], any, 3),
            (&[('c', 0), ('b', 1), ('a', 11)], any, 2),
            (&[('b', 0), ('c', 1)], any, 0),
            // At the end of the window.
            (&[('a', 0), ('b', 1), ('c', 10)], in_order, 3),
            (&[('a', 0), ('b', 1), ('c', 10)], until, 2),
            (&[('a', 0), ('b', 1), ('c', 11)], in_order, 2),
            // A repeat that converts where the first occurrence does not.
            (&[('a', 0), ('b', 9), ('a', 12), ('b', 13), ('c', 14)], in_order, 3),
            (&[('a', 0), ('b', 9), ('a', 12), ('b', 13), ('c', 14)], once, 2),
            (&[('b', 0), ('a', 1), ('b', 2), ('c', 3)], in_order, 3),
            (&[('b', 0), ('a', 1), ('b', 2), ('c', 3)], once, 1),
            // Steps of one time, in any order.
            (&[('c', 5), ('a', 5), ('b', 5)], in_order, 3),
            (&[('c', 5), ('a', 5), ('b', 5)], later, 1),
            (&[('a', 1), ('c', 5), ('b', 5)], later, 2),
            (&[('a', 1), ('b', 2), ('c', 2), ('c', 3)], later, 3),
        ] {
            assert_eq!(reached(events, rules), expected, "{events:?} {rules:?}");
        }
    }
}
