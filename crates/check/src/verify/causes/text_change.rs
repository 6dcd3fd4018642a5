//! Changes of texts by a rule.

use std::fmt;

/// A rule by which texts are changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TextChange {
    /// Nothing is left.
    Emptied,
    /// In lower case.
    LowerCase,
    /// In upper case.
    UpperCase,
    /// White space at the ends removed.
    Trimmed,
    /// `%2F` for `/` and the like.
    PercentEncoded,
    /// The other way round.
    PercentDecoded,
    /// `&lt;` for `<` and the like.
    HtmlEscaped,
    /// UTF-8 read as Latin-1.
    ReadAsLatin1,
    /// `?` or nothing for what is not ASCII.
    BeyondAsciiLost,
    /// One character for another, everywhere.
    CharacterReplaced(char, char),
    /// Cut off after so many of these.
    Truncated(usize, LengthUnit),
    /// Without this at the start.
    PrefixRemoved(String),
    /// With this before it.
    PrefixAdded(String),
    /// Without this at the end.
    SuffixRemoved(String),
    /// With this behind it.
    SuffixAdded(String),
    /// Only what stands before this.
    CutAt(char),
    /// One text replaced by another.
    Replaced(String, String),
    /// A digest in hexadecimal digits of so many characters.
    Hashed(usize),
}

/// What a limit on the length of texts counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LengthUnit {
    Characters,
    Bytes,
    /// As JavaScript and Java count characters.
    Utf16Units,
}

impl LengthUnit {
    const ALL: [Self; 3] = [Self::Characters, Self::Bytes, Self::Utf16Units];

    fn length(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
            Self::Utf16Units => text.encode_utf16().count(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Bytes => "bytes",
            Self::Utf16Units => "UTF-16 units",
        }
    }

    /// The text up to so many units, without a character that does not fit.
    fn cut(self, text: &str, most: usize) -> &str {
        let mut length = 0;
        let end = text.char_indices().find(|(at, c)| {
            length += self.length(&text[*at..at + c.len_utf8()]);
            length > most
        });
        end.map_or(text, |(at, _)| &text[..at])
    }
}

/// What may stand where a text is cut off: half of a character, or dots.
const CUT_ENDS: [&str; 4] = ["", "\u{fffd}", "...", "\u{2026}"];

/// The limits by which a text is cut off to another one.
fn truncations(sent: &str, received: &str) -> Vec<TextChange> {
    let kept = CUT_ENDS.iter().filter_map(|end| received.strip_suffix(end));
    let Some((kept, next)) = kept.into_iter().find_map(|kept| {
        let rest = sent.strip_prefix(kept).filter(|_| !kept.is_empty())?;
        Some((kept, rest.chars().next()?))
    }) else {
        return Vec::new();
    };
    let mut buffer = [0; 4];
    let next: &str = next.encode_utf8(&mut buffer);
    let mut found = Vec::new();
    for unit in LengthUnit::ALL {
        // Of a character of several units some may have fitted.
        let least = unit.length(kept);
        found.extend(
            (least..least + unit.length(next)).map(|most| TextChange::Truncated(most, unit)),
        );
    }
    found
}

/// Characters at which a text may be cut.
const CUTS: [char; 6] = ['?', '#', '/', '-', '_', ' '];

/// The longest prefix or suffix that is taken for one.
const LONGEST_AFFIX: usize = 40;

impl TextChange {
    /// All rules by which `sent` becomes `received`.
    pub(super) fn of(sent: &str, received: &str) -> Vec<Self> {
        let mut found = Vec::new();
        if received.is_empty() {
            found.push(Self::Emptied);
            return found;
        }
        let plain = [
            Self::LowerCase,
            Self::UpperCase,
            Self::Trimmed,
            Self::PercentEncoded,
            Self::PercentDecoded,
            Self::HtmlEscaped,
            Self::ReadAsLatin1,
        ];
        found
            .extend(plain.into_iter().filter(|rule| rule.apply(sent).as_deref() == Some(received)));
        let questions: String = sent.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        let ascii: String = sent.chars().filter(char::is_ascii).collect();
        if !sent.is_ascii() && (questions == received || ascii == received) {
            found.push(Self::BeyondAsciiLost);
        }
        found.extend(truncations(sent, received));
        if let Some(rest) = sent.strip_prefix(received) {
            let cut = rest.chars().next().filter(|cut| CUTS.contains(cut));
            found.extend(cut.filter(|cut| !received.contains(*cut)).map(Self::CutAt));
        }
        let differing = sent.chars().zip(received.chars()).find(|(a, b)| a != b);
        let replaced = differing.map(|(from, to)| Self::CharacterReplaced(from, to));
        found.extend(replaced.filter(|rule| rule.apply(sent).as_deref() == Some(received)));
        found.extend(affixes(sent, received));
        found.push(Self::Replaced(sent.to_owned(), received.to_owned()));
        let is_digest = matches!(received.len(), 8 | 16 | 32 | 40 | 56 | 64 | 128)
            && received.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest {
            found.push(Self::Hashed(received.len()));
        }
        found
    }

