//! JSON strings, written quickly.

/// Appends a text as a JSON string.
#[inline]
pub(super) fn push_quoted(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    // Without a way out of the loop the compiler looks at many bytes at once.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

/// Appends a member's name, and the colon.
#[inline]
pub(super) fn push_key(name: &str, out: &mut Vec<u8>) {
    push_quoted(name, out);
    out.push(b':');
}
