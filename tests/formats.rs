//! The wire formats of others: what is encoded is decoded again, and nothing of it changes by accident.

use proptest::prelude::*;
use serde_json::{Map, Value};

use event_simulator::wire::{EventFields, FORMATS, FormatEncoder, FormatSettings, WireFormat};
use event_simulator::{Event, Scenario, VirtualTime};

const SCENARIO: &str = "
simulation: { num_users: 60, duration_seconds: 900 }
users:
  personas:
    - { name: browser, share: 0.7 }
    - { name: buyer, share: 0.3 }
  attributes:
    country: { choice: { US: 0.5, DE: 0.3, JP: 0.2 } }
    plan: { choice: { free: 0.9, pro: 0.1 }, when: { persona: buyer } }
  identity: { signed_up: 0.5, logged_in: 0.3, sign_up: 0.3, log_in: 0.4, log_out: 0.3 }
  devices:
    per_user: 1.8
sessions:
  channels: { direct: 0.4, organic_search: 0.2, paid_social: 0.2, email: 0.1, referral: 0.1 }
events:
  page_visited:
    properties:
      price: { uniform: { min: 1, max: 99 }, field: true }
      title: { constant: A page }
";

fn encoded(encoder: &mut FormatEncoder, event: &Event) -> String {
    let mut text = Vec::new();
    encoder.encode(&EventFields::from(event), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn decoded(format: &WireFormat, text: &str) -> Event {
    let line = format.decode(text.as_bytes()).unwrap();
    EventFields::of_line(&line).unwrap().to_event().unwrap()
}

fn encoder(format: &'static WireFormat) -> FormatEncoder {
    FormatEncoder::new(format, FormatSettings::default())
}

#[test]
fn every_event_of_a_timeline_comes_back() {
    for sections in [SCENARIO, ""] {
        let model = Scenario::from_yaml(sections).unwrap().compile().unwrap();
        for format in FORMATS {
            let mut encoder = encoder(format);
            for event in model.simulate(3).take(5_000) {
                let text = encoded(&mut encoder, &event);
                assert_eq!(decoded(format, &text), event, "{}: {text}", format.name);
            }
        }
    }
}

/// The first events of each type, as each format has them.
#[test]
fn formats_stay_what_they_are() {
    let model = Scenario::from_yaml(SCENARIO).unwrap().compile().unwrap();
    for format in FORMATS {
        let mut encoder = encoder(format);
        let mut seen = Map::new();
        for event in model.simulate(3) {
            let text = encoded(&mut encoder, &event);
            if !seen.contains_key(&event.event_type) {
                let value: Value = serde_json::from_str(&text).unwrap();
                seen.insert(event.event_type.clone(), value);
            }
        }
        assert!(seen.len() >= 7, "{:?}", seen.keys());
        let (before, behind) = format.around("KEY", "2026-01-01T00:00:00.000Z");
        let around = [String::from_utf8(before).unwrap(), String::from_utf8(behind).unwrap()];
        let shown = format!("{}...{}\n{:#}\n", around[0], around[1], Value::Object(seen));
        insta::with_settings!({
            snapshot_path => "../snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(format!("format-{}", format.name), shown);
        });
    }
}

#[test]
fn batches_are_taken_apart_again() {
    let model = Scenario::from_yaml(SCENARIO).unwrap().compile().unwrap();
    for format in FORMATS {
        let mut encoder = encoder(format);
        let most = format.limits.batch_events.min(20);
        let events: Vec<Event> = model.simulate(3).take(most).collect();
        let texts: Vec<String> = events.iter().map(|event| encoded(&mut encoder, event)).collect();
        let (before, behind) = format.around("k\"ey", "2026-01-01T00:00:00.000Z");
        let body = [&before[..], texts.join(",").as_bytes(), &behind].concat();
        assert!(serde_json::from_slice::<Value>(&body).is_ok(), "{}", format.name);
        let found = format.events_of(&body).unwrap();
        let found: Vec<Event> =
            found.iter().map(|text| decoded(format, std::str::from_utf8(text).unwrap())).collect();
        assert_eq!(found, events, "{}", format.name);
    }
}

/// Names, of which many have a place or a meaning in some format.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "path",
            "path_",
            "url",
            "button_id",
            "page_path",
            "session_id",
            "$session_id",
            "$current_url",
            "distinct_id",
            "time",
            "own_fields",
            "id",
            "id_",
            "type",
            "kind",
            "os",
            "ip",
            "screen",
            "name",
            "user",
            "device",
            "session",
            "utm_source",
            "referrer",
            "event",
            "event_type_",
            "anonymous_id_",
            "traits",
            "$set",
            "language",
            // Where other programs say what ours says elsewhere.
            "user_id",
            "userId",
            "event_id",
            "event_type",
            "props",
            "data",
            "contexts",
            "schema",
            "token",
            "$token",
            "$time",
            "$set_once",
            "$distinct_ids",
            "category",
            "title",
            "",
            "\0",
            "\u{202e}rtl",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        ])
        .prop_map(str::to_owned),
        "[a-z$_]{1,6}",
        "\\PC{1,6}",
        "[\u{0}-\u{1f}\"\\\\\u{2028}\u{1f600}]{1,3}",
        "[a-z\"\u{202e}]{300}",
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (1_u64 << 53..).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[0-9]{1,4}x[0-9]{1,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            object_of(inner).prop_map(Value::Object),
        ]
    })
}

