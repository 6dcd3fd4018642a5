//! The tables, and what every column means.
//!
//! Dates and hours are UTC. Rows are sorted by their key columns, texts by their bytes; there is a row
//! only where something happened. Sums of time are exact to the millisecond. Means and percentages are
//! computed exactly and then rounded to six decimals, halves away from zero.

use serde::{Deserialize, Serialize};

pub use super::shapes::{ColumnKind, SHAPES, Shape};

/// All tables of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// By date and page.
    pub page_engagement: Vec<PageEngagement>,
    /// By date.
    pub session_metrics: Vec<SessionMetrics>,
    /// By date, page and button.
    pub click_through_rates: Vec<ClickThroughRate>,
    /// By date, hour and type.
    pub event_counts: Vec<EventCount>,
    /// By journey, step and page.
    pub funnels: Vec<Funnel>,
    /// By date.
    pub users_active: Vec<UsersActive>,
    /// By date and goal; none where no goals are declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goals: Option<Vec<GoalReached>>,
    /// By funnel and step; none where no funnels are declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_funnels: Option<Vec<FlowFunnel>>,
    /// By experiment, variant and goal; none where no experiments or no goals are declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiments: Option<Vec<ExperimentResult>>,
    /// By experiment, variant, event type, property and currency; none where no experiment changes a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment_properties: Option<Vec<ExperimentProperty>>,
    /// By date, event type, property and currency; none where no event carries money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Vec<Revenue>>,
    /// By date, attribute and value; none where users, devices and sessions have no attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Vec<Activity>>,
    /// By cohort and day; none where no retention is declared, unless it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Vec<CohortRetention>>,
    /// By date, channel, source, medium, campaign and currency; none unless a policy says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Vec<AttributedConversions>>,
    /// By funnel and step; none unless a policy declares funnels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_funnels: Option<Vec<PolicyFunnel>>,
    /// By window; none unless a policy tells lateness by windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Vec<LateArrivals>>,
    /// By user; none unless rows are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<UserRow>>,
    /// By session; none unless rows are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<SessionRow>>,
}

/// The views of a page on a day.
///
/// The time of a visit runs from its `page_visited` to what left the page: the `page_closed` or the
/// `link_click` that led on (one whose `props.target` is not `_blank`) of the same page and session;
/// without either, the session's next `page_visited`; without that, the session's last event. A visit
/// counts wholly on the day of its `page_visited`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageEngagement {
    /// Day of the visits.
    pub date: String,
    /// The page.
    pub page_path: String,
    /// `page_visited` events.
    pub total_visits: u64,
    /// Sum of the visits' times.
    pub total_time_seconds: f64,
    /// `total_time_seconds` / `total_visits`.
    pub avg_time_seconds: f64,
    /// Distinct users among the visits.
    pub unique_users: u64,
    /// Distinct sessions among the visits.
    pub unique_sessions: u64,
}

/// The sessions that began on a day, with all that happened in them, also after midnight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionMetrics {
    /// Day of the sessions' first events.
    pub date: String,
    /// The number of sessions.
    pub total_sessions: u64,
    /// Mean time from a session's first event to its last, be that `session_ended` or another.
    pub avg_duration_seconds: f64,
    /// Mean number of `page_visited` events.
    pub avg_page_views: f64,
    /// Mean number of `button_clicked` and `link_click` events.
    pub avg_clicks: f64,
    /// Distinct users.
    pub unique_users: u64,
}

/// The clicks of a button on a day, held against the visits of its page. Only for buttons that
/// were clicked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickThroughRate {
    /// Day of the clicks.
    pub date: String,
    /// The page on which the button is.
    pub page_path: String,
    /// The button.
    pub button_id: String,
    /// `page_visited` events of the page on that day.
    pub views: u64,
    /// `button_clicked` events of the button on that page and day.
    pub clicks: u64,
    /// `clicks` / `views` in percent; none without views, as when a page was opened before midnight.
    pub ctr: Option<f64>,
}

/// The number of events of a type in an hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventCount {
    /// Day of the events.
    pub date: String,
    /// Hour of the day, 0 to 23.
    pub hour: u64,
    /// The type.
    pub event_type: String,
    /// The number of events.
    pub events: u64,
}

/// The number of sessions that reached a step of a journey, over the whole timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// `props.journey` of the step's `page_visited` events.
    pub journey: String,
    /// `props.step` of those events, from 1.
    pub step: u64,
    /// The step's page.
    pub page_path: String,
    /// Distinct sessions with such an event.
    pub sessions: u64,
    /// `sessions` in percent of those of the journey's first step.
    pub conversion: f64,
}

/// Who was there on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsersActive {
    /// Day of the events.
    pub date: String,
    /// Distinct users with an event of any type.
    pub users: u64,
    /// Those of them who have no event on an earlier day.
    pub new_users: u64,
}

/// The sessions and users that reached a goal of the flow on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalReached {
    /// Day of the sessions' first event that reached it.
    pub date: String,
    /// The goal.
    pub goal: String,
    /// Sessions that reached it first on that day.
    pub sessions: u64,
    /// Distinct users of these sessions.
    pub users: u64,
}

/// The number of sessions that reached a step of a funnel of the flow, over the whole timeline.
///
/// A session reaches a step by an event that comes after one that reached the step before, within the
/// funnel's window from the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowFunnel {
    /// The funnel.
    pub funnel: String,
    /// The step, from 1.
    pub step: u64,
    /// The page or the event that the step is.
    pub reached: String,
    /// Sessions that reached it.
    pub sessions: u64,
    /// `sessions` in percent of those of the first step.
    pub conversion: f64,
}

