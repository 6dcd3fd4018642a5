//! The promises of the pure simulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![recursion_limit = "256"]

mod any_properties;
mod attribution_in_sql;
mod bound_events;
mod broken_pipelines;
mod declared_in_sql;
mod deliveries;
mod documentation;
mod edits;
mod expectations;
mod expectations_in_sql;
mod experiment_properties;
mod experiments;
mod field_maps;
mod formats;
mod funnels_in_sql;
mod house;
mod journey_steps;
mod lateness_in_sql;
mod ledger;
mod other_clients;
mod plan_totals;
mod policies_in_sql;
mod promises;
mod properties;
mod property_carts;
mod property_tables;
mod reported_bugs;
mod scenario_files;
mod scenario_problems;
mod scenario_schema;
mod schema_drift;
mod table_shards;
mod traffic;
mod users;
