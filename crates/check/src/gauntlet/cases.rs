//! The cases: one small scenario for each kind of fault; their files are in `gauntlets/`.

use std::collections::BTreeMap;
use std::io;

use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::scenario::Loaded;
use event_simulator::scenario::policy::PolicySpec;

use super::error::GauntletError;

/// A case of the gauntlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GauntletCase {
    /// The name on the command line.
    pub name: &'static str,
    /// The text of its scenario: in the first line what happens, in the second what that reveals.
    pub yaml: &'static str,
}

macro_rules! cases {
    ($($name:literal),* $(,)?) => {
        /// Every case.
        pub const CASES: &[GauntletCase] = &[$(GauntletCase {
            name: $name,
            yaml: include_str!(concat!("../../../../gauntlets/", $name, ".yaml")),
        }),*];
    };
}

cases![
    "clean",
    "midnight",
    "session-gap",
    "late",
    "offline",
    "out-of-order",
    "lost-ends",
    "duplicates",
    "same-id",
    "other-id",
    "twins",
    "backfill",
    "clock-skew",
    "future",
    "ties",
    "local-times",
    "identity",
    "bots",
    "malformed",
    "schema-change",
    "values",
    "attribution",
    "funnels",
    "all",
];

impl GauntletCase {
    /// The case called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// What happens in it.
    pub fn what(&self) -> &'static str {
        self.comment(0, "# ")
    }

    /// The bugs that it reveals.
    pub fn reveals(&self) -> &'static str {
        self.comment(1, "# Reveals: ")
    }

    fn comment(&self, line: usize, prefix: &str) -> &'static str {
        self.yaml.lines().nth(line).and_then(|line| line.strip_prefix(prefix)).unwrap_or_default()
    }

    fn broken(&self, reason: String) -> GauntletError {
        GauntletError::Case { name: self.name, reason }
    }

    fn loaded(&self) -> Result<Loaded, GauntletError> {
        Loaded::from_yaml(self.yaml, self.name).map_err(|error| self.broken(error.to_string()))
    }

    /// A policy in this case: with the funnels of the case, if it has none.
    pub(super) fn policy(&self, policy: &PolicySpec) -> Result<PolicySpec, GauntletError> {
        let mut policy = policy.clone();
        if let Some(own) = self.loaded()?.scenario.policy
            && policy.funnels.is_empty()
        {
            policy.funnels = own.funnels;
        }
        Ok(policy)
    }

    /// What arrives, as a log of arrivals has it. Gives the number of things that each fault did.
    pub(super) fn write_arrivals(
        &self,
        out: &mut impl io::Write,
    ) -> Result<BTreeMap<String, u64>, GauntletError> {
        let broken = |reason: String| self.broken(reason);
        let model = self.loaded()?.scenario.compile().map_err(|error| broken(error.to_string()))?;
        let mut deliveries = Deliveries::new(model.simulate(model.seed()));
        let mut writer = DeliveryWriter::new(deliveries.model());
        let mut line = Vec::new();
        for delivery in deliveries.by_ref() {
            line.clear();
            writer.write_log(&delivery, &mut line);
            out.write_all(&line).map_err(|error| broken(error.to_string()))?;
        }
        Ok(deliveries.fault_counts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the ledger of each fault.
    fn hits(case: &GauntletCase) -> BTreeMap<String, u64> {
        let loaded = Loaded::from_yaml(case.yaml, case.name).unwrap();
        assert!(loaded.warnings.is_empty(), "{}: {}", case.name, loaded.warnings);
        let model = loaded.scenario.compile().unwrap();
        let mut deliveries = Deliveries::new(model.simulate(model.seed()));
        while deliveries.next().is_some() {}
        deliveries.fault_counts()
    }

    #[test]
    fn the_page_has_every_case() {
        let page = include_str!("../../../../docs/gauntlet.md");
        for case in CASES {
            let row = format!("| `{}` | {} | {} |", case.name, case.what(), case.reveals());
            assert!(page.contains(&row), "docs/gauntlet.md lacks\n{row}");
        }
        let is_row = |line: &&str| line.starts_with("| `") && !line.starts_with("| `--");
        let rows = page.lines().filter(is_row).count();
        assert_eq!(rows, CASES.len());
    }

    #[test]
    fn every_case_says_what_it_is_and_every_fault_hits_some_events() {
        for case in CASES {
            assert!(case.what().ends_with('.') && case.reveals().ends_with('.'), "{}", case.name);
            let hits = hits(case);
            let is_without = matches!(case.name, "clean" | "midnight");
            assert_eq!(hits.is_empty(), is_without, "{}", case.name);
            assert!(hits.values().all(|hits| *hits >= 7), "{}: {hits:?}", case.name);
            assert!(is_without || hits.values().sum::<u64>() >= 12, "{}: {hits:?}", case.name);
        }
    }
}
