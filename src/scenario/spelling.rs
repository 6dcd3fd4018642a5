//! The name that was probably meant.

/// The similarity that a slip of the keyboard has to what was meant.
const SIMILAR: f64 = 0.82;

/// The most similar of some names, if it is similar enough to be a slip of the keyboard.
///
/// ```
/// use event_simulator::scenario::nearest;
///
/// assert_eq!(nearest("sede", ["seed", "pages"]), Some("seed"));
/// assert_eq!(nearest("x", ["seed", "pages"]), None);
/// ```
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = spelled(name);
    names
        .into_iter()
        .map(|known| (similarity(&name, &spelled(known)), known))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// From 0 to 1. A name that lacks the other's beginning, such as `journeys` for `user_journeys`, is
/// just similar enough.
fn similarity(name: &str, known: &str) -> f64 {
    let similarity = strsim::jaro_winkler(name, known);
    let is_end =
        name.len() >= 3 && known.strip_suffix(name).is_some_and(|rest| rest.ends_with('_'));
    if is_end { similarity.max(SIMILAR) } else { similarity }
}

/// A name without what is easily confused: capitals, and dashes for underscores.
pub(super) fn spelled(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}
