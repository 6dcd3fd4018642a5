//! Policies whose funnels differ from the right ones in a rule.

use event_simulator::scenario::policy::{
    EdgeRule, FunnelRules, FunnelScope, PolicySpec, RepeatRule, StepOrder,
};

/// Another way in which a pipeline counts the steps of a funnel.
type OtherFunnel = (&'static str, fn(&mut FunnelRules));

const OTHERS: [OtherFunnel; 12] = [
    ("steps count in any order (`funnels.order`)", |funnel| funnel.order = StepOrder::Any),
    ("other events may lie between steps (`funnels.order`)", |funnel| {
        funnel.order = StepOrder::Ordered;
    }),
    ("steps count only directly one after the other (`funnels.order`)", |funnel| {
        funnel.order = StepOrder::Strict;
    }),
    ("a step exactly at the window's end does not count (`funnels.window_end`)", |funnel| {
        funnel.window_end = EdgeRule::Excluded;
    }),
    ("a step exactly at the window's end counts (`funnels.window_end`)", |funnel| {
        funnel.window_end = EdgeRule::Included;
    }),
    ("only the first time that a step happens counts (`funnels.repeats`)", |funnel| {
        funnel.repeats = RepeatRule::Ignored;
    }),
    ("steps that happen again count (`funnels.repeats`)", |funnel| {
        funnel.repeats = RepeatRule::Counted;
    }),
    ("steps of the same time do not count (`funnels.ties`)", |funnel| {
        funnel.ties = EdgeRule::Excluded;
    }),
    ("steps of the same time count (`funnels.ties`)", |funnel| funnel.ties = EdgeRule::Included),
    ("steps count at any time (`funnels.window` is not followed)", |funnel| funnel.window = None),
    ("steps of one session alone count (`funnels.per`)", |funnel| {
        funnel.per = FunnelScope::Session;
    }),
    ("steps of a person's sessions count together (`funnels.per`)", |funnel| {
        funnel.per = FunnelScope::Person;
    }),
];

/// The policies, each with what a pipeline does that follows it: of all funnels, and of each one.
pub(super) fn other_funnels(right: &PolicySpec) -> Vec<(String, PolicySpec)> {
    let funnels = right.funnels.0.len();
    let mut all = Vec::new();
    for (reason, change) in OTHERS {
        let mut policy = right.clone();
        policy.funnels.0.iter_mut().for_each(|(_, funnel)| change(funnel));
        if policy != *right {
            all.push((reason.to_owned(), policy));
        }
        for place in (0..funnels).filter(|_| funnels > 1) {
            let mut policy = right.clone();
            let (name, funnel) = &mut policy.funnels.0[place];
            change(funnel);
            let reason = format!("in {name} {reason}");
            if policy != *right {
                all.push((reason, policy));
            }
        }
    }
    all
}
