//! Timelines as files: golden bytes, and files of any form.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fuzz_corpus;
mod golden;
mod scenario_file;
