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
//! | `sent_columns`, `event_findings`, `event_causes`, `event_phrases` | events |
//! | `value_change`, `text_change`, `line_form`, `consumer_partition` | what may have happened to a value, a line, a key |

mod attribute;
mod candidates;
mod cause;
mod code_length;
mod condition;
mod consumer_partition;
mod evenness;
mod event_causes;
mod event_findings;
mod event_phrases;
mod line_form;
mod pattern;
mod population;
mod sent_columns;
mod text_change;
mod value_change;

pub use cause::Cause;
pub(super) use event_causes::EventCauses;
