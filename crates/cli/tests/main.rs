//! The program as a process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrival_forms;
mod collector_process;
mod dbt_seeds;
mod demo;
mod diff;
mod documented;
mod faults;
mod fuzz_corpus;
mod gauntlet;
mod generate;
mod golden_check;
mod loopback;
mod messages;
mod minimize;
mod program;
mod replay_files;
mod replay_processes;
mod replay_soak;
mod report_page;
mod run_live;
mod scenario_commands;
mod scenario_reference;
mod screens;
mod shells;
#[cfg(feature = "columnar")]
mod table_files;
mod verify_command;

#[allow(dead_code, reason = "shared with the tests of replay")]
#[path = "../../replay/tests/support.rs"]
mod support;
