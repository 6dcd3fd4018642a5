//! Journals and dead letters: `fuzz/run records`.

#![no_main]

#[path = "../entries/records.rs"]
mod records;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| records::run(bytes));
