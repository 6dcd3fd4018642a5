//! Small files by hand: what was done to a few events, and what must be found.

use std::path::PathBuf;

use event_simulator_check::comparison::{CompareError, CompareOptions, MatchKey, Times};
use event_simulator_check::verify::{Findings, Report, verify_events};

/// Events a to c of one user, a second apart; `b` is a click.
const SENT: [&str; 3] = [
    r#"{"event_id":"a","event_time":"2026-01-01T00:00:01.250Z","event_type":"page_visited","user_id":"u","session_id":"s","page_path":"/a","props":{}}"#,
    r#"{"event_id":"b","event_time":"2026-01-01T00:00:02.250Z","event_type":"button_clicked","user_id":"u","session_id":"s","page_path":"/a","button_id":"x","props":{"step":1}}"#,
    r#"{"event_id":"c","event_time":"2026-01-01T00:00:03.250Z","event_type":"page_closed","user_id":"u","session_id":"s","page_path":"/a","props":{}}"#,
];

fn sent() -> Vec<String> {
    SENT.map(str::to_owned).to_vec()
}

fn try_verify(
    sent: &[String],
    received: &[&[String]],
    options: &CompareOptions,
) -> Result<Report, CompareError> {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, lines: &[String]| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        path
    };
    let sent = write("sent.jsonl", sent);
    let received: Vec<PathBuf> = (0..)
        .zip(received)
        .map(|(number, lines)| write(&format!("received-{number}.jsonl"), lines))
        .collect();
    verify_events(&sent, &received, options, Findings::default())
}

fn verify(sent: &[String], received: &[String]) -> Report {
    try_verify(sent, &[received], &CompareOptions::default()).unwrap()
}

