//! The columns of the tables.

/// The columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The table's name, and its file's but for `.csv`.
    pub name: &'static str,
    /// The columns that tell the rows apart.
    pub keys: &'static [&'static str],
    /// The columns that are measured.
    pub values: &'static [&'static str],
}

impl Shape {
    /// All columns, in their order: also those that a pipeline does not report.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let truths: &[&str] = match self.name {
            "experiments" => &TRUTHS,
            "experiment_properties" => &TRUTHS[1..],
            _ => &[],
        };
        self.keys.iter().chain(self.values).chain(truths).copied()
    }
}

/// The six tables of every timeline, those of what a scenario or a policy declares, and rows.
pub const SHAPES: [Shape; 18] = [
    Shape {
        name: "page_engagement",
        keys: &["date", "page_path"],
        values: &[
            "total_visits",
            "total_time_seconds",
            "avg_time_seconds",
            "unique_users",
            "unique_sessions",
        ],
    },
    Shape {
        name: "session_metrics",
        keys: &["date"],
        values: &[
            "total_sessions",
            "avg_duration_seconds",
            "avg_page_views",
            "avg_clicks",
            "unique_users",
        ],
    },
    Shape {
        name: "click_through_rates",
        keys: &["date", "page_path", "button_id"],
        values: &["views", "clicks", "ctr"],
    },
    Shape { name: "event_counts", keys: &["date", "hour", "event_type"], values: &["events"] },
    Shape {
        name: "funnels",
        keys: &["journey", "step", "page_path"],
        values: &["sessions", "conversion"],
    },
    Shape { name: "users_active", keys: &["date"], values: &["users", "new_users"] },
    Shape { name: "goals", keys: &["date", "goal"], values: &["sessions", "users"] },
    Shape {
        name: "flow_funnels",
        keys: &["funnel", "step", "reached"],
        values: &["sessions", "conversion"],
    },
    Shape {
        name: "experiments",
        keys: &["experiment", "variant", "goal"],
        values: &["users", "sessions", "conversions", "rate", "lift"],
    },
    Shape {
        name: "experiment_properties",
        keys: &["experiment", "variant", "event_type", "property", "currency"],
        values: &["events", "mean", "lift"],
    },
    Shape {
        name: "revenue",
        keys: &["date", "event_type", "property", "currency"],
        values: &["events", "amount"],
    },
    Shape { name: "activity", keys: &["date", "attribute", "value"], values: &["events", "users"] },
    Shape {
        name: "retention",
        keys: &["cohort", "day"],
        values: &["cohort_users", "users", "retention"],
    },
    Shape {
        name: "attribution",
        keys: &["date", "channel", "source", "medium", "campaign", "currency"],
        values: &["attributed_conversions", "attributed_revenue"],
    },
    Shape {
        name: "policy_funnels",
        keys: &["funnel", "step", "reached"],
        values: &["reached_by", "conversion"],
    },
    Shape {
        name: "lateness",
        keys: &["window_start"],
        values: &["arrivals", "on_time", "late_accepted", "late_dropped", "left_out"],
    },
    Shape {
        name: "users",
        keys: &["user_id"],
        values: &["first_seen", "last_seen", "sessions", "events", "attributes"],
    },
    Shape {
        name: "sessions",
        keys: &["session_id"],
        values: &[
            "user_id",
            "started_at",
            "ended_at",
            "duration_seconds",
            "has_ended",
            "events",
            "page_views",
            "clicks",
            "landing_page",
            "exit_page",
            "attributes",
            "device",
        ],
    },
];

/// The columns of `experiments`, the last one also of `experiment_properties`, that a pipeline does not report.
const TRUTHS: [&str; 2] = ["true_rate", "true_lift"];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A number with fractions.
    Number,
    /// A flag.
    Flag,
    /// A day.
    Date,
    /// A moment.
    Time,
}

impl ColumnKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Count, Self::Number, Self::Flag, Self::Date, Self::Time];

    /// The name of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "count",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Date => "date",
            Self::Time => "time",
        }
    }

    /// What a column of that name holds, in any table.
    #[must_use]
    pub fn of(column: &str) -> Self {
        match column {
            "date" | "cohort" => Self::Date,
            "first_seen" | "last_seen" | "started_at" | "ended_at" | "window_start" => Self::Time,
            "has_ended" => Self::Flag,
            "total_time_seconds"
            | "avg_time_seconds"
            | "avg_duration_seconds"
            | "avg_page_views"
            | "avg_clicks"
            | "ctr"
            | "conversion"
            | "rate"
            | "lift"
            | "true_rate"
            | "true_lift"
            | "mean"
            | "amount"
            | "attributed_conversions"
            | "attributed_revenue"
            | "retention"
            | "duration_seconds" => Self::Number,
            "page_path" | "button_id" | "event_type" | "journey" | "goal" | "funnel"
            | "reached" | "experiment" | "variant" | "property" | "currency" | "attribute"
            | "value" | "channel" | "source" | "medium" | "campaign" | "user_id" | "attributes"
            | "session_id" | "landing_page" | "exit_page" | "device" => Self::Text,
            _ => Self::Count,
        }
    }
}
