//! The readers of quantities: `fuzz/run quantities`.

#![no_main]

#[path = "../entries/quantities.rs"]
mod quantities;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quantities::run(bytes));
