//! `generate --check`: what a scenario gives now, held against a golden file.

use std::fs;
use std::io;
use std::path::Path;

use indicatif::HumanCount;

use event_simulator_check::golden::{Comparison, FirstDifference, GoldenCheck};
use event_simulator_timeline::{FORMAT_VERSION, Generation, Manifest, Watch};

use crate::failure::Failure;

/// Compares the timeline of now with the golden file.
pub(crate) fn compare(
    path: &Path,
    generation: &Generation<'_>,
    watch: &mut Watch<'_>,
) -> Result<Comparison, Failure> {
    let shown = path.display();
    let mut check = GoldenCheck::open(path).map_err(|source| {
        let cure = if source.kind() == io::ErrorKind::NotFound {
            " (make it by the same command with -o in place of --check)"
        } else {
            ""
        };
        Failure::Io { context: format!("cannot open the golden file {shown}{cure}"), source }
    })?;
    generation.write_to(&mut check, watch).and_then(|()| check.finish()).map_err(|source| {
        match source.kind() {
            io::ErrorKind::Interrupted => Failure::Interrupted,
            _ => Failure::Io { context: format!("cannot compare with {shown}"), source },
        }
    })
}

/// Says on standard error how the two compare.
pub(crate) fn tell(
    path: &Path,
    generation: &Generation<'_>,
    comparison: &Comparison,
) -> Result<(), Failure> {
    if comparison.is_same() {
        let (shown, lines) = (path.display(), HumanCount(comparison.lines));
        tell!("{shown}: the same, {lines} lines (BLAKE3 {})", comparison.blake3);
        return Ok(());
    }
    tell!("{}", report(path, generation, comparison).join("\n"));
    Err(Failure::Reported)
}

fn report(path: &Path, generation: &Generation<'_>, comparison: &Comparison) -> Vec<String> {
    let shown = path.display();
    let mut lines = vec![format!("{shown}: differs from what the scenario gives now")];
    match &comparison.first {
        Some(first) => lines.extend(differences(first, comparison)),
        None => {
            lines.push("  every line is the same: only line ends or blank lines differ".to_owned());
        }
    }
    lines.push("why:".to_owned());
    let causes = causes(path, generation, comparison);
    lines.extend(causes.into_iter().map(|cause| format!("  {cause}")));
    lines.push(format!(
        "to see every event that differs: the same command with -o NEW in place of --check {shown},\n  \
         then `event-simulator diff {shown} NEW`\n\
         to accept what it gives now: the same command with -o in place of --check"
    ));
    lines
}

fn differences(first: &FirstDifference, comparison: &Comparison) -> Vec<String> {
    let fields = match first.fields().as_slice() {
        [] => String::new(),
        names => format!(", in {}", names.join(", ")),
    };
    let shown = |line: &Option<String>| line.clone().unwrap_or("(has ended)".to_owned());
    let mut lines = vec![
        format!("  line {} is the first that differs{fields}", first.number),
        format!("    golden: {}", shown(&first.golden)),
        format!("    now:    {}", shown(&first.now)),
        format!(
            "  {} lines golden, {} now; {} differ, counted line against line",
            HumanCount(comparison.golden_lines),
            HumanCount(comparison.lines),
            HumanCount(comparison.differing_lines)
        ),
    ];
    for (name, (golden, now)) in &comparison.differing_types {
        if golden != now {
            lines.push(format!("    {name}: {:+}", i128::from(*now) - i128::from(*golden)));
        }
    }
    lines
}

/// What the manifest beside the golden file tells of why it differs.
fn causes(path: &Path, generation: &Generation<'_>, comparison: &Comparison) -> Vec<String> {
    let manifest_path = Manifest::path_for(path);
    let shown = manifest_path.display();
    let manifest = match read(&manifest_path) {
        Ok(manifest) => manifest,
        Err(error) => {
            let unknown = "so whether seed, scenario or format version changed is not known";
            return vec![format!("{shown}: {error}; {unknown}")];
        }
    };
    let mut causes = changes(&manifest, generation);
    if comparison.golden_blake3 != manifest.blake3 {
        causes.push(format!(
            "the golden file is not what was generated: its BLAKE3 digest is not the one in {shown}\n    \
             (edited, or its line ends changed: for git, `*.jsonl -text` in .gitattributes)"
        ));
    }
    if causes.is_empty() {
        causes.push(format!(
            "seed, scenario and format version are the same, and so must be the bytes: this is a bug\n    \
             (golden: event-simulator {}; now: {})",
            manifest.program_version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    causes
}

fn read(path: &Path) -> Result<Manifest, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| format!("not a manifest: {error}"))
}

fn changes(manifest: &Manifest, now: &Generation<'_>) -> Vec<String> {
    let mut changes = Vec::new();
    let mut compare = |what: &str, golden: String, now: String| {
        if golden != now {
            changes.push(format!("{what}: {golden} golden, {now} now"));
        }
    };
    compare("format version", manifest.format_version.to_string(), FORMAT_VERSION.to_string());
    compare("format", manifest.format.clone(), now.format.name().to_owned());
    compare("seed", manifest.seed.to_string(), now.seed.to_string());
    compare("shard", manifest.shard.clone(), now.shard.to_string());
    if manifest.scenario_digest != now.scenario_digest {
        let cure = "`event-simulator check --effective SCENARIO` prints what it says now";
        changes.push(format!("the scenario is another, or has other overrides: {cure}"));
    }
    changes
}