    fn apply(&self, text: &str) -> Option<String> {
        match self {
            Self::Emptied => Some(String::new()),
            Self::LowerCase => Some(text.to_lowercase()),
            Self::UpperCase => Some(text.to_uppercase()),
            Self::Trimmed => Some(text.trim().to_owned()),
            Self::PercentEncoded => Some(percent_encoded(text)),
            Self::PercentDecoded => percent_decoded(text),
            Self::HtmlEscaped => Some(html_escaped(text)),
            Self::ReadAsLatin1 => Some(text.bytes().map(char::from).collect()),
            Self::BeyondAsciiLost => Some(text.chars().filter(char::is_ascii).collect()),
            Self::CharacterReplaced(from, to) => {
                Some(text.chars().map(|c| if c == *from { *to } else { c }).collect())
            }
            Self::Truncated(most, unit) => Some(unit.cut(text, *most).to_owned()),
            Self::PrefixRemoved(prefix) => text.strip_prefix(prefix.as_str()).map(str::to_owned),
            Self::SuffixRemoved(suffix) => text.strip_suffix(suffix.as_str()).map(str::to_owned),
            Self::CutAt(cut) => text.split_once(*cut).map(|(before, _)| before.to_owned()),
            Self::Replaced(from, to) => (text == from).then(|| to.clone()),
            Self::PrefixAdded(_) | Self::SuffixAdded(_) | Self::Hashed(_) => None,
        }
    }

    /// Whether a text would be another one; nothing if every text would be.
    pub(super) fn would_change(&self, text: &str) -> Option<bool> {
        match self {
            Self::PrefixAdded(_) | Self::SuffixAdded(_) | Self::Hashed(_) | Self::Emptied => None,
            _ => Some(self.apply(text).is_some_and(|changed| changed != text)),
        }
    }

    /// True for a rule that one text may well follow by accident.
    pub(super) fn is_loose(&self) -> bool {
        !matches!(
            self,
            Self::LowerCase
                | Self::UpperCase
                | Self::Trimmed
                | Self::PercentEncoded
                | Self::PercentDecoded
                | Self::HtmlEscaped
                | Self::ReadAsLatin1
                | Self::BeyondAsciiLost
        )
    }

    /// The text after the change, for rules that keep texts apart; nothing where the rule does not apply.
    pub(super) fn changed(&self, text: &str) -> Option<String> {
        match self {
            Self::PrefixAdded(prefix) => Some(format!("{prefix}{text}")),
            Self::SuffixAdded(suffix) => Some(format!("{text}{suffix}")),
            _ => self.apply(text),
        }
    }
}

fn affixes(sent: &str, received: &str) -> Vec<TextChange> {
    let short = |affix: &str| (affix.len() <= LONGEST_AFFIX).then(|| affix.to_owned());
    let options = [
        sent.strip_suffix(received).and_then(short).map(TextChange::PrefixRemoved),
        received.strip_suffix(sent).and_then(short).map(TextChange::PrefixAdded),
        sent.strip_prefix(received).and_then(short).map(TextChange::SuffixRemoved),
        received.strip_prefix(sent).and_then(short).map(TextChange::SuffixAdded),
    ];
    options.into_iter().flatten().collect()
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn html_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, next)) = rest.split_first() {
        rest = next;
        let escaped = next.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &next[2..];
            }
            _ => bytes.push(first),
        }
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for TextChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emptied => f.write_str("is empty"),
            Self::LowerCase => f.write_str("is in lower case"),
            Self::UpperCase => f.write_str("is in upper case"),
            Self::Trimmed => f.write_str("lost white space at its ends"),
            Self::PercentEncoded => f.write_str("is percent-encoded"),
            Self::PercentDecoded => f.write_str("is percent-decoded"),
            Self::HtmlEscaped => f.write_str("is escaped as in HTML"),
            Self::ReadAsLatin1 => f.write_str("is UTF-8 read as Latin-1"),
            Self::BeyondAsciiLost => f.write_str("lost its characters beyond ASCII"),
            Self::CharacterReplaced(from, to) => write!(f, "has {to:?} for {from:?}"),
            Self::Truncated(most, unit) => write!(f, "is cut off after {most} {}", unit.name()),
            Self::PrefixRemoved(prefix) => write!(f, "lost {prefix:?} at its start"),
            Self::PrefixAdded(prefix) => write!(f, "has {prefix:?} before it"),
            Self::SuffixRemoved(suffix) => write!(f, "lost {suffix:?} at its end"),
            Self::SuffixAdded(suffix) => write!(f, "has {suffix:?} behind it"),
            Self::CutAt(cut) => write!(f, "is cut off at {cut:?}"),
            Self::Replaced(from, to) => write!(f, "is {to:?} instead of {from:?}"),
            Self::Hashed(length) => {
                write!(f, "is a digest of {length} hexadecimal digits: it is hashed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_recognised() {
        for (sent, received, rule) in [
            ("/A", "/a", TextChange::LowerCase),
            ("/a b", "%2Fa%20b", TextChange::PercentEncoded),
            ("a&b \"c\"", "a&amp;b &quot;c&quot;", TextChange::HtmlEscaped),
            ("caf\u{e9}", "caf\u{c3}\u{a9}", TextChange::ReadAsLatin1),
            ("a_b_c", "a-b-c", TextChange::CharacterReplaced('_', '-')),
            ("/products", "/prod", TextChange::Truncated(5, LengthUnit::Characters)),
            ("caf\u{e9}s", "caf", TextChange::Truncated(4, LengthUnit::Bytes)),
            ("ab\u{1f600}c", "ab", TextChange::Truncated(3, LengthUnit::Utf16Units)),
            ("/a?x=1", "/a", TextChange::CutAt('?')),
            ("/a", "https://x/a", TextChange::PrefixAdded("https://x".to_owned())),
            ("/a/", "/a", TextChange::SuffixRemoved("/".to_owned())),
        ] {
            let found = TextChange::of(sent, received);
            assert!(found.contains(&rule), "{sent} {received}: {found:?}");
            assert_eq!(rule.changed(sent).as_deref(), Some(received));
        }
    }
}
