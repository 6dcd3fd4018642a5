//! A distribution of durations as bars.

use std::fmt::Write as _;
use std::time::Duration;

use event_simulator::quantity::{grouped, show_duration};
use event_simulator_replay::Durations;

/// Rows of bars.
const ROWS: usize = 10;
/// Characters of the longest bar.
const LONGEST_BAR: usize = 30;
/// The last row ends here: what few are slower would leave the others one bar.
const TAIL: f64 = 0.999;

/// The bars of a distribution, one for each of the equal parts from the fastest to the slowest but a thousandth, which go
/// into the last one, marked by a plus; nothing if there is no spread.
pub(crate) fn histogram(title: &str, durations: &Durations) -> String {
    let micros = |duration: Duration| duration.as_micros() as u64;
    let (low, high) = (micros(durations.quantile(0.0)), micros(durations.quantile(TAIL)));
    if durations.count() < ROWS as u64 || high <= low {
        return String::new();
    }
    let step = (high - low).div_ceil(ROWS as u64).max(1);
    let mut counts = [0_u64; ROWS];
    for value in durations.histogram().iter_recorded() {
        let row = value.value_iterated_to().saturating_sub(low) / step;
        let row = usize::try_from(row).unwrap_or(ROWS).min(ROWS - 1);
        counts[row] += value.count_at_value();
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut text = format!("\n{title}:\n");
    for (row, count) in (0_u64..).zip(counts) {
        let from = show_duration(Duration::from_micros(low + row * step));
        let bar = (count as f64 / most as f64 * LONGEST_BAR as f64).round() as usize;
        let bar = if count > 0 { bar.max(1) } else { 0 };
        let more = if row + 1 == ROWS as u64 { "+" } else { " " };
        let line = format!("  {from:>10}{more}{:>12}  {}", grouped(count), "#".repeat(bar));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
