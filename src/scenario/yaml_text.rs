//! Plain data as YAML text, which reads back as it was.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Columns that a list in one line has at most.
const MAX_LINE: usize = 80;
/// Characters of a key that YAML has on the line of its value.
const MAX_KEY: usize = 1_000;

/// A mapping as a block, its lines indented by `indent` spaces.
pub(super) fn block(mapping: &Map<String, Value>, indent: usize) -> String {
    let mut lines = String::new();
    for (key, value) in mapping {
        lines.push_str(&entry(key, value, indent));
    }
    lines
}

/// A key and its value, to the end of the last line.
pub(super) fn entry(key: &str, value: &Value, indent: usize) -> String {
    let key = text(key);
    let key = if key.chars().count() > MAX_KEY {
        format!("{:indent$}? {key}\n{:indent$}", "", "")
    } else {
        format!("{:indent$}{key}", "")
    };
    format!("{key}:{}", after_colon(value, indent))
}

fn after_colon(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(mapping) if !mapping.is_empty() => {
            format!("\n{}", block(mapping, indent + 2))
        }
        Value::Array(items) if !fits_one_line(items) => {
            let items = items.iter().map(|value| item(value, indent + 2));
            format!("\n{}", items.collect::<String>())
        }
        _ => format!(" {}\n", one_line(value)),
    }
}

/// An entry of a list. A mapping begins on the line of its dash.
fn item(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(mapping) if !mapping.is_empty() => {
            let mut lines = block(mapping, indent + 2);
            lines.replace_range(..indent + 2, &format!("{:indent$}- ", ""));
            lines
        }
        Value::Array(items) if !fits_one_line(items) => {
            let items = items.iter().map(|value| item(value, indent + 2));
            format!("{:indent$}-\n{}", "", items.collect::<String>())
        }
        _ => format!("{:indent$}- {}\n", "", one_line(value)),
    }
}

fn fits_one_line(items: &[Value]) -> bool {
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    items.iter().all(is_scalar)
        && items.iter().map(|item| one_line(item).len() + 2).sum::<usize>() <= MAX_LINE
}

/// A value in one line.
pub(super) fn one_line(value: &Value) -> String {
    match value {
        Value::String(value) => text(value),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                float.to_string()
            }
            _ => number.to_string(),
        },
        Value::Array(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}: {}", text(key), one_line(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) => value.to_string(),
    }
}

/// A text as a scalar, quoted unless nobody can take it for anything else.
pub(super) fn text(text: &str) -> String {
    let mut characters = text.chars();
    let begins_plain =
        characters.next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '_'));
    let stays_plain =
        characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'));
    if begins_plain && stays_plain && !is_word(text) { text.to_owned() } else { quoted(text) }
}

/// A word that some version of YAML takes for a boolean or for nothing.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if is_printable(character) => quoted.push(character),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A character that YAML allows as it is, and that is no line break to anybody.
fn is_printable(character: char) -> bool {
    match character {
        '\u{2028}'
        | '\u{2029}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{feff}'
        | '\u{fffe}'
        | '\u{ffff}' => false,
        _ => matches!(character, ' '..='~' | '\u{a0}'..),
    }
}
