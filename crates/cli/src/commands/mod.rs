//! The commands, one file each: parse, call, show.

mod after_each;
pub(crate) mod check;
pub(crate) mod collector;
pub(crate) mod completions;
mod dbt_files;
pub(crate) mod dbt_seeds;
pub(crate) mod deliver;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod expect;
pub(crate) mod fields;
pub(crate) mod gauntlet;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod merge;
pub(crate) mod minimize;
mod observed;
pub(crate) mod plan;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod stats;
mod truth;
pub(crate) mod verify;
pub(crate) mod watch;
