//! The scanner of lines: `fuzz/run scanner`.

#![no_main]

#[path = "../entries/scanner.rs"]
mod scanner;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scanner::run(bytes));
