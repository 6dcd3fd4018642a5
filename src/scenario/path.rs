//! The paths of keys, such as `user_journeys[2].probability`.

/// The path of `key` within `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    let key = segment(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A key as it stands in a path.
pub(super) fn segment(key: &str) -> String {
    if key.is_empty() { "\"\"".to_owned() } else { shown(key) }
}

/// A text from the file, cut to what a message can hold, in one line. Control characters are
/// escaped, so that a file cannot steer the terminal.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = String::new();
    for character in text.chars().take(MOST) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}
