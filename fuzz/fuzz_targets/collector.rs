//! Bodies sent to the collector: `fuzz/run collector`.

#![no_main]

#[path = "../entries/collector.rs"]
mod collector;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| collector::run(bytes));
