//! The tables of what arrives under policies that differ from the right one in a rule each.

use std::collections::HashMap;
use std::io::{self, BufRead, Cursor};
use std::iter;
use std::path::Path;
use std::sync::Arc;

use event_simulator::scenario::faults::TimeSpan;
use event_simulator::scenario::policy::{
    DeduplicateSpec, IdentityRule, KeptCopy, LateMeasure, LateRule, LatenessSpec, PolicySpec,
    PrefetchRule, SessionCut, SessionRules, TrustedClock,
};
use event_simulator_timeline::{LineReader, ReadError, counted_under, open};

use super::attribution_rules::{other_attributions, span};
use super::funnel_rules::other_funnels;
use super::grid::GridPair;
use super::other_persons::OtherPersons;
use super::prediction::Prediction;
use super::recomputed::table_grids;
use super::source_timeline::{MOST_EVENTS, SourceTimeline};

/// What arrived, in memory, and the policy under which it counts.
pub(in crate::verify) struct SourceArrivals {
    lines: Arc<[u8]>,
    /// Their number.
    arrivals: usize,
    policy: PolicySpec,
}

/// The most arrivals for which policies are tried that differ in two rules, of which there are many.
const MOST_FOR_SEVERAL: usize = 20_000;

/// The memory in which what counts is sorted.
const SORT_BYTES: usize = 1 << 28;

impl SourceArrivals {
    /// What arrived, as the lines of a file; none if that is more than causes are looked for in.
    pub(in crate::verify) fn read(
        path: &Path,
        policy: &PolicySpec,
    ) -> Result<Option<Self>, ReadError> {
        let failed = |error: io::Error| ReadError::of_input(&path.display().to_string(), error);
        let mut reader = LineReader::new(open(path).map_err(failed)?);
        let (mut lines, mut count) = (Vec::new(), 0);
        while let Some((_, line)) = reader.next_line().map_err(failed)? {
            count += 1;
            if count > MOST_EVENTS {
                return Ok(None);
            }
            lines.extend_from_slice(line);
            lines.push(b'\n');
        }
        Ok(Some(Self { lines: lines.into(), arrivals: count, policy: policy.clone() }))
    }

    /// The events that count, as a timeline.
    pub(in crate::verify) fn counted(&self) -> Result<SourceTimeline, ReadError> {
        self.counted_by(self.policy.clone())
    }

    fn counted_by(&self, policy: PolicySpec) -> Result<SourceTimeline, ReadError> {
        let arrivals: Box<dyn BufRead + Send> = Box::new(Cursor::new(Arc::clone(&self.lines)));
        let name = "what arrived";
        let mut counted = counted_under(&policy, vec![(name.to_owned(), arrivals)], SORT_BYTES)?;
        let lateness = counted.lateness.take();
        let mut events = Vec::new();
        while let Some(event) = counted.next_event()? {
            events.push(event.into_owned());
        }
        Ok(SourceTimeline { events, policy: Some(policy), lateness })
    }

    /// What counts where none of an event's copies does.
    fn without_copied(&self) -> Option<(String, SourceTimeline)> {
        self.policy.deduplicate.as_ref()?;
        let with_copies = PolicySpec { deduplicate: None, ..self.policy.clone() };
        let mut timeline = self.counted_by(with_copies).ok()?;
        let mut copies: HashMap<String, u32> = HashMap::new();
        for event in &timeline.events {
            *copies.entry(event.event_id.to_string()).or_default() += 1;
        }
        timeline.events.retain(|event| copies.get(&*event.event_id) == Some(&1));
        let reason = "events of which there are copies do not count at all, not even once";
        Some((reason.to_owned(), timeline))
    }

    /// What counts as it was sent, to be put together otherwise.
    fn other_persons(&self) -> Option<OtherPersons> {
        let (identity, sessions) = (IdentityRule::AsSent, None);
        let as_sent = PolicySpec { identity, sessions, ..self.policy.clone() };
        let (sent, right) = (self.counted_by(as_sent).ok()?, self.counted().ok()?);
        Some(OtherPersons::of(&self.policy, sent, right))
    }

