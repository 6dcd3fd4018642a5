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
        self.pack_common(out);
        self.pack_own(out);
    }

    /// Appends the fields that all events have, in a form that [`EventFields::unpack_parts`] reads.
    pub fn pack_common(&self, out: &mut Vec<u8>) {
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
        for text in required {
            out.extend_from_slice(text.as_bytes());
        }
        for text in optional.into_iter().flatten() {
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.props);
    }

    /// Appends the other fields, in a form that [`EventFields::unpack_parts`] reads. They are often those of other events.
    pub fn pack_own(&self, out: &mut Vec<u8>) {
        let mut length = |length: usize| out.extend_from_slice(&(length as u32).to_le_bytes());
        length(self.own.len());
        for (name, value) in &self.own {
            length(name.len());
            length(value.len());
        }
        for (name, _) in &self.own {
            out.extend_from_slice(name.as_bytes());
        }
        for (_, value) in &self.own {
            out.extend_from_slice(value);
        }
    }
}

impl<'a> EventFields<'a> {
    /// The fields that [`EventFields::pack`] has packed; none of other bytes.
    pub fn unpack(packed: &'a [u8]) -> Option<Self> {
        let (fields, rest) = Self::unpack_common(packed)?;
        Some(Self { own: unpack_own(rest)?, ..fields })
    }

    /// The fields of which [`EventFields::pack_common`] and [`EventFields::pack_own`] have packed a part each; none of other
    /// bytes.
    pub fn unpack_parts(common: &'a [u8], own: &'a [u8]) -> Option<Self> {
        let (fields, _) = Self::unpack_common(common)?;
        Some(Self { own: unpack_own(own)?, ..fields })
    }

    /// The fields that all events have, and what stands behind them.
    fn unpack_common(packed: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (time, mut rest) = packed.split_first_chunk()?;
        let event_time = VirtualTime::from_millis(u64::from_le_bytes(*time))?;
        let lengths = take_lengths::<7>(&mut rest)?;
        let [event_id, event_type, user_id, session_id, page_path, button_id, props] = lengths;
        let required = [event_id, event_type, user_id, session_id];
        let optional = [page_path, button_id].map(|length| (length != ABSENT).then_some(length));
        let texts = required.into_iter().chain(optional.into_iter().flatten());
        let mut texts = Texts::split(&mut rest, texts)?;
        let [event_id, event_type, user_id, session_id] = required.map(|length| texts.next(length));
        let [page_path, button_id] =
            optional.map(|length| length.and_then(|length| texts.next(length)));
        let (props, rest) = rest.split_at_checked(props as usize)?;
        let fields = Self {
            event_time,
            event_id: event_id?,
            event_type: event_type?,
            user_id: user_id?,
            session_id: session_id?,
            page_path,
            button_id,
            props: Cow::Borrowed(props),
            own: Vec::new(),
        };
        Some((fields, rest))
    }
}

/// The other fields.
fn unpack_own(mut rest: &[u8]) -> Option<Vec<OwnField<'_>>> {
    let [count] = take_lengths(&mut rest)?;
    if count == 0 {
        return Some(Vec::new());
    }
    let lengths;
    (lengths, rest) = rest.split_at_checked((count as usize).checked_mul(8)?)?;
    let lengths = lengths.chunks_exact(8).map(|mut pair| take_lengths::<2>(&mut pair));
    let mut names = Texts::split(&mut rest, lengths.clone().flatten().map(|[name, _]| name))?;
    let field = |pair: Option<[u32; 2]>| {
        let [name, length] = pair?;
        let value;
        (value, rest) = rest.split_at_checked(length as usize)?;
        Some((names.next(name)?, Cow::Borrowed(value)))
    };
    lengths.map(field).collect()
}

/// A name, and the JSON text of a value.
type OwnField<'a> = (Cow<'a, str>, Cow<'a, [u8]>);

/// Texts one behind the other.
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    /// Takes texts of these lengths off `rest`: all at once, which is faster than one by one.
    fn split(rest: &mut &'a [u8], lengths: impl Iterator<Item = u32>) -> Option<Self> {
        let bytes = usize::try_from(lengths.map(u64::from).sum::<u64>()).ok()?;
        let texts;
        (texts, *rest) = rest.split_at_checked(bytes)?;
        std::str::from_utf8(texts).ok().map(Self)
    }

    fn next(&mut self, length: u32) -> Option<Cow<'a, str>> {
        let text;
        (text, self.0) = self.0.split_at_checked(length as usize)?;
        Some(Cow::Borrowed(text))
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
            prop_assert_eq!(EventFields::unpack(&packed), Some(fields.clone()));
            let (mut common, mut own) = (Vec::new(), Vec::new());
            fields.pack_common(&mut common);
            fields.pack_own(&mut own);
            prop_assert_eq!(EventFields::unpack_parts(&common, &own), Some(fields));
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
