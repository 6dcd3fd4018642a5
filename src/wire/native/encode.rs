//! The fast encoder: compact events straight to the bytes of their lines.

use crate::model::{Kind, Model, Record};
use crate::time::{TEXT_LEN, VirtualTime};
use crate::wire::codec::Encode;

/// Writes events as JSON lines.
///
/// A line is a few pieces, copied one after the other: the front with id and time and the middle with
/// the ids of user and session, which have a fixed length and are changed in place; and fragments for
/// type, page, button and props, whose names were escaped when the encoder was made. The lines are
/// those of `serde_json` for [`crate::Event`].
#[derive(Clone, Debug)]
pub struct Encoder {
    front: Front,
    middle: Middle,
    /// By kind: `"event_type":"...","user_id":"user_`.
    pub(super) types: Vec<Vec<u8>>,
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
}

pub(super) const NO_PROPS: &[u8] = b",\"props\":{}}\n";

/// Bytes of the pieces that every line has.
pub(super) const FIXED_LEN: usize = FRONT_LEN + MIDDLE_LEN;

impl Encoder {
    /// An encoder for the records of `model`.
    pub fn new(model: &Model) -> Self {
        let names = model.names();
        let event_type = |name: &String| {
            format!("\"event_type\":{},\"user_id\":\"user_", quoted(name)).into_bytes()
        };
        let link = |target: &str| {
            let tail = |page| format!(",\"props\":{{\"href\":{}{target}}}}}\n", quoted(page));
            names.pages.iter().map(|page| tail(page).into_bytes()).collect()
        };
        let step = |(journey, step): &(String, u32)| {
            let journey = quoted(journey);
            format!(",\"props\":{{\"journey\":{journey},\"step\":{step}}}}}\n").into_bytes()
        };
        Self {
            front: Front::new(),
            middle: Middle(*MIDDLE_TEMPLATE),
            types: names.event_types.iter().map(event_type).collect(),
            pages: names.pages.iter().map(|page| member("page_path", page)).collect(),
            buttons: names
                .buttons
                .iter()
                .map(|button| [&member("button_id", button), NO_PROPS].concat())
                .collect(),
            links_onward: link(""),
            links_elsewhere: link(",\"target\":\"_blank\""),
            steps: std::iter::once(NO_PROPS.to_vec()).chain(names.steps.iter().map(step)).collect(),
        }
    }
}

