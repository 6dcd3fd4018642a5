//! What is run, and how it is judged.

use std::path::PathBuf;
use std::time::Duration;

use event_simulator::expectations::tables::SHAPES;
use event_simulator::scenario::policy::PolicySpec;

use crate::minimize::CommandLine;
use crate::verify::Tolerances;

/// The word for the path of the file with what arrives.
pub const EVENTS: &str = "{events}";

/// The word for the path that the command writes to.
pub const OUT: &str = "{out}";

/// The word for the path of a file with the policy, as JSON.
pub const POLICY: &str = "{policy}";

/// A pipeline, and how it is judged.
#[derive(Clone, Debug)]
pub struct GauntletConfig {
    /// The pipeline. Without [`EVENTS`] in it, what arrives comes on standard input.
    pub command: CommandLine,
    /// The rules that it is meant to follow.
    pub policy: PolicySpec,
    /// The flags that give the same again, without the cases.
    pub flags: Vec<String>,
    /// What it writes.
    pub checked: CheckedOutput,
    /// How far numbers may be apart.
    pub tolerances: Tolerances,
    /// A run that takes longer is killed.
    pub timeout: Duration,
    /// The time for finding the smallest example of a case that is not handled; none for no search.
    pub minimize_for: Option<Duration>,
    /// Cases side by side; 0 is taken as 1.
    pub jobs: usize,
    /// The folder in which all files of all cases are kept.
    pub keep: Option<PathBuf>,
    /// The folder for the smallest examples, if not all files are kept.
    pub examples: PathBuf,
}

/// What a pipeline writes to [`OUT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedOutput {
    /// A folder of tables. If none are named, those of the usual tables that it writes in any case: the six of every
    /// timeline, and `attribution`, `policy_funnels` and `lateness` under a policy that has them.
    Tables(Vec<&'static str>),
    /// A file with the events that count, as JSON lines.
    Cleaned,
}

const ATTRIBUTION: &str = "attribution";
const POLICY_FUNNELS: &str = "policy_funnels";
const LATENESS: &str = "lateness";

/// The tables of every timeline.
fn usual_tables() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().take(6).map(|shape| shape.name)
}

/// The tables that a pipeline may be expected to write under a policy.
pub(super) fn usual_tables_under(policy: &PolicySpec) -> impl Iterator<Item = &'static str> {
    let has_windows = policy.lateness.as_ref().is_some_and(|rule| rule.windows.is_some());
    usual_tables()
        .chain(policy.attribution.is_some().then_some(ATTRIBUTION))
        .chain((!policy.funnels.is_empty()).then_some(POLICY_FUNNELS))
        .chain(has_windows.then_some(LATENESS))
}

impl CheckedOutput {
    /// The tables that can be named: those of every timeline, those of channels, funnels and lateness, and those of users.
    pub fn known_tables() -> Vec<&'static str> {
        usual_tables()
            .chain([ATTRIBUTION, POLICY_FUNNELS, LATENESS, "retention", "users", "sessions"])
            .collect()
    }
}