fn object_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(name(), value, 0..5)
        .prop_map(|members| members.into_iter().collect())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "\\PC{1,8}",
        "[\u{0}-\u{1f}\"\\\\]{1,3}",
        "[\u{202a}-\u{202e}\u{5d0}-\u{5ea}\u{1f600}-\u{1f64f}]{1,4}",
        "[a-z%&=?#+ ]{300}",
        prop::sample::select(vec![
            "$set",
            "null",
            "anonymous",
            "track",
            "0",
            "[]",
            "{}",
            "NaN",
            " "
        ])
        .prop_map(str::to_owned),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let event_type = prop_oneof![
        prop::sample::select(vec!["page_visited", "signed_up", "logged_in", "purchase"])
            .prop_map(str::to_owned),
        text(),
    ];
    let session = prop_oneof!["session_[0-9a-f]{12}", text(), "[0-9]{1,5}"];
    let page = prop::option::of(prop_oneof!["/[a-z?&=#]{0,8}", "\\PC{0,8}"]);
    let parts = prop::collection::vec(prop::option::of(object_of(json())), 3);
    (
        (event_type, text(), session, page, prop::option::of(text())),
        (object_of(json()), parts, object_of(json()), prop::option::of(text()), any::<bool>()),
        946_684_800_000_u64..4_000_000_000_000,
    )
        .prop_map(|(fields, (props, parts, others, anonymous, is_known), millis)| {
            let (event_type, user, session_id, page_path, button_id) = fields;
            let mut own: Map<String, Value> = others;
            let known = ["user", "device", "session", "anonymous_id"];
            own.retain(|name, _| {
                let is_field = event_simulator::event::Field::NAMES.contains(&&**name);
                !props.contains_key(name) && !known.contains(&&**name) && !is_field
            });
            for (name, part) in known.iter().zip(parts) {
                own.extend(part.map(|part| ((*name).to_owned(), Value::Object(part))));
            }
            // Where a part has no members it is a field like any other.
            own.retain(|name, value| {
                !(known.contains(&&**name) && value.as_object().is_some_and(Map::is_empty))
            });
            let user_id = match &anonymous {
                Some(id) if !is_known => id.clone(),
                _ => user,
            };
            own.extend(anonymous.map(|id| ("anonymous_id".to_owned(), Value::from(id))));
            Event {
                event_id: "019b76da-a82e-7001-9284-de806a25a2d5".to_owned(),
                event_time: VirtualTime::from_millis(millis).unwrap(),
                event_type,
                user_id,
                session_id,
                page_path,
                button_id,
                props,
                own,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn odd_events_come_back(event in event()) {
        for format in FORMATS {
            let text = encoded(&mut encoder(format), &event);
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}: {}", format.name, text);
            prop_assert_eq!(decoded(format, &text), event.clone(), "{}: {}", format.name, text);
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused(event in event(), cut: prop::sample::Index, soup in "[\"\\\\{}\\[\\]:,a1 ]{0,24}") {
        for format in FORMATS {
            let text = encoded(&mut encoder(format), &event);
            let cut = text.get(..cut.index(text.len())).unwrap_or_default();
            let _ = (format.decode(cut.as_bytes()), format.decode(soup.as_bytes()));
            let _ = (format.events_of(cut.as_bytes()), format.events_of(soup.as_bytes()));
        }
    }
}

#[test]
fn what_is_cut_is_told() {
    let long = "x".repeat(101);
    let many: Vec<String> = (0..20).map(|n| format!("      p{n}: {{ constant: {n} }}\n")).collect();
    let many = many.concat();
    let yaml = format!(
        "
event_probabilities:
  session_start: 0.1
  session_end: 0.1
  page_visit: 0.5
  a_very_long_name_of_an_event_beyond_forty_characters: 0.3
events:
  page_visited:
    properties:
      a_very_long_name_of_a_property_beyond_forty: {{ constant: 1 }}
      title: {{ choice: {{ {long}: 0.5, short: 0.5 }} }}
{many}"
    );
    let model = Scenario::from_yaml(&yaml).unwrap().compile().unwrap();
    let told = |name| WireFormat::named(name).unwrap().cuts_of(&model);
    let expected = [
        r#"the event type "a_very_long_name_of_an_event_beyond_forty_characters" has 52 characters, of which 40 are kept"#,
        r#"the property "a_very_long_name_of_a_property_beyond_forty" has 43 characters, of which 40 are kept"#,
        r#"a value of "title" of "page_visited" has 101 characters, of which 100 are kept"#,
        r#"the event "page_visited" can have 40 properties, of which 25 are kept"#,
    ];
    assert_eq!(told("ga4"), expected);
    assert_eq!(told("umami").len(), 1);
    assert_eq!(
        told("plausible"),
        [r#"the event "page_visited" can have 36 properties, of which 30 are kept"#]
    );
    assert!(told("segment").is_empty());
}

#[test]
fn properties_that_are_lists_or_objects_stand_apart_where_none_may() {
    let line = br#"{"event_id":"1","event_time":"2026-01-01T00:00:00.046Z","event_type":"purchase","user_id":"u","session_id":"session_de806a25a2d5","props":{"total":12.5,"items":[{"sku":"a\"b"}],"nested":{"a":1}}}"#;
    for (name, place) in [("ga4", &["events"][..]), ("plausible", &["body", "props"])] {
        let format = WireFormat::named(name).unwrap();
        let mut text = Vec::new();
        encoder(format).encode_line(line, &mut text).unwrap();
        let written: Value = serde_json::from_slice(&text).unwrap();
        let mut properties = place.iter().fold(&written, |value, member| &value[member]);
        if name == "ga4" {
            properties = &properties[0]["params"];
        }
        assert_eq!(properties["nested"], r#"{"items":[{"sku":"a\"b"}],"nested":{"a":1}}"#);
        assert_eq!(properties["total"], 12.5);
        let members = properties.as_object().unwrap().values();
        assert!(members.into_iter().all(|value| !value.is_object() && !value.is_array()));
        let read = format.decode(&text).unwrap();
        let read: Value = serde_json::from_slice(&read).unwrap();
        assert_eq!(read, serde_json::from_slice::<Value>(line).unwrap());
    }
}
