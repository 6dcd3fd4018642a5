//! Damage is planted into what was received of several timelines: its cause is named, or none is.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use event_simulator::{Event, VirtualTime};
use event_simulator_check::comparison::CompareOptions;
use event_simulator_check::verify::{Findings, Report, verify_events};

use super::planted::{Outcome, Planted, judge, timelines};

/// A line that was received, and the events of which it is made.
type Lines = Vec<String>;

struct Sent {
    events: Vec<Event>,
    lines: Lines,
}

struct Plant {
    name: &'static str,
    /// Every cause that is named has one of these texts, and each cause's text is one; none if there is no
    /// pattern to be found.
    expected: &'static [&'static str],
    damage: fn(&Sent) -> Lines,
}

fn hash(text: &str) -> u64 {
    // FNV-1a with a final mix, which no consumer uses.
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (mixed ^ (mixed >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

impl Sent {
    /// Without the events for which a condition holds.
    fn without(&self, is_lost: impl Fn(usize, &Event) -> bool) -> Lines {
        let events = self.events.iter().enumerate().zip(&self.lines);
        let kept = events.filter(|((index, event), _)| !is_lost(*index, event));
        kept.map(|(_, line)| line.clone()).collect()
    }

    /// With a copy right behind the events for which a condition holds.
    fn doubled(&self, is_doubled: impl Fn(usize, &Event) -> bool) -> Lines {
        let events = self.events.iter().enumerate().zip(&self.lines);
        events
            .flat_map(|((index, event), line)| {
                vec![line.clone(); 1 + usize::from(is_doubled(index, event))]
            })
            .collect()
    }

    fn altered(&self, change: impl Fn(usize, &mut Event)) -> Lines {
        let events = self.events.iter().cloned().enumerate();
        events
            .map(|(index, mut event)| {
                change(index, &mut event);
                serde_json::to_string(&event).unwrap()
            })
            .collect()
    }

    /// With the time written in another way.
    fn with_time(&self, written: impl Fn(&Event) -> String) -> Lines {
        let events = self.events.iter().zip(&self.lines);
        events
            .map(|(event, line)| {
                line.replace(&format!("\"{}\"", event.event_time), &written(event))
            })
            .collect()
    }

    /// The value of a user who has about the average number of events.
    fn user(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for event in &self.events {
            *counts.entry(&event.user_id).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(user, count)| (count, user)).collect();
        counts.sort_unstable();
        counts[counts.len() / 2].1
    }

    fn longest_session(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for event in &self.events {
            *counts.entry(&event.session_id).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(session, count)| (*count, *session)).unwrap().0
    }

    /// A page that is neither the rarest nor the most frequent.
    fn page(&self) -> &str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for page in self.events.iter().filter_map(|event| event.page_path.as_deref()) {
            *counts.entry(page).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(page, count)| (count, page)).collect();
        counts.sort_unstable();
        counts[counts.len() / 2].1
    }

    fn ranks(&self, key: impl Fn(&Event) -> String, from_end: bool) -> Vec<usize> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut ranks = vec![0; self.events.len()];
        let mut indices: Vec<usize> = (0..self.events.len()).collect();
        if from_end {
            indices.reverse();
        }
        for index in indices {
            let count = counts.entry(key(&self.events[index])).or_default();
            ranks[index] = *count;
            *count += 1;
        }
        ranks
    }
}

fn shifted(time: VirtualTime, minutes: u64) -> VirtualTime {
    time.checked_add_millis(minutes * 60_000).unwrap()
}

fn minute(event: &Event) -> u64 {
    event.event_time.as_millis() / 60_000 % 60
}

const NONE: &[&str] = &[];

const LOST: &[Plant] = &[
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

const DOUBLED: &[Plant] = &[
    Plant {
        name: "all twice",
        expected: &["duplicated: all "],
        damage: |sent| sent.doubled(|_, _| true),
    },
    Plant {
        name: "a type twice",
        expected: &["duplicated: all", "of event_type page_closed"],
        damage: |sent| sent.doubled(|_, e| e.event_type == "page_closed"),
    },
    Plant {
        name: "a window again at the end",
        expected: &["in one run, from 2026"],
        damage: |sent| {
            let again = sent.lines[400..700].iter();
            sent.lines.iter().chain(again).cloned().collect()
        },
    },
    Plant {
        name: "evenly twice",
        expected: &["scattered evenly: retried"],
        damage: |sent| sent.doubled(|_, e| hash(&e.event_id).is_multiple_of(12)),
    },
    Plant {
        name: "evenly again under new ids",
        expected: &["scattered evenly: each time under a new id"],
        damage: |sent| {
            let again = |event: &Event| {
                let mut event = event.clone();
                event.event_id = format!("again-{}", event.event_id);
                serde_json::to_string(&event).unwrap()
            };
            let events = sent.events.iter().zip(&sent.lines);
            events
                .flat_map(|(event, line)| {
                    let is_again = hash(&event.event_id).is_multiple_of(12);
                    std::iter::once(line.clone()).chain(is_again.then(|| again(event)))
                })
                .collect()
        },
    },
    Plant {
        name: "users twice",
        expected: &["of user_id user_"],
        damage: |sent| sent.doubled(|_, e| hash(&e.user_id).is_multiple_of(7)),
    },
    Plant {
        name: "batches three times",
        expected: &["2 times more"],
        damage: |sent| {
            let twice = sent.lines.chunks(40).enumerate().flat_map(|(number, lines)| {
                vec![lines.to_vec(); 1 + 2 * usize::from(number % 9 == 4)]
            });
            twice.flatten().collect()
        },
    },
];

const ALTERED: &[Plant] = &[
    Plant {
        name: "times an hour later",
        expected: &["event_time is moved by +1 h"],
        damage: |sent| {
            let half = sent.events.len() / 2;
            sent.altered(|i, e| {
                if i > half {
                    e.event_time = shifted(e.event_time, 60);
                }
            })
        },
    },
    Plant {
        name: "times of a zone whose clocks change",
        expected: &["+1 h in"],
        damage: |sent| {
            let half = sent.events.len() / 2;
            sent.altered(|i, e| {
                e.event_time = shifted(e.event_time, if i > half { 120 } else { 60 });
            })
        },
    },
    Plant {
        name: "times of a type 5:45 later",
        expected: &["event_time is moved by +5.75 h"],
        damage: |sent| {
            sent.altered(|_, e| {
                if e.event_type == "page_visited" {
                    e.event_time = shifted(e.event_time, 345);
                }
            })
        },
    },
    Plant {
        name: "times of arrival",
        expected: &["event_time was replaced on the way"],
        damage: |sent| {
            sent.altered(|i, e| {
                e.event_time = shifted("2026-11-01T00:00:00Z".parse().unwrap(), i as u64 / 9);
            })
        },
    },
    Plant {
        name: "times of arrival of what is sent live",
        expected: &["if the target gives times of its own: --times ignore"],
        damage: |sent| {
            sent.altered(|_, e| {
                let delay = 1 + hash(&e.event_id) % 40;
                e.event_time = e.event_time.checked_add_millis(delay).unwrap();
            })
        },
    },
    Plant {
        name: "times cut to seconds",
        expected: &["event_time is cut to seconds: milliseconds"],
        damage: |sent| {
            sent.altered(|_, e| {
                let millis = e.event_time.as_millis();
                e.event_time = VirtualTime::from_millis(millis - millis % 1_000).unwrap();
            })
        },
    },
    Plant {
        name: "times cut to minutes",
        expected: &["event_time is cut to minutes"],
        damage: |sent| {
            sent.altered(|_, e| {
                let millis = e.event_time.as_millis();
                e.event_time = VirtualTime::from_millis(millis - millis % 60_000).unwrap();
            })
        },
    },
    Plant {
        name: "pages cut off",
        expected: &["page_path is cut off after 5 characters; in all"],
        damage: |sent| {
            sent.altered(|_, e| {
                let page = e.page_path.take();
                e.page_path = page.map(|page| page.chars().take(5).collect());
            })
        },
    },
    Plant {
        name: "pages in upper case",
        expected: &["page_path is in upper case; in all"],
        damage: |sent| {
            sent.altered(|_, e| {
                let page = e.page_path.take();
                e.page_path = page.map(|page| page.to_uppercase());
            })
        },
    },
    Plant {
        name: "pages with a host",
        expected: &["page_path has \"https://shop.example\" before it"],
        damage: |sent| {
            sent.altered(|_, e| {
                let page = e.page_path.take();
                e.page_path = page.map(|page| format!("https://shop.example{page}"));
            })
        },
    },
    Plant {
        name: "a button lost",
        expected: &["button_id is gone or null"],
        damage: |sent| {
            sent.altered(|i, e| {
                if i > 500 {
                    e.button_id = None;
                }
            })
        },
    },
    Plant {
        name: "a type renamed",
        expected: &["event_type is \"click\" instead of \"button_clicked\"; in all"],
        damage: |sent| {
            sent.altered(|_, e| {
                if e.event_type == "button_clicked" {
                    e.event_type = "click".into();
                }
            })
        },
    },
    Plant {
        name: "a constant page",
        expected: &["page_path is always \"/\""],
        damage: |sent| {
            sent.altered(|_, e| {
                e.page_path = e.page_path.take().map(|_| "/".into());
            })
        },
    },
    Plant {
        name: "times as a number in a text",
        expected: &["event_time is a number of milliseconds since 1970"],
        damage: |sent| sent.with_time(|e| format!("\"{}\"", e.event_time.as_millis())),
    },
    Plant {
        name: "times as seconds",
        expected: &["event_time is a number of whole seconds since 1970"],
        damage: |sent| sent.with_time(|e| (e.event_time.as_millis() / 1_000).to_string()),
    },
    Plant {
        name: "times in a form of their own",
        expected: &["event_time is in a form that is not read as a time"],
        damage: |sent| {
            sent.with_time(|e| {
                let text = e.event_time.to_string();
                format!("\"{}.{}.{} {}\"", &text[8..10], &text[5..7], &text[..4], &text[11..23])
            })
        },
    },
    Plant {
        name: "props in a text",
        expected: &["props is a text with the same JSON"],
        damage: |sent| {
            let quoted = |e: &Event| {
                let props = serde_json::to_string(&e.props).unwrap();
                let text = serde_json::to_string(&props).unwrap();
                serde_json::to_string(e)
                    .unwrap()
                    .replace(&format!("\"props\":{props}"), &format!("\"props\":{text}"))
            };
            sent.events.iter().map(quoted).collect()
        },
    },
    Plant {
        name: "ids of the event before",
        expected: &["event_id is that of another event"],
        damage: |sent| {
            sent.altered(|i, e| {
                let before = (i + sent.events.len() - 1) % sent.events.len();
                e.event_id.clone_from(&sent.events[before].event_id);
            })
        },
    },
    Plant {
        name: "one page that is another",
        expected: NONE,
        damage: |sent| {
            let at = sent.events.iter().position(|e| e.page_path.is_some()).unwrap();
            sent.altered(|i, e| {
                if i == at {
                    e.page_path = e.page_path.take().map(|page| page + "x");
                }
            })
        },
    },
    Plant {
        name: "pages that are other pages at random",
        expected: NONE,
        damage: |sent| {
            sent.altered(|i, e| {
                if hash(&e.event_id).is_multiple_of(9) && e.page_path.is_some() {
                    e.page_path = Some(format!("/{:x}", hash(&i.to_string())));
                }
            })
        },
    },
];

const READ: &[Plant] = &[
    Plant {
        name: "JSON over several lines",
        expected: &["unreadable: JSON over several lines", "nothing that was received can be read"],
        damage: |sent| {
            let pretty = |event: &Event| serde_json::to_string_pretty(event).unwrap();
            sent.events.iter().map(pretty).collect()
        },
    },
    Plant {
        name: "lines cut off",
        expected: &["unreadable: cut off", "missing: as many as lines"],
        damage: |sent| {
            let cut = |(i, line): (usize, &String)| {
                if i % 97 == 5 { line[..line.len() / 2].to_owned() } else { line.clone() }
            };
            sent.lines.iter().enumerate().map(cut).collect()
        },
    },
    Plant {
        name: "again under new ids and times",
        expected: &["in sessions that were sent: sent again under new ids and times"],
        damage: |sent| {
            let again = (100..160).map(|i| {
                let mut event = sent.events[i].clone();
                event.event_id = format!("again-{i}");
                event.event_time = shifted("2026-11-01T00:00:00Z".parse().unwrap(), i as u64);
                serde_json::to_string(&event).unwrap()
            });
            sent.lines.iter().cloned().chain(again).collect()
        },
    },
    Plant {
        name: "users of another run",
        expected: &["unexpected: their user_ids (3) were never sent"],
        damage: |sent| {
            let stray = (0..60).map(|i| {
                let mut event = sent.events[i].clone();
                event.event_id = format!("stray-{i}");
                event.user_id = format!("other_{}", i % 3);
                event.session_id = format!("other_session_{}", i % 3);
                serde_json::to_string(&event).unwrap()
            });
            sent.lines.iter().cloned().chain(stray).collect()
        },
    },
];

fn verify(directory: &Path, received: &Lines) -> Report {
    let path = directory.join("received.jsonl");
    std::fs::write(&path, received.join("\n") + "\n").unwrap();
    let sent = directory.join("sent.jsonl");
    verify_events(&sent, &[path], &CompareOptions::default(), Findings::default()).unwrap()
}

pub(super) fn outcomes() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (scenario, events) in timelines() {
        let lines: Lines =
            events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("sent.jsonl"), lines.join("\n") + "\n").unwrap();
        let sent = Sent { events, lines };
        for plant in LOST.iter().chain(DOUBLED).chain(ALTERED).chain(READ) {
            let received = (plant.damage)(&sent);
            let report = verify(directory.path(), &received);
            // Not every scenario has links, or props.
            if report.is_clean() {
                continue;
            }
            let name = format!("{scenario}: {}", plant.name);
            outcomes.push(judge(&Planted { name, expected: plant.expected }, &report));
        }
    }
    outcomes
}

#[test]
fn plants_have_names_of_their_own() {
    let all = || LOST.iter().chain(DOUBLED).chain(ALTERED).chain(READ);
    let names: HashSet<&str> = all().map(|plant| plant.name).collect();
    assert_eq!(names.len(), all().count());
}
