//! Requests of other vendors' clients.

use std::fs;
use std::path::PathBuf;

use event_simulator::wire::WireFormat;
use event_simulator_collector::{Collector, CollectorConfig};

use crate::support::{Answer, lines, request, start};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const GIF: &[u8] = b"GIF89a";

struct StandIn {
    collector: Collector,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl StandIn {
    fn of(format: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("received.jsonl");
        let protocol = WireFormat::named(format);
        let config = CollectorConfig { output: Some(file.clone()), protocol, ..Default::default() };
        Self { collector: start(config), file, _folder: folder }
    }

    fn send(&self, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
        request(self.collector.addr(), line, headers, body.as_ref()).unwrap()
    }

    /// The types of the events that are kept, and the users.
    fn kept(&self) -> Vec<String> {
        let shown = |line: &String| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let [name, user] = ["event_type", "user_id"].map(|name| event[name].as_str().unwrap());
            format!("{name} {user}")
        };
        lines(&self.file).iter().map(shown).collect()
    }
}

#[test]
fn posthogs_paths_take_all_forms_of_a_body() {
    let stand_in = StandIn::of("posthog");
    let json = r#"{"api_key":"k","event":"a","distinct_id":"u"}"#;
    let base64 = "eyJhcGlfa2V5IjoiayIsImV2ZW50IjoiYSIsImRpc3RpbmN0X2lkIjoidSJ9";
    let form = format!("data={base64}&ver=1");
    let mut sent = 0;
    for path in ["/e/", "/e", "/capture/", "/track/", "/i/v0/e/", "/batch"] {
        for (line, headers, body) in [
            (format!("POST {path}?_=1"), "", json),
            (format!("POST {path}?compression=base64"), "Content-Type: text/plain\r\n", base64),
            (format!("POST {path}?compression=gzip-js"), FORM, &form),
            (format!("GET {path}?{form}"), "", ""),
        ] {
            let answer = stand_in.send(&line, headers, body);
            assert_eq!((answer.status, &*answer.body), (200, r#"{"status":"Ok"}"#), "{line}");
            sent += 1;
        }
    }
    let engage = r#"{"distinct_id":"u","properties":{"$set":{"a":1}}}"#;
    assert_eq!(stand_in.send("POST /engage/", "", engage).status, 200);
    let mut expected = vec!["a u"; sent];
    expected.push("logged_in u");
    assert_eq!(stand_in.kept(), expected);
    for (line, body) in
        [("POST /e/", engage), ("POST /e/", "[]"), ("POST /batch", ""), ("POST /e/", "nothing")]
    {
        assert_eq!(stand_in.send(line, "", body).status, 400, "{line} {body}");
    }
}

#[test]
fn what_clients_ask_first_is_answered_that_there_is_nothing() {
    for (format, line, expected) in [
        ("posthog", "POST /flags/?v=2", r#""flags":{}"#),
        ("posthog", "POST /decide/?v=3", r#""featureFlags":{}"#),
        ("posthog", "GET /api/feature_flag/local_evaluation/?token=k", r#""flags":[]"#),
        ("posthog", "GET /array/phc_k/config", r#""hasFeatureFlags":false"#),
        ("mixpanel", "GET /flags/definitions?token=k", r#""flags":[]"#),
        ("segment", "GET /v1/projects/k/settings", r#""integrations":{}"#),
    ] {
        let stand_in = StandIn::of(format);
        let answer = stand_in.send(line, "", "{}");
        assert_eq!(answer.status, 200, "{line}");
        assert!(answer.body.contains(expected), "{line}: {}", answer.body);
        assert!(fs::read_to_string(&stand_in.file).unwrap().is_empty());
        assert_eq!(stand_in.send("GET /nowhere/else/at/all", "", "").status, 404);
    }
}

#[test]
fn mixpanels_data_is_answered_by_a_digit_or_a_status() {
    let stand_in = StandIn::of("mixpanel");
    let good = "data=eyJldmVudCI6ImEiLCJwcm9wZXJ0aWVzIjp7ImRpc3RpbmN0X2lkIjoidSJ9fQ%3D%3D";
    let bad = "data=%7B%22event%22%3A%22a%22%7D";
    for (line, body, expected) in [
        (format!("GET /track?{good}&ip=0"), "", "1"),
        ("POST /track/".to_owned(), good, "1"),
        ("POST /import/".to_owned(), good, "1"),
        ("POST /track".to_owned(), bad, "0"),
        ("POST /track?verbose=1".to_owned(), good, r#"{"status":1,"error":null}"#),
    ] {
        let headers = if body.is_empty() { "" } else { FORM };
        let answer = stand_in.send(&line, headers, body);
        assert_eq!((answer.status, &*answer.body), (200, expected), "{line}");
    }
    let profile = r#"[{"$token":"t","$distinct_id":"u","$set":{"a":1}}]"#;
    assert_eq!(stand_in.send("POST /engage", "", profile).body, "1");
    let of_lines = "{\"event\":\"b\",\"properties\":{\"distinct_id\":\"u\"}}\n".repeat(2);
    let ndjson = "Content-Type: application/x-ndjson\r\n";
    assert_eq!(stand_in.send("POST /import?strict=1", ndjson, of_lines).status, 200);
    assert_eq!(stand_in.kept(), ["a u", "a u", "a u", "a u", "profile_updated u", "b u", "b u"]);
}

#[test]
fn snowplow_takes_events_as_the_address_of_a_picture() {
    let stand_in = StandIn::of("snowplow");
    let event = "e=pv&uid=u&url=https%3A%2F%2Fa.example%2Fb&page=Home";
    let mut stream = Vec::new();
    for line in [
        format!("GET /i?{event}"),
        format!("GET /ice.png?{event}"),
        format!("GET /com.acme/track?{event}"),
    ] {
        let answer = stand_in.send_raw(&line);
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{line}");
        stream = answer;
    }
    assert!(stream.windows(GIF.len()).any(|bytes| bytes == GIF));
    let batch = r#"{"schema":"x","data":[{"e":"se","se_ac":"buy","uid":"u"},{"e":"no such"}]}"#;
    let answer = stand_in.send("POST /com.acme/track", "", batch);
    assert_eq!((answer.status, &*answer.body), (200, "ok"));
    // Its collector looks at nothing, so that what is wrong is answered alike.
    assert_eq!(stand_in.send("POST /com.acme/track", "", "nothing").body, "ok");
    let webhook =
        r#"{"schema":"iglu:com.acme/shared/jsonschema/1-0-0","data":{"user_id":"x"},"uid":"u"}"#;
    assert_eq!(stand_in.send("POST /com.snowplowanalytics.iglu/v1", "", webhook).status, 200);
    let kept = stand_in.kept();
    assert_eq!(kept[..3], ["page_visited u"; 3]);
    assert_eq!(kept[3..], ["buy u", "shared u"]);
}

impl StandIn {
    /// The bytes of an answer, whose body need be no text.
    fn send_raw(&self, line: &str) -> Vec<u8> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.collector.addr()).unwrap();
        let head = format!("{line} HTTP/1.1\r\nHost: collector\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

#[test]
fn cloud_events_of_any_data_are_kept_in_any_mode() {
    let stand_in = StandIn::of("cloudevents");
    let head = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: s\r\nce-type: a\r\nce-subject: u\r\n";
    for body in [&b""[..], b"text", b"[1]", b"\xff\x00", b"{\"b\":1}"] {
        assert_eq!(stand_in.send("POST /", head, body).status, 200, "{body:?}");
    }
    let props: Vec<serde_json::Value> = lines(&stand_in.file)
        .iter()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["props"].take())
        .collect();
    let expected =
        serde_json::json!([{}, {"data": "text"}, {"data": [1]}, {"data_base64": "/wA="}, {"b": 1}]);
    assert_eq!(serde_json::Value::from(props), expected);
}

#[test]
fn pages_of_other_sites_may_send() {
    let stand_in = StandIn::of("plausible");
    let origin = "Origin: https://a.example\r\n";
    let asks = format!("{origin}Access-Control-Request-Headers: content-type\r\n");
    let answer = stand_in.send("OPTIONS /api/event", &asks, "");
    assert_eq!(answer.status, 204);
    assert!(answer.head.contains("access-control-allow-headers: content-type"), "{}", answer.head);
    let event = r#"{"n":"pageview","u":"https://a.example/b","d":"a.example"}"#;
    let answer = stand_in.send("POST /api/event", origin, event);
    assert_eq!(answer.status, 202);
    assert!(
        answer.head.contains("access-control-allow-origin: https://a.example"),
        "{}",
        answer.head
    );
    assert!(!answer.head.contains("x-plausible-dropped"));
    // Where no vendor is stood in for, nobody asked for that.
    let plain = start(CollectorConfig::default());
    assert_eq!(request(plain.addr(), "OPTIONS /api/events", &asks, b"").unwrap().status, 405);
}
