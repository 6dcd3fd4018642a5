//! Pictures and tables, each by the place of its values in the JSON.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// The place of a value in the JSON of a page: a result, and a JSON pointer into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPlace {
    /// The number of the result, from 0.
    pub result: usize,
    path: String,
}

impl JsonPlace {
    /// The place of a whole result.
    pub fn of(result: usize) -> Self {
        Self { result, path: String::new() }
    }

    /// The place of a member or an item of it.
    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self { result: self.result, path: format!("{}/{name}", self.path) }
    }

    /// The pointer into the result.
    pub fn in_result(&self) -> &str {
        &self.path
    }
}

impl Serialize for JsonPlace {
    /// The pointer into the JSON of the page.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/results/{}/value{}", self.result, self.path))
    }
}

/// The way in which a value is written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As it stands.
    Text,
    /// A name of ours, with its words apart.
    Word,
    /// A whole number, grouped.
    Count,
    /// A number with two places.
    Number,
    /// Events a second.
    Rate,
    /// Bytes.
    Bytes,
    /// A duration in microseconds.
    Micros,
    /// A duration in seconds.
    Seconds,
    /// A share of 1, as per cent.
    Share,
    /// A point in time.
    Time,
    /// A command line or a file.
    Code,
    /// The whole number at or below a number.
    Floor,
    /// The whole number at or above a number.
    Ceiling,
    /// A number in the form that its row names.
    Own,
    /// A difference of two such numbers, with its sign.
    Difference,
    /// A share by which something has changed, as per cent with its sign.
    Change,
    /// The number of items of an array.
    Length,
    /// How a case of a gauntlet went, or a change of that, marked as good or bad.
    Outcome,
    /// Whether a count is one that a run may have, marked as good or bad.
    Place,
    /// A mark if it is so.
    Flag,
}

/// A picture or a table.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// What is seen, in a few words.
    pub title: String,
    /// How it is read, in one sentence; empty if that is plain.
    pub about: String,
    /// The command line that gives its values.
    pub read: Vec<String>,
    /// True if it needs the whole width of the page.
    pub is_wide: bool,
    /// What is drawn.
    #[serde(flatten)]
    pub shape: PictureShape,
}

/// What is drawn. Fields of rows are JSON pointers without their first slash.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum PictureShape {
    /// Bars over time, a strip for each name: rows with `start` and a map of counts.
    Strips {
        /// An object with `bucket_seconds` and `buckets`.
        data: JsonPlace,
        /// The field of a bucket that has the counts.
        counts: &'static str,
        /// That of the counts against which they are held, which are drawn as an outline.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<&'static str>,
    },
    /// Lines over time or over another measure.
    Lines {
        /// The lines.
        series: Vec<LineSeries>,
        /// The measure of the horizontal axis.
        x: Axis,
        /// The measure of the vertical axis.
        y: Axis,
        /// Pairs of x, from and to, to be shaded, and what they are.
        #[serde(skip_serializing_if = "Option::is_none")]
        shaded: Option<(JsonPlace, &'static str)>,
        /// Intervals in which values are mostly, drawn behind the lines.
        #[serde(skip_serializing_if = "Option::is_none")]
        band: Option<LineBand>,
    },
    /// Durations by percentile: pairs of a duration in microseconds and a count.
    Percentiles {
        /// Each distribution, with its label.
        series: Vec<(String, JsonPlace)>,
    },
    /// Counts between bounds: rows with `from`, `to` and `count`.
    Histogram {
        /// The rows.
        data: JsonPlace,
        /// The form of the bounds.
        form: Form,
        /// What is counted.
        what: &'static str,
    },
    /// The same of several results, as outlines of shares: rows with `from`, `to` and `share`.
    Sizes {
        /// Each distribution, with its label.
        series: Vec<(String, JsonPlace)>,
        /// The form of the bounds.
        form: Form,
        /// What is counted.
        what: &'static str,
    },
    /// Counts beside the intervals in which they are expected, on a scale of standard deviations.
    Intervals {
        /// Rows with `name`, `expected`, `low`, `high`, `found` and `deviations`.
        data: JsonPlace,
    },
    /// One bar for each row, with its label and value.
    Bars {
        /// Rows: objects, pairs of a label and a value, or an object of values by label.
        data: JsonPlace,
        /// The field of the label; unused for pairs and objects.
        label: &'static str,
        /// The field of the value; of an object of objects too.
        value: &'static str,
        /// The form of the value.
        form: Form,
    },
    /// Two bars for each row, of what was first and of what is second.
    Pairs {
        /// Rows with `first` and `second`.
        data: JsonPlace,
        /// The field of the label.
        label: &'static str,
        /// What is counted.
        what: &'static str,
    },
    /// Seven weekdays of 24 hours.
    Heat {
        /// Seven rows of 24 counts, from Monday on.
        data: JsonPlace,
    },
    /// Transitions from step to step.
    Flow {
        /// Rows with `step`, `from`, `to` and what takes the way.
        data: JsonPlace,
        /// The field of what takes the way.
        value: &'static str,
        /// Its form.
        form: Form,
    },
    /// Sessions of users over time, one line a user.
    Lanes {
        /// Users with `user_id` and `sessions`, which have `events`: pairs of a time and a type.
        data: JsonPlace,
    },
    /// The cases of a gauntlet.
    Cases {
        /// The cases.
        data: JsonPlace,
    },
    /// Values as a table.
    Table {
        /// Rows: objects, or an object of values by name, whose name is the field `name`.
        data: JsonPlace,
        /// The columns; none for all that the rows have.
        columns: Vec<TableColumn>,
    },
    /// Rows of a table with the differing cells marked.
    Marked {
        /// A table with `keys`, `columns`, and `rows` of `key`, `state` and `cells`.
        data: JsonPlace,
    },
    /// Single values, each with its name.
    Values {
        /// The values.
        rows: Vec<ValueRow>,
    },
}