impl Encode for Encoder {
    /// Appends the line of a record, line end included.
    #[inline]
    fn encode(&mut self, record: &Record, line: &mut Vec<u8>) {
        let session = SessionText::of(record);
        line.extend_from_slice(self.front.of(record, &session));
        line.extend_from_slice(&self.types[usize::from(record.kind.0)]);
        line.extend_from_slice(self.middle.of(record, &session));
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

/// The digits of a session: those of its id, and before them the four of its events' ids.
struct SessionText {
    high: [u8; 8],
    low: [u8; 8],
}

impl SessionText {
    #[inline]
    fn of(record: &Record) -> Self {
        const UUID_VARIANT: u32 = 0x8000_0000;
        Self {
            high: hex(UUID_VARIANT | (record.session >> 32) as u32),
            low: hex(record.session as u32),
        }
    }
}

const FRONT_TEMPLATE: &[u8; FRONT_LEN] =
    br#"{"event_id":"00000000-0000-7000-8000-000000000000","event_time":"1970-01-01T00:00:00.000Z","#;
const FRONT_LEN: usize = 91;
const EVENT_ID: usize = 13;
const EVENT_TIME: usize = 65;
const MS_PER_MINUTE: u64 = 60_000;

/// A line's beginning: id and time.
#[derive(Clone, Debug)]
struct Front {
    text: [u8; FRONT_LEN],
    /// The minute since the epoch that the text shows.
    minute: u64,
}

impl Front {
    fn new() -> Self {
        Self { text: *FRONT_TEMPLATE, minute: 0 }
    }

    #[inline]
    fn of(&mut self, record: &Record, session: &SessionText) -> &[u8; FRONT_LEN] {
        self.show_id(record, session);
        self.show_time(record.time);
        &self.text
    }

    /// The version 7 UUID of the record; see `Model::event` for its layout.
    #[inline]
    fn show_id(&mut self, record: &Record, session: &SessionText) {
        const UUID_VERSION: u32 = 0x7000;
        let millis = record.time.as_millis();
        let time_high = hex((millis >> 16) as u32);
        let time_low = hex((millis as u32) << 16 | UUID_VERSION | record.number & 0xfff);
        let text = &mut self.text;
        text[EVENT_ID..EVENT_ID + 8].copy_from_slice(&time_high);
        text[EVENT_ID + 9..EVENT_ID + 13].copy_from_slice(&time_low[..4]);
        text[EVENT_ID + 14..EVENT_ID + 18].copy_from_slice(&time_low[4..]);
        text[EVENT_ID + 19..EVENT_ID + 23].copy_from_slice(&session.high[..4]);
        text[EVENT_ID + 24..EVENT_ID + 28].copy_from_slice(&session.high[4..]);
        text[EVENT_ID + 28..EVENT_ID + 36].copy_from_slice(&session.low);
    }

    /// The time, whose date, hour and minute are redone only when they changed.
    #[inline]
    fn show_time(&mut self, time: VirtualTime) {
        let minute = time.as_millis() / MS_PER_MINUTE;
        if minute != self.minute {
            self.minute = minute;
            self.text[EVENT_TIME..EVENT_TIME + TEXT_LEN].copy_from_slice(&time.text());
        }
        let millis = (time.as_millis() - minute * MS_PER_MINUTE) as u32;
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let text = &mut self.text;
        text[EVENT_TIME + 17] = b'0' + (seconds / 10) as u8;
        text[EVENT_TIME + 18] = b'0' + (seconds % 10) as u8;
        text[EVENT_TIME + 20] = b'0' + (millis / 100) as u8;
        text[EVENT_TIME + 21] = b'0' + (millis / 10 % 10) as u8;
        text[EVENT_TIME + 22] = b'0' + (millis % 10) as u8;
    }
}

const MIDDLE_TEMPLATE: &[u8; MIDDLE_LEN] = br#"00000000","session_id":"session_000000000000""#;
const MIDDLE_LEN: usize = 45;
const SESSION_ID: usize = 32;

/// The ids of user and session.
#[derive(Clone, Debug)]
struct Middle([u8; MIDDLE_LEN]);

impl Middle {
    #[inline]
    fn of(&mut self, record: &Record, session: &SessionText) -> &[u8; MIDDLE_LEN] {
        self.0[..8].copy_from_slice(&hex(record.user_code));
        self.0[SESSION_ID..SESSION_ID + 4].copy_from_slice(&session.high[4..]);
        self.0[SESSION_ID + 4..SESSION_ID + 12].copy_from_slice(&session.low);
        &self.0
    }
}

/// Eight hexadecimal digits, all at once: the nibbles are spread over the bytes of a word, and those
/// above 9 are moved on to the letters.
#[inline]
fn hex(value: u32) -> [u8; 8] {
    const TO_LETTERS: u64 = (b'a' - b'0' - 10) as u64;
    let pairs = u64::from(value);
    let pairs = (pairs << 16 | pairs) & 0x0000_ffff_0000_ffff;
    let pairs = (pairs << 8 | pairs) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (pairs << 4 | pairs) & 0x0f0f_0f0f_0f0f_0f0f;
    let above_nine = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (nibbles + 0x3030_3030_3030_3030 + above_nine * TO_LETTERS).to_be_bytes()
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
    fn the_time_follows_in_any_order() {
        let mut front = Front::new();
        for millis in [0, 59_999, 60_000, 1_767_225_600_123, 61_001, VirtualTime::MAX.as_millis()] {
            let time = VirtualTime::from_millis(millis).unwrap();
            front.show_time(time);
            assert_eq!(front.text[EVENT_TIME..EVENT_TIME + TEXT_LEN], time.text());
        }
    }

    proptest! {
        #[test]
        fn hex_is_that_of_the_standard_library(value: u32) {
            prop_assert_eq!(hex(value).to_vec(), format!("{value:08x}").into_bytes());
        }
    }
}
