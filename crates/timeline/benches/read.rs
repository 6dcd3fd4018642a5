//! The speed of reading a timeline: `cargo bench --bench read`.

use divan::counter::BytesCount;
use event_simulator::wire::scan;
use event_simulator_timeline::LineReader;

fn main() {
    divan::main();
}

/// A page visit as it stands in a timeline.
const LINE: &str = concat!(
    r#"{"event_id":"019b76da-a800-7000-8000-3b9c1f2a7d10","event_time":"2026-01-01T00:00:00.000Z","#,
    r#""event_type":"page_visited","user_id":"user_1a2b3c4d","session_id":"session_0123456789ab","#,
    r#""page_path":"/products/detail","props":{"journey":"shopping_flow","step":2}}"#
);
const LINES: usize = 10_000;

fn timeline() -> String {
    format!("{LINE}\n").repeat(LINES)
}

/// One pass over the lines of a timeline in memory.
fn scan_lines<const N: usize>(bencher: divan::Bencher, names: [&str; N]) {
    let timeline = timeline();
    bencher.counter(BytesCount::of_str(&timeline)).bench(|| {
        let mut reader = LineReader::new(timeline.as_bytes());
        let mut found = 0;
        while let Ok(Some((_, line))) = reader.next_line() {
            found += scan::members(line, names).map_or(0, |values| values.iter().flatten().count());
        }
        found
    });
}

#[divan::bench]
fn lines_alone(bencher: divan::Bencher) {
    let timeline = timeline();
    bencher.counter(BytesCount::of_str(&timeline)).bench(|| {
        let mut reader = LineReader::new(timeline.as_bytes());
        let mut bytes = 0;
        while let Ok(Some((_, line))) = reader.next_line() {
            bytes += line.len();
        }
        bytes
    });
}

#[divan::bench]
fn time_and_key(bencher: divan::Bencher) {
    scan_lines(bencher, ["event_time", "user_id"]);
}

#[divan::bench]
fn seven_members(bencher: divan::Bencher) {
    let names =
        ["event_time", "event_type", "user_id", "session_id", "page_path", "button_id", "props"];
    scan_lines(bencher, names);
}