impl PictureShape {
    /// The places of the values that are drawn.
    pub fn places(&self) -> Vec<&JsonPlace> {
        match self {
            Self::Lines { series, shaded, band, .. } => {
                let shaded = shaded.iter().map(|(place, _)| place);
                let band = band.iter().map(|band| &band.data);
                series.iter().map(|line| &line.data).chain(shaded).chain(band).collect()
            }
            Self::Percentiles { series } | Self::Sizes { series, .. } => {
                series.iter().map(|(_, place)| place).collect()
            }
            Self::Values { rows } => rows.iter().map(|row| &row.value).collect(),
            Self::Strips { data, .. }
            | Self::Histogram { data, .. }
            | Self::Bars { data, .. }
            | Self::Pairs { data, .. }
            | Self::Heat { data }
            | Self::Flow { data, .. }
            | Self::Lanes { data }
            | Self::Intervals { data }
            | Self::Cases { data }
            | Self::Table { data, .. }
            | Self::Marked { data } => vec![data],
        }
    }
}

/// A line of a picture.
#[derive(Clone, Debug, Serialize)]
pub struct LineSeries {
    /// Its name, which stands at its end.
    pub label: String,
    /// The rows.
    pub data: JsonPlace,
    /// The field of the horizontal measure.
    pub x: &'static str,
    /// The field of the vertical measure.
    pub y: &'static str,
    /// True for what was asked for, and is drawn dashed.
    pub is_wanted: bool,
}

/// Intervals along the horizontal measure of a picture of lines.
#[derive(Clone, Debug, Serialize)]
pub struct LineBand {
    /// What they are.
    pub label: &'static str,
    /// The rows.
    pub data: JsonPlace,
    /// The field of the horizontal measure.
    pub x: &'static str,
    /// The field of the least.
    pub low: &'static str,
    /// The field of the most.
    pub high: &'static str,
}

/// A measure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Axis {
    /// Its name.
    pub label: &'static str,
    /// Its form.
    pub form: Form,
}

/// A column of a table.
#[derive(Clone, Debug, Serialize)]
pub struct TableColumn {
    /// Its heading.
    pub label: Cow<'static, str>,
    /// The field of a row.
    pub field: Cow<'static, str>,
    /// Its form.
    pub form: Form,
}

impl TableColumn {
    /// A column of a field.
    pub(crate) fn new<L, F>(label: L, field: F, form: Form) -> Self
    where
        L: Into<Cow<'static, str>>,
        F: Into<Cow<'static, str>>,
    {
        Self { label: label.into(), field: field.into(), form }
    }
}

/// A single value.
#[derive(Clone, Debug, Serialize)]
pub struct ValueRow {
    /// Its name.
    pub label: String,
    /// The value.
    pub value: JsonPlace,
    /// Its form.
    pub form: Form,
}
