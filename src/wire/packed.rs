//! Fields one behind the other, to be kept and taken up again without reading a line anew.

use std::borrow::Cow;

use crate::time::VirtualTime;

use super::fields::EventFields;

/// The length that stands for an absent text.
const ABSENT: u32 = u32::MAX;

impl EventFields<'_> {
    /// Appends the fields in a form that [`EventFields::unpack`] reads: lengths, then texts, then JSON.
    ///
    /// ```
    /// use event_simulator::{Scenario, wire::EventFields};
    ///
    /// for event in Scenario::default().compile()?.simulate(1) {
    ///     let (fields, mut packed) = (EventFields::from(&event), Vec::new());
    ///     fields.pack(&mut packed);
    ///     assert_eq!(EventFields::unpack(&packed), Some(fields));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pack(&self, out: &mut Vec<u8>) {
        let optional = [&self.page_path, &self.button_id].map(Option::as_deref);
        let required = [&self.event_id, &self.event_type, &self.user_id, &self.session_id];
        out.extend_from_slice(&self.event_time.as_millis().to_le_bytes());
        let mut length = |length: usize| out.extend_from_slice(&(length as u32).to_le_bytes());
        for text in required {
            length(text.len());
        }
        for text in optional {
            length(text.map_or(ABSENT as usize, str::len));
        }
        length(self.props.len());
        length(self.own.len());
        for (name, value) in &self.own {
            length(name.len());
            length(value.len());
        }
        for text in required {
            out.extend_from_slice(text.as_bytes());
        }
        for text in optional.into_iter().flatten() {
            out.extend_from_slice(text.as_bytes());
        }
        for (name, _) in &self.own {
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(&self.props);
        for (_, value) in &self.own {
            out.extend_from_slice(value);
        }
    }
}

impl<'a> EventFields<'a> {
    /// The fields that [`EventFields::pack`] has packed; none of other bytes.
    pub fn unpack(packed: &'a [u8]) -> Option<Self> {
        let (time, mut rest) = packed.split_first_chunk()?;
        let event_time = VirtualTime::from_millis(u64::from_le_bytes(*time))?;
        let lengths = take_lengths::<8>(&mut rest)?;
        let [event_id, event_type, user_id, session_id, page_path, button_id, props, own] = lengths;
        let required = [event_id, event_type, user_id, session_id];
        let optional = [page_path, button_id].map(|length| (length != ABSENT).then_some(length));
        let own_lengths;
        (own_lengths, rest) = rest.split_at_checked((own as usize).checked_mul(8)?)?;
        let own_lengths = own_lengths.chunks_exact(8).map(|mut pair| take_lengths::<2>(&mut pair));
        let texts = required.into_iter().chain(optional.into_iter().flatten());
        let texts = texts.chain(own_lengths.clone().flatten().map(|[name, _]| name));
        let text_bytes = usize::try_from(texts.map(u64::from).sum::<u64>()).ok()?;
        // All texts at once, which is faster than one by one.
        let mut texts = std::str::from_utf8(rest.get(..text_bytes)?).ok()?;
        let mut json = rest.get(text_bytes..)?;
        let mut text = |length: u32| {
            let text;
            (text, texts) = texts.split_at_checked(length as usize)?;
            Some(Cow::Borrowed(text))
        };
        let mut value = |length: u32| {
            let value;
            (value, json) = json.split_at_checked(length as usize)?;
            Some(Cow::Borrowed(value))
        };
        let [event_id, event_type, user_id, session_id] = required.map(&mut text);
        let [page_path, button_id] = optional.map(|length| length.and_then(&mut text));
        let props = value(props)?;
        let own = own_lengths.map(|pair| {
            let [name, length] = pair?;
            Some((text(name)?, value(length)?))
        });
        Some(Self {
            event_time,
            event_id: event_id?,
            event_type: event_type?,
            user_id: user_id?,
            session_id: session_id?,
            page_path,
            button_id,
            props,
            own: own.collect::<Option<_>>()?,
        })
    }
}

fn take_lengths<const N: usize>(rest: &mut &[u8]) -> Option<[u32; N]> {
    let mut lengths = [0; N];
    for length in &mut lengths {
        let (bytes, behind) = rest.split_first_chunk()?;
        *length = u32::from_le_bytes(*bytes);
        *rest = behind;
    }
    Some(lengths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields() -> impl Strategy<Value = EventFields<'static>> {
        let text = || "\\PC{0,6}";
        let json = || prop::collection::vec(any::<u8>(), 0..6);
        let texts = (text(), text(), text(), text());
        let optional = (prop::option::of(text()), prop::option::of(text()));
        let own = prop::collection::vec((text(), json()), 0..4);
        (texts, optional, own, json(), 0_u64..1 << 40).prop_map(
            |((id, kind, user, session), (page, button), own, props, millis)| EventFields {
                event_id: id.into(),
                event_time: VirtualTime::from_millis(millis).unwrap(),
                event_type: kind.into(),
                user_id: user.into(),
                session_id: session.into(),
                page_path: page.map(Into::into),
                button_id: button.map(Into::into),
                props: props.into(),
                own: own.into_iter().map(|(name, json)| (name.into(), json.into())).collect(),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(fields in fields()) {
            let mut packed = Vec::new();
            fields.pack(&mut packed);
            prop_assert_eq!(EventFields::unpack(&packed), Some(fields));
        }

        #[test]
        fn other_bytes_are_no_fields_or_some(fields in fields(), at: prop::sample::Index, byte: u8) {
            let mut packed = Vec::new();
            fields.pack(&mut packed);
            let at = at.index(packed.len());
            let _ = EventFields::unpack(&packed[..at]);
            packed[at] = byte;
            let _ = EventFields::unpack(&packed);
        }
    }
}
