//! Texts cut to what fits a screen.

use std::borrow::Cow;

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
