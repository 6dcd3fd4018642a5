//! The starter file: every key with its default and what it means.

use serde_json::Value;

use super::keys::Scenario;
use super::scenario_key::ScenarioKey;
use super::yaml_text;

const HEAD: &str = "\
# A scenario for event-simulator. Every key is here with its default: change what matters, and
# remove the rest if you like. The reference is docs/scenario.md.
#
#   event-simulator check event_simulator_config.yaml
#   event-simulator plan
#   event-simulator generate -o events.jsonl
#   event-simulator run
";

/// Sections that change a scenario as soon as they are there.
const WITHOUT: [&str; 2] = ["users", "sessions"];

/// Keys that `run` chooses anew each time where nothing says them: left open.
const LEFT_OPEN: [&str; 2] = ["seed", "start_time"];

/// Columns of a key and its value behind which comments are aligned; longer ones stand out.
const MAX_ALIGNED: usize = 32;
/// Columns of a line.
const MAX_LINE: usize = 100;

/// A scenario that names every key, with its default and what it means.
pub fn starter() -> String {
    let keys = Scenario::keys(&[]);
    let is_shown = |key: &&ScenarioKey| {
        !WITHOUT.contains(&key.name) && (!key.keys.is_empty() || key.default.is_some())
    };
    let shown = keys.iter().filter(is_shown);
    HEAD.to_owned() + &shown.map(top_level).collect::<String>()
}

fn top_level(key: &ScenarioKey) -> String {
    let doc = comment(&key.doc, 0);
    match &key.default {
        Some(default @ Value::Array(_)) if !key.keys.is_empty() => {
            let keys = key.keys.iter();
            let keys = keys.map(|key| comment(&format!("  {}: {}", key.name, key.doc), 0));
            let entries = yaml_text::entry(key.name, default, 0);
            format!("\n{doc}{}{entries}", keys.collect::<String>())
        }
        Some(default) if key.keys.is_empty() => {
            let open = if LEFT_OPEN.contains(&key.name) { "# " } else { "" };
            format!("\n{doc}{open}{}", yaml_text::entry(key.name, default, 0))
        }
        _ => format!("\n{doc}{}:\n{}", key.name, section(&key.keys)),
    }
}

/// The keys of a section, each with its meaning behind it, or above where that is too long.
fn section(keys: &[ScenarioKey]) -> String {
    let default = |key: &ScenarioKey| key.default.clone().unwrap_or_default();
    let line =
        |key: &ScenarioKey| yaml_text::entry(key.name, &default(key), 2).trim_end().to_owned();
    let widths = keys.iter().map(|key| line(key).len());
    let width = widths.filter(|width| *width <= MAX_ALIGNED).max().unwrap_or_default();
    let shown = |key: &ScenarioKey| {
        let commented = format!("{:width$}  # {}\n", line(key), key.doc);
        if commented.len() <= MAX_LINE {
            commented
        } else {
            format!("{}{}\n", comment(&key.doc, 2), line(key))
        }
    };
    keys.iter().map(shown).collect()
}

/// A text as lines of comment; what begins with spaces goes on with as many more.
fn comment(text: &str, indent: usize) -> String {
    let inner = text.len() - text.trim_start().len();
    let mut lines = String::new();
    let mut line = format!("{:indent$}#{:inner$}", "", "");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > MAX_LINE {
            lines.push_str(&line);
            lines.push('\n');
            line = format!("{:indent$}#{:inner$}", "", "", inner = 2 * inner);
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}
