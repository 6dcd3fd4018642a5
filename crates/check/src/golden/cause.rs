//! The causes why a golden file differs from the timeline of now.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use event_simulator_timeline::{FORMAT_VERSION, Generation, Manifest};

use super::check::GoldenComparison;

/// A cause, as the manifest beside the golden file tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GoldenCause {
    /// The manifest cannot be read.
    Unknown {
        /// The reason, with its file.
        reason: String,
    },
    /// The timeline of now is made from something else.
    Changed {
        /// The name: `seed`, ...
        what: &'static str,
        /// The value in the manifest.
        golden: String,
        /// The value of now.
        now: String,
    },
    /// The scenario says something else.
    ScenarioChanged,
    /// The golden file is not the one that was generated.
    Edited {
        /// The manifest that says so.
        manifest: PathBuf,
    },
    /// Nothing that the manifest tells is different.
    Unexplained {
        /// The version of the program that wrote the golden file.
        golden: String,
        /// The version of now.
        now: &'static str,
    },
}

impl GoldenCause {
    pub(super) fn all_of(
        golden: &Path,
        now: &Generation<'_>,
        comparison: &GoldenComparison,
    ) -> Vec<Self> {
        let manifest = match Manifest::beside(golden) {
            Ok(manifest) => manifest,
            Err(error) => return vec![Self::Unknown { reason: error.to_string() }],
        };
        let mut causes = Self::of_changes(&manifest, now);
        if comparison.golden_blake3 != manifest.blake3 {
            causes.push(Self::Edited { manifest: Manifest::path_for(golden) });
        }
        if causes.is_empty() {
            let (golden, now) = (manifest.program_version, env!("CARGO_PKG_VERSION"));
            causes.push(Self::Unexplained { golden, now });
        }
        causes
    }

    fn of_changes(manifest: &Manifest, now: &Generation<'_>) -> Vec<Self> {
        let pairs = [
            ("format version", manifest.format_version.to_string(), FORMAT_VERSION.to_string()),
            ("format", manifest.format.clone(), now.form_name().to_owned()),
            ("seed", manifest.seed.to_string(), now.seed.to_string()),
            ("shard", manifest.shard.clone(), now.shard.to_string()),
        ];
        let mut causes: Vec<Self> = pairs
            .into_iter()
            .filter(|(_, golden, now)| golden != now)
            .map(|(what, golden, now)| Self::Changed { what, golden, now })
            .collect();
        if manifest.scenario_digest != now.scenario_digest {
            causes.push(Self::ScenarioChanged);
        }
        causes
    }
}

impl fmt::Display for GoldenCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { reason } => write!(
                f,
                "{reason}; so whether seed, scenario or format version changed is not known"
            ),
            Self::Changed { what, golden, now } => write!(f, "{what}: {golden} golden, {now} now"),
            Self::ScenarioChanged => f.write_str(
                "the scenario is another, or has other overrides: `event-simulator check --effective \
                 SCENARIO` prints what it says now",
            ),
            Self::Edited { manifest } => write!(
                f,
                "the golden file is not what was generated: its BLAKE3 digest is not the one in {}\n    \
                 (edited, or its line ends changed: for git, `*.jsonl -text` in .gitattributes)",
                manifest.display()
            ),
            Self::Unexplained { golden, now } if golden != now => write!(
                f,
                "seed, scenario and format version are the same; the golden file was written by \
                 event-simulator {golden}, this is {now}: the changelog says what changed between them"
            ),
            Self::Unexplained { now, .. } => write!(
                f,
                "seed, scenario, format version and program ({now}) are those of the manifest, which is \
                 that of the golden file: generate it anew and compare, one of the two was not made by \
                 this scenario"
            ),
        }
    }
}
