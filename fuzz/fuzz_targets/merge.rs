//! Manifests and merge: `fuzz/run merge`.

#![no_main]

#[path = "../entries/merge.rs"]
mod merge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge::run(bytes));
