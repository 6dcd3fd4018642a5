//! Tables of persons and sessions that are put together in ways that no policy has: each way is named.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use event_simulator::VirtualTime;
use serde_json::{Value, json};

use super::verify_rules::{assert_cause, tables_of, verify_under};

const RULES: &str = "identity: stitched\nsessions: { gap: 10m }";

const GAP_MS: u64 = 600_000;

type Lines = Vec<Value>;

/// Events of twelve devices, on each of which people log in and out: now nobody is known, now one of seven users.
fn sent() -> Lines {
    let mut lines = Vec::new();
    for device in 0..12_u64 {
        let (anonymous, minutes) = (format!("anon_{device}"), 2 + device % 3 * 2);
        let turns =
            (0..6).flat_map(|turn| std::iter::repeat_n(turn, 3 + (device * turn % 5) as usize));
        for (number, turn) in (0..).zip(turns) {
            let named = format!("user_{}", (device * device + turn * turn * device + turn) % 7);
            let millis = 1_773_136_800_000 + number * minutes * 60_000 + device * 97_000;
            lines.push(json!({
                "event_id": format!("{device}-{number}"),
                "event_time": VirtualTime::from_millis(millis).unwrap().to_string(),
                "event_type": if number.is_multiple_of(3) { "page_visited" } else { "button_clicked" },
                "user_id": if turn.is_multiple_of(2) { &anonymous } else { &named },
                "session_id": format!("{device}-{}", turn / 2),
                "anonymous_id": anonymous,
                "page_path": format!("/{}", number % 2),
                "button_id": "buy",
                "props": {},
            }));
        }
    }
    lines.sort_by_key(|line| line["event_time"].to_string());
    lines
}

fn anonymous(event: &Value) -> Option<&str> {
    event["anonymous_id"].as_str()
}

fn user(event: &Value) -> &str {
    event["user_id"].as_str().unwrap()
}

fn says_user(event: &Value) -> bool {
    anonymous(event).is_some_and(|id| id != user(event))
}

/// By device, the users that it is known by, each with the place of the event that says so.
type Known<'l> = HashMap<&'l str, Vec<(usize, &'l str)>>;

fn known(lines: &Lines) -> Known<'_> {
    let mut known = Known::new();
    for (at, event) in lines.iter().enumerate().filter(|(_, event)| says_user(event)) {
        known.entry(anonymous(event).unwrap()).or_default().push((at, user(event)));
    }
    known
}

fn first(known: &Known<'_>, device: &str) -> Option<String> {
    Some(known.get(device)?[0].1.to_owned())
}

/// The person of each event without a user, by a choice; of all others, their user.
fn chosen(lines: &Lines, choice: impl Fn(&str, usize) -> Option<String>) -> Vec<String> {
    let person = |(at, event): (usize, &Value)| {
        let device = anonymous(event).filter(|_| !says_user(event));
        device.and_then(|device| choice(device, at)).unwrap_or_else(|| user(event).to_owned())
    };
    lines.iter().enumerate().map(person).collect()
}

fn stitched(lines: &Lines, known: &Known<'_>) -> Vec<String> {
    chosen(lines, |device, _| first(known, device))
}

/// The users that are one with others by way of a device, whichever is the least of them.
fn merged(lines: &Lines, known: &Known<'_>) -> Vec<String> {
    let mut persons: BTreeMap<String, String> =
        lines.iter().map(|event| (user(event).to_owned(), user(event).to_owned())).collect();
    loop {
        let before = persons.clone();
        for users in known.values() {
            let least = users.iter().map(|(_, user)| persons[*user].clone()).min().unwrap();
            for (_, user) in users {
                persons.insert((*user).to_owned(), least.clone());
            }
        }
        if persons == before {
            break;
        }
    }
    stitched(lines, known).iter().map(|person| persons[person].clone()).collect()
}

/// What counts with these persons, and with sessions that end after a gap of `keys`.
fn put_together(lines: &Lines, persons: &[String], keys: &[String]) -> Vec<String> {
    let mut sessions: HashMap<&str, (u64, u32)> = HashMap::new();
    let each = lines.iter().zip(persons).zip(keys).map(|((event, person), key)| {
        let time: VirtualTime = event["event_time"].as_str().unwrap().parse().unwrap();
        let millis = time.as_millis();
        let (last, number) = sessions.entry(key).or_insert((millis, 0));
        *number += u32::from(millis - *last > GAP_MS);
        *last = millis;
        let mut event = event.clone();
        event["user_id"] = person.clone().into();
        event["session_id"] = format!("{key}#{number}").into();
        event.to_string()
    });
    each.collect()
}

#[test]
fn ways_to_put_persons_and_sessions_together_are_named() {
    let sent = sent();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("arrivals.jsonl");
    fs::write(&path, sent.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let known = known(&sent);
    let right = stitched(&sent, &known);
    let expected = tables_of(&put_together(&sent, &right, &right), RULES);
    let verify = |persons: &[String], keys: &[String]| {
        let actual = tables_of(&put_together(&sent, persons, keys), RULES);
        verify_under(&path, RULES, [&expected, &actual]).unwrap()
    };
    assert!(verify(&right, &right).is_clean());
    let first = |device: &str| first(&known, device);
    let last = |device: &str| Some(known.get(device)?.last()?.1.to_owned());
    let before = |device: &str, at| {
        let mut earlier = known.get(device)?.iter().rev().filter(|(place, _)| *place < at);
        earlier.next().map(|(_, user)| (*user).to_owned())
    };
    let next = |device: &str, at| {
        let mut later = known.get(device)?.iter().filter(|(place, _)| *place > at);
        later.next().map(|(_, user)| (*user).to_owned())
    };
    for (persons, cause) in [
        (chosen(&sent, |device, _| last(device)), "are of the last user that"),
        (
            chosen(&sent, |device, at| before(device, at).or_else(|| first(device))),
            "is known by at that time, not of the first, and else of the first (`identity`)",
        ),
        (chosen(&sent, before), "not of the first, and else of nobody (`identity`)"),
        (
            chosen(&sent, |device, at| next(device, at).or_else(|| last(device))),
            "is known by next, and else of the last (`identity`)",
        ),
        (
            sent.iter()
                .map(|event| {
                    let person = anonymous(event).and_then(first);
                    person.unwrap_or_else(|| user(event).to_owned())
                })
                .collect(),
            "people who share one are merged (`identity`)",
        ),
        (
            merged(&sent, &known),
            "people who share a device are one, on all their devices (`identity`)",
        ),
    ] {
        assert_cause(&verify(&persons, &persons), cause);
    }
    let by = |key: &dyn Fn(&Value, &String) -> String| -> Vec<String> {
        sent.iter().zip(&right).map(|(event, person)| key(event, person)).collect()
    };
    for (keys, cause) in [
        (by(&|event, _| user(event).to_owned()), "before `identity` is followed (`sessions`)"),
        (
            by(&|event, _| anonymous(event).unwrap_or(user(event)).to_owned()),
            "those of a device (anonymous_id), not of a person",
        ),
        (
            by(&|event, person| format!("{person} {}", event["session_id"])),
            "another session_id begins another session, too (`sessions`)",
        ),
    ] {
        assert_cause(&verify(&right, &keys), cause);
    }
}
