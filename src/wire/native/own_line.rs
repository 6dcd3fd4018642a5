//! The short way to read a line in exactly the form in which this program writes it.

use std::borrow::Cow;

use crate::event::Field;
use crate::time::{TEXT_LEN, VirtualTime};

use crate::wire::fields::EventFields;
use crate::wire::scan;

/// The fields of a line that has our members in our order, without white space or escapes; `None`
/// sends any other line the long way. Where it gives fields, the long way gives the same.
pub(super) fn fields(line: &[u8]) -> Option<EventFields<'_>> {
    // Without a way out of the loop the compiler looks at many bytes at once.
    let is_plain = line.iter().fold(true, |all, &byte| all & is_plain(byte));
    let mut rest = Rest(std::str::from_utf8(line).ok().filter(|_| is_plain)?);
    rest.literal(r#"{"event_id":""#)?;
    let event_id = rest.until_quote()?;
    rest.literal(r#","event_time":""#)?;
    let event_time = rest.time()?;
    rest.literal(r#"","event_type":""#)?;
    let event_type = rest.until_quote()?;
    rest.literal(r#","user_id":""#)?;
    let user_id = rest.until_quote()?;
    rest.literal(r#","session_id":""#)?;
    let session_id = rest.until_quote()?;
    let page_path = rest.optional(r#","page_path":""#);
    let button_id = rest.optional(r#","button_id":""#);
    rest.literal(r#","props":"#)?;
    let props = rest.value().filter(|props| props.starts_with(b"{"))?;
    let own = rest.own_members()?;
    Some(EventFields {
        event_id: Cow::Borrowed(event_id),
        event_time,
        event_type: Cow::Borrowed(event_type),
        user_id: Cow::Borrowed(user_id),
        session_id: Cow::Borrowed(session_id),
        page_path: page_path.map(Cow::Borrowed),
        button_id: button_id.map(Cow::Borrowed),
        props: Cow::Borrowed(props),
        own,
    })
}

fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'\\'
}

/// A name, and the JSON text of its value.
type OwnMember<'a> = (Cow<'a, str>, Cow<'a, [u8]>);

/// The rest of a line without escapes.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    #[inline]
    fn literal(&mut self, literal: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    /// The text before the next quote, which is passed over.
    #[inline]
    fn until_quote(&mut self) -> Option<&'a str> {
        let quote = memchr::memchr(b'"', self.0.as_bytes())?;
        let (before, rest) = (self.0.get(..quote)?, self.0.get(quote + 1..)?);
        self.0 = rest;
        Some(before)
    }

    /// The text after `literal`, if that is what comes next. Without a quote at its end the next
    /// literal is not found, so nothing is lost by not telling these apart.
    #[inline]
    fn optional(&mut self, literal: &str) -> Option<&'a str> {
        self.literal(literal)?;
        self.until_quote()
    }

    #[inline]
    fn value(&mut self) -> Option<&'a [u8]> {
        let text = self.0.as_bytes();
        let value = if text.starts_with(b"{}") { &text[..2] } else { scan::first_value(text)? };
        self.0 = self.0.get(value.len()..)?;
        Some(value)
    }

    /// The members behind those of every event, to the end of the line.
    #[inline]
    fn own_members(&mut self) -> Option<Vec<OwnMember<'a>>> {
        let mut own = Vec::new();
        while self.0 != "}" {
            self.literal(",\"")?;
            let name = self.until_quote()?;
            self.literal(":")?;
            if Field::NAMES.contains(&name) {
                return None;
            }
            own.push((Cow::Borrowed(name), Cow::Borrowed(self.value()?)));
        }
        Some(own)
    }

    #[inline]
    fn time(&mut self) -> Option<VirtualTime> {
        let time = VirtualTime::from_text(self.0.as_bytes().get(..TEXT_LEN)?)?;
        self.0 = self.0.get(TEXT_LEN..)?;
        Some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use proptest::prelude::*;

    fn lines() -> Vec<String> {
        let mut lines = Vec::new();
        for yaml in ["{}", "users: { devices: { per_user: 2 }, identity: { log_in: 0.5 } }"] {
            let model = Scenario::from_yaml(yaml).unwrap().compile().unwrap();
            lines.extend(model.simulate(1).map(|event| serde_json::to_string(&event).unwrap()));
        }
        lines
    }

    #[test]
    fn our_own_lines_are_read_the_short_way() {
        for line in lines() {
            let short = fields(line.as_bytes()).unwrap();
            assert_eq!(Ok(short), EventFields::of_any_line(line.as_bytes()), "{line}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_long_one(
            line in prop::sample::select(lines()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, prop::sample::select(
                b"{}[]\",:\\0Z a\x01\xc3".to_vec())), 0..4),
        ) {
            let mut line = line.into_bytes();
            for (index, kind, byte) in edits {
                let at = index.index(line.len());
                match kind {
                    0 => line[at] = byte,
                    1 => drop(line.remove(at)),
                    _ => line.insert(at, byte),
                }
            }
            if let Some(short) = fields(&line) {
                prop_assert_eq!(Ok(short), EventFields::of_any_line(&line));
            }
        }
    }
}
