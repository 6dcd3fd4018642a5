//! The timeline reader: `fuzz/run timeline`.

#![no_main]

#[path = "../entries/timeline.rs"]
mod timeline;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| timeline::run(bytes));
