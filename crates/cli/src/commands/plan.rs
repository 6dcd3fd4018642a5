//! `plan`: what will happen, computed and not simulated.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use event_simulator::forecast::{
    CountKind, CountSpread, ExpectedAmount, ExpectedRevenue, ExperimentForecast, Forecast,
    PersonaForecast, PersonaRevenue, PropertyMean, RunInterval, RunSpread, StepReach,
    VariantForecast, expected_bytes_per_event, expected_revenue,
};
use event_simulator::model::Model;
use event_simulator::quantity::{grouped, show_bytes, show_decimal, show_rate, show_seconds};
use event_simulator::scenario::{AtEnd, Scenario};
use event_simulator::time::VirtualTime;

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::args::scenario::{ScenarioArgs, compile};
use crate::failure::Failure;
use crate::report::traffic::traffic;
use crate::standard_output::ResultArgs;

/// Say what a scenario will give, without simulating it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator plan normal-traffic
  event-simulator plan my-scenario.yaml --users 1000000 \\
      --duration 24h
  event-simulator plan load-test --json | jq .events")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    #[command(flatten)]
    result: ResultArgs,

    #[command(flatten)]
    html: HtmlArgs,
}

#[derive(Serialize)]
pub(super) struct PlanReport {
    seed: u64,
    users: u32,
    start_time: VirtualTime,
    at_end: AtEnd,
    #[serde(flatten)]
    forecast: Forecast,
    bytes_per_event: f64,
    bytes: Option<f64>,
    /// What a single run may have; none of a run without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<RunSpread>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revenue: Vec<ExpectedRevenue>,
}

pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let loaded = args.scenario.load()?;
    let plan = PlanReport::of(&compile(&loaded)?, &loaded.scenario);
    args.html.write(&plan, JsonOutput::Printed)?;
    args.result.print(&plan, plan.text())
}

impl PlanReport {
    pub(super) fn of(model: &Model, scenario: &Scenario) -> Self {
        let forecast = model.forecast();
        let bytes_per_event = expected_bytes_per_event(model);
        Self {
            seed: model.seed(),
            users: model.users(),
            start_time: model.start(),
            at_end: model.at_end(),
            bytes_per_event,
            bytes: forecast.events.map(|events| events * bytes_per_event),
            spread: model.run_spread(&forecast),
            revenue: expected_revenue(model, scenario),
            forecast,
        }
    }

    pub(super) fn text(&self) -> String {
        let Forecast {
            pages_per_session,
            actions_per_page,
            events_per_session,
            session_seconds,
            cycle_seconds,
            events_per_second,
            ref binding,
            ..
        } = self.forecast;
        let there = match &self.forecast.traffic {
            None => "there",
            Some(_) => "there and as long as none has left",
        };
        let mut lines = vec![
            (
                "Users",
                format!(
                    "{} from {}, seed {}",
                    grouped(u64::from(self.users)),
                    self.start_time,
                    self.seed
                ),
            ),
            (
                "A session",
                format!(
                    "{pages_per_session:.2} pages, {actions_per_page:.2} actions a page, \
                     {events_per_session:.2} events in {}; the user is back {} after it began",
                    show_seconds(session_seconds),
                    show_seconds(cycle_seconds),
                ),
            ),
            (
                "Rate",
                format!(
                    "{} of virtual time, once all users are {there}",
                    show_rate(events_per_second)
                ),
            ),
            ("In all", self.totals()),
        ];
        lines.extend(self.one_run());
        lines.extend(self.end());
        lines.extend(
            self.forecast.personas.iter().map(|persona| ("Persona", persona_line(persona))),
        );
        for line in binding {
            lines.push(("Binding", line.clone()));
        }
        let mut text = String::new();
        for (label, line) in lines {
            let _ = writeln!(text, "{label:13} {line}");
        }
        let parts = [
            self.mix(),
            self.traffic(),
            self.flow(),
            self.journeys(),
            self.experiments(),
            self.means(),
            self.revenue(),
        ];
        text + &parts.concat()
    }

