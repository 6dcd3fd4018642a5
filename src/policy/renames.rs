//! Properties that have another name since.

use std::borrow::Cow;

use crate::event::Field;
use crate::scenario::policy::RenamedProperty;
use crate::wire::{EventFields, quoted, scan};

/// Gives properties the names back that they had.
#[derive(Debug)]
pub(super) struct Renames(Vec<RenamedProperty>);

impl Renames {
    pub(super) fn new(renamed: &[RenamedProperty]) -> Self {
        Self(renamed.to_vec())
    }

    /// Gives an event's properties, and its fields, the names back that they had, where there is nothing of that name.
    pub(super) fn undo(&self, event: &mut EventFields<'_>) {
        if self.0.is_empty() {
            return;
        }
        if let Some(props) = self.props(&event.props) {
            event.props = Cow::Owned(props);
        }
        for RenamedProperty { property, new_name } in &self.0 {
            let Some(place) = event.own.iter().position(|(name, _)| name == new_name) else {
                continue;
            };
            let field = match Field::ALL.into_iter().find(|field| field.name() == property) {
                Some(Field::PagePath) => Some(&mut event.page_path),
                Some(Field::ButtonId) => Some(&mut event.button_id),
                // What every event has is there.
                Some(_) => continue,
                None => None,
            };
            match field {
                Some(field @ None) => {
                    let (_, value) = event.own.remove(place);
                    *field = scan::text(&value).ok().map(|text| Cow::Owned(text.into_owned()));
                }
                None if event.own.iter().all(|(name, _)| name != property) => {
                    event.own[place].0 = Cow::Owned(property.clone());
                }
                _ => {}
            }
        }
    }

    /// The JSON text of an object whose members have the names that they had; none if none has another one.
    fn props(&self, props: &[u8]) -> Option<Vec<u8>> {
        let mut members: Vec<(Cow<'_, [u8]>, &[u8])> = Vec::new();
        let read = scan::each_member(props, |name, value| {
            members.push((name, value));
            Ok(())
        });
        read.ok()?;
        let mut is_changed = false;
        for RenamedProperty { property, new_name } in &self.0 {
            let is = |known: &str| members.iter().position(|(name, _)| **name == *known.as_bytes());
            if let (Some(place), None) = (is(new_name), is(property)) {
                members[place].0 = Cow::Borrowed(property.as_bytes());
                is_changed = true;
            }
        }
        is_changed.then(|| {
            let shown = members.iter().map(|(name, value)| {
                let name = quoted(&String::from_utf8_lossy(name)).into_bytes();
                [&name, &b":"[..], value].concat()
            });
            let shown: Vec<Vec<u8>> = shown.collect();
            [&b"{"[..], &shown.join(&b','), &b"}"[..]].concat()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_back_where_there_is_nothing_of_that_name() {
        let renamed = [("journey", "path"), ("page_path", "page"), ("plan", "tier")];
        let renamed = renamed.map(|(property, new_name)| RenamedProperty {
            property: property.to_owned(),
            new_name: new_name.to_owned(),
        });
        let renames = Renames::new(&renamed);
        for (line, expected) in [
            (r#""props":{"a\n":1.50,"path":"x"}"#, r#""props":{"a\n":1.50,"journey":"x"}"#),
            (r#""props":{"path":1,"journey":2}"#, r#""props":{"path":1,"journey":2}"#),
            (
                r#""page_path":"/","props":{},"page":"/x""#,
                r#""page_path":"/","props":{},"page":"/x""#,
            ),
            (r#""props":{},"page":"/x","tier":[1]"#, r#""page_path":"/x","props":{},"plan":[1]"#),
            (r#""props":{},"plan":2,"tier":[1]"#, r#""props":{},"plan":2,"tier":[1]"#),
        ] {
            let whole = |rest: &str| {
                format!(
                    r#"{{"event_id":"1","event_time":"2026-01-01T00:00:00.000Z","event_type":"x","user_id":"u","session_id":"s",{rest}}}"#
                )
            };
            let line = whole(line);
            let mut event = EventFields::of_line(line.as_bytes()).unwrap();
            renames.undo(&mut event);
            let mut written = Vec::new();
            event.write_line(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), whole(expected));
        }
    }
}
