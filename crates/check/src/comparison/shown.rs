//! Texts cut to what fits a screen.

use std::borrow::Cow;

use event_simulator::printable::printable;

/// At most so many characters of a text, from the character `first`; dots stand for what is left out.
pub(crate) fn cut(text: &str, first: usize, most: usize) -> Cow<'_, str> {
    if first == 0 && text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let mut rest = text.chars().skip(first);
    let shown: String = rest.by_ref().take(most).collect();
    let before = if first > 0 { "..." } else { "" };
    let after = if rest.next().is_some() { "..." } else { "" };
    Cow::Owned(format!("{before}{shown}{after}"))
}

/// A name as a table has it: printable, not longer than its neighbours can bear, and told if it is empty.
pub(crate) fn named(name: &str) -> String {
    const MOST: usize = 36;
    match name {
        "" => "(none)".to_owned(),
        name => cut(&printable(name), 0, MOST).into_owned(),
    }
}

/// Characters of a value that are shown.
const MOST_SHOWN: usize = 80;

/// Characters that are shown before those that differ.
const SHOWN_BEFORE: usize = 20;

/// Two values, of long ones the part in which they differ.
pub(crate) fn cut_to_difference<'v>(
    left: Option<&'v str>,
    right: Option<&'v str>,
) -> [Cow<'v, str>; 2] {
    let (ours, theirs) = (left.unwrap_or_default(), right.unwrap_or_default());
    let equal = ours.chars().zip(theirs.chars()).take_while(|(a, b)| a == b).count();
    let is_long = |value: &str| value.chars().nth(MOST_SHOWN).is_some();
    let is_cut = is_long(ours) || is_long(theirs);
    let first = if is_cut { equal.saturating_sub(SHOWN_BEFORE) } else { 0 };
    [left, right]
        .map(|value| value.map_or(Cow::Borrowed("nothing"), |value| cut(value, first, MOST_SHOWN)))
}
