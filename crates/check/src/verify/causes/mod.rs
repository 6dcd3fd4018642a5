//! The probable causes of what was found: right ones, or none.
//!
//! A cause is a hypothesis about all that was sent or expected, not only about what was found wrong. It is
//! named where it holds for what was found and for (next to) nothing else, and where it says in fewer bits what
//! was found than naming each finding would (minimum description length), by so many that coincidence is out
//! of the question. Each says how many of the findings it explains.
//!
//! | file | what it is about |
//! |---|---|
//! | `population`, `attribute`, `condition` | events or rows by columns, and the conditions on them |
//! | `candidates`, `code_length`, `pattern`, `evenness` | the search for conditions that explain what was found |
//! | `sent_columns`, `event_findings`, `event_evidence`, `event_causes`, `event_phrases`, `altered_fields` | events |
//! | `grid`, `prediction`, `over_rows`, `cell_change`, `row_causes`, `table_causes` | tables, from the tables alone |
//! | `source_timeline`, `recomputed`, `left_out`, `time_zones`, `session_facts`, `visit_times`, `visit_limits`, `other_touches`, `money` | tables computed again from the timeline, as a pipeline with a bug would |
//! | `policy_rules`, `attribution_rules`, `funnel_rules`, `other_persons` | tables computed again from what arrived, as a pipeline that does not follow a rule would |
//! | `value_change`, `text_change`, `consumer_partition` | what may have happened to a value or a key |

mod altered_fields;
mod attribute;
mod attribution_rules;
mod candidates;
mod cause;
mod cell_change;
pub(super) mod code_length;
mod condition;
mod consumer_partition;
mod evenness;
mod event_causes;
mod event_evidence;
mod event_findings;
mod event_phrases;
mod funnel_rules;
mod grid;
mod left_out;
mod money;
mod other_persons;
mod other_touches;
mod over_rows;
mod pattern;
mod policy_rules;
mod population;
mod prediction;
mod recomputed;
mod row_causes;
mod sent_columns;
mod session_facts;
mod sketch;
mod source_timeline;
mod table_causes;
mod text_change;
mod time_zones;
mod value_change;
mod visit_limits;
mod visit_times;

pub use cause::Cause;
pub(super) use event_causes::EventCauses;
pub(super) use grid::{Grid, GridPair, Measures, RowKeys};
pub(super) use policy_rules::SourceArrivals;
pub(super) use source_timeline::SourceTimeline;
pub(super) use table_causes::table_causes;
