//! The objects of an event, taken apart.

use std::borrow::Cow;

use super::fields::{EventFields, FieldError, name};
use super::form::Part;
use super::scan;

/// The field with the id of the browser, by which a user is known before they are.
pub(super) const ANONYMOUS_ID: &str = "anonymous_id";

type RawMembers<'a> = Vec<(Cow<'a, str>, &'a [u8])>;

/// The members of an event's objects.
#[derive(Debug)]
pub(super) struct EventParts<'a> {
    /// By part.
    members: [RawMembers<'a>; Part::COUNT],
    anonymous_id: Option<Cow<'a, str>>,
    is_known: bool,
}

impl<'a> EventParts<'a> {
    pub(super) fn of(event: &'a EventFields<'a>) -> Result<Self, FieldError> {
        let mut members: [RawMembers<'a>; Part::COUNT] = Default::default();
        if *event.props != *b"{}" {
            members[Part::Props as usize] = members_of(&event.props)
                .map_err(|error| FieldError::Props { reason: error.to_string() })?;
        }
        let mut anonymous_id = None;
        for (name, value) in &event.own {
            if name == ANONYMOUS_ID
                && let Ok(id) = scan::text(value)
            {
                anonymous_id = Some(id);
                continue;
            }
            let part = Part::FIELDS.iter().find(|(field, _)| field == name);
            match part.map(|(_, part)| (*part as usize, members_of(value))) {
                Some((part, Ok(inner))) if !inner.is_empty() => members[part] = inner,
                _ => members[Part::Own as usize].push((Cow::Borrowed(name), value)),
            }
        }
        let is_known = anonymous_id.as_deref().is_none_or(|id| id != event.user_id);
        Ok(Self { members, anonymous_id, is_known })
    }

    /// True if the user is known by more than their browser.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    pub(super) fn anonymous_id(&self) -> Option<&str> {
        self.anonymous_id.as_deref()
    }

    pub(super) fn of_part(&self, part: Part) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.members[part as usize].iter().map(|(name, value)| (&**name, *value))
    }

    pub(super) fn is_empty(&self, part: Part) -> bool {
        self.members[part as usize].is_empty()
    }

    pub(super) fn member(&self, part: Part, name: &str) -> Option<&'a [u8]> {
        self.of_part(part).find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn members_of(object: &[u8]) -> Result<RawMembers<'_>, scan::ScanError> {
    let mut members = Vec::new();
    scan::each_member(object, |key, value| {
        members.push((name(key), value));
        Ok(())
    })?;
    Ok(members)
}
