//! The house: which way the arrows run, and how long files and functions are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

/// Each crate of ours, and those of ours that it may know.
const CRATES: [(&str, &[&str]); 9] = [
    (".", &[]),
    ("crates/columnar", &["event-simulator"]),
    ("crates/timeline", &["event-simulator", "event-simulator-columnar"]),
    ("crates/digests", &["event-simulator"]),
    ("crates/check", &["event-simulator", "event-simulator-timeline"]),
    ("crates/replay", &["event-simulator", "event-simulator-timeline"]),
    ("crates/collector", &["event-simulator", "event-simulator-timeline"]),
    ("crates/report", &["event-simulator"]),
    (
        "crates/cli",
        &[
            "event-simulator",
            "event-simulator-check",
            "event-simulator-collector",
            "event-simulator-replay",
            "event-simulator-report",
            "event-simulator-timeline",
        ],
    ),
];

/// The modules of the pure simulator; each knows only those before it.
const MODULES: [&str; 21] = [
    "digest",
    "interner",
    "time",
    "quantity",
    "printable",
    "page_ways",
    "event",
    "random",
    "scenario",
    "millis",
    "behavior",
    "population",
    "properties",
    "faults",
    "model",
    "wire",
    "simulation",
    "deliveries",
    "policy",
    "expectations",
    "forecast",
];

/// What the pure simulator never touches, in dependencies and in the standard library.
const IMPURE_CRATES: [&str; 8] =
    ["tokio", "reqwest", "hyper", "clap", "tempfile", "zstd", "rustls", "event-simulator-timeline"];
const IMPURE_PATHS: [&str; 7] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// A source file without its unit tests.
struct SourceFile {
    path: PathBuf,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<SourceFile> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&entry).unwrap();
            let tests = text.find("\n#[cfg(test)]\nmod tests").unwrap_or(text.len());
            found.push(SourceFile { path: entry, text: text[..tests].to_owned() });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn source_folders() -> Vec<PathBuf> {
    CRATES.iter().map(|(folder, _)| root().join(folder).join("src")).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string().replace("./", "")
}

/// The lines of a `[section]` of a manifest.
fn section<'a>(manifest: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let header = format!("[{name}]");
    manifest
        .lines()
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty())
}

fn dependencies(folder: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    section(&manifest, "dependencies")
        .map(|line| line.split(['.', ' ', '=']).next().unwrap().to_owned())
        .collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn crates_know_only_those_below_them() {
    let mut wrong = Vec::new();
    for (folder, allowed) in CRATES {
        let ours =
            dependencies(folder).into_iter().filter(|name| name.starts_with("event-simulator"));
        wrong.extend(
            ours.filter(|name| !allowed.contains(&name.as_str()))
                .map(|name| format!("{folder} depends on {name}")),
        );
    }
    none("arrows between crates that run back up", &wrong);
    let listed: BTreeSet<&str> = CRATES.iter().map(|(folder, _)| *folder).collect();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = shown(&entry.unwrap().path());
        // Python, which knows the program alone.
        if folder == "crates/python" {
            continue;
        }
        assert!(
            listed.contains(folder.as_str()),
            "{folder} has no place in the house: add it to CRATES"
        );
    }
}

#[test]
fn the_simulator_is_pure() {
    let impure: Vec<String> = dependencies(".")
        .into_iter()
        .filter(|name| IMPURE_CRATES.contains(&name.as_str()))
        .collect();
    none("dependencies that touch the world", &impure);
    let mut touched = Vec::new();
    for file in sources(&root().join("src")) {
        for (number, line) in (1..).zip(file.text.lines()) {
            let is_code = !line.trim_start().starts_with("//");
            if is_code && IMPURE_PATHS.iter().any(|path| line.contains(path)) {
                touched.push(format!("{}:{number}: {}", shown(&file.path), line.trim()));
            }
        }
    }
    none("uses of what touches the world", &touched);
}

#[test]
fn modules_of_the_simulator_know_only_those_before_them() {
    let place = |module: &str| MODULES.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    for file in sources(&root().join("src")) {
        let inside = file.path.strip_prefix(root().join("src")).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "stages") {
            continue;
        }
        let Some(own) = place(module) else {
            panic!("{} has no place in the house: add it to MODULES", shown(&file.path));
        };
        for used in uses(&file.text).iter().filter(|path| path[0] == "crate") {
            if place(&used[1]).is_some_and(|other| other > own) {
                wrong.push(format!("{} uses {}", shown(&file.path), used.join("::")));
            }
        }
    }
    none("arrows inside the simulator that run back up", &wrong);
}

/// The paths of all `use` declarations, groups taken apart.
fn uses(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("use ") {
        let is_declaration = rest[..start].rsplit('\n').next().is_some_and(|before| {
            matches!(before.trim(), "" | "pub" | "pub(crate)" | "pub(super)")
        });
        rest = &rest[start + 4..];
        if is_declaration && let Some((declaration, after)) = rest.split_once(';') {
            expand(&declaration.split_whitespace().collect::<Vec<_>>().join(" "), &[], &mut paths);
            rest = after;
        }
    }
    paths
}

