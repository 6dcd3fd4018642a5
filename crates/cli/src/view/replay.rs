//! The view of a replay: live on a terminal, plain blocks anywhere else.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use event_simulator::printable::printable;
use event_simulator::quantity::{grouped, show_duration, show_rate};
use event_simulator::time::VirtualTime;
use event_simulator_replay::{Durations, Metrics, Observer, SettledEvent, Summary};

use super::live_lines::{LiveLines, bar};
use super::progress::{shown_left, time_left};
use crate::report::replay::{statistics, totals};
use crate::report::verdict::verdict;
use crate::standard_output::ResultArgs;

const LIVE_INTERVAL: Duration = Duration::from_millis(250);
const SPARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SPARK_COUNT: usize = 16;
/// Rows of a list; more would not fit a small terminal.
const MOST_ROWS: usize = 6;
const BAR_CHARACTERS: usize = 40;

/// Shows a replay on standard error.
pub(crate) struct View {
    live: Option<Live>,
    interval: Option<Duration>,
    verbose: bool,
    /// False if the result goes elsewhere: then no statistics are shown.
    is_report: bool,
}

impl View {
    /// A live view if standard error is a terminal and no line for each event is wanted; else a block
    /// of statistics each `interval`, unless the result is JSON.
    pub(crate) fn new(interval: Option<Duration>, verbose: bool, result: ResultArgs) -> Self {
        let live = Some(Live::new()).filter(|live| !verbose && live.lines.is_seen());
        let is_report = !result.json;
        Self { live, interval, verbose, is_report }
    }

    /// This view, which also says when all is over and how much of that time has passed.
    #[must_use]
    pub(crate) fn within(mut self, span: Option<(VirtualTime, VirtualTime)>) -> Self {
        if let Some(live) = &mut self.live {
            live.span = span;
        }
        self
    }

    /// Shows the outcome and the totals; `holding` are the conditions that make it a failure.
    pub(crate) fn end(self, summary: &Summary, holding: &[String]) {
        drop(self.live);
        if self.is_report {
            let totals = totals(&summary.metrics, summary.elapsed);
            note_part!("{}\n{totals}", verdict(summary, holding));
        }
    }
}

impl Observer for View {
    fn interval(&self) -> Option<Duration> {
        if self.live.is_some() {
            Some(LIVE_INTERVAL)
        } else {
            self.interval.filter(|_| self.is_report)
        }
    }

    fn tick(&mut self, metrics: &Metrics) {
        match &mut self.live {
            Some(live) => live.show(metrics),
            None => note_part!("{}", statistics(metrics, metrics.elapsed())),
        }
    }

    fn notice(&mut self, text: &str) {
        let text = printable(text);
        if let Some(live) = &mut self.live {
            live.lines.clear();
        }
        tell!("{text}");
    }

    fn wants_events(&self) -> bool {
        self.verbose
    }

    fn settled(&mut self, event: &SettledEvent) {
        let outcome = printable(event.error.as_deref().unwrap_or("delivered"));
        let after = event.since_due.map(|wait| format!(" after {}", show_duration(wait)));
        let after = after.unwrap_or_default();
        let what = [&event.user, &event.event_type, &event.page, &event.id];
        let what = what.into_iter().filter(|word| !word.is_empty()).map(|word| printable(word));
        let what = what.collect::<Vec<_>>().join(" ");
        note!("{} {what} {outcome}{after}", event.position);
    }
}

/// Numbers that are drawn over themselves.
struct Live {
    lines: LiveLines,
    before: Option<(Instant, u64)>,
    rates: VecDeque<f64>,
    /// The virtual times at which it begins and by which all is over, if that is known.
    span: Option<(VirtualTime, VirtualTime)>,
}

impl Live {
    fn new() -> Self {
        Self { lines: LiveLines::new(), before: None, rates: VecDeque::new(), span: None }
    }

