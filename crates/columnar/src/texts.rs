//! Texts as JSON.

use std::fmt::Write as _;

use serde_json::value::RawValue;

/// Writes a text that is JSON as the value that it is, on one line; any other as a text.
pub(crate) fn write_json(text: &str, out: &mut Vec<u8>) {
    match serde_json::from_str::<&RawValue>(text) {
        // Within strings line ends are escaped, so that these are white space.
        Ok(value) => {
            let bytes = value.get().bytes();
            out.extend(bytes.map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        }
        Err(_) => write_text(text, out),
    }
}

/// Writes a string.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing into memory does not fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Writes bytes as the text that they are, or else in hexadecimal.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    match str::from_utf8(bytes) {
        Ok(text) => write_text(text, out),
        Err(_) => write_text(&hexadecimal(bytes), out),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(crate) fn write_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    let digits = hexadecimal(bytes);
    let mut groups = [8, 4, 4, 4, 12].into_iter().scan(0, |start, length| {
        let group = digits.get(*start..*start + length);
        *start += length;
        group
    });
    let first = groups.next().unwrap_or_default().to_owned();
    write_text(&groups.fold(first, |text, group| text + "-" + group), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_where_they_can_be() {
        let mut out = Vec::new();
        write_bytes("\u{e4}\"".as_bytes(), &mut out);
        write_bytes(&[0xff, 0], &mut out);
        write_uuid(&[0xab; 16], &mut out);
        let expected = "\"\u{e4}\\\"\"\"ff00\"\"abababab-abab-abab-abab-abababababab\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