    /// What pipelines would report that do not follow one of the rules, until `explains_all` says that one is enough.
    pub(super) fn predictions(
        &self,
        pairs: &[GridPair<'_>],
        mut explains_all: impl FnMut(&Prediction) -> bool,
    ) -> Vec<Prediction> {
        let mut all = Vec::new();
        let is_short = self.arrivals <= MOST_FOR_SEVERAL;
        let without_several = is_short.then(|| policies_without_several(&self.policy));
        // Causes can be looked for without what fails here, so it is no error.
        let counted = |(reason, policy)| Some((reason, self.counted_by(policy).ok()?));
        let timelines = other_policies(&self.policy)
            .into_iter()
            .filter_map(counted)
            .chain(self.without_copied())
            .chain(
                iter::once_with(|| self.other_persons())
                    .flatten()
                    .flat_map(OtherPersons::into_timelines),
            )
            .chain(without_several.into_iter().flatten().filter_map(counted));
        for (reason, timeline) in timelines {
            let Some(grids) = table_grids(&timeline, pairs) else { continue };
            let prediction = Prediction { reason, grids, is_of_all: false };
            let is_enough = explains_all(&prediction);
            all.push(prediction);
            if is_enough {
                break;
            }
        }
        all
    }
}

/// Bounds that pipelines have, in seconds, the most usual first, as several may give the same tables.
const BOUNDS: [i64; 8] = [600, 3_600, 86_400, 300, 60, 0, 1_800, 259_200];

/// What pipelines tell copies by, instead of or beside the right fields, and how that is said; the most usual first.
const COPIES_BY: [(&[&str], &str); 10] = [
    (&["event_id"], "their event_id alone"),
    (&["session_id", "event_type"], "session_id and event_type, too few fields"),
    (&["user_id", "event_type"], "user_id and event_type, too few fields"),
    (
        &["session_id", "event_type", "page_path"],
        "session_id, event_type and page_path, too few fields",
    ),
    (&["user_id", "event_type", "page_path"], "user_id, event_type and page_path, too few fields"),
    (
        &["session_id", "event_type", "page_path", "button_id"],
        "session_id, event_type, page_path and button_id, too few fields",
    ),
    (&["user_id", "event_time"], "user_id and event_time"),
    (&["user_id", "event_type", "event_time"], "user_id, event_type and event_time"),
    (
        &["user_id", "event_type", "page_path", "button_id", "event_time"],
        "their content, not by their event_id",
    ),
    (
        &["event_id", "event_type", "page_path", "button_id", "props"],
        "whole rows, not by their event_id",
    ),
];

/// Gaps that end sessions, in seconds, the most usual first.
const GAPS: [i64; 5] = [1_800, 3_600, 600, 1_200, 300];

/// What a pipeline does that does not follow a rule, and the change of the policy that gives the same.
type OtherRule = (&'static str, fn(&mut PolicySpec));

/// Policies without a rule.
const LEFT_OUT: &[OtherRule] = &[
    ("copies count (`deduplicate` is not followed)", |p| p.deduplicate = None),
    ("late events count (`lateness` is not followed)", |p| p.lateness = None),
    ("events that are too far ahead count (`ahead` is not followed)", |p| p.ahead = None),
    ("bots count (`bots` is not followed)", |p| p.bots.clear()),
    ("times are those that devices tell (`clock` is not followed)", |p| {
        p.clock = TrustedClock::Device;
    }),
    ("users are those that events say (`identity` is not followed)", |p| {
        p.identity = IdentityRule::AsSent;
    }),
    ("ids of nobody are taken for a user (`nobody` is not followed)", |p| p.nobody.clear()),
    ("sessions are those that events say (`sessions` is not followed)", |p| p.sessions = None),
    ("days and hours are those of UTC (`time_zone` is not followed)", |p| p.time_zone = None),
    ("times without an offset are malformed (`local_times` is not followed)", |p| {
        p.local_times = None;
    }),
    ("renamed properties are others (`renamed` is not followed)", |p| p.renamed.clear()),
    ("renamed types of events are others (`renamed_events` is not followed)", |p| {
        p.renamed_events.clear();
    }),
    ("retyped properties are others (`retyped` is not followed)", |p| p.retyped.clear()),
    ("people who look like bots do not count (`no_bots` is not followed)", |p| p.no_bots.clear()),
    ("pages that are loaded ahead count (`prefetches` is not followed)", |p| {
        p.prefetches = PrefetchRule::Count;
    }),
];

const LOCAL_AS_UTC: OtherRule =
    ("times without an offset are taken for UTC (`local_times`)", |p| {
        p.local_times = Some("UTC".to_owned());
    });

/// The policies that differ in a rule, each with what a pipeline does that follows it: first those without a rule.
fn other_policies(right: &PolicySpec) -> Vec<(String, PolicySpec)> {
    let mut all = OtherPolicies { right, all: Vec::new() };
    all.left_out();
    all.bots();
    all.copies();
    all.lateness();
    all.others();
    for (reason, policy) in other_attributions(right).into_iter().chain(other_funnels(right)) {
        all.add(reason, |p| *p = policy);
    }
    all.all
}

/// The policies without two of the rules, and without any.
fn policies_without_several(right: &PolicySpec) -> Vec<(String, PolicySpec)> {
    let mut all = OtherPolicies { right, all: Vec::new() };
    all.left_out_together();
    all.all
}

struct OtherPolicies<'p> {
    right: &'p PolicySpec,
    all: Vec<(String, PolicySpec)>,
}

impl OtherPolicies<'_> {
    fn add(&mut self, reason: impl Into<String>, change: impl FnOnce(&mut PolicySpec)) {
        let mut policy = self.right.clone();
        change(&mut policy);
        if policy != *self.right {
            self.all.push((reason.into(), policy));
        }
    }