/// What came of an experiment for users with a variant, over the whole timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentResult {
    /// The experiment.
    pub experiment: String,
    /// The variant.
    pub variant: String,
    /// The goal of the flow.
    pub goal: String,
    /// Distinct users with an `experiment_viewed` of the experiment and variant.
    pub users: u64,
    /// Sessions with such an event.
    pub sessions: u64,
    /// Those of them that reached the goal, be it before or after.
    pub conversions: u64,
    /// `conversions` / `sessions` in percent.
    pub rate: f64,
    /// The relative difference of `rate` from that of the first variant, in percent; none if that is 0.
    pub lift: Option<f64>,
    /// What `rate` is in truth, which no pipeline can know and none has to report.
    pub true_rate: Option<f64>,
    /// What `lift` is in truth.
    pub true_lift: Option<f64>,
}

/// What events carried by the variant of their user, in a property that an experiment changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentProperty {
    /// The experiment.
    pub experiment: String,
    /// The variant.
    pub variant: String,
    /// The type of the events.
    pub event_type: String,
    /// The property.
    pub property: String,
    /// The code of its currency; empty for what is no money.
    pub currency: String,
    /// Events with a value, of users who are known to have the variant.
    pub events: u64,
    /// The mean of the values.
    pub mean: f64,
    /// The relative difference of `mean` from that of the first variant, in percent; none if that is 0 or not there.
    pub lift: Option<f64>,
    /// What `lift` is in truth, which no pipeline has to report; none for what is calculated from other values, which may
    /// differ too.
    pub true_lift: Option<f64>,
}

/// The money that events of a type carried on a day, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revenue {
    /// Day of the events.
    pub date: String,
    /// The type.
    pub event_type: String,
    /// The property that is the amount.
    pub property: String,
    /// The code of the currency; empty if the event does not say it.
    pub currency: String,
    /// Events with an amount.
    pub events: u64,
    /// Their sum, computed exactly; it is shown exactly up to 15 digits.
    pub amount: f64,
}

/// The events and users of a day with a value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Day of the events.
    pub date: String,
    /// The attribute: `user.country`, `device.kind`, `session.channel`, ...
    pub attribute: String,
    /// The value.
    pub value: String,
    /// Events that say it.
    pub events: u64,
    /// Distinct users with such an event.
    pub users: u64,
}

/// The users of a cohort who were there some days after they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CohortRetention {
    /// Day of the first event of the users.
    pub cohort: String,
    /// Days since then; 0 is that day.
    pub day: u64,
    /// Distinct users whose first event is of that day.
    pub cohort_users: u64,
    /// Those of them with an event on the later day.
    pub users: u64,
    /// `users` in percent of `cohort_users`.
    pub retention: f64,
}

/// The conversions of a day that are attributed to a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributedConversions {
    /// Day of the conversions.
    pub date: String,
    /// The channel, as source, medium and referrer say it.
    pub channel: String,
    /// The source; empty for what is direct.
    pub source: String,
    /// The medium; empty for what is direct.
    pub medium: String,
    /// The campaign; empty where there is none.
    pub campaign: String,
    /// The code of the currency; empty for conversions that say none.
    pub currency: String,
    /// Conversions; of those that have several touches, parts of six decimals.
    pub attributed_conversions: f64,
    /// What they brought.
    pub attributed_revenue: f64,
}

/// How many sessions, or persons, reached a step of a funnel that a policy declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyFunnel {
    /// The funnel.
    pub funnel: String,
    /// The step, from 1.
    pub step: u64,
    /// The page or the event that the step is.
    pub reached: String,
    /// The sessions, or with `per: person` the persons, that reached it.
    pub reached_by: u64,
    /// `reached_by` in percent of those of the first step.
    pub conversion: f64,
}

/// What became of the arrivals of a window of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LateArrivals {
    /// The beginning of the window in which they happened; none for those that are no events.
    pub window_start: Option<String>,
    /// All of them.
    pub arrivals: u64,
    /// Those that arrived before the window had passed.
    pub on_time: u64,
    /// Those that arrived later, and not too late.
    pub late_accepted: u64,
    /// Those that were too late.
    pub late_dropped: u64,
    /// Those that do not count for another reason: malformed, of bots, or too far ahead.
    pub left_out: u64,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRow {
    /// The id that events have in `user_id`; that of a browser where its user is not known.
    pub user_id: String,
    /// The time of the first event.
    pub first_seen: String,
    /// The time of the last event.
    pub last_seen: String,
    /// Sessions with an event of this id.
    pub sessions: u64,
    /// Events.
    pub events: u64,
    /// The JSON text of `user` on its events, if they have it.
    pub attributes: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its id.
    pub session_id: String,
    /// The user: the one who becomes known in it, if one does.
    pub user_id: String,
    /// The time of the first event.
    pub started_at: String,
    /// The time of the last event.
    pub ended_at: String,
    /// The time between the two.
    pub duration_seconds: f64,
    /// It says its end by `session_ended`.
    pub has_ended: bool,
    /// Events.
    pub events: u64,
    /// `page_visited` events.
    pub page_views: u64,
    /// `button_clicked` and `link_click` events.
    pub clicks: u64,
    /// The page of the first event on a page.
    pub landing_page: Option<String>,
    /// The page of the last event on a page.
    pub exit_page: Option<String>,
    /// The JSON text of `session` on its events, if they have it.
    pub attributes: Option<String>,
    /// The JSON text of `device` on its events, if they have it.
    pub device: Option<String>,
}
