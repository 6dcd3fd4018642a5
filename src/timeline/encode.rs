//! The fast encoder: compact events straight to the bytes of their lines.

use crate::model::{Kind, Model, Record};
use crate::time::{TEXT_LEN, VirtualTime};

/// Writes events as JSON lines.
///
/// A line has a head, which is one template for each kind with holes for ids and time, and a tail
/// of ready fragments for page, button and props. All names were escaped when the encoder was made,
/// so a line costs a few copies. The lines are those of `serde_json` for [`crate::Event`].
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    /// By kind.
    pub(super) heads: Vec<Head>,
    /// `,"page_path":"..."`.
    pub(super) pages: Vec<Vec<u8>>,
    /// `,"button_id":"...","props":{}}` and the line end.
    pub(super) buttons: Vec<Vec<u8>>,
    /// By page: `,"props":{"href":"..."}}` and the line end.
    pub(super) links_onward: Vec<Vec<u8>>,
    /// The same with `"target":"_blank"`.
    pub(super) links_elsewhere: Vec<Vec<u8>>,
    /// By journey step, from 1: `,"props":{"journey":...,"step":...}}` and the line end.
    pub(super) steps: Vec<Vec<u8>>,
    clock: ClockText,
}

const EVENT_ID: usize = br#"{"event_id":""#.len();
const EVENT_ID_LEN: usize = 36;
const EVENT_TIME: usize = EVENT_ID + EVENT_ID_LEN + br#"","event_time":""#.len();
pub(super) const NO_PROPS: &[u8] = b",\"props\":{}}\n";

impl Encoder {
    pub(crate) fn new(model: &Model) -> Self {
        let names = model.names();
        let link = |target: &str| {
            let tail = |page| format!(",\"props\":{{\"href\":{}{target}}}}}\n", quoted(page));
            names.pages.iter().map(|page| tail(page).into_bytes()).collect()
        };
        let step = |(journey, step): &(String, u32)| {
            let journey = quoted(journey);
            format!(",\"props\":{{\"journey\":{journey},\"step\":{step}}}}}\n").into_bytes()
        };
        Self {
            heads: names.event_types.iter().map(|name| Head::new(name)).collect(),
            pages: names.pages.iter().map(|page| member("page_path", page)).collect(),
            buttons: names
                .buttons
                .iter()
                .map(|button| [&member("button_id", button), NO_PROPS].concat())
                .collect(),
            links_onward: link(""),
            links_elsewhere: link(",\"target\":\"_blank\""),
            steps: std::iter::once(NO_PROPS.to_vec()).chain(names.steps.iter().map(step)).collect(),
            clock: ClockText::new(),
        }
    }

    /// Appends the line of a record, line end included.
    #[inline]
    pub(crate) fn encode(&mut self, record: &Record, line: &mut Vec<u8>) {
        let head = &self.heads[usize::from(record.kind.0)];
        head.write(record, self.clock.at(record.time), line);
        let (page, detail) = (usize::from(record.page), usize::from(record.detail));
        let tail = match record.kind {
            Kind::SESSION_CREATED | Kind::SESSION_ENDED => {
                line.extend_from_slice(NO_PROPS);
                return;
            }
            Kind::BUTTON_CLICKED => &self.buttons[detail],
            Kind::LINK_ONWARD => &self.links_onward[detail],
            Kind::LINK_ELSEWHERE => &self.links_elsewhere[detail],
            Kind::PAGE_VISITED => &self.steps[detail],
            _ => &self.steps[0],
        };
        line.extend_from_slice(&self.pages[page]);
        line.extend_from_slice(tail);
    }
}

/// The head of a line, up to the end of `session_id`, with holes for what differs.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) template: Vec<u8>,
    user_id: usize,
    session_id: usize,
}