/// The counts as `duplicated 1, altered 2`.
fn counts(report: &Report) -> String {
    let counts = report.counts.iter().map(|(kind, count)| format!("{kind} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

fn found(sent: &[String], received: &[String]) -> String {
    let report = verify(sent, received);
    assert_eq!(report.is_clean(), report.counts.is_empty() && !sent.is_empty(), "{report}");
    counts(&report)
}

/// The sent lines with a replacement in every line.
fn with(from: &str, to: &str) -> Vec<String> {
    let lines: Vec<String> = SENT.iter().map(|line| line.replace(from, to)).collect();
    assert_ne!(lines, sent(), "{from}");
    lines
}

/// The sent lines with ids of the target's own.
fn with_fresh_ids(lines: Vec<String>) -> Vec<String> {
    let fresh = |(number, line): (usize, String)| {
        line.replacen("\"event_id\":\"", &format!("\"event_id\":\"fresh-{number}-"), 1)
    };
    lines.into_iter().enumerate().map(fresh).collect()
}

#[test]
fn times_that_are_not_those_sent_are_altered_whatever_became_of_ids() {
    let times: [(&str, &str); 5] = [
        ("T00:00:0", "T01:00:0"),
        (".250Z", "Z"),
        (".250Z", ".251Z"),
        ("\"event_time\":\"2026-01-01T00:00:0", "\"event_time\":null,\"x\":\""),
        ("\"event_time\":\"2026-01-01T00:00:0", "\"event_time\":\"1970-01-01T00:00:00Z\",\"x\":\""),
    ];
    for (from, to) in times {
        let received = with(from, to);
        assert_eq!(found(&sent(), &received), "altered 3", "{to}");
        assert_eq!(found(&sent(), &with_fresh_ids(received.clone())), "altered 3", "{to}");
        let options = CompareOptions { times: Times::Ignore, ..CompareOptions::default() };
        let report = try_verify(&sent(), &[&received], &options).unwrap();
        assert!(
            report.is_clean() && report.to_string().contains("times are not compared"),
            "{report}"
        );
    }
}

#[test]
fn swapped_ids_are_altered_and_nothing_else() {
    let mut received = sent();
    received[0] = received[0].replace("\"event_id\":\"a\"", "\"event_id\":\"c\"");
    received[2] = received[2].replace("\"event_id\":\"c\"", "\"event_id\":\"a\"");
    assert_eq!(found(&sent(), &received), "altered 2");
}

#[test]
fn an_event_with_the_id_of_another_is_altered_and_one_that_is_repeated_is_duplicated() {
    let mut received = sent();
    received[1] = received[1].replace("\"event_id\":\"b\"", "\"event_id\":\"a\"");
    assert_eq!(found(&sent(), &received), "altered 1");
    let mut received = sent();
    received.insert(2, SENT[1].replace("\"event_id\":\"b\"", "\"event_id\":\"new\""));
    assert_eq!(found(&sent(), &received), "duplicated 1");
    // Altered, and received again.
    let altered = SENT[1].replace("\"step\":1", "\"step\":2");
    let received = [sent(), vec![altered.clone(), altered]].concat();
    assert_eq!(found(&sent(), &received), "duplicated 2");
}

#[test]
fn ids_are_counted() {
    let twice = [sent(), vec![SENT[1].to_owned()]].concat();
    assert_eq!(found(&twice, &twice), "");
    assert_eq!(found(&twice, &sent()), "missing 1");
    assert_eq!(found(&sent(), &twice), "duplicated 1");
}

#[test]
fn without_ids_what_is_equal_pairs_first_and_a_repeat_is_no_moved_event() {
    let click = |time: u32, step: u32| {
        SENT[1]
            .replace("00:02.250", &format!("00:{time:02}.250"))
            .replace(":1}", &format!(":{step}}}"))
    };
    let clicks = vec![click(2, 1), click(2, 2), click(9, 1)];
    let fresh = |lines: &[String]| with_fresh_ids(lines.to_vec());
    let [first, second, third] = clicks.clone().try_into().unwrap();
    assert_eq!(found(&clicks, &fresh(&[second.clone(), first.clone(), third.clone()])), "");
    // The first one is lost, and a later one like it received twice.
    assert_eq!(found(&clicks, &fresh(&[second, third.clone(), third])), "missing 1, duplicated 1");
}

#[test]
fn a_changed_session_or_user_is_altered_also_without_ids() {
    for (from, to) in [("\"s\"", "\"z\""), ("\"u\"", "\"v\"")] {
        let mut received = sent();
        received[1] = received[1].replace(from, to);
        assert_eq!(found(&sent(), &received), "altered 1");
        assert_eq!(found(&sent(), &with_fresh_ids(received)), "altered 1");
    }
}

#[test]
fn events_of_a_user_at_the_same_time_have_no_order() {
    let same: Vec<String> = with("00:02.250", "00:01.250");
    let exchanged = vec![same[1].clone(), same[0].clone(), same[2].clone()];
    assert_eq!(found(&same, &exchanged), "");
    let last_first = vec![same[2].clone(), same[0].clone(), same[1].clone()];
    assert_eq!(found(&same, &last_first), "out of order 1");
}

/// More lines with ids of the target's own than any sample has, before one that kept its id.
#[test]
fn that_ids_survived_is_seen_in_any_line_of_any_file() {
    let line = |number: u32| {
        SENT[0]
            .replace("\"a\"", &format!("\"{number}\""))
            .replace("\"u\"", &format!("\"u{number}\""))
    };
    let sent: Vec<String> = (0..5_000).map(line).collect();
    let fresh = with_fresh_ids(sent[..4_999].to_vec());
    let kept = [sent[4_999].clone()];
    for files in [[&fresh[..], &kept[..]], [&kept[..], &fresh[..]]] {
        let report = try_verify(&sent, &files, &CompareOptions::default()).unwrap();
        assert!(report.subject.to_string().contains("matched by event_id"), "{report}");
        assert_eq!(counts(&report), "altered 4999");
    }
}

#[test]
fn own_fields_are_compared_and_what_is_not_is_named() {
    let own = |lines: Vec<String>, amount: &str| -> Vec<String> {
        lines
            .into_iter()
            .map(|line| line.replacen('{', &format!("{{\"amount\":{amount},"), 1))
            .collect()
    };
    assert_eq!(found(&own(sent(), "12.5"), &own(sent(), "12")), "altered 3");
    assert_eq!(found(&own(sent(), "12.5"), &own(sent(), "12.50")), "");
    assert_eq!(found(&own(sent(), "12.5"), &sent()), "altered 3");
    let added = verify(&sent(), &own(sent(), "1"));
    assert!(added.is_clean() && added.to_string().contains("not compared: amount"), "{added}");
    let ignoring = |names: &[&str]| CompareOptions {
        ignore: names.iter().map(|name| (*name).to_owned()).collect(),
        ..CompareOptions::default()
    };
    let (left, right) = (own(sent(), "1"), own(with(":1}", ":2}"), "2"));
    let report = try_verify(&left, &[&right], &ignoring(&["amount", "props.step"])).unwrap();
    assert!(
        report.is_clean() && report.to_string().contains("not compared: amount, props.step"),
        "{report}"
    );
    let report = try_verify(&left, &[&left], &ignoring(&["amuont"])).unwrap();
    assert!(report.to_string().contains("no event has it: amuont (there are"), "{report}");
}

#[test]
fn numbers_are_compared_by_their_digits() {
    let step = |value: &str| vec![SENT[1].replace(":1}", &format!(":{value}}}"))];
    for (sent, received, expected) in [
        ("123456789012345678901", "123456789012345680000", "altered 1"),
        ("18446744073709551617", "18446744073709551616", "altered 1"),
        ("0.1234567890123456789", "0.12345678901234568", "altered 1"),
        ("1e400", "10E+399", ""),
        ("-0", "0", ""),
        ("{\"a\":1,\"b\":[1,{\"c\":null}]}", "{ \"b\":[1,{}], \"\\u0061\":1 }", ""),
    ] {
        assert_eq!(found(&step(sent), &step(received)), expected, "{sent} {received}");
    }
    let deep = |inner: &str| step(&format!("{}{inner}{}", "[".repeat(10_000), "]".repeat(10_000)));
    assert_eq!(found(&deep("1"), &deep(" 1")), "");
    assert_eq!(found(&deep("1"), &deep("2")), "altered 1");
}

#[test]
fn nothing_compared_is_not_ok() {
    let none = Vec::new();
    let report = verify(&none, &none);
    assert!(!report.is_clean() && report.to_string().contains("nothing to compare"), "{report}");
    let strangers = vec!["{\"artist\":\"x\",\"length\":3}".to_owned(); 2];
    let report = verify(&strangers, &strangers);
    assert_eq!(counts(&report), "unreadable 4");
    assert!(report.to_string().contains("there are artist, length"), "{report}");
}

#[test]
fn bad_lines_of_either_side_are_counted_and_the_rest_is_read() {
    let torn = |lines: Vec<String>| {
        [&lines[..1], &["{\"event_id\":\"x\",".to_owned()], &lines[1..]].concat()
    };
    assert_eq!(found(&torn(sent()), &sent()), "unreadable 1");
    assert_eq!(found(&sent(), &torn(sent())), "unreadable 1");
    let report = verify(&torn(sent()), &sent());
    assert!(report.to_string().contains("sent.jsonl:2: cut off"), "{report}");
}

#[test]
fn keys_in_other_spellings_and_wrapped_events_are_read() {
    let renamed = |spell: &dyn Fn(&str) -> String| -> Vec<String> {
        let names = [
            "event_id",
            "event_time",
            "event_type",
            "user_id",
            "session_id",
            "page_path",
            "button_id",
        ];
        let spelled =
            |line: &&str| names.iter().fold((*line).to_owned(), |l, n| l.replace(n, &spell(n)));
        SENT.iter().map(spelled).collect()
    };
    assert_eq!(found(&sent(), &renamed(&str::to_uppercase)), "");
    let camel = |name: &str| {
        let (first, second) = name.split_once('_').unwrap();
        format!("{first}{}{}", second[..1].to_uppercase(), &second[1..])
    };
    assert_eq!(found(&sent(), &renamed(&camel)), "");
    for wrapper in
        [r#"{"payload":{"before":null,"after":X,"op":"c"}}"#, r#"{"event":"page view","value":X}"#]
    {
        let wrapped: Vec<String> = SENT.iter().map(|line| wrapper.replace('X', line)).collect();
        assert_eq!(found(&sent(), &wrapped), "", "{wrapper}");
    }
}

#[test]
fn a_key_that_is_wanted_and_not_there_is_told_with_what_is_there() {
    let by = |key: MatchKey| CompareOptions { match_key: Some(key), ..CompareOptions::default() };
    let error =
        try_verify(&sent(), &[&sent()], &by(MatchKey::PropsEventId)).unwrap_err().to_string();
    assert!(error.contains("no received event has props.event_id"), "{error}");
    assert!(error.contains("there are event_id, event_time, event_type"), "{error}");
    let without = with("\"event_id\":", "\"id\":");
    let error = try_verify(&sent(), &[&without], &by(MatchKey::EventId)).unwrap_err().to_string();
    assert!(error.contains("no received event has event_id") && error.contains("id"), "{error}");
    assert!(try_verify(&sent(), &[&[]], &by(MatchKey::EventId)).is_ok());
}
