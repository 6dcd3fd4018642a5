//! Results as one HTML page that opens offline.
//!
//! A [`RecordedResult`] is what a command wrote as JSON. [`ReportPage::of`] says which pictures and tables show it, each by a
//! pointer to the very values in the JSON, and [`ReportPage::html`] puts both into one file. What several results say
//! together is a [`ResultComparison`], which is JSON beside theirs. The browser draws from the JSON that is in the page; nothing
//! is computed twice, and nothing is fetched.
//!
//! ```
//! use event_simulator_report::{ReportPage, RecordedResult};
//!
//! let json = serde_json::json!({"handled": 0, "cases": [], "tables": [], "again": ""});
//! let result = RecordedResult::new("card.json", json, "jq {} card.json")?;
//! assert!(ReportPage::of(vec![result]).html().contains("<!doctype html>"));
//! # Ok::<(), event_simulator_report::UnknownResult>(())
//! ```

mod comparison;
mod html;
mod measures;
mod page;
mod pages;
mod picture;
mod recorded;
mod view;

pub use comparison::ResultComparison;
pub use page::{Chapter, Fact, PageVerdict, ReportPage, ReportReason};
pub use picture::{
    Axis, Form, JsonPlace, LineBand, LineSeries, Picture, PictureShape, TableColumn, ValueRow,
};
pub use recorded::{RecordedResult, ResultKind, UnknownResult};
