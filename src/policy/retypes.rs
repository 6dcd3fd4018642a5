//! Properties that have another type since, and types of events that have another name.

use std::borrow::Cow;

use crate::scenario::policy::{FormerType, PolicySpec, RenamedEvent, RetypedProperty};
use crate::wire::{EventFields, quoted, scan};

/// Gives properties the types back that they had, and events their names.
#[derive(Debug)]
pub(super) struct Retypes {
    properties: Vec<RetypedProperty>,
    events: Vec<RenamedEvent>,
}

impl Retypes {
    pub(super) fn new(policy: &PolicySpec) -> Self {
        Self { properties: policy.retyped.clone(), events: policy.renamed_events.clone() }
    }

    /// Gives an event its name back, and its properties and fields their types.
    pub(super) fn undo(&self, event: &mut EventFields<'_>) {
        let known = self.events.iter().find(|known| *known.new_name == *event.event_type);
        if let Some(RenamedEvent { event_type, .. }) = known {
            event.event_type = Cow::Owned(event_type.clone());
        }
        if self.properties.is_empty() {
            return;
        }
        if let Some(props) = self.props(&event.props) {
            event.props = Cow::Owned(props);
        }
        for (name, value) in &mut event.own {
            if let Some(former) = self.former(name.as_bytes(), value) {
                *value = Cow::Owned(former);
            }
        }
    }

    /// The JSON text of an object whose members have the types that they had; none if all have them.
    fn props(&self, props: &[u8]) -> Option<Vec<u8>> {
        let (mut shown, mut is_changed) = (Vec::new(), false);
        let read = scan::each_member(props, |name, value| {
            shown.push(if shown.is_empty() { b'{' } else { b',' });
            shown.extend_from_slice(quoted(&String::from_utf8_lossy(&name)).as_bytes());
            shown.push(b':');
            let former = self.former(&name, value);
            is_changed |= former.is_some();
            shown.extend_from_slice(former.as_deref().unwrap_or(value));
            Ok(())
        });
        read.ok()?;
        shown.push(b'}');
        is_changed.then_some(shown)
    }

    /// The value that a property had before its type changed; none if it has that type.
    fn former(&self, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
        let rule = self.properties.iter().find(|rule| rule.property.as_bytes() == name)?;
        match (rule.was, value.first()?) {
            (FormerType::Number, b'"') => {
                let text = scan::text(value).ok()?;
                is_number(&text).then(|| text.as_bytes().to_vec())
            }
            (FormerType::Text, b'[') => {
                let inner = value.strip_prefix(b"[")?.strip_suffix(b"]")?.trim_ascii();
                scan::text(inner).is_ok().then(|| inner.to_vec())
            }
            (FormerType::Text, b'-' | b'0'..=b'9' | b't' | b'f') => {
                Some([b"\"", value, b"\""].concat())
            }
            _ => None,
        }
    }
}

/// True for a number as JSON writes it.
fn is_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok() && text.trim() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_names_are_given_back_in_every_digit() {
        let rules = "
retyped: [{ property: amount }, { property: tag, was: text }, { property: plan, was: text }]
renamed_events: [{ event_type: purchase, new_name: order_completed }]";
        let retypes = Retypes::new(&PolicySpec::read(rules.as_bytes(), "policy").unwrap());
        let whole = |event_type: &str, rest: &str| {
            format!(
                r#"{{"event_id":"1","event_time":"2026-01-01T00:00:00.000Z","event_type":"{event_type}","user_id":"u","session_id":"s",{rest}}}"#
            )
        };
        for (line, expected) in [
            (r#""props":{"amount":"9007199254740993"}"#, r#""props":{"amount":9007199254740993}"#),
            (r#""props":{"amount":"0.10","b":"1"}"#, r#""props":{"amount":0.10,"b":"1"}"#),
            (r#""props":{"amount":"007"}"#, r#""props":{"amount":"007"}"#),
            (r#""props":{"amount":"1 EUR"}"#, r#""props":{"amount":"1 EUR"}"#),
            (r#""props":{"amount":12.0,"tag":["x"]}"#, r#""props":{"amount":12.0,"tag":"x"}"#),
            (r#""props":{"tag":["x","y"]}"#, r#""props":{"tag":["x","y"]}"#),
            (r#""props":{"tag":1.50},"plan":true"#, r#""props":{"tag":"1.50"},"plan":"true""#),
            (r#""props":{"tag":null}"#, r#""props":{"tag":null}"#),
        ] {
            let line = whole("order_completed", line);
            let mut event = EventFields::of_line(line.as_bytes()).unwrap();
            retypes.undo(&mut event);
            let mut written = Vec::new();
            event.write_line(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), whole("purchase", expected));
        }
    }
}
