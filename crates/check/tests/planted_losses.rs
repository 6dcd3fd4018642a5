//! Events that are lost.

use std::collections::HashMap;

use event_simulator::Event;

use super::planted_events::{NONE, Plant, hash, minute};

pub(super) const LOST: &[Plant] = &[
    Plant {
        name: "a type",
        expected: &["event_type link_click: a filter"],
        damage: |sent| sent.without(|_, e| e.event_type == "link_click"),
    },
    Plant {
        name: "two types",
        expected: &["event_type session_created, session_ended: a filter", "without page_path"],
        damage: |sent| sent.without(|_, e| e.event_type.starts_with("session")),
    },
    Plant {
        name: "half of a type, every second",
        expected: &["event_type page_closed, (every second one)"],
        damage: |sent| {
            let ranks = sent.ranks(|e| e.event_type.clone(), false);
            sent.without(|i, e| e.event_type == "page_closed" && ranks[i] % 2 == 1)
        },
    },
    Plant {
        name: "some of a type at random",
        expected: &["event_type page_visited, scattered evenly"],
        damage: |sent| {
            sent.without(|_, e| {
                e.event_type == "page_visited" && hash(&e.event_id).is_multiple_of(3)
            })
        },
    },
    Plant {
        name: "a type from a moment on",
        expected: &["of event_type button_clicked"],
        damage: |sent| {
            let half = sent.events.len() / 2;
            sent.without(|i, e| e.event_type == "button_clicked" && i > half)
        },
    },
    Plant {
        name: "a page",
        expected: &["of page_path /"],
        damage: |sent| {
            let page = Some(sent.page());
            sent.without(|_, e| e.page_path.as_deref() == page)
        },
    },
    Plant {
        name: "a button",
        expected: &["of button_id "],
        damage: |sent| {
            let button = sent.events.iter().find_map(|e| e.button_id.clone()).unwrap();
            sent.without(|_, e| e.button_id.as_ref() == Some(&button))
        },
    },
    Plant {
        name: "events without a page",
        expected: &["without page_path", "event_type session_created, session_ended"],
        damage: |sent| sent.without(|_, e| e.page_path.is_none()),
    },
    Plant {
        name: "events with a button",
        expected: &["with button_id", "of event_type button_clicked: "],
        damage: |sent| sent.without(|_, e| e.button_id.is_some()),
    },
    Plant {
        name: "events with props",
        expected: &["with props"],
        damage: |sent| sent.without(|_, e| !e.props.is_empty()),
    },
    Plant {
        name: "one user",
        expected: &["of user_id user_"],
        damage: |sent| {
            let user = sent.user();
            sent.without(|_, e| e.user_id == *user)
        },
    },
    Plant {
        name: "one session",
        expected: &["of session_id session_"],
        damage: |sent| {
            let session = sent.longest_session();
            sent.without(|_, e| e.session_id == *session)
        },
    },
    Plant {
        name: "some users",
        expected: &["of user_id user_"],
        damage: |sent| sent.without(|_, e| hash(&e.user_id).is_multiple_of(6)),
    },
    Plant {
        name: "most users",
        expected: &["of user_id user_"],
        damage: |sent| sent.without(|_, e| !hash(&e.user_id).is_multiple_of(10)),
    },
    Plant {
        name: "a partition",
        expected: &["of partition 2 of 6 by user_id (crc32"],
        damage: |sent| sent.without(|_, e| crc32(e.user_id.as_bytes()) % 6 == 2),
    },
    Plant {
        name: "some sessions",
        expected: &["of session_id session_"],
        damage: |sent| sent.without(|_, e| hash(&e.session_id).is_multiple_of(8)),
    },
    Plant {
        name: "an outage",
        expected: &["in one run, from 2026"],
        damage: |sent| sent.without(|_, e| minute(e) == 7),
    },
    Plant {
        name: "two outages",
        expected: &["in 2 runs"],
        damage: |sent| sent.without(|_, e| [5, 10].contains(&minute(e))),
    },
    Plant {
        name: "the tail",
        expected: &["at the end, from 2026"],
        damage: |sent| {
            let end = sent.events.len() * 9 / 10;
            sent.without(|i, _| i >= end)
        },
    },
    Plant {
        name: "the tail of each user",
        expected: &["at the end of each user", "at the end, from"],
        damage: |sent| {
            let end = sent.events.len() * 9 / 10;
            let until = |e: &Event| end - hash(&e.user_id) as usize % 200;
            sent.without(|i, e| i >= until(e))
        },
    },
    Plant {
        name: "the beginning",
        expected: &["at the beginning, up to 2026"],
        damage: |sent| sent.without(|i, _| i < 300),
    },
    Plant {
        name: "batches",
        expected: &["of whole batches of 50"],
        damage: |sent| sent.without(|i, _| hash(&(i / 50).to_string()).is_multiple_of(9)),
    },
    Plant {
        name: "every third",
        expected: &["(every third one)"],
        damage: |sent| sent.without(|i, _| i % 3 == 1),
    },
    Plant {
        name: "evenly",
        expected: &["scattered evenly"],
        damage: |sent| sent.without(|_, e| hash(&e.event_id).is_multiple_of(20)),
    },
    Plant {
        name: "the last of each user",
        expected: &["that are the last of their user"],
        damage: |sent| {
            let ranks = sent.ranks(|e| e.user_id.clone(), true);
            sent.without(|i, _| ranks[i] == 0)
        },
    },
    Plant {
        name: "the first of each session",
        expected: &["that are the first of their session", "event_type session_created"],
        damage: |sent| {
            let ranks = sent.ranks(|e| e.session_id.clone(), false);
            sent.without(|i, _| ranks[i] == 0)
        },
    },
    Plant {
        name: "repeats of a type and page in a session",
        expected: &["repeat the session_id, event_type and page_path of an earlier one"],
        damage: |sent| {
            let ranks = sent
                .ranks(|e| format!("{} {} {:?}", e.session_id, e.event_type, e.page_path), false);
            sent.without(|i, _| ranks[i] > 0)
        },
    },
    Plant {
        name: "repeats of a type in a second",
        expected: &["repeat the user_id, event_type and second of an earlier one"],
        damage: |sent| {
            let key = |e: &Event| {
                format!("{} {} {}", e.user_id, e.event_type, e.event_time.as_millis() / 1_000)
            };
            let ranks = sent.ranks(key, false);
            sent.without(|i, _| ranks[i] > 0)
        },
    },
    Plant {
        name: "events that follow too soon",
        expected: &["with a pause in milliseconds since the user's event before of at most"],
        damage: |sent| {
            let mut last: HashMap<&str, u64> = HashMap::new();
            let pauses: Vec<u64> = sent
                .events
                .iter()
                .map(|event| {
                    let now = event.event_time.as_millis();
                    last.insert(&event.user_id, now).map_or(u64::MAX, |before| now - before)
                })
                .collect();
            sent.without(|i, _| pauses[i] < 1_500)
        },
    },
    Plant {
        name: "lines that are too long",
        expected: &["with a line length in bytes of at least"],
        damage: |sent| sent.without(|i, _| sent.lines[i].len() > 260),
    },
    Plant {
        name: "a type and a user",
        expected: &["of event_type link_click", "of user_id user_"],
        damage: |sent| {
            let user = sent.user();
            sent.without(|_, e| e.event_type == "link_click" || e.user_id == *user)
        },
    },
    Plant {
        name: "all but three",
        expected: &["at the end, from 2026"],
        damage: |sent| sent.without(|i, _| i > 2),
    },
    Plant {
        name: "three events",
        expected: NONE,
        damage: |sent| sent.without(|i, _| [17, 801, 1_400].contains(&i)),
    },
    Plant {
        name: "at rates that differ by type",
        expected: NONE,
        damage: |sent| {
            sent.without(|_, e| hash(&e.event_id) % 100 < 3 + 7 * (hash(&e.event_type) % 6))
        },
    },
    Plant {
        name: "more and more",
        expected: NONE,
        damage: |sent| {
            let all = sent.events.len();
            sent.without(|i, e| hash(&e.event_id) as usize % 100 < 40 * i / all)
        },
    },
    Plant {
        name: "at rates that differ by user",
        expected: NONE,
        damage: |sent| sent.without(|_, e| hash(&e.event_id) % 100 < hash(&e.user_id) % 60),
    },
];

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, byte)
}
