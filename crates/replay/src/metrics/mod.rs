//! The numbers of a replay: counted while it runs, and shown as Prometheus text, as a summary, or held
//! against conditions. [`METRICS`] says once what there is.

mod durations;
mod prometheus;
mod sending;
mod series;
mod server;
mod shared;
mod summary;
mod table;
mod threshold;
mod values;

pub use durations::Durations;
pub use sending::SendingState;
pub use series::RunSeries;
pub use server::serve_metrics;
pub use shared::SharedMetrics;
pub use summary::{ReplayStatus, Summary};
pub use table::{METRICS, Metric, MetricValue};
pub use threshold::Threshold;
pub use values::Metrics;