    /// Policies without a rule.
    fn left_out(&mut self) {
        for (reason, change) in LEFT_OUT {
            self.add(*reason, *change);
        }
    }

    /// Policies that do not know one of the bots' texts, as where upper and lower case are told apart.
    fn bots(&mut self) {
        for (place, text) in self.right.bots.iter().enumerate() {
            let reason =
                format!("bots that say {text:?}, in one case or the other, count (`bots`)");
            self.add(reason, |policy| drop(policy.bots.remove(place)));
        }
    }

    /// Policies without two rules, and without any.
    fn left_out_together(&mut self) {
        let is_in = |(_, change): &&OtherRule| {
            let mut policy = self.right.clone();
            change(&mut policy);
            policy != *self.right
        };
        let rules: Vec<_> = LEFT_OUT.iter().chain([&LOCAL_AS_UTC]).filter(is_in).collect();
        for (place, (first, without_first)) in rules.iter().enumerate() {
            for (second, without_second) in &rules[place + 1..] {
                self.add(format!("{first}, and {second}"), |policy| {
                    without_first(policy);
                    without_second(policy);
                });
            }
        }
        let reason = "each arrival counts as it is (no rule of the policy is followed)";
        let local_times = Some("UTC".to_owned());
        self.add(reason, |policy| *policy = PolicySpec { local_times, ..PolicySpec::default() });
    }

    fn copies(&mut self) {
        let Some(rule) = self.right.deduplicate.clone() else {
            let reason = "copies of an event_id are dropped, which the policy keeps";
            return self.add(reason, |p| p.deduplicate = Some(DeduplicateSpec::default()));
        };
        let with = |rule: DeduplicateSpec| move |p: &mut PolicySpec| p.deduplicate = Some(rule);
        let (other, which) = match rule.keep {
            KeptCopy::First => (KeptCopy::Last, "last"),
            KeptCopy::Last => (KeptCopy::First, "first"),
        };
        let keep = DeduplicateSpec { keep: other, ..rule.clone() };
        self.add(format!("of copies the {which} one counts (`deduplicate.keep`)"), with(keep));
        for (day, what) in [("received_date", "arrival"), ("event_date", "the event")] {
            let by = rule.by.iter().map(String::as_str).chain([day]).map(str::to_owned).collect();
            let reason = format!(
                "copies are found within a day of {what} alone: deduplicated by day or batch \
                 (`deduplicate`)"
            );
            self.add(reason, with(DeduplicateSpec { by, ..rule.clone() }));
        }
        for (by, what) in COPIES_BY {
            let by = by.iter().map(|name| (*name).to_owned()).collect();
            let reason = format!("copies are told by {what} (`deduplicate.by`)");
            self.add(reason, with(DeduplicateSpec { by, ..rule.clone() }));
        }
        let always = DeduplicateSpec { within: None, ..rule.clone() };
        let reason = "copies are found after any time (`deduplicate.within` is not followed)";
        self.add(reason, with(always));
        for seconds in BOUNDS.into_iter().filter(|seconds| *seconds > 0) {
            let within = DeduplicateSpec { within: Some(span(seconds)), ..rule.clone() };
            let shown = shown(seconds);
            let reason = format!("copies are found within {shown} alone (`deduplicate.within`)");
            self.add(reason, with(within));
        }
    }

