//! Whether two timelines were made from the same.

use std::path::Path;

use serde::Serialize;

use event_simulator_timeline::Manifest;

/// Digits of a digest that are enough to tell two apart.
const DIGITS_SHOWN: usize = 12;

/// What the manifests beside two timelines say of how they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origins {
    /// At least one timeline has no manifest that can be read.
    #[default]
    Unknown,
    /// The same format version, program version, seed, scenario and shard.
    Same,
    /// What is not the same, as `seed: 1 -> 2`.
    Different(Vec<String>),
}

impl Origins {
    pub(super) fn of(left: &Path, right: &Path) -> Self {
        let manifest = |path: &Path| -> Option<Manifest> {
            serde_json::from_slice(&std::fs::read(Manifest::path_for(path)).ok()?).ok()
        };
        let (Some(left), Some(right)) = (manifest(left), manifest(right)) else {
            return Self::Unknown;
        };
        let short = |digest: &str| digest.chars().take(DIGITS_SHOWN).collect::<String>();
        let versions = |manifest: &Manifest| manifest.format_version.to_string();
        let pairs = [
            ("format version", versions(&left), versions(&right)),
            ("program version", left.program_version, right.program_version),
            ("seed", left.seed.to_string(), right.seed.to_string()),
            ("scenario digest", short(&left.scenario_digest), short(&right.scenario_digest)),
            ("shard", left.shard, right.shard),
        ];
        let differences: Vec<String> = pairs
            .into_iter()
            .filter(|(_, left, right)| left != right)
            .map(|(what, left, right)| format!("{what}: {left} -> {right}"))
            .collect();
        if differences.is_empty() { Self::Same } else { Self::Different(differences) }
    }
}
