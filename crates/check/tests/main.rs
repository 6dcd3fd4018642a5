//! Findings against what was done to a timeline.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod planted;
mod planted_cells;
mod planted_changes;
mod planted_computations;
mod planted_event_causes;
mod planted_events;
mod planted_losses;
mod planted_table_causes;
mod planted_tables;
mod planted_times;
mod shipped_policies;
mod sketched_counts;
mod verify_attribution;
mod verify_events;
mod verify_identity;
mod verify_ledger;
mod verify_lines;
mod verify_persons;
mod verify_rules;
mod verify_tables;
