//! The tables that verify reads: `fuzz/run verify_tables`.

#![no_main]

#[path = "../entries/verify_tables.rs"]
mod verify_tables;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| verify_tables::run(bytes));