impl Head {
    fn new(event_type: &str) -> Self {
        let uuid = "00000000-0000-7000-8000-000000000000";
        let time = VirtualTime::MIN;
        let event_type = quoted(event_type);
        let to_user = format!(
            r#"{{"event_id":"{uuid}","event_time":"{time}","event_type":{event_type},"user_id":"user_"#
        );
        let to_session = format!(r#"{to_user}00000000","session_id":"session_"#);
        let template = format!(r#"{to_session}000000000000""#).into_bytes();
        Self { user_id: to_user.len(), session_id: to_session.len(), template }
    }

    #[inline]
    fn write(&self, record: &Record, time: &[u8; TEXT_LEN], line: &mut Vec<u8>) {
        let start = line.len();
        line.extend_from_slice(&self.template);
        let head = &mut line[start..];
        let session = hex::<12>(record.session & 0xffff_ffff_ffff);
        head[EVENT_ID..EVENT_ID + EVENT_ID_LEN].copy_from_slice(&event_id(record, &session));
        head[EVENT_TIME..EVENT_TIME + TEXT_LEN].copy_from_slice(time);
        head[self.user_id..self.user_id + 8]
            .copy_from_slice(&hex::<8>(u64::from(record.user_code)));
        head[self.session_id..self.session_id + 12].copy_from_slice(&session);
    }
}

/// The text of the record's version 7 UUID; see `Model::event` for its layout.
#[inline]
fn event_id(record: &Record, session: &[u8; 12]) -> [u8; EVENT_ID_LEN] {
    let mut text = *b"00000000-0000-7000-8000-000000000000";
    let time = hex::<12>(record.time.as_millis());
    text[..8].copy_from_slice(&time[..8]);
    text[9..13].copy_from_slice(&time[8..]);
    let middle = 0x7000_8000 | u64::from(record.number & 0xfff) << 16 | record.session >> 48;
    let middle = hex::<8>(middle);
    text[14..18].copy_from_slice(&middle[..4]);
    text[19..23].copy_from_slice(&middle[4..]);
    text[24..].copy_from_slice(session);
    text
}

/// The two hexadecimal digits of every byte.
const HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    table
};

/// The last `N` hexadecimal digits of a value; `N` is even.
#[inline]
fn hex<const N: usize>(value: u64) -> [u8; N] {
    let bytes = value.to_be_bytes();
    let mut text = [0; N];
    for (pair, byte) in text.chunks_exact_mut(2).zip(&bytes[8 - N / 2..]) {
        pair.copy_from_slice(&HEX[usize::from(*byte)]);
    }
    text
}

/// The text of the time, redone only as far as it changed since the last event.
#[derive(Clone, Debug)]
struct ClockText {
    minute: u64,
    text: [u8; TEXT_LEN],
}

const MS_PER_MINUTE: u64 = 60_000;

impl ClockText {
    fn new() -> Self {
        Self { minute: 0, text: VirtualTime::MIN.text() }
    }

    #[inline]
    fn at(&mut self, time: VirtualTime) -> &[u8; TEXT_LEN] {
        let minute = time.as_millis() / MS_PER_MINUTE;
        if minute != self.minute {
            self.minute = minute;
            self.text = time.text();
        }
        let millis = (time.as_millis() - minute * MS_PER_MINUTE) as u32;
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        self.text[17] = b'0' + (seconds / 10) as u8;
        self.text[18] = b'0' + (seconds % 10) as u8;
        self.text[20] = b'0' + (millis / 100) as u8;
        self.text[21] = b'0' + (millis / 10 % 10) as u8;
        self.text[22] = b'0' + (millis % 10) as u8;
        &self.text
    }
}

fn member(name: &str, value: &str) -> Vec<u8> {
    format!(",\"{name}\":{}", quoted(value)).into_bytes()
}

/// A JSON string, quotes included.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{EventProbabilities, Journey, Scenario};
    use proptest::prelude::*;

    /// A scenario in which every kind of event occurs, with the given names.
    fn scenario_with_names(names: &[String]) -> Scenario {
        let mut scenario = Scenario::default();
        let shares = [
            ("session_start", 0.05),
            ("session_end", 0.04),
            ("page_visit", 0.25),
            ("page_close", 0.19),
            ("button_click", 0.2),
            ("link_click", 0.12),
            (names[0].as_str(), 0.15),
        ];
        scenario.event_probabilities = EventProbabilities::Shares(
            shares.iter().map(|&(name, share)| (name.to_owned(), share)).collect(),
        );
        scenario.pages = names[1..4].to_vec();
        scenario.buttons = names[4..6].to_vec();
        scenario.user_journeys = vec![Journey {
            name: names[6].clone(),
            probability: 1.0,
            path: names[6..8].to_vec(),
            likely_clicks: names[8..].to_vec(),
        }];
        scenario
    }

    fn assert_lines_are_those_of_serde_json(scenario: &Scenario) {
        let model = scenario.compile().unwrap();
        let mut encoder = Encoder::new(&model);
        let mut simulation = model.simulate(1);
        let records: Vec<Record> =
            std::iter::from_fn(|| simulation.next_record()).take(500).collect();
        assert!(records.len() > 100);
        for record in records {
            let mut line = Vec::new();
            encoder.encode(&record, &mut line);
            let expected = serde_json::to_string(&model.event(&record)).unwrap() + "\n";
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lines_are_those_of_serde_json(names in prop::collection::vec("\\PC{1,8}|[\u{0}-\u{1f}\"\\\\\u{7f}\u{2028}\u{1f600}]{1,4}", 10)) {
            assert_lines_are_those_of_serde_json(&scenario_with_names(&names));
        }
    }

    #[test]
    fn the_default_scenario_is_encoded_as_by_serde_json() {
        assert_lines_are_those_of_serde_json(&Scenario::default());
    }

    #[test]
    fn the_clock_text_follows_in_any_order() {
        let mut clock = ClockText::new();
        for millis in [0, 59_999, 60_000, 1_767_225_600_123, 61_001, VirtualTime::MAX.as_millis()] {
            let time = VirtualTime::from_millis(millis).unwrap();
            assert_eq!(clock.at(time), &time.text());
        }
    }
}
