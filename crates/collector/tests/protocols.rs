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
    let engage = r#"{"token":"k","distinct_id":"u","properties":{"$set":{"a":1}}}"#;
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
fn posthog_asks_for_a_key_and_for_uuids_and_takes_any_time() {
    let stand_in = StandIn::of("posthog");
    for (body, status) in [
        (r#"{"event":"none","distinct_id":"u"}"#, 401),
        (r#"{"batch":[{"event":"none","distinct_id":"u"}]}"#, 401),
        (r#"{"api_key":"phx_k","event":"personal","distinct_id":"u"}"#, 401),
        (
            r#"[{"token":"k","event":"a","distinct_id":"u"},{"token":"l","event":"b","distinct_id":"u"}]"#,
            401,
        ),
        (r#"{"token":"k","event":"bad id","distinct_id":"u","uuid":"foo"}"#, 400),
        (r#"{"event":"in properties","distinct_id":"u","properties":{"token":"k"}}"#, 200),
        (r#"{"token":"k","event":"no id","distinct_id":"u","uuid":""}"#, 200),
        (r#"{"token":"k","event":"bad time","distinct_id":"u","timestamp":"yesterday"}"#, 200),
    ] {
        assert_eq!(stand_in.send("POST /i/v0/e/", "", body).status, status, "{body}");
    }
    assert_eq!(stand_in.kept(), ["in properties u", "no id u", "bad time u"]);
    assert!(!lines(&stand_in.file)[2].contains("event_time"));
}

#[test]
fn posthogs_recordings_are_taken_and_not_kept() {
    let stand_in = StandIn::of("posthog");
    let recording = r#"[{"event":"$snapshot","properties":{"token":"k","$snapshot_data":[]}}]"#;
    for line in ["POST /s/?ver=1", "POST /s"] {
        let answer = stand_in.send(line, "", recording);
        assert_eq!((answer.status, &*answer.body), (200, r#"{"status":"Ok"}"#), "{line}");
    }
    assert_eq!(stand_in.send("POST /s/", "", r#"[{"event":"$snapshot"}]"#).status, 401);
    assert_eq!(stand_in.send("POST /s/", "", "[]").status, 400);
    let stats = stand_in.collector.stop().unwrap();
    assert_eq!((stats.requests, stats.events_accepted), (4, 0));
    assert!(lines(&stand_in.file).is_empty());
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
        self.send_raw_body(line, "", "")
    }

    fn send_raw_body(&self, line: &str, headers: &str, body: &str) -> Vec<u8> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.collector.addr()).unwrap();
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: collector\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

#[test]
fn snowplows_webhook_takes_a_schema_in_the_query() {
    let stand_in = StandIn::of("snowplow");
    let schema = "schema=iglu%3Acom.acme%2Fshared%2Fjsonschema%2F1-0-0&aid=shop&uid=u";
    let json = "Content-Type: application/json\r\n";
    let path = "/com.snowplowanalytics.iglu/v1";
    for (line, headers, body) in [
        (format!("GET {path}?{schema}&n=1"), "", ""),
        (format!("POST {path}?{schema}&n=1"), "", ""),
        (format!("POST {path}?{schema}"), json, r#"{"n":"1"}"#),
        (format!("POST {path}?{schema}"), json, r#"[{"n":"1"},{"n":"1"}]"#),
        (format!("POST {path}?{schema}"), FORM, "n=1"),
        (format!("POST {path}?{schema}"), json, "no JSON"),
    ] {
        assert!(stand_in.send_raw_body(&line, headers, body).starts_with(b"HTTP/1.1 200 "));
    }
    let lines = lines(&stand_in.file);
    let expected =
        r#"{"event_type":"shared","user_id":"u","session_id":"","props":{"aid":"shop","n":"1"}}"#;
    assert_eq!(lines, [expected; 6]);
}

#[test]
fn matomos_dimensions_of_others_are_theirs() {
    let stand_in = StandIn::of("matomo");
    let of_others =
        "POST /matomo.php?idsite=1&rec=1&url=https%3A%2F%2Fa.example%2Fb&uid=u&dimension1=blue";
    for line in
        [of_others.to_owned(), format!("{of_others}&e_c=c&e_a=a&dimension3=%7B%22x%22%3A1%7D")]
    {
        assert_eq!(stand_in.send(&line, "", "").status, 200, "{line}");
    }
    let found: Vec<serde_json::Value> =
        lines(&stand_in.file).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(found.iter().all(|event| event.get("event_id").is_none()));
    assert_eq!(found[0]["props"], serde_json::json!({"dimension1": "blue"}));
    let props = serde_json::json!({"dimension1": "blue", "e_c": "c", "dimension3": "{\"x\":1}"});
    assert_eq!(found[1]["props"], props);
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
