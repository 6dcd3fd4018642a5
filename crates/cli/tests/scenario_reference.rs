//! What is made of the table of a scenario's keys: the committed schema and the tables of the
//! reference. `INSTA_UPDATE=always cargo test` writes them.

use std::fs;
use std::path::{Path, PathBuf};

use event_simulator::Scenario;
use event_simulator::scenario::ScenarioKey;
use event_simulator_replay::SECTION;
use serde_json::Value;

fn committed(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

/// Holds a committed file against what the program makes, or writes it.
fn assert_committed(file: &str, made: &str) {
    let path = committed(file);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        return fs::write(path, made).unwrap();
    }
    let is_same = fs::read_to_string(path).unwrap() == made;
    assert!(is_same, "{file} is not up to date: INSTA_UPDATE=always cargo test writes it");
}

#[test]
fn the_committed_schema_is_the_program_s() {
    let schema = Scenario::schema(&[SECTION]);
    assert_committed("schema/scenario.schema.json", &format!("{schema:#}\n"));
}

const BEGIN: &str = "<!-- keys: ";
const END: &str = "<!-- end of keys -->\n";

#[test]
fn the_reference_has_every_key() {
    let keys = Scenario::keys(&[SECTION]);
    let page = fs::read_to_string(committed("docs/scenario.md")).unwrap();
    let mut parts = page.split(BEGIN);
    let mut made = parts.next().unwrap().to_owned();
    let mut sections = Vec::new();
    for part in parts {
        let (section, rest) = part.split_once(" -->\n").unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let table = match section {
            "top level" => table(&keys),
            section => table(&keys.iter().find(|key| key.name == section).unwrap().keys),
        };
        made.extend([BEGIN, section, " -->\n", &table, END, after]);
        sections.push(section);
    }
    assert_committed("docs/scenario.md", &made);
    let is_here = |key: &&ScenarioKey| !key.keys.is_empty() && !USERS_PAGE.contains(&key.name);
    let named = keys.iter().filter(is_here).map(|key| key.name);
    assert_eq!(sections, ["top level"].into_iter().chain(named).collect::<Vec<_>>());
}

/// The sections that have a page of their own.
const USERS_PAGE: [&str; 2] = ["users", "sessions"];

#[test]
fn the_page_of_users_has_every_key() {
    let all = Scenario::keys(&[SECTION]);
    let mut made = fs::read_to_string(committed("docs/users.md")).unwrap();
    for section in USERS_PAGE {
        let mut keys = all.iter().find(|key| key.name == section).unwrap().keys.clone();
        // What personas have of their own has its table where it belongs to all users.
        for persona in keys.iter_mut().filter(|key| key.name == "personas") {
            persona.keys.iter_mut().for_each(|key| key.keys.clear());
            persona.default = None;
        }
        let begin = format!("{BEGIN}{section} -->\n");
        let (before, rest) = made.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let head = "| key | limits | what it is |\n|---|---|---|\n";
        let rows = keys.iter().map(|key| property_rows("", key)).collect::<String>();
        made = [before, &begin, head, &rows, END, after].concat();
    }
    assert_committed("docs/users.md", &made);
}

#[test]
fn the_page_of_properties_has_every_key() {
    let page = fs::read_to_string(committed("docs/properties.md")).unwrap();
    let (before, rest) = page.split_once("<!-- keys: property -->\n").unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let head = "| key | limits | what it is |\n|---|---|---|\n";
    let keys = Scenario::property_keys();
    let rows = keys.iter().map(|key| property_rows("", key)).collect::<String>();
    let made = [before, "<!-- keys: property -->\n", head, &rows, END, after].concat();
    assert_committed("docs/properties.md", &made);
}

#[test]
fn the_page_of_flows_has_every_key() {
    assert_page("docs/flows.md", &Scenario::flow_keys());
}

#[test]
fn the_page_of_traffic_has_every_key() {
    assert_page("docs/traffic.md", &[("traffic", Scenario::traffic_keys())]);
}

#[test]
fn the_page_of_faults_has_every_key() {
    assert_page("docs/faults.md", &[("fault", Scenario::fault_keys())]);
}

#[test]
fn the_page_of_policies_has_every_key() {
    assert_page("docs/policies.md", &Scenario::policy_keys());
}

/// Holds the tables of a page against the keys that they are of.
fn assert_page(page: &str, tables: &[(&str, Vec<ScenarioKey>)]) {
    let mut made = fs::read_to_string(committed(page)).unwrap();
    for (name, keys) in tables {
        let begin = format!("{BEGIN}{name} -->\n");
        let (before, rest) = made.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let head = "| key | limits | what it is |\n|---|---|---|\n";
        let rows = keys.iter().map(|key| property_rows("", key)).collect::<String>();
        made = [before, &begin, head, &rows, END, after].concat();
    }
    assert_committed(page, &made);
}

/// The row of a key and those of the keys within it.
fn property_rows(section: &str, key: &ScenarioKey) -> String {
    let limits = match &key.default {
        _ if key.is_required => format!("required: {}", key.limits),
        Some(default) => {
            format!("{}; by default `{}`", key.limits, default.to_string().trim_matches('"'))
        }
        None => key.limits.clone(),
    };
    let name = format!("{section}{}", key.name);
    let row = format!("| `{name}` | {limits} | {} |\n", key.doc);
    let within = key.keys.iter().map(|within| property_rows(&format!("{name}."), within));
    row + &within.collect::<String>()
}

fn table(keys: &[ScenarioKey]) -> String {
    let row = |key: &ScenarioKey| {
        let name = match key.keys.as_slice() {
            _ if USERS_PAGE.contains(&key.name) => format!("[`{}`](users.md)", key.name),
            [] => format!("`{}`", key.name),
            _ => format!("[`{0}`](#{0})", key.name),
        };
        format!("| {name} | {} | {} | {} |\n", default(key), key.limits, key.doc)
    };
    let head = "| key | default | limits | what it is |\n|---|---|---|---|\n".to_owned();
    head + &keys.iter().map(row).collect::<String>()
}

fn default(key: &ScenarioKey) -> String {
    match &key.default {
        None if key.is_required => "required".to_owned(),
        None => String::new(),
        Some(Value::Array(entries)) if !entries.is_empty() => format!("{} entries", entries.len()),
        Some(Value::Object(_)) => "the table below".to_owned(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(Value::Number(number)) => format!("`{}`", number.as_f64().unwrap()),
        Some(other) => format!("`{other}`"),
    }
}
