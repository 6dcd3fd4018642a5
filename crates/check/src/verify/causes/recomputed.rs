//! Tables computed again from the timeline, as pipelines with a bug would.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use event_simulator::event::event_type;
use event_simulator::expectations::Tables;
use event_simulator::expectations::tables::SHAPES;
use event_simulator::wire::EventFields;

use super::grid::{Grid, GridPair};
use super::other_touches::of_touches;
use super::prediction::{EventChange, Prediction};
use super::session_facts::of_sessions;
use super::source_timeline::SourceTimeline;
use super::time_zones::local_times;
use super::visit_times::of_visits;

const MILLIS_PER_DAY: u64 = 86_400_000;

/// The pause after which the usual rule begins a new session.
const SESSION_PAUSE_MILLIS: u64 = 30 * 60 * 1_000;

/// Separates what a page or session and something else are put together from.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The timeline and the tables that are to be explained by it.
pub(super) struct Recomputation<'a> {
    pub(super) timeline: &'a SourceTimeline,
    pub(super) pairs: &'a [GridPair<'a>],
}

/// Makes of an event none, one or several.
type Change<'c, 'e> = dyn FnMut(&'e EventFields<'static>, &mut Vec<EventFields<'e>>) + 'c;

impl<'a> Recomputation<'a> {
    pub(super) fn new(timeline: &'a SourceTimeline, pairs: &'a [GridPair<'a>]) -> Self {
        Self { timeline, pairs }
    }

    /// What pipelines with well-known bugs would report.
    pub(super) fn predictions(&self) -> Vec<Prediction> {
        let mut all = Vec::new();
        for local in local_times(self.timeline, self.pairs) {
            all.extend(self.each(local.reason(), |event| {
                event.event_time = local.shown(event.event_time).unwrap_or(event.event_time);
                true
            }));
        }
        self.left_out(&mut all);
        self.other_sessions(&mut all);
        self.other_clicks(&mut all);
        self.repeats(&mut all);
        self.distinct(&mut all);
        self.cut_short(&mut all);
        all.extend(self.means_of_means());
        all.extend(of_sessions(self.timeline, self.pairs));
        all.extend(of_visits(&self.timeline.events, |reason, change| self.each(reason, change)));
        all.extend(self.of_visit_times());
        if let Some(policy) = &self.timeline.policy {
            all.extend(of_touches(&self.timeline.events, policy, |reason, change| {
                self.each_of_table("attribution", reason, change)
            }));
        }
        all.extend(self.of_rounded_amounts());
        all
    }

    /// The prediction if each event is changed, and left out where `change` says false.
    pub(super) fn each(
        &self,
        reason: String,
        mut change: impl FnMut(&mut EventFields<'_>) -> bool,
    ) -> Option<Prediction> {
        self.predict(reason, &mut |event, to| {
            let mut event = event.borrowed();
            if change(&mut event) {
                to.push(event);
            }
        })
    }

    /// The same of one table.
    fn each_of_table(
        &self,
        table: &str,
        reason: String,
        change: EventChange<'_>,
    ) -> Option<Prediction> {
        self.pairs.iter().find(|pair| pair.shape.name == table)?;
        let mut prediction = self.each(reason, change)?;
        prediction.grids.retain(|at, _| self.pairs[*at].shape.name == table);
        Some(prediction)
    }

    fn predict<'e>(&'e self, reason: String, change: &mut Change<'_, 'e>) -> Option<Prediction> {
        let tables = self.tables(change)?;
        Some(Prediction { reason, grids: of_pairs(&tables, self.pairs), is_of_all: false })
    }

    fn tables<'e>(&'e self, change: &mut Change<'_, 'e>) -> Option<Tables> {
        let mut expectations = self.timeline.no_expectations();
        let mut changed = Vec::new();
        for event in &self.timeline.events {
            changed.clear();
            change(event, &mut changed);
            for event in &changed {
                expectations.observe(event).ok()?;
            }
        }
        Some(expectations.finish())
    }

    fn other_sessions(&self, all: &mut Vec<Prediction>) {
        let reason = "sessions are split at midnight: grouped by date and session";
        all.extend(self.each(reason.to_owned(), |event| {
            let day = event.event_time.as_millis() / MILLIS_PER_DAY;
            event.session_id = Cow::Owned(format!("{}@{day}", event.session_id));
            true
        }));
        let reason = "users are counted where sessions are meant".to_owned();
        all.extend(self.each(reason, |event| {
            event.session_id = event.user_id.clone();
            goes_on(event);
            true
        }));
        let reason = "a user's events of a day are taken for one session".to_owned();
        all.extend(self.each(reason, |event| {
            let day = event.event_time.as_millis() / MILLIS_PER_DAY;
            event.session_id = Cow::Owned(format!("{}@{day}", event.user_id));
            goes_on(event);
            true
        }));
        let reason = "sessions are counted where users are meant".to_owned();
        all.extend(self.each(reason, |event| {
            event.user_id = event.session_id.clone();
            true
        }));
        let reason = "sessions are made of pauses of 30 minutes, not of session_id".to_owned();
        let mut last: HashMap<String, (u64, u32)> = HashMap::new();
        all.extend(self.each(reason, |event| {
            let millis = event.event_time.as_millis();
            let (seen, number) = last.entry(event.user_id.to_string()).or_insert((millis, 0));
            *number += u32::from(millis - *seen > SESSION_PAUSE_MILLIS);
            *seen = millis;
            event.session_id = Cow::Owned(format!("{}@{number}", event.user_id));
            goes_on(event);
            true
        }));
        let reason =
            "events are counted where sessions or users are meant (no DISTINCT)".to_owned();
        let mut number = 0;
        all.extend(self.each(reason, |event| {
            number += 1;
            event.session_id = Cow::Owned(number.to_string());
            event.user_id = Cow::Owned(number.to_string());
            true
        }));
    }

    fn other_clicks(&self, all: &mut Vec<Prediction>) {
        let is_link = |event: &EventFields<'_>| event.event_type == event_type::LINK_CLICK;
        let reason = "clicks of links are counted as clicks of a button that is not there (null)";
        all.extend(self.predict(reason.to_owned(), &mut |event, to| {
            to.push(event.borrowed());
            if is_link(event) {
                let mut click = event.borrowed();
                click.event_type = Cow::Borrowed(event_type::BUTTON_CLICKED);
                click.button_id = Some(Cow::Borrowed(""));
                to.push(click);
            }
        }));
        let reason = "clicks of links are not counted".to_owned();
        all.extend(self.each(reason, |event| {
            if is_link(event) {
                // It still leaves the page.
                event.event_type = Cow::Borrowed(event_type::PAGE_CLOSED);
            }
            true
        }));
        let reason = "links that open elsewhere (_blank) are taken to leave the page".to_owned();
        all.extend(self.each(reason, |event| {
            if is_link(event) {
                event.props = Cow::Borrowed(b"{}");
            }
            true
        }));
    }

    fn repeats(&self, all: &mut Vec<Prediction>) {
        let reason = "every event is counted twice".to_owned();
        all.extend(self.predict(reason, &mut |event, to| {
            to.extend([event.borrowed(), event.borrowed()]);
        }));
        let kind = |event: &EventFields<'_>| {
            let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
            let (page, button) = (owned(&event.page_path), owned(&event.button_id));
            (event.session_id.to_string(), event.event_type.to_string(), page, button)
        };
        all.extend(self.first_of(
            "repeats of session, type, page and button are dropped: deduplicated by too few fields",
            kind,
        ));
        all.extend(self.first_of(
            "repeats of session and type are dropped: deduplicated by too few fields",
            |event| (event.session_id.to_string(), event.event_type.to_string()),
        ));
        all.extend(self.first_of(
            "repeats of user, type and page are dropped: deduplicated by too few fields",
            |event| {
                let page = event.page_path.as_deref().map(str::to_owned);
                (event.user_id.to_string(), event.event_type.to_string(), page)
            },
        ));
        all.extend(self.first_of(
            "repeats of user, type and second are dropped: deduplicated by too few fields",
            |event| {
                let second = event.event_time.as_millis() / 1_000;
                (event.user_id.to_string(), event.event_type.to_string(), second)
            },
        ));
    }

    /// Views and clicks counted once a user, or session, and day.
    fn distinct(&self, all: &mut Vec<Prediction>) {
        let (visits, clicks) = (event_type::PAGE_VISITED, event_type::BUTTON_CLICKED);
        for (counted, types) in [
            ("visits", &[visits][..]),
            ("clicks", &[clicks][..]),
            ("visits and clicks", &[visits, clicks]),
        ] {
            for by in ["user", "session"] {
                let reason = format!("{counted} are counted once a {by} and day");
                let mut seen = HashSet::new();
                all.extend(self.each(reason, |event| {
                    let who = if by == "user" { &event.user_id } else { &event.session_id };
                    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
                    let place = (text(&event.page_path), text(&event.button_id));
                    let day = event.event_time.as_millis() / MILLIS_PER_DAY;
                    !types.contains(&&*event.event_type)
                        || seen.insert((who.to_string(), event.event_type.to_string(), place, day))
                }));
            }
        }
    }

    fn first_of<K: Hash + Eq>(
        &self,
        reason: &str,
        key: impl Fn(&EventFields<'_>) -> K,
    ) -> Option<Prediction> {
        let mut seen = HashSet::new();
        self.each(reason.to_owned(), |event| seen.insert(key(event)))
    }

    /// `avg_time_seconds` as the mean over users or sessions of each one's mean.
    fn means_of_means(&self) -> Vec<Prediction> {
        let table = self.pairs.iter().position(|pair| pair.shape.name == "page_engagement");
        let Some(table) = table else { return Vec::new() };
        let column = 2;
        let mut all = Vec::new();
        for (name, is_by_user) in [("user", true), ("session", false)] {
            let mut change = |event: &mut EventFields<'_>| {
                let by = if is_by_user { &event.user_id } else { &event.session_id };
                let page = event.page_path.as_deref();
                event.page_path = page.map(|page| Cow::Owned(format!("{page}{SEPARATOR}{by}")));
                true
            };
            let by_part = self.each(String::new(), &mut change);
            let Some(parts) = by_part.and_then(|mut p| p.grids.remove(&table)) else { continue };
            let mut means: BTreeMap<Vec<String>, (f64, f64)> = BTreeMap::new();
            for (keys, measures) in parts {
                let page = keys[1].split(SEPARATOR).next().unwrap_or_default().to_owned();
                let mean = means.entry(vec![keys[0].clone(), page]).or_default();
                mean.0 += measures[column].unwrap_or_default();
                mean.1 += 1.0;
            }
            let mut grid = self.pairs[table].expected.clone();
            for (keys, measures) in &mut grid {
                measures[column] = means.get(keys).map(|(sum, count)| sum / count);
            }
            let reason =
                format!("the mean over {name}s of each {name}'s mean, not over all visits");
            let grids = BTreeMap::from([(table, grid)]);
            all.push(Prediction { reason, grids, is_of_all: false });
        }
        all
    }
}

