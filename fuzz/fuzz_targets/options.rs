//! The readers of options: `fuzz/run options`.

#![no_main]

#[path = "../entries/options.rs"]
mod options;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| options::run(bytes));
