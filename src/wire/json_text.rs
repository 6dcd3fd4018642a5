//! JSON strings, written quickly.

/// Appends a text as a JSON string.
#[inline]
pub(super) fn push_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    // Without a way out of the loop the compiler looks at many bytes at once.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        out.extend_from_slice(text.as_bytes());
    } else {
        push_escaped(text.as_bytes(), out);
    }
    out.push(b'"');
}

/// Appends a member's name, and the colon.
#[inline]
pub(super) fn push_key(name: &str, out: &mut Vec<u8>) {
    push_quoted(name, out);
    out.push(b':');
}

/// A text as a JSON string, quotes included.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Appends JSON without the white space outside of strings.
///
/// ```
/// let mut line = Vec::new();
/// event_simulator::wire::push_compacted(b"{ \"a b\" :\n [1, 2] }", &mut line);
/// assert_eq!(line, b"{\"a b\":[1,2]}");
/// ```
pub fn push_compacted(json: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        out.push(byte);
    }
}

/// Appends JSON within a JSON string.
pub(super) fn push_within_string(json: &[u8], out: &mut Vec<u8>) {
    if let [b'"', inner @ .., b'"'] = json
        && inner.iter().fold(true, |all, &byte| all & is_plain(byte))
    {
        out.extend_from_slice(b"\\\"");
        out.extend_from_slice(inner);
        return out.extend_from_slice(b"\\\"");
    }
    // Only white space between values can be a control character there. See above for the loop.
    if json.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < b' ' {
        return push_escaped(json, out);
    }
    let start = out.len();
    out.resize(start + 2 * json.len(), 0);
    let escaped = &mut out[start..];
    let mut at = 0;
    // Without a branch, because quotes come often and at no regular distance.
    for &byte in json {
        escaped[at] = b'\\';
        at += usize::from(byte == b'"' || byte == b'\\');
        escaped[at] = byte;
        at += 1;
    }
    out.truncate(start + at);
}

fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// Appends a text with its escapes, as `serde_json` writes them.
pub(super) fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| !is_plain(byte)) {
        let (plain, behind) = rest.split_at(at);
        out.extend_from_slice(plain);
        let byte = behind[0];
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
            }
        }
        rest = &behind[1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_quoted_as_by_serde_json(text in "\\PC{0,8}|[\u{0}-\u{1f}\"\\\\\u{7f}\u{2028}\u{1f600}a]{0,8}", is_spaced: bool) {
            let mut quoted = Vec::new();
            push_quoted(&text, &mut quoted);
            prop_assert_eq!(String::from_utf8(quoted).unwrap(), serde_json::to_string(&text).unwrap());

            let mut json = serde_json::json!({ "a": [text, 1] }).to_string();
            if is_spaced {
                json.insert(1, '\t');
            }
            let mut quoted = b"\"".to_vec();
            push_within_string(json.as_bytes(), &mut quoted);
            quoted.push(b'"');
            prop_assert_eq!(String::from_utf8(quoted).unwrap(), serde_json::to_string(&json).unwrap());
        }
    }
}
