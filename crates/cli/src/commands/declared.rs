//! What a scenario declares that is counted in a timeline, and whether the timeline is of that scenario.

use std::collections::BTreeSet;
use std::path::PathBuf;

use event_simulator::expectations::{Declared, TableSums};
use event_simulator::forecast::ExperimentForecast;
use event_simulator::quantity::grouped;
use event_simulator::scenario::faults::FaultSpec;
use event_simulator::{Model, Scenario};

use crate::args::scenario::{ScenarioOverrides, compile};
use crate::failure::Failure;

/// What the scenario declares that is named for it; one that is named for its policy alone may declare nothing.
pub(super) fn declared(name: Option<&str>, has_policy: bool) -> Result<Declared, Failure> {
    let Some(name) = name else { return Ok(Declared::default()) };
    let loaded = ScenarioOverrides::default().load(Some(name))?;
    let declared = declared_by(&loaded.scenario, || compile(&loaded))?;
    if declared.is_empty() && !has_policy {
        let reason =
            "declares no goals, no funnels, no amounts of money, no attributes and no retention";
        tell!("note: {name} {reason}: see docs/expectations.md");
    }
    Ok(declared)
}

/// What a scenario declares, with the true effects of its experiments.
pub(super) fn declared_by(
    scenario: &Scenario,
    model: impl FnOnce() -> Result<Model, Failure>,
) -> Result<Declared, Failure> {
    let declared = Declared::new(scenario);
    if scenario.experiments.is_empty() {
        return Ok(declared);
    }
    let experiments = model()?.experiments();
    let effects = experiments.iter().flat_map(ExperimentForecast::true_effects).collect();
    Ok(declared.with_effects(effects))
}

/// Warns if what was counted has events that the scenario never gives that is named for what it declares, its faults included: of
/// some type, or on pages of which it has none.
pub(super) fn warn_of_strangers(
    timelines: &[PathBuf],
    scenario: Option<&str>,
    counted: &TableSums,
) -> Result<(), Failure> {
    let Some(scenario) = scenario else { return Ok(()) };
    let loaded = ScenarioOverrides::default().load(Some(scenario))?;
    let model = compile(&loaded)?;
    let faults = loaded.scenario.faults.iter().map(|(_, fault)| fault);
    let of_faults = faults.flat_map(FaultSpec::event_types);
    let known_types = model.event_types().iter().map(String::as_str).chain(of_faults).collect();
    let (types, pages) = (counted.event_types(), counted.pages());
    let unknown_types = unknown(&types, &known_types);
    let unknown_pages = unknown(&pages, &model.pages().iter().map(String::as_str).collect());
    let mut found = Vec::new();
    if !unknown_types.is_empty() {
        found.push(format!("of event_type {}", listed(&unknown_types)));
    }
    // A fault or a template may give some pages another name, but not all.
    if !pages.is_empty() && unknown_pages.len() == pages.len() {
        found.push(format!("on {}", listed(&unknown_pages)));
    }
    if !found.is_empty() {
        let found = found.join(", and ");
        let timelines: Vec<String> =
            timelines.iter().map(|path| path.display().to_string()).collect();
        let timelines = timelines.join(", ");
        tell!(
            "warning: {timelines} has events {found}, which {scenario} never gives: --declared names another scenario than \
             that of the events, and what it declares is counted in vain"
        );
    }
    Ok(())
}

fn unknown<'n>(names: &BTreeSet<&'n str>, known: &BTreeSet<&str>) -> Vec<&'n str> {
    names.iter().copied().filter(|name| !known.contains(name)).collect()
}

/// The first names, and how many more there are.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {} more", grouped(more as u64)),
    }
}
