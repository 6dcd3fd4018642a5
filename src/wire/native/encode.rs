//! The encoder: records straight to the bytes of their lines.

use crate::event::{Detail, Record, UuidV7, hex};
use crate::model::Model;
use crate::population::People;
use crate::properties::PropertyWriter;
use crate::time::{TEXT_LEN, TimeText};
use crate::wire::codec::Encode;
use crate::wire::json_text::quoted;

/// An encoder of events as JSON lines.
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
    types: Vec<Vec<u8>>,
    /// `,"page_path":"..."`.
    pages: Vec<Vec<u8>>,
    /// `,"button_id":"...","props":{}}` and the line end.
    buttons: Vec<Vec<u8>>,
    /// By page: `,"props":{"href":"..."}}` and the line end.
    links_onward: Vec<Vec<u8>>,
    /// The same with `"target":"_blank"`.
    links_elsewhere: Vec<Vec<u8>>,
    /// By journey step: `,"props":{"journey":...,"step":...}}` and the line end.
    steps: Vec<Vec<u8>>,
    /// By variant of an experiment: `,"props":{"experiment":...,"variant":...}}` and the line end.
    variants: Vec<Vec<u8>>,
    /// None if no event carries properties of the scenario's.
    properties: Option<PropertyWriter>,
    /// None if users are known from the beginning.
    people: Option<People>,
}

impl Encoder {
    /// The end of a line without props.
    const NO_PROPS: &[u8] = b",\"props\":{}}\n";

    /// The end of any line: of props, and of the event.
    const END: &[u8] = b"}}\n";

    /// An encoder for the records of `model`, by its seed.
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
        let variant = |(experiment, variant): &(String, String)| {
            let (experiment, variant) = (quoted(experiment), quoted(variant));
            format!(",\"props\":{{\"experiment\":{experiment},\"variant\":{variant}}}}}\n")
                .into_bytes()
        };
        Self {
            front: Front::new(),
            middle: Middle { text: *MIDDLE_TEMPLATE },
            types: names.event_types.iter().map(event_type).collect(),
            pages: names.pages.iter().map(|page| member("page_path", page)).collect(),
            buttons: names
                .buttons
                .iter()
                .map(|button| [&member("button_id", button), Self::NO_PROPS].concat())
                .collect(),
            links_onward: link(""),
            links_elsewhere: link(",\"target\":\"_blank\""),
            steps: names.steps.iter().map(step).collect(),
            variants: names.variants.iter().map(variant).collect(),
            properties: model.property_writer(),
            people: model.people().accounts().map(|_| model.people().clone()),
        }
    }
}

impl Encode for Encoder {
    /// Appends the line of a record, line end included.
    #[inline]
    fn encode(&mut self, record: &Record, line: &mut Vec<u8>) {
        self.front.show(record);
        self.middle.show(record);
        line.extend_from_slice(&self.front.text);
        line.extend_from_slice(&self.types[record.content.kind.index()]);
        match &self.people {
            Some(people) if !people.is_known(record) => {
                self.middle.append_anonymous(people, record, line);
            }
            _ => line.extend_from_slice(&self.middle.text),
        }
        if let Some(page) = record.content.page {
            line.extend_from_slice(&self.pages[page.index()]);
        }
        line.extend_from_slice(match record.content.detail {
            Detail::None | Detail::Accounts(_) => Self::NO_PROPS,
            Detail::Step(step) => &self.steps[usize::from(step)],
            Detail::Variant(variant) => &self.variants[usize::from(variant)],
            Detail::Button(button) => &self.buttons[usize::from(button)],
            Detail::Onward(page) => &self.links_onward[page.index()],
            Detail::Elsewhere(page) => &self.links_elsewhere[page.index()],
        });
        if let Some(properties) = &mut self.properties
            && properties.has(record)
        {
            line.truncate(line.len() - Self::END.len());
            properties.write(record, line);
            line.push(b'}');
            properties.write_own_fields(line);
            line.extend_from_slice(b"}\n");
        }
    }
}

const FRONT_TEMPLATE: &[u8; FRONT_LEN] =
    br#"{"event_id":"00000000-0000-7000-8000-000000000000","event_time":"1970-01-01T00:00:00.000Z","#;
const FRONT_LEN: usize = 91;
const EVENT_ID: usize = 13;
const EVENT_TIME: usize = 65;

/// A line's beginning: id and time.
#[derive(Clone, Debug)]
struct Front {
    text: [u8; FRONT_LEN],
    time: TimeText,
}

impl Front {
    fn new() -> Self {
        Self { text: *FRONT_TEMPLATE, time: TimeText::default() }
    }

    #[inline]
    fn show(&mut self, record: &Record) {
        if let Some(id) = self.text[EVENT_ID..].first_chunk_mut::<{ UuidV7::LEN }>() {
            record.event_id().overwrite(id);
        }
        let time = self.time.show(record.time);
        self.text[EVENT_TIME..EVENT_TIME + TEXT_LEN].copy_from_slice(time);
    }
}

const MIDDLE_TEMPLATE: &[u8; MIDDLE_LEN] = br#"00000000","session_id":"session_000000000000""#;
const MIDDLE_LEN: usize = 45;
const SESSION_ID: usize = 32;
const USER_DIGITS: usize = 8;
const USER_PREFIX: &str = "user_";

/// The ids of user and session.
#[derive(Clone, Debug)]
struct Middle {
    text: [u8; MIDDLE_LEN],
}

impl Middle {
    #[inline]
    fn show(&mut self, record: &Record) {
        let session = record.event_id().last_group();
        self.text[..8].copy_from_slice(&hex(record.user_code));
        self.text[SESSION_ID..SESSION_ID + session.len()].copy_from_slice(&session);
    }

    /// Appends this to a line that ends with `user_`, with the id of the browser instead of the user's.
    fn append_anonymous(&self, people: &People, record: &Record, line: &mut Vec<u8>) {
        line.truncate(line.len() - USER_PREFIX.len());
        if let Some(id) = people.anonymous(record) {
            line.extend_from_slice(&id);
        }
        line.extend_from_slice(&self.text[USER_DIGITS..]);
    }
}

fn member(name: &str, value: &str) -> Vec<u8> {
    format!(",\"{name}\":{}", quoted(value)).into_bytes()
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
            ..Journey::default()
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
            // Numbered, so that none is blank and no page stands twice.
            let names: Vec<String> =
                names.iter().enumerate().map(|(number, name)| format!("{number}{name}")).collect();
            assert_lines_are_those_of_serde_json(&scenario_with_names(&names));
        }
    }

    #[test]
    fn the_default_scenario_is_encoded_as_by_serde_json() {
        assert_lines_are_those_of_serde_json(&Scenario::default());
    }
}
