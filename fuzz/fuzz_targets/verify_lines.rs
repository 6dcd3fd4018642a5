//! What verify reads: `fuzz/run verify_lines`.

#![no_main]

#[path = "../entries/verify_lines.rs"]
mod verify_lines;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| verify_lines::run(bytes));
