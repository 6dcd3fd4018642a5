//! The origins of two timelines.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use event_simulator_timeline::Manifest;

/// Digits of a digest that are enough to tell two apart.
const DIGITS_SHOWN: usize = 12;

/// The origins of two timelines, as the manifests beside them tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origins {
    /// At least one timeline has no manifest that can be read.
    #[default]
    Unknown,
    /// The same form, format version, program version, seed, scenario and shard.
    Same,
    /// Not the same.
    Different(Vec<OriginChange>),
}

/// Something that is not the same in two manifests, shown as `seed: 1 -> 2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginChange {
    /// The name: `seed`, ...
    pub what: &'static str,
    /// The value of the first.
    pub left: String,
    /// The value of the second.
    pub right: String,
}

impl fmt::Display for OriginChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.what, self.left, self.right)
    }
}

impl Serialize for OriginChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Origins {
    pub(super) fn of(left: &Path, right: &Path) -> Self {
        let (Ok(left), Ok(right)) = (Manifest::beside(left), Manifest::beside(right)) else {
            return Self::Unknown;
        };
        let short = |digest: &str| digest.chars().take(DIGITS_SHOWN).collect::<String>();
        let versions = |manifest: &Manifest| manifest.format_version.to_string();
        let pairs = [
            ("format", left.format.clone(), right.format.clone()),
            ("format version", versions(&left), versions(&right)),
            ("program version", left.program_version, right.program_version),
            ("seed", left.seed.to_string(), right.seed.to_string()),
            ("scenario digest", short(&left.scenario_digest), short(&right.scenario_digest)),
            ("shard", left.shard, right.shard),
        ];
        let changes: Vec<OriginChange> = pairs
            .into_iter()
            .filter(|(_, left, right)| left != right)
            .map(|(what, left, right)| OriginChange { what, left, right })
            .collect();
        if changes.is_empty() { Self::Same } else { Self::Different(changes) }
    }
}
