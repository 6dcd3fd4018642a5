//! The name of a field, at the top of an event or within an object.

use event_simulator::wire::scan::{self, ScanError};

/// A field's name. `a.b` is the member `b` of the object `a`, unless a member is called `a.b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPath {
    pub(super) name: String,
    is_nested: bool,
}

impl FieldPath {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), is_nested: name.contains('.') }
    }

    /// The value within `line`.
    pub(super) fn of<'a>(&self, line: &'a [u8]) -> Result<Option<&'a [u8]>, ScanError> {
        let [found] = scan::members(line, [&*self.name])?;
        self.or_nested(line, found)
    }

    /// The value within `line`, where `found` is that of the member of the whole name.
    #[inline]
    pub(super) fn or_nested<'a>(
        &self,
        line: &'a [u8],
        found: Option<&'a [u8]>,
    ) -> Result<Option<&'a [u8]>, ScanError> {
        if found.is_some() || !self.is_nested { Ok(found) } else { nested(line, &self.name) }
    }
}

/// The value at a path of two names or more.
fn nested<'a>(object: &'a [u8], path: &str) -> Result<Option<&'a [u8]>, ScanError> {
    for (dot, _) in path.match_indices('.') {
        let (first, rest) = (&path[..dot], &path[dot + 1..]);
        let [inner] = scan::members(object, [first])?;
        let Some(inner) = inner.filter(|inner| inner.first() == Some(&b'{')) else { continue };
        let [member] = scan::members(inner, [rest])?;
        let found = if member.is_some() { member } else { nested(inner, rest)? };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The names of the fields of an event, those of objects one step into them too, at most so many.
pub(super) fn names(line: &[u8], most: usize) -> Vec<String> {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(line) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (name, value) in &members {
        match value {
            serde_json::Value::Object(inner) if !inner.is_empty() => {
                names.extend(inner.keys().map(|inner| format!("{name}.{inner}")));
            }
            _ => names.push(name.clone()),
        }
    }
    names.truncate(most);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str, name: &str) -> Option<String> {
        let [found] = scan::members(line.as_bytes(), [name]).unwrap();
        let found = FieldPath::new(name).or_nested(line.as_bytes(), found).unwrap();
        found.map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn a_dot_leads_into_an_object_unless_a_member_has_that_name() {
        let line = r#"{"a": {"b": {"c": 1}, "b.d": 2}, "a.e": 3, "a.b": {"f": 4}, "n": 5}"#;
        for (name, expected) in [
            ("a.b.c", Some("1")),
            ("a.b.d", Some("2")),
            ("a.e", Some("3")),
            ("a.b", Some(r#"{"f": 4}"#)),
            ("a.b.f", Some("4")),
            ("n", Some("5")),
            ("n.a", None),
            ("a.x", None),
            (".", None),
        ] {
            assert_eq!(value(line, name).as_deref(), expected, "{name}");
        }
        assert_eq!(names(line.as_bytes(), 3), ["a.b", "a.b.d", "a.e"]);
    }
}