/// The end of a session that is only a part of what is taken for one.
fn goes_on(event: &mut EventFields<'_>) {
    if event.event_type == event_type::SESSION_ENDED {
        event.event_type = Cow::Borrowed("");
    }
}

/// The tables of a timeline as grids, by the positions of their pairs.
pub(super) fn table_grids(
    timeline: &SourceTimeline,
    pairs: &[GridPair<'_>],
) -> Option<BTreeMap<usize, Grid>> {
    let same = Recomputation::new(timeline, pairs).each(String::new(), |_| true)?;
    Some(same.grids)
}

impl SourceTimeline {
    /// True if the expected tables, as far as they are computed again, are those of this timeline.
    pub(in crate::verify) fn gives(&self, pairs: &[GridPair<'_>]) -> bool {
        let grids = table_grids(self, pairs).unwrap_or_default();
        grids.iter().all(|(at, grid)| pairs[*at].expects(grid))
    }
}

/// The tables as grids, by the positions of their pairs.
fn of_pairs(tables: &Tables, pairs: &[GridPair<'_>]) -> BTreeMap<usize, Grid> {
    let mut of_names = grids(tables);
    let grids = (0..).zip(pairs);
    grids.filter_map(|(at, pair)| Some((at, of_names.remove(pair.shape.name)?))).collect()
}

/// The tables as grids, by their names.
fn grids(tables: &Tables) -> BTreeMap<&'static str, Grid> {
    // Tables of texts and numbers always have a JSON form.
    let document = serde_json::to_value(tables).unwrap_or_default();
    let mut all = BTreeMap::new();
    for shape in &SHAPES {
        // What a flow declares is not computed again.
        let Some(rows) = document[shape.name].as_array() else { continue };
        let row = |row: &serde_json::Value| {
            let key = |name: &&str| match &row[*name] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            let keys = shape.keys.iter().map(key).collect();
            (keys, shape.values.iter().map(|name| row[*name].as_f64()).collect())
        };
        all.insert(shape.name, rows.iter().map(row).collect());
    }
    all
}