    fn mix(&self) -> String {
        let mix = &self.forecast.mix;
        let mut text = match &self.spread {
            Some(_) => "\nExpected mix, and the events of 95 of 100 runs:".to_owned(),
            None => "\nExpected mix:".to_owned(),
        };
        let width = mix.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, share) in mix {
            let events = self.range(CountKind::EventType, name);
            let _ = write!(text, "\n  {name:width$}  {:6.2} %{events}", 100.0 * share);
        }
        text
    }

    /// Days and hours; nothing if they are all alike.
    fn traffic(&self) -> String {
        let days = self.spread.as_ref().map(|spread| (&*spread.days, &*spread.hours));
        let forecast = self.forecast.traffic.as_ref();
        forecast.map(|forecast| traffic(forecast, days)).unwrap_or_default()
    }

    /// The views and goals of a flow; nothing if there is none.
    fn flow(&self) -> String {
        let Some(flow) = &self.forecast.flow else { return String::new() };
        let views = flow.views.iter().map(|page| (&page.page_path, format!("{:8.4}", page.views)));
        let goals = flow.goals.iter().map(|goal| {
            let sessions = self.range(CountKind::Goal, &goal.goal);
            (&goal.goal, format!("{:7.3} %{sessions}", 100.0 * goal.sessions))
        });
        let (views, goals): (Vec<_>, Vec<_>) = (views.collect(), goals.collect());
        let names = views.iter().chain(&goals).map(|(name, _)| name.chars().count());
        let width = names.max().unwrap_or(0);
        let mut text = "\n\nViews of pages a session:".to_owned();
        for (page, views) in views {
            let _ = write!(text, "\n  {page:width$}  {views}");
        }
        if !goals.is_empty() {
            text.push_str("\n\nSessions that reach a goal:");
        }
        for (goal, share) in goals {
            let _ = write!(text, "\n  {goal:width$}  {share}");
        }
        text
    }

    /// The reach of each step of the journeys; nothing if there are none.
    fn journeys(&self) -> String {
        let mut text = String::new();
        for journey in &self.forecast.journeys {
            let _ = write!(text, "\n\nSessions that reach each step of {}:", journey.journey);
            let lengths = journey.steps.iter().map(|step| step.page_path.chars().count());
            let width = lengths.max().unwrap_or(0);
            for StepReach { step, page_path, sessions } in &journey.steps {
                let share = 100.0 * sessions;
                let _ = write!(text, "\n  {step:2}  {page_path:width$}  {share:7.3} %");
            }
        }
        text
    }

    /// What each variant does, and its lift over the first; nothing without experiments.
    fn experiments(&self) -> String {
        let mut text = String::new();
        for ExperimentForecast { experiment, variants } in &self.forecast.experiments {
            let _ = write!(text, "\n\nExperiment {experiment}:");
            for variant in variants {
                let VariantForecast { variant, users, exposed, goals, events, properties } =
                    variant;
                let exposed = 100.0 * exposed;
                let users = grouped(users.round() as u64);
                let _ = write!(
                    text,
                    "\n  {variant}: {users} users, of whose sessions {exposed:.2} % are exposed"
                );
                let goals = goals.iter().map(|goal| {
                    let rate = format!("{:7.3} % of these", 100.0 * goal.rate);
                    (goal.goal.clone(), rate, goal.lift)
                });
                let differ = events.iter().filter(|event| differs(event.lift));
                let events = differ.map(|event| {
                    let rate = format!("{:7.4} a session", event.per_session);
                    (event.event_type.clone(), rate, event.lift)
                });
                let properties = properties.iter().map(|value| {
                    let mean = value.mean.map(|mean| format!("{mean:7.3} on average"));
                    let name = format!("{}.{}", value.event_type, value.property);
                    (name, mean.unwrap_or_else(|| "each value".to_owned()), value.lift)
                });
                let rows: Vec<_> = goals.chain(events).chain(properties).collect();
                let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
                for (name, rate, lift) in rows {
                    let _ = write!(text, "\n    {name:width$}  {rate}");
                    if let Some(lift) = lift.filter(|lift| differs(Some(*lift))) {
                        let _ = write!(text, ", {:+.2} %", 100.0 * lift);
                    }
                }
            }
        }
        text
    }

    /// The means of properties; nothing if there are none.
    fn means(&self) -> String {
        let means = &self.forecast.properties;
        let name = |mean: &PropertyMean| format!("{}.{}", mean.event, mean.property);
        let width = means.iter().map(|mean| name(mean).chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for mean in means {
            let _ = write!(text, "\n  {:width$}  {:.3}", name(mean), mean.mean);
            if mean.share < 1.0 {
                let _ = write!(text, ", in {:.2} % of its places", 100.0 * mean.share);
            }
            if let Some(total) = mean.total {
                let _ = write!(text, ", {} in all", show_decimal(total, 1));
            }
        }
        if text.is_empty() { text } else { format!("\n\nMeans of properties:{text}") }
    }

    /// The amounts of money; nothing if there are none.
    fn revenue(&self) -> String {
        let name = |row: &ExpectedRevenue| format!("{}.{}", row.event, row.property);
        let width = self.revenue.iter().map(|row| name(row).chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for row in &self.revenue {
            let currency = &row.currency;
            let _ = write!(text, "\n  {:width$}  {currency:3} {}", name(row), amount(row.sum));
            text += &one_run(row.sum, width + 8);
            for PersonaRevenue { persona, sum } in &row.personas {
                let _ = write!(text, "\n    {persona}: {}", amount(*sum));
                text += &one_run(*sum, persona.chars().count() + 6);
            }
        }
        let of = if self.forecast.sessions.is_some() { "in all" } else { "a session" };
        let of_runs = match self.revenue.first().and_then(|row| row.sum.run) {
            Some(_) => ", and those of 95 of 100 runs:",
            None => ":",
        };
        let heading = format!("\n\nAmounts {of}, with their standard errors{of_runs}");
        if text.is_empty() { text } else { heading + &text }
    }

    /// What a single run may have, as it differs from the means; nothing if that is not known.
    fn one_run(&self) -> Option<(&'static str, String)> {
        let spread = self.spread.as_ref()?;
        let [sessions, events] =
            [CountKind::Sessions, CountKind::Events].map(|what| spread.of(what, ""));
        let (sessions, events) = (whole(sessions?), whole(events?));
        Some(("One run", format!("has {sessions} sessions and {events} events, in 95 of 100 runs")))
    }

    /// What a single run may have of a thing; nothing if that is not known.
    fn range(&self, what: CountKind, name: &str) -> String {
        let count = self.spread.as_ref().and_then(|spread| spread.of(what, name));
        count.map(|count| format!("  {:>18}", whole(count))).unwrap_or_default()
    }

    /// When the run is over, and how long its replay takes; nothing for one without end.
    fn end(&self) -> Vec<(&'static str, String)> {
        let Some(seconds) = self.forecast.last_end_seconds else { return Vec::new() };
        let after = show_seconds(seconds);
        let end = match self.at_end {
            AtEnd::Finish => ("Last session", format!("has ended after {after} at the latest")),
            AtEnd::Cut => (
                "The end",
                format!(
                    "is after {after}: sessions that are open then stay without an end, so what \
                     comes late in a session is rarer than its share",
                ),
            ),
        };
        let at = |speed: f64| show_seconds(seconds / speed);
        let (real, minute, hour) = (at(1.0), at(60.0), at(3_600.0));
        let replay = format!("takes up to {real} at --speed 1, {minute} at 60, {hour} at 3600");
        vec![end, ("A replay", replay)]
    }

    fn totals(&self) -> String {
        let Forecast { sessions, events, sampling_error, .. } = self.forecast;
        let (Some(sessions), Some(events), Some(error), Some(bytes)) =
            (sessions, events, sampling_error, self.bytes)
        else {
            return format!("without end; {:.0} bytes an event", self.bytes_per_event);
        };
        format!(
            "about {} sessions, {} events, {} ({:.0} bytes an event): means, known within {:.2} %",
            grouped(sessions.round() as u64),
            grouped(events.round() as u64),
            show_bytes(bytes as u64),
            self.bytes_per_event,
            100.0 * error,
        )
    }
}

/// An interval in whole numbers.
fn whole(count: &CountSpread) -> String {
    let [low, high] = [count.low.floor(), count.high.ceil()].map(|end| grouped(end as u64));
    format!("{low} to {high}")
}

fn amount(sum: ExpectedAmount) -> String {
    let ExpectedAmount { events, amount, standard_error, .. } = sum;
    let [amount, error, events] =
        [amount, standard_error, events].map(|value| show_decimal(value, 2));
    format!("{amount} +- {error} in {events} events")
}

/// What a single run may have of an amount, in a line of its own; nothing if that is not known.
fn one_run(sum: ExpectedAmount, indent: usize) -> String {
    let line = |RunInterval { low, high, .. }: RunInterval| {
        let [low, high] = [low, high].map(|end| show_decimal(end, 2));
        format!("\n{:indent$}one run: {low} to {high}", "")
    };
    sum.run.map(line).unwrap_or_default()
}

/// True for a lift that is more than rounding.
fn differs(lift: Option<f64>) -> bool {
    lift.is_some_and(|lift| lift.abs() > 1e-9)
}

fn persona_line(forecast: &PersonaForecast) -> String {
    let PersonaForecast { persona, users, pages_per_session, events_per_session, sessions, .. } =
        forecast;
    let count = |sessions: &f64| format!(", {} sessions", grouped(sessions.round() as u64));
    format!(
        "{persona}: {} users, {pages_per_session:.2} pages and {events_per_session:.2} events a \
         session{}",
        grouped(users.round() as u64),
        sessions.as_ref().map(count).unwrap_or_default(),
    )
}