    fn show(&mut self, metrics: &Metrics) {
        let passed = || {
            let (start, end) = self.span?;
            let passed_ms = metrics.latest_time?.millis_since(start);
            Some(passed_ms as f64 / end.millis_since(start).max(1) as f64)
        };
        let progress = metrics.progress().or_else(passed);
        let rate = self.rate(metrics.delivered);
        let text = text(metrics, rate, progress, &self.sparkline(), self.span);
        let bar = progress.map(|progress| bar(progress, BAR_CHARACTERS) + "\n");
        self.lines.show(&format!("{}{text}", bar.unwrap_or_default()));
    }

    /// Events a second since the last look.
    fn rate(&mut self, delivered: u64) -> f64 {
        let now = Instant::now();
        let rate = self.before.map_or(0.0, |(then, before)| {
            (delivered - before) as f64 / now.duration_since(then).as_secs_f64().max(1e-9)
        });
        self.before = Some((now, delivered));
        self.rates.push_back(rate);
        if self.rates.len() > SPARK_COUNT {
            self.rates.pop_front();
        }
        rate
    }

    fn sparkline(&self) -> String {
        let highest = self.rates.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let spark = |rate: &f64| {
            let height = (rate / highest * (SPARKS.len() - 1) as f64).round() as usize;
            SPARKS.get(height).copied().unwrap_or(' ')
        };
        self.rates.iter().map(spark).collect()
    }
}

fn text(
    metrics: &Metrics,
    rate: f64,
    progress: Option<f64>,
    sparkline: &str,
    span: Option<(VirtualTime, VirtualTime)>,
) -> String {
    let (rate, elapsed) = (show_rate(rate), metrics.elapsed());
    let rate = match metrics.wanted_rate {
        0.0 => rate,
        wanted => format!("{rate} of {} wanted", show_rate(wanted)),
    };
    let left = progress.and_then(|progress| time_left(elapsed, progress));
    let left = left.map(|left| format!(", about {} left", shown_left(left)));
    let mut lines = vec![
        format!(" State     {}", metrics.sending),
        format!(" Elapsed   {}{}", show_duration(elapsed), left.unwrap_or_default()),
    ];
    if let Some(time) = metrics.latest_time {
        lines.push(format!(" Time      {time} of virtual time"));
    }
    if let Some((_, end)) = span {
        lines.push(format!(" Over by   {end} of virtual time"));
    }
    lines.push(format!(
        " Events    {} delivered, {} in flight, {} {}",
        grouped(metrics.delivered),
        metrics.in_flight,
        grouped(metrics.behind()),
        if metrics.wanted_rate > 0.0 { "behind" } else { "waiting" }
    ));
    lines.push(format!(" Rate      {rate}  {sparkline}"));
    if metrics.lag.count() > 0 {
        let now = show_duration(metrics.lag_now);
        lines.push(format!(" Lag       {now} now, {}", percentiles(&metrics.lag)));
    }
    if metrics.latency.count() > 0 {
        lines.push(format!(" Latency   {}", percentiles(&metrics.latency)));
    }
    if metrics.requests > metrics.delivered || metrics.dead_letters > 0 {
        let (retries, dead) = (grouped(metrics.retries), grouped(metrics.dead_letters));
        lines.push(format!(" Errors    {retries} retries, {dead} dead letters"));
        let rows = metrics.failures.iter().take(MOST_ROWS);
        lines.extend(rows.map(|(kind, &count)| {
            format!("           {:>12}  {}", grouped(count), printable(kind))
        }));
    }
    let types = metrics.by_type();
    for (row, (name, count)) in types.iter().take(MOST_ROWS).enumerate() {
        let title = if row == 0 { " Types" } else { "" };
        let share = 100.0 * *count as f64 / metrics.delivered.max(1) as f64;
        let name = printable(name);
        lines.push(format!("{title:<10} {:>12}  {name} ({share:.1}%)", grouped(*count)));
    }
    if types.len() > MOST_ROWS {
        lines.push(format!("{:23}  and {} more types", "", types.len() - MOST_ROWS));
    }
    lines.join("\n")
}

fn percentiles(durations: &Durations) -> String {
    let at = |quantile| show_duration(durations.quantile(quantile));
    format!("p50 {}, p99 {}, max {}", at(0.50), at(0.99), show_duration(durations.max()))
}