    fn lateness(&mut self) {
        let with = |rule: LatenessSpec| move |p: &mut PolicySpec| p.lateness = Some(rule);
        let rule = self.right.lateness.clone().unwrap_or_default();
        if self.right.lateness.is_some() {
            let (by, what) = match rule.by {
                LateMeasure::Arrival => (LateMeasure::Watermark, "the latest time so far"),
                LateMeasure::Watermark => (LateMeasure::Arrival, "the time of arrival"),
            };
            let by = LatenessSpec { by, ..rule.clone() };
            self.add(format!("events are late by {what} (`lateness.by`)"), with(by));
        }
        if rule.windows.is_some() {
            let each = LatenessSpec { windows: None, ..rule.clone() };
            let reason = "events are late by themselves, not by their window (`lateness.windows`)";
            self.add(reason, with(each));
        }
        let measures = match self.right.lateness {
            Some(_) => vec![rule.by],
            None => vec![LateMeasure::Arrival, LateMeasure::Watermark],
        };
        for by in measures {
            let late = match by {
                LateMeasure::Arrival => "late",
                LateMeasure::Watermark => "behind the latest time so far",
            };
            for seconds in BOUNDS {
                let (allowed, then) = (span(seconds), LateRule::Drop);
                let bound = LatenessSpec { allowed, by, then, ..rule.clone() };
                let shown = shown(seconds);
                let reason =
                    format!("events that are more than {shown} {late} do not count (`lateness`)");
                self.add(reason, with(bound));
            }
        }
    }

    fn others(&mut self) {
        for (clock, whose) in [
            (TrustedClock::Received, "those of arrival"),
            (TrustedClock::Corrected, "corrected by when events were sent"),
        ] {
            self.add(format!("times are {whose} (`clock`)"), |p| p.clock = clock);
        }
        for (identity, what) in [
            (IdentityRule::Forward, "people are known from their log-in on alone (`identity`)"),
            (IdentityRule::Stitched, "what people did before their log-in is theirs (`identity`)"),
        ] {
            self.add(what, |p| p.identity = identity);
        }
        let rules = self.right.sessions.clone().unwrap_or_default();
        let with = |rules: SessionRules| move |p: &mut PolicySpec| p.sessions = Some(rules);
        for seconds in GAPS {
            let gap = SessionRules { gap: span(seconds), ..rules.clone() };
            let reason =
                format!("sessions end after {} without an event (`sessions.gap`)", shown(seconds));
            self.add(reason, with(gap));
        }
        for (millis, what) in [
            (-1, "end after a gap of just the length, `>=` in the place of `>`"),
            (59_999, "end after gaps that are counted in whole minutes"),
        ] {
            let gap = TimeSpan { millis: (rules.gap.millis + millis).max(0) };
            let reason = format!("sessions {what} (`sessions.gap`)");
            self.add(reason, with(SessionRules { gap, ..rules.clone() }));
        }
        let (cut, what) = match rules.cut {
            SessionCut::Never => (SessionCut::Midnight, "end at midnight"),
            SessionCut::Midnight => (SessionCut::Never, "go on over midnight"),
        };
        let cut = SessionRules { cut, ..rules };
        self.add(format!("sessions {what} (`sessions.cut`)"), with(cut));
        self.add(LOCAL_AS_UTC.0, LOCAL_AS_UTC.1);
        let reason = "events that are ahead of their arrival do not count (`ahead`)";
        self.add(reason, |p| p.ahead = Some(span(0)));
    }
}

/// Seconds in the largest unit of which they are a multiple.
fn shown(seconds: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = UNITS.into_iter().find(|(unit, _)| seconds > 0 && seconds % unit == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}