fn expand(declaration: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let (path, group) = match declaration.split_once('{') {
        Some((path, group)) => (path, Some(group.rsplit_once('}').unwrap().0)),
        None => (declaration, None),
    };
    let path = path.split(" as ").next().unwrap();
    let names = path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let whole: Vec<String> = before.iter().cloned().chain(names).collect();
    let Some(group) = group else { return paths.push(whole) };
    let (mut depth, mut begin) = (0, 0);
    for (at, character) in group.char_indices().chain([(group.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[begin..at].trim().is_empty() {
                    expand(group[begin..at].trim(), &whole, paths);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// The file that a path of modules leads to, as far as its parts are modules.
fn file_of(modules: &[String], files: &BTreeMap<Vec<String>, PathBuf>) -> Option<PathBuf> {
    (1..=modules.len()).rev().find_map(|length| files.get(&modules[..length]).cloned())
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let mut arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for folder in source_folders() {
        let files = sources(&folder);
        let module = |path: &Path| -> Vec<String> {
            let inside = path.strip_prefix(&folder).unwrap().with_extension("");
            let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
            names.filter(|name| !matches!(name.as_str(), "mod" | "lib" | "main")).collect()
        };
        let by_module: BTreeMap<Vec<String>, PathBuf> =
            files.iter().map(|file| (module(&file.path), file.path.clone())).collect();
        for file in &files {
            let own = module(&file.path);
            let is_folder = file.path.ends_with("mod.rs") || own.is_empty();
            for used in uses(&file.text) {
                let target: Vec<String> = match used[0].as_str() {
                    "crate" => used[1..].to_vec(),
                    "self" => own.iter().chain(&used[1..]).cloned().collect(),
                    "super" => {
                        let ups = used.iter().take_while(|name| *name == "super").count();
                        let base = own.len().saturating_sub(ups);
                        own[..base].iter().chain(&used[ups..]).cloned().collect()
                    }
                    _ if is_folder => own.iter().chain(&used).cloned().collect(),
                    _ => continue,
                };
                if let Some(other) = file_of(&target, &by_module)
                    && other != file.path
                {
                    arrows.entry(file.path.clone()).or_default().insert(other);
                }
            }
        }
    }
    let circles: Vec<String> = arrows
        .keys()
        .filter_map(|start| way_back(start, &arrows))
        .map(|way| way.iter().map(|path| shown(path)).collect::<Vec<_>>().join(" -> "))
        .collect();
    none("circles of files", &circles);
}

/// The shortest way from a file back to itself.
fn way_back(start: &Path, arrows: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Option<Vec<PathBuf>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        for other in arrows.get(way.last().unwrap()).into_iter().flatten() {
            let longer = way.iter().chain([other]).cloned().collect();
            if other == start {
                return Some(longer);
            }
            if seen.insert(other.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for file in source_folders().iter().flat_map(|folder| sources(folder)) {
        let whole = fs::read_to_string(&file.path).unwrap();
        let lines = whole.lines().count();
        if lines > MOST_LINES_OF_A_FILE {
            long.push(format!("{}: {lines} lines", shown(&file.path)));
        }
        long.extend(long_functions(&file));
    }
    none("files or functions that are too long", &long);
}

/// The functions of a formatted file that are too long: from `fn` to the brace of the same depth.
fn long_functions(file: &SourceFile) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let restricted = code.strip_prefix("pub(").and_then(|rest| rest.split_once(") "));
        let declaration = restricted.map_or(code, |(_, rest)| rest);
        let declaration = declaration.split('(').next().unwrap_or_default();
        let is_function =
            declaration.split(' ').any(|word| word == "fn") && !code.starts_with("//");
        if !is_function || code.ends_with('}') || code.ends_with(';') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[start..].iter().position(|line| *line == end).map_or(0, |at| at + 1);
        if length > MOST_LINES_OF_A_FUNCTION {
            long.push(format!("{}:{}: {length} lines", shown(&file.path), start + 1));
        }
    }
    long
}

/// The names of the types that a file defines, associated types left out.
fn types(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with(' ')) {
        let declaration = line.strip_prefix("pub").map_or(line, |rest| {
            rest.strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .map_or(rest, |(_, rest)| rest)
        });
        let mut words = declaration.split_whitespace();
        if words.next().is_some_and(|word| matches!(word, "struct" | "enum" | "trait" | "type")) {
            let name = words.next().unwrap_or_default();
            let end = name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len());
            names.insert(&name[..end]);
        }
    }
    names
}

#[test]
fn a_type_name_has_one_meaning() {
    let files: Vec<SourceFile> =
        source_folders().iter().flat_map(|folder| sources(folder)).collect();
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &files {
        for name in types(&file.text) {
            places.entry(name).or_default().push(shown(&file.path));
        }
    }
    assert!(places.len() > 200, "only {} types were found", places.len());
    let twice: Vec<String> = places
        .iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(name, files)| format!("{name}: {}", files.join(", ")))
        .collect();
    none("type names with several meanings", &twice);
}
