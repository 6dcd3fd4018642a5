//! Events that come twice, otherwise, or as what cannot be read.

use event_simulator::{Event, VirtualTime};

use super::planted_events::{NONE, Plant, hash, shifted};

pub(super) const DOUBLED: &[Plant] = &[
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

pub(super) const ALTERED: &[Plant] = &[
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

pub(super) const READ: &[Plant] = &[
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
