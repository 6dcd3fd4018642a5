//! Parts of JSON without white space, as a writer has written it.

use std::ops::Range;

/// The place of the value in an object, or in an object within it, by the labels (`"name":`) on the way; none if
/// there is none.
#[inline]
pub(super) fn member(text: &[u8], path: &[Vec<u8>]) -> Option<Range<usize>> {
    let mut place = 0..text.len();
    for label in path {
        let found = direct_member(&text[place.clone()], label)?;
        place = place.start + found.start..place.start + found.end;
    }
    Some(place)
}

fn direct_member(text: &[u8], label: &[u8]) -> Option<Range<usize>> {
    let mut at = 1;
    if text.first() != Some(&b'{') || text.get(at) == Some(&b'}') {
        return None;
    }
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(label) {
            let start = at + label.len();
            return Some(start..end_of_value(text, start));
        }
        // The name, the colon and the value.
        at = end_of_value(text, end_of_value(text, at) + 1);
        if text.get(at) != Some(&b',') {
            return None;
        }
        at += 1;
    }
}

/// The places of the entries of a list; none for anything else.
#[inline]
pub(super) fn entries(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_list = text.first() == Some(&b'[') && text.get(1) != Some(&b']');
    let mut at = if is_list { 1 } else { text.len() };
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let entry = at..end_of_value(text, at);
        at = if text.get(entry.end) == Some(&b',') { entry.end + 1 } else { text.len() };
        Some(entry)
    })
}

/// The place after the value that begins at `at`.
#[inline]
fn end_of_value(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(text, at + 1);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The place after the quote that ends a string.
#[inline]
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            "[a\"\\\\\\[\\]{},:\u{1}\u{e4}]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ab\"\\\\{]{0,2}", inner, 0..4)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn parts_are_those_that_serde_json_finds(value in value(), name in "[ab\"\\\\{]{0,2}") {
            let text = value.to_string();
            let read = |place: Range<usize>| serde_json::from_str::<Value>(&text[place]).unwrap();
            let found: Vec<Value> = entries(text.as_bytes()).map(read).collect();
            prop_assert_eq!(found, value.as_array().cloned().unwrap_or_default());
            let label = format!("{}:", json!(name)).into_bytes();
            let found = member(text.as_bytes(), std::slice::from_ref(&label)).map(read);
            prop_assert_eq!(found.as_ref(), value.get(&name));
            let outer = json!({ "x": 1, "within": value }).to_string();
            let path = [b"\"within\":".to_vec(), label];
            let found = member(outer.as_bytes(), &path).map(|place| outer[place].to_owned());
            prop_assert_eq!(found, value.get(&name).map(Value::to_string));
        }

        #[test]
        fn no_text_is_too_much(text in "[\\[\\]{},:\"\\\\a1]{0,12}") {
            let text = text.as_bytes();
            let _ = (member(text, &[b"\"a\":".to_vec()]), entries(text).take(20).count());
        }
    }
}
