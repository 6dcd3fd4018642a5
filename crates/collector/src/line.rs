//! The line that an accepted event becomes.

use event_simulator::wire::push_compacted;

/// Appends `json` to `lines` as one line. A text that is one line stays byte for byte; from others
/// the white space outside strings is taken.
pub(crate) fn push(lines: &mut Vec<u8>, json: &str, stamp: Option<&str>) {
    let json = json.as_bytes();
    if memchr::memchr2(b'\n', b'\r', json).is_some() {
        push_compacted(json, lines);
    } else {
        lines.extend_from_slice(json);
    }
    if let Some(stamp) = stamp {
        if lines.last() == Some(&b'}') {
            lines.pop();
        }
        lines.extend_from_slice(stamp.as_bytes());
    }
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str, stamp: Option<&str>) -> String {
        let mut lines = Vec::new();
        push(&mut lines, json, stamp);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn one_line_stays_and_several_are_compacted() {
        assert_eq!(line(r#"{"a": "b  c"}"#, None), "{\"a\": \"b  c\"}\n");
        let pretty = "{\n  \"a\\\" \" : [ 1,\r\n\t\" \\\\\" , \"é \"]\n}";
        assert_eq!(line(pretty, None), "{\"a\\\" \":[1,\" \\\\\",\"é \"]}\n");
        assert_eq!(line(r#"{"a":1}"#, Some(r#","b":2}"#)), "{\"a\":1,\"b\":2}\n");
    }
}
